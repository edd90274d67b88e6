//! An endpoint as shown.

use crate::answer::Time;
use crate::state::CollectionsUrl;
use domain::endpoint::UpstreamPath;
use serde::Serialize;
use store::EndpointRow;
use utoipa::ToSchema;

/// An endpoint of a collection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Endpoint {
    /// Its id.
    #[schema(example = 12)]
    id: i64,
    /// The collection it belongs to.
    #[schema(example = 7)]
    api_collection_id: i64,
    /// Always 0: there are no recipes here.
    #[schema(example = 0)]
    flow_id: i64,
    /// What people call it.
    #[schema(example = "Get an order")]
    name: String,
    /// Its method, or `ANY`.
    #[schema(example = "GET")]
    method: String,
    /// Where callers reach it.
    #[schema(example = "http://127.0.0.1:8080/quote-to-cash-v1/orders/{id}")]
    url: String,
    /// Always null.
    legacy_url: Option<String>,
    /// The collection's own part of the URL.
    #[schema(example = "/quote-to-cash-v1")]
    base_path: String,
    /// Its path below the collection, without leading slash.
    #[schema(example = "orders/{id}")]
    path: String,
    /// Free text.
    description: Option<String>,
    /// Its path at the upstream; null: the path as called.
    upstream_path: Option<String>,
    /// Whether it can be called.
    active: bool,
    /// Always false.
    legacy: bool,
    /// When it was made.
    created_at: Time,
    /// When it was last changed.
    updated_at: Time,
}

impl Endpoint {
    /// Shows a row.
    pub(crate) fn new(row: EndpointRow, base: &CollectionsUrl) -> Self {
        let EndpointRow { endpoint, collection_path, .. } = row;
        let base_path = format!("/{collection_path}");
        let path = endpoint.path.as_str();
        let separator = if path.is_empty() { "" } else { "/" };
        Self {
            id: endpoint.id.0,
            api_collection_id: endpoint.collection_id.0,
            flow_id: 0,
            name: endpoint.name.to_string(),
            method: endpoint.method.as_str().to_owned(),
            url: format!("{}{separator}{path}", base.of(collection_path.as_str())),
            legacy_url: None,
            base_path,
            path: path.to_owned(),
            description: endpoint.description.map(|text| text.to_string()),
            upstream_path: endpoint.upstream_path.as_ref().map(UpstreamPath::as_str).map(str::to_owned),
            active: endpoint.active,
            legacy: false,
            created_at: endpoint.created_at.into(),
            updated_at: endpoint.updated_at.into(),
        }
    }
}
