//! What was found as shown.

use crate::explain::Recorded;
use crate::named::NamedView;
use serde::Serialize;
use store::{SearchHit, SearchKind};
use utoipa::ToSchema;

/// What was found, the best first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchResults {
    /// The rows.
    data: Vec<FoundRow>,
    /// How many rows this answer has; there may be more to be found.
    #[schema(example = 1)]
    count: usize,
}

impl SearchResults {
    /// The answer with these rows.
    pub(super) fn new(data: Vec<FoundRow>) -> Self {
        Self { count: data.len(), data }
    }
}

/// Something that was found. Fields that mean nothing for its type are null.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundRow {
    /// `client`, `api_key`, `api_collection`, `api_endpoint`, `api_policy` or `request`.
    #[serde(rename = "type")]
    #[schema(example = "api_key")]
    kind: &'static str,
    /// Its id; null for a request.
    #[schema(example = 70)]
    id: Option<i64>,
    /// Its name; of a request its method and path.
    #[schema(example = "Production")]
    name: String,
    /// The client of an access profile.
    client: Option<NamedView>,
    /// The collection of an endpoint.
    api_collection: Option<NamedView>,
    /// The project that it is in.
    #[schema(example = 1)]
    project_id: Option<i64>,
    /// Version of a collection.
    version: Option<String>,
    /// Method of an endpoint or request.
    method: Option<String>,
    /// Path of a collection, endpoint or request.
    path: Option<String>,
    /// Id of a request: see `/api/request_logs/{request_id}/explain`.
    request_id: Option<String>,
}

impl From<SearchHit> for FoundRow {
    fn from(found: SearchHit) -> Self {
        let holder = found.holder.map(|(id, name)| NamedView { id, name });
        let (kind, client, api_collection) = match found.kind {
            SearchKind::Client => ("client", None, None),
            SearchKind::Profile => ("api_key", holder, None),
            SearchKind::Collection => ("api_collection", None, None),
            SearchKind::Endpoint => ("api_endpoint", None, holder),
            SearchKind::Policy => ("api_policy", None, None),
        };
        Self {
            kind,
            id: Some(found.id),
            name: found.name,
            client,
            api_collection,
            project_id: found.project_id,
            version: found.version,
            method: found.method,
            path: found.path,
            request_id: None,
        }
    }
}

impl FoundRow {
    /// A recent request.
    pub(super) fn of_request(recorded: Recorded) -> Self {
        let method = recorded.method;
        Self {
            kind: "request",
            id: None,
            name: format!("{} {}", method.as_deref().unwrap_or("?"), recorded.path),
            client: None,
            api_collection: None,
            project_id: None,
            version: None,
            method,
            path: Some(recorded.path),
            request_id: Some(recorded.request_id),
        }
    }
}
