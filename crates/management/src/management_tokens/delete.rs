//! `DELETE /api/management_tokens/{id}`

use crate::answer::{Changed, Success};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::ManagementTokenId;

/// Delete a management token
///
/// It is refused from then on. One's own; an owner ends everybody's.
#[utoipa::path(delete, path = "/api/management_tokens/{id}", tag = "Management tokens",
    operation_id = "delete_management_token",
    params(("id" = i64, Path, description = "The token's id", example = 3)),
    responses((status = 200, description = "It is gone", body = Success), ChangeErrors))]
pub(crate) async fn delete_token(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<ManagementTokenId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let committed = state.store().delete_management_token(&caller.actor, state.now(), id, caller.tokens()).await?;
    Ok(ManagementState::answer_at_once(committed, |()| Success::DONE))
}
