//! `POST /api/api_collections/preview`

use super::Source;
use super::spec::imported_label;
use crate::answer::Data;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, MIB};
use crate::wire::request;
use domain::openapi::{Import, ImportedEndpoint, ServerUrl};
use domain::text::{Slug, Version};
use serde::Serialize;
use utoipa::ToSchema;

request! {
    /// A document to look at.
    pub(crate) struct CollectionPreviewInput {
        /// As for a new collection.
        openapi_spec: Source, required;
    }
}

/// What a collection made from an OpenAPI document would be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CollectionPreview)]
pub(crate) struct PreviewView {
    /// The document's title; null where it has none that can be a name.
    #[schema(example = "Quote to cash")]
    name: Option<String>,
    /// The first ten characters of the document's version, else 1.0.
    #[schema(example = "1.0")]
    version: String,
    /// What would be the first segment of its URLs; null where nothing can be made of the name.
    #[schema(example = "quote-to-cash-v1")]
    path: Option<String>,
    /// The document's description.
    description: Option<String>,
    /// The base URL of the document's first server; null where none can be an upstream.
    #[schema(example = "https://api.example.com/v1")]
    upstream_url: Option<String>,
    /// Why `upstream_url` is null.
    upstream_problem: Option<String>,
    /// What would be endpoints, in the order of the document.
    endpoints: Vec<PreviewedEndpoint>,
    /// What cannot be one, with the reason.
    #[schema(example = json!(["TRACE /orders: this method cannot be an endpoint"]))]
    failed_actions: Vec<String>,
}

/// An operation of a document that can be an endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewedEndpoint {
    /// How `openapi_spec.only` names it.
    #[schema(example = "GET /orders/{id}")]
    operation: String,
    /// Its summary, else its `operationId`, else the same as `operation`.
    #[schema(example = "Get an order")]
    name: String,
    /// Its method.
    #[schema(example = "GET")]
    method: &'static str,
    /// Its path below the collection, without leading slash.
    #[schema(example = "orders/{id}")]
    path: String,
    /// Its description.
    description: Option<String>,
}

/// Preview an import
///
/// Shows what a collection made from this OpenAPI document would be, or everything that is wrong with it. Nothing is
/// stored.
#[utoipa::path(post, path = "/api/api_collections/preview", tag = "API collections",
    operation_id = "preview_collection",
    request_body(content = CollectionPreviewInput, example = json!({
        "openapi_spec": {"format": "yaml", "content": "openapi: 3.1.0\npaths: {/orders: {get: {summary: List orders}}}"}
    })),
    responses((status = 200, description = "What it would be", body = Data<PreviewView>), ChangeErrors))]
pub(crate) async fn preview_collection(
    body: Body<CollectionPreviewInput, { 8 * MIB }>,
) -> Result<Data<PreviewView>, ApiError> {
    let Body { input, mut faults } = body;
    let import = match input.openapi_spec.value() {
        Some(source) => source.import(&mut faults).await,
        None => None,
    };
    let import = faults.finish(|| import)?;
    Ok(Data { data: PreviewView::try_from(import)? })
}

impl TryFrom<Import> for PreviewView {
    type Error = ApiError;

    fn try_from(import: Import) -> Result<Self, ApiError> {
        let Import { title, description, version, server, endpoints, failed } = import;
        let version = version.or_else(|| Version::parse("1.0").ok());
        let version = version.ok_or_else(|| ApiError::internal("1.0 is a version"))?;
        let (upstream_url, upstream_problem) = match server {
            ServerUrl::Absolute(url) => (Some(url.to_string()), None),
            ServerUrl::Absent => (None, Some("the document names no server".to_owned())),
            ServerUrl::Unusable { url, reason } => (None, Some(format!("the document's server URL {url:?} {reason}"))),
        };
        let path = title.as_ref().and_then(|name| Slug::for_collection(name, &version).ok());
        Ok(Self {
            path: path.map(|path| path.as_str().to_owned()),
            name: title.map(|title| title.as_str().to_owned()),
            version: version.as_str().to_owned(),
            description: description.map(|text| text.as_str().to_owned()),
            upstream_url,
            upstream_problem,
            endpoints: endpoints.into_iter().map(PreviewedEndpoint::from).collect(),
            failed_actions: failed.iter().map(ToString::to_string).collect(),
        })
    }
}

impl From<ImportedEndpoint> for PreviewedEndpoint {
    fn from(endpoint: ImportedEndpoint) -> Self {
        Self {
            operation: imported_label(&endpoint),
            name: endpoint.name.as_str().to_owned(),
            method: endpoint.method.as_str(),
            path: endpoint.path.to_string(),
            description: endpoint.description.map(|text| text.as_str().to_owned()),
        }
    }
}
