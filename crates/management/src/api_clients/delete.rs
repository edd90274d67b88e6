//! `DELETE /api/v2/api_clients/{id}`

use crate::answer::{Changed, Success};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::ClientId;

/// Delete a client
///
/// With all its profiles; their credentials end at once.
#[utoipa::path(delete, path = "/api/v2/api_clients/{id}", tag = "Clients", operation_id = "delete_client",
    params(("id" = i64, Path, description = "The client's id", example = 4)),
    responses((status = 200, description = "It is gone", body = Success), ChangeErrors))]
pub(crate) async fn delete_client(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<ClientId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let committed = state.store().delete_client(&caller.actor, state.now(), id).await?;
    state.answer(committed, |()| Success::DONE).await
}
