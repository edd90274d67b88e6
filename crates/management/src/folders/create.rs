//! `POST /api/folders`

use super::{Folder, FolderId};
use crate::answer::Changed;
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::state::ManagementState;
use crate::wire::{Field, request};
use axum::Json;
use domain::text::Name;
use store::NewProject;

request! {
    /// A folder to make, which is a project.
    pub(crate) struct FolderInput {
        /// Unique in the workspace, case aside.
        name: Name, required;
        /// The folder that holds all projects, or null. Folders inside a project are not available in this version.
        parent_id: Option<FolderId>;
    }
}

/// Create a project by its folder
///
/// Every project is one folder here, and there are no others: what is made is a project.
#[utoipa::path(post, path = "/api/folders", tag = "Projects", operation_id = "create_folder",
    request_body(content = FolderInput, example = json!({"name": "Partners"})),
    responses((status = 200, description = "The new project's folder", body = Folder), ChangeErrors))]
pub(crate) async fn create_folder(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<FolderInput>,
) -> Result<Changed<Json<Folder>>, ApiError> {
    let Body { input, mut faults } = body;
    if matches!(input.parent_id, Field::Given(Some(FolderId::Project(_)))) {
        faults.not_available("parent_id");
    }
    let new = faults.finish(|| Some(NewProject { name: input.name.value()?, description: None }))?;
    let committed = state.store().create_project(&caller.actor, state.now(), new).await?;
    state.answer(committed, |project| Json(project.into())).await
}
