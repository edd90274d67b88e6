//! `DELETE /api/v2/api_clients/{id}/api_keys/{key}`

use crate::answer::{Changed, Success};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::{ClientId, ProfileId};

/// Delete an access profile
///
/// Its credential ends at once.
#[utoipa::path(delete, path = "/api/v2/api_clients/{id}/api_keys/{key}", tag = "Access profiles",
    operation_id = "delete_key",
    params(
        ("id" = i64, Path, description = "The client's id", example = 4),
        ("key" = i64, Path, description = "The profile's id", example = 9)),
    responses((status = 200, description = "It is gone", body = Success), ChangeErrors))]
pub(crate) async fn delete_key(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids((client, key)): Ids<(ClientId, ProfileId)>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    state.store().get_profile_of_client(client, key).await?;
    let committed = state.store().delete_profile(&caller.actor, state.now(), key).await?;
    state.answer(committed, |()| Success::DONE).await
}
