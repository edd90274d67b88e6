//! `DELETE /api/api_policies/{id}`

use crate::answer::{Changed, Success};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::PolicyId;

/// Delete an access policy
///
/// Refused while terms name it.
#[utoipa::path(delete, path = "/api/api_policies/{id}", tag = "Access policies", operation_id = "delete_policy",
    params(("id" = i64, Path, description = "The policy's id", example = 3)),
    responses((status = 200, description = "It is gone", body = Success), ChangeErrors))]
pub(crate) async fn delete_policy(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<PolicyId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let committed = state.store().delete_policy(&caller.actor, state.now(), id).await?;
    state.answer(committed, |()| Success::DONE).await
}
