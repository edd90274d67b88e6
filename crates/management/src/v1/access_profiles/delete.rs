//! `DELETE /api/api_access_profiles/{id}`

use crate::answer::{Changed, Success};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::ProfileId;

/// Delete an access profile (version 1)
///
/// Its credential ends at once.
#[utoipa::path(delete, path = "/api/api_access_profiles/{id}", tag = "Version 1",
    operation_id = "delete_access_profile_v1",
    params(("id" = i64, Path, description = "The profile's id", example = 9)),
    responses((status = 200, description = "It is gone", body = Success), ChangeErrors))]
pub(crate) async fn delete_access_profile_v1(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<ProfileId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let committed = state.store().delete_profile(&caller.actor, state.now(), id).await?;
    state.answer(committed, |()| Success::DONE).await
}
