//! `DELETE /api/projects/{id}`

use crate::answer::{Changed, Success};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::ProjectId;

/// Delete a project
///
/// Refused while it holds collections or clients; the default project stays.
#[utoipa::path(delete, path = "/api/projects/{id}", tag = "Projects", operation_id = "delete_project",
    params(("id" = i64, Path, description = "The project's id", example = 2)),
    responses((status = 200, description = "It is gone", body = Success), ChangeErrors))]
pub(crate) async fn delete_project(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<ProjectId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let committed = state.store().delete_project(&caller.actor, state.now(), id).await?;
    state.answer(committed, |()| Success::DONE).await
}
