//! `POST /api/projects`

use super::Project;
use crate::answer::Changed;
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::state::ManagementState;
use crate::wire::request;
use axum::Json;
use domain::text::{Description, Name};
use store::NewProject;

request! {
    /// A project to make.
    pub(crate) struct ProjectInput {
        /// Unique in the workspace, case aside.
        name: Name, required;
        /// Free text.
        description: Option<Description>;
    }
}

/// Create a project
#[utoipa::path(post, path = "/api/projects", tag = "Projects", operation_id = "create_project",
    request_body(content = ProjectInput, example = json!({"name": "Partners"})),
    responses((status = 200, description = "The new project", body = Project), ChangeErrors))]
pub(crate) async fn create_project(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<ProjectInput>,
) -> Result<Changed<Json<Project>>, ApiError> {
    let Body { input, faults } = body;
    let new =
        faults.finish(|| Some(NewProject { name: input.name.value()?, description: input.description.flat() }))?;
    let committed = state.store().create_project(&caller.actor, state.now(), new).await?;
    state.answer(committed, |project| Json(project.into())).await
}
