//! `GET /api/api_collections/{id}/openapi.json`

use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, State};
use crate::state::ManagementState;
use axum::Json;
use domain::CollectionId;
use domain::openapi::export;
use serde_json::Value;

/// Export a collection as OpenAPI document
///
/// OpenAPI 3.1, all endpoints; inactive ones carry `x-portcullis-active: false`.
#[utoipa::path(get, path = "/api/api_collections/{id}/openapi.json", tag = "API collections",
    operation_id = "export_collection",
    params(("id" = i64, Path, description = "The collection's id", example = 7)),
    responses((status = 200, description = "The document", body = Object,
        example = json!({"openapi": "3.1.0", "info": {"title": "Quote to cash", "version": "1.0"}, "paths": {}})),
        ReadErrors))]
pub(crate) async fn export_collection(
    State(state): State<ManagementState>,
    Ids(id): Ids<CollectionId>,
) -> Result<Json<Value>, ApiError> {
    // What gateways load is not confined to anything: whether the caller sees it is asked first.
    state.store().get_collection(id).await?;
    let loaded = state.store().load_collection(id).await?;
    let loaded = loaded.ok_or(ApiError::NotFound { what: "API collection" })?;
    let url = state.collections_url().await?.of(loaded.collection.path.as_str());
    Ok(Json(export(&loaded.collection, &loaded.endpoints, &url)))
}
