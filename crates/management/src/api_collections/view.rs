//! A collection as shown.

use super::upstream_view::UpstreamView;
use crate::answer::Time;
use crate::state::CollectionsUrl;
use domain::api_collection::CollectionLimits;
use domain::cors::{Cors, HeaderName};
use domain::openapi::FailedOperation;
use serde::Serialize;
use store::CollectionRow;
use utoipa::ToSchema;

/// An API collection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Collection {
    /// Its id.
    #[schema(example = 7)]
    id: i64,
    /// Unique together with the version, case aside.
    #[schema(example = "Quote to cash")]
    name: String,
    /// The project it belongs to.
    #[schema(example = 1)]
    project_id: i64,
    /// Where callers reach it.
    #[schema(example = "http://127.0.0.1:8080/quote-to-cash-v1")]
    url: String,
    /// Where its OpenAPI document is.
    #[schema(example = "http://127.0.0.1:8080/quote-to-cash-v1/openapi.json")]
    api_spec_url: String,
    /// Its version.
    #[schema(example = "1.0")]
    version: String,
    /// First segment of its URLs; unique.
    #[schema(example = "quote-to-cash-v1")]
    path: String,
    /// Free text.
    description: Option<String>,
    /// While false its endpoints answer 404.
    enabled: bool,
    /// The HTTP service behind it.
    upstream: UpstreamView,
    /// Bounds of one call.
    limits: LimitsView,
    /// Which web pages of other origins may call it; null: none may.
    cors: Option<CorsView>,
    /// Whether the auth token may stand in the query.
    allow_query_token: bool,
    /// Whether `%2F` may stand in paths, inside one segment.
    allow_encoded_slash: bool,
    /// Whether the upstream gets the caller's `Host`; otherwise its own authority.
    keep_host: bool,
    /// Whether `Authorization` is left to the upstream: it is not read as a credential and passes unchanged.
    pass_authorization: bool,
    /// Whether the upstream gets the claims of the caller's JSON Web Token, as `X-Portcullis-Claims`.
    send_claims: bool,
    /// All its endpoints.
    #[schema(example = 3)]
    endpoints_count: i64,
    /// Those that can be called.
    #[schema(example = 2)]
    active_endpoints_count: i64,
    /// When it was made.
    created_at: Time,
    /// When it was last changed.
    updated_at: Time,
}

/// Bounds of one call.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CollectionLimits)]
pub(crate) struct LimitsView {
    /// Largest request body in bytes; null: unlimited.
    #[schema(example = 5_242_880)]
    body_bytes: Option<u64>,
    /// Longest time to the head of the answer, in milliseconds; null: the upstream's own alone.
    response_ms: Option<u32>,
}

/// Cross-origin rules.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cors)]
pub(crate) struct CorsView {
    /// Origins that may call; `*`: any.
    #[schema(example = json!(["https://app.example.com"]))]
    origins: Vec<String>,
    /// Request headers besides the always allowed ones.
    headers: Vec<String>,
    /// Answer headers that pages may read besides the always readable ones.
    expose: Vec<String>,
    /// How long a browser may keep the answer to a preflight.
    #[schema(example = 600)]
    max_age_seconds: u32,
}

impl CorsView {
    fn new(cors: &Cors) -> Self {
        let names = |list: &[HeaderName]| list.iter().map(|name| name.as_str().to_owned()).collect();
        Self {
            origins: cors.origins.iter().map(|origin| origin.as_str().to_owned()).collect(),
            headers: names(&cors.headers),
            expose: names(&cors.expose),
            max_age_seconds: cors.max_age_seconds,
        }
    }
}

impl Collection {
    /// Shows a row.
    pub(crate) fn new(row: CollectionRow, base: &CollectionsUrl) -> Self {
        let CollectionRow { collection, endpoints_count, active_endpoints_count } = row;
        let url = base.of(collection.path.as_str());
        Self {
            id: collection.id.0,
            name: collection.name.to_string(),
            project_id: collection.project_id.0,
            api_spec_url: format!("{url}/openapi.json"),
            url,
            version: collection.version.to_string(),
            path: collection.path.to_string(),
            description: collection.description.map(|text| text.to_string()),
            enabled: collection.enabled,
            upstream: collection.upstream.into(),
            limits: collection.limits.into(),
            cors: collection.cors.as_ref().map(CorsView::new),
            allow_query_token: collection.allow_query_token,
            allow_encoded_slash: collection.forwarding.allow_encoded_slash,
            keep_host: collection.forwarding.keep_host,
            pass_authorization: collection.forwarding.pass_authorization,
            send_claims: collection.forwarding.send_claims,
            endpoints_count,
            active_endpoints_count,
            created_at: collection.created_at.into(),
            updated_at: collection.updated_at.into(),
        }
    }
}

impl From<CollectionLimits> for LimitsView {
    fn from(limits: CollectionLimits) -> Self {
        Self { body_bytes: limits.body_bytes, response_ms: limits.response_ms }
    }
}

/// A new collection; `message` and `import_results` where it was made from an OpenAPI document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportedCollection {
    /// The collection.
    #[serde(flatten)]
    pub(crate) collection: Collection,
    /// What was imported, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "3 endpoints imported")]
    pub(crate) message: Option<String>,
    /// What was imported, in numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) import_results: Option<ImportResults>,
}

/// What became of the operations of an OpenAPI document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportResults {
    /// Whether every operation is an endpoint now.
    #[schema(example = true)]
    success: bool,
    /// Operations of the document.
    #[schema(example = 3)]
    total_endpoints: usize,
    /// Those that cannot be endpoints.
    #[schema(example = 0)]
    failed_endpoints: usize,
    /// Each of them, with the reason.
    #[schema(example = json!(["TRACE /orders: this method cannot be an endpoint"]))]
    failed_actions: Vec<String>,
}

impl ImportResults {
    /// Counts.
    pub(crate) fn new(imported: usize, failed: &[FailedOperation]) -> Self {
        Self {
            success: failed.is_empty(),
            total_endpoints: imported + failed.len(),
            failed_endpoints: failed.len(),
            failed_actions: failed.iter().map(ToString::to_string).collect(),
        }
    }

    /// The same in words.
    pub(crate) fn message(&self) -> String {
        let imported = self.total_endpoints - self.failed_endpoints;
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let mut message = format!("{imported} endpoint{} imported", plural(imported));
        if self.failed_endpoints > 0 {
            let failed = self.failed_endpoints;
            message = format!("{message}, {failed} operation{} can't be an endpoint", plural(failed));
        }
        message
    }
}
