//! `GET /api/api_endpoints/{id}`

use super::Endpoint;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, State};
use crate::state::ManagementState;
use axum::Json;
use domain::EndpointId;

/// Show an endpoint
#[utoipa::path(get, path = "/api/api_endpoints/{id}", tag = "Endpoints", operation_id = "get_endpoint",
    params(("id" = i64, Path, description = "The endpoint's id", example = 12)),
    responses((status = 200, description = "The endpoint", body = Endpoint), ReadErrors))]
pub(crate) async fn get_endpoint(
    State(state): State<ManagementState>,
    Ids(id): Ids<EndpointId>,
) -> Result<Json<Endpoint>, ApiError> {
    let base = state.collections_url().await?;
    let row = state.store().get_endpoint(id).await?;
    Ok(Json(Endpoint::new(row, &base)))
}
