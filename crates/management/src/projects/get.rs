//! `GET /api/projects/{id}`

use super::Project;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, State};
use crate::state::ManagementState;
use axum::Json;
use domain::ProjectId;

/// Show a project
#[utoipa::path(get, path = "/api/projects/{id}", tag = "Projects", operation_id = "get_project",
    params(("id" = i64, Path, description = "The project's id", example = 1)),
    responses((status = 200, description = "The project", body = Project), ReadErrors))]
pub(crate) async fn get_project(
    State(state): State<ManagementState>,
    Ids(id): Ids<ProjectId>,
) -> Result<Json<Project>, ApiError> {
    Ok(Json(state.store().get_project(id).await?.into()))
}
