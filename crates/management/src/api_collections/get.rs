//! `GET /api/api_collections/{id}`

use super::Collection;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, State};
use crate::state::ManagementState;
use axum::Json;
use domain::CollectionId;

/// Show an API collection
#[utoipa::path(get, path = "/api/api_collections/{id}", tag = "API collections", operation_id = "get_collection",
    params(("id" = i64, Path, description = "The collection's id", example = 7)),
    responses((status = 200, description = "The collection", body = Collection), ReadErrors))]
pub(crate) async fn get_collection(
    State(state): State<ManagementState>,
    Ids(id): Ids<CollectionId>,
) -> Result<Json<Collection>, ApiError> {
    let base = state.collections_url().await?;
    let row = state.store().get_collection(id).await?;
    Ok(Json(Collection::new(row, &base)))
}
