//! `PUT /api/projects/{id}`

use super::Project;
use crate::answer::Changed;
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids, State};
use crate::state::ManagementState;
use crate::wire::request;
use axum::Json;
use domain::ProjectId;
use domain::text::{Description, Name};
use store::ProjectUpdate;

request! {
    /// What to change of a project: absent is unchanged, null is cleared.
    pub(crate) struct ProjectChange {
        /// Unique in the workspace, case aside.
        name: Name;
        /// Free text.
        description: Option<Description>;
    }
}

/// Change a project
#[utoipa::path(put, path = "/api/projects/{id}", tag = "Projects", operation_id = "update_project",
    params(("id" = i64, Path, description = "The project's id", example = 1)),
    request_body(content = ProjectChange, example = json!({"description": "For our partners"})),
    responses((status = 200, description = "The changed project", body = Project), ChangeErrors))]
pub(crate) async fn update_project(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<ProjectId>,
    body: Body<ProjectChange>,
) -> Result<Changed<Json<Project>>, ApiError> {
    let Body { input, faults } = body;
    let update =
        faults.finish(|| Some(ProjectUpdate { name: input.name.value(), description: input.description.value() }))?;
    let committed = state.store().update_project(&caller.actor, state.now(), id, update).await?;
    state.answer(committed, |project| Json(project.into())).await
}
