//! `DELETE /api/members/{id}`

use crate::answer::{Changed, Success};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::MemberId;

/// Delete a member
///
/// Its sessions and management tokens end with it. The last owner stays.
#[utoipa::path(delete, path = "/api/members/{id}", tag = "Members", operation_id = "delete_member",
    params(("id" = i64, Path, description = "The member's id", example = 2)),
    responses((status = 200, description = "It is gone", body = Success), ChangeErrors))]
pub(crate) async fn delete_member(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<MemberId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let committed = state.store().delete_member(&caller.actor, state.now(), id).await?;
    Ok(ManagementState::answer_at_once(committed, |()| Success::DONE))
}
