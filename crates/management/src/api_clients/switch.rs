//! `PUT /api/v2/api_clients/{id}/enable` and `/disable`

use crate::answer::{Changed, Success};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::ClientId;
use store::ClientUpdate;

/// Enable a client
///
/// Its profiles are again what they were before.
#[utoipa::path(put, path = "/api/v2/api_clients/{id}/enable", tag = "Clients", operation_id = "enable_client",
    params(("id" = i64, Path, description = "The client's id", example = 4)),
    responses((status = 200, description = "Its active profiles can call", body = Success), ChangeErrors))]
pub(crate) async fn enable_client(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<ClientId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let update = ClientUpdate { enabled: Some(true), ..ClientUpdate::default() };
    let committed = state.store().update_client(&caller.actor, state.now(), id, update).await?;
    state.answer(committed, |_| Success::DONE).await
}

/// Disable a client
///
/// None of its profiles can call anything, whatever their own state.
#[utoipa::path(put, path = "/api/v2/api_clients/{id}/disable", tag = "Clients", operation_id = "disable_client",
    params(("id" = i64, Path, description = "The client's id", example = 4)),
    responses((status = 200, description = "None of its profiles can call", body = Success), ChangeErrors))]
pub(crate) async fn disable_client(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<ClientId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let update = ClientUpdate { enabled: Some(false), ..ClientUpdate::default() };
    let committed = state.store().update_client(&caller.actor, state.now(), id, update).await?;
    state.answer(committed, |_| Success::DONE).await
}
