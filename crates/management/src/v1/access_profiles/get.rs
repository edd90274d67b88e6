//! `GET /api/api_access_profiles/{id}`

use super::AccessProfileV1;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, State};
use crate::state::ManagementState;
use axum::Json;
use domain::ProfileId;

/// Show an access profile (version 1)
#[utoipa::path(get, path = "/api/api_access_profiles/{id}", tag = "Version 1", operation_id = "get_access_profile_v1",
    params(("id" = i64, Path, description = "The profile's id", example = 9)),
    responses((status = 200, description = "The profile", body = AccessProfileV1), ReadErrors))]
pub(crate) async fn get_access_profile_v1(
    State(state): State<ManagementState>,
    Ids(id): Ids<ProfileId>,
) -> Result<Json<AccessProfileV1>, ApiError> {
    Ok(Json(state.store().get_profile(id).await?.into()))
}
