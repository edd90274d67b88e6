//! `POST /api/api_collections/{id}/import`

use super::spec::{label, new_endpoints};
use super::{Collection, ImportResults, ImportedCollection, Source};
use crate::answer::Changed;
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids, MIB, State};
use crate::state::ManagementState;
use crate::wire::request;
use axum::Json;
use domain::CollectionId;
use domain::endpoint::Endpoint;
use serde::Serialize;
use store::{ImportDifference, Prune};
use utoipa::ToSchema;

request! {
    /// A document to bring a collection's endpoints up to.
    pub(crate) struct ImportInput {
        /// The document.
        openapi_spec: Source, required;
        /// Deletes the endpoints that the document does not name. Default: false.
        prune: Option<bool>;
    }
}

/// The collection after an import, and what the import changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CollectionImported {
    /// The collection with `message` and `import_results`.
    #[serde(flatten)]
    imported: ImportedCollection,
    /// What changed.
    difference: DifferenceView,
}

/// Endpoints that an import changed, as "METHOD /path".
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportDifference)]
pub(crate) struct DifferenceView {
    /// New ones; they are inactive.
    #[schema(example = json!(["GET /orders"]))]
    added: Vec<String>,
    /// Those with another name, description or parameter name.
    updated: Vec<String>,
    /// Those that are gone; only with `prune`.
    deleted: Vec<String>,
    /// How many stayed as they were.
    #[schema(example = 2)]
    unchanged: usize,
}

/// Import an OpenAPI document again
///
/// Adds what is new as inactive endpoints, updates names and descriptions by method and path, and deletes what the
/// document no longer names only with `prune`. Upstream, version and settings of the collection stay.
#[utoipa::path(post, path = "/api/api_collections/{id}/import", tag = "API collections",
    operation_id = "import_collection",
    params(("id" = i64, Path, description = "The collection's id", example = 7)),
    request_body(content = ImportInput, example = json!({
        "openapi_spec": {"format": "yaml", "content": "openapi: 3.1.0\npaths: {/orders: {get: {summary: List orders}}}"},
        "prune": false
    })),
    responses((status = 200, description = "The collection and the difference", body = CollectionImported), ChangeErrors))]
pub(crate) async fn import_collection(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<CollectionId>,
    body: Body<ImportInput, { 8 * MIB }>,
) -> Result<Changed<Json<CollectionImported>>, ApiError> {
    let Body { input, mut faults } = body;
    let import = match input.openapi_spec.value() {
        Some(source) => source.import(&mut faults).await,
        None => None,
    };
    let import = faults.finish(|| import)?;
    let results = ImportResults::new(import.endpoints.len(), &import.failed);
    let prune = if input.prune.flat() == Some(true) { Prune::Delete } else { Prune::Keep };
    let endpoints = new_endpoints(import.endpoints);
    let base = state.collections_url().await?;
    let committed = state.store().import_endpoints(&caller.actor, state.now(), id, endpoints, prune).await?;
    let row = state.store().get_collection(id).await?;
    let answer = |difference| CollectionImported {
        imported: ImportedCollection {
            collection: Collection::new(row, &base),
            message: Some(results.message()),
            import_results: Some(results),
        },
        difference: DifferenceView::from(difference),
    };
    state.answer(committed, |difference| Json(answer(difference))).await
}

impl From<ImportDifference> for DifferenceView {
    fn from(difference: ImportDifference) -> Self {
        let labels = |endpoints: &[Endpoint]| endpoints.iter().map(label).collect();
        Self {
            added: labels(&difference.added),
            updated: labels(&difference.updated),
            deleted: labels(&difference.deleted),
            unchanged: difference.unchanged,
        }
    }
}
