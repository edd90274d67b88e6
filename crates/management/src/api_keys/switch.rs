//! `PUT /api/v2/api_clients/{id}/api_keys/{key}/enable` and `/disable`

use super::Issued;
use crate::answer::{Changed, Success};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::{ClientId, ProfileId};
use store::ProfileUpdate;

/// Enable an access profile
///
/// Its credential may be used from now on, if its client is enabled too.
#[utoipa::path(put, path = "/api/v2/api_clients/{id}/api_keys/{key}/enable", tag = "Access profiles",
    operation_id = "enable_key",
    params(
        ("id" = i64, Path, description = "The client's id", example = 4),
        ("key" = i64, Path, description = "The profile's id", example = 9)),
    responses((status = 200, description = "It can call", body = Success), ChangeErrors))]
pub(crate) async fn enable_key(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids((client, key)): Ids<(ClientId, ProfileId)>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    state.store().get_profile_of_client(client, key).await?;
    let update = ProfileUpdate { active: Some(true), ..ProfileUpdate::default() };
    let committed =
        state.store().update_profile(&caller.actor, state.now(), key, update, Issued::generate()?.fresh).await?;
    state.answer(committed, |_| Success::DONE).await
}

/// Disable an access profile
///
/// Its calls are refused until it is enabled again; its credential stays.
#[utoipa::path(put, path = "/api/v2/api_clients/{id}/api_keys/{key}/disable", tag = "Access profiles",
    operation_id = "disable_key",
    params(
        ("id" = i64, Path, description = "The client's id", example = 4),
        ("key" = i64, Path, description = "The profile's id", example = 9)),
    responses((status = 200, description = "It cannot call", body = Success), ChangeErrors))]
pub(crate) async fn disable_key(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids((client, key)): Ids<(ClientId, ProfileId)>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    state.store().get_profile_of_client(client, key).await?;
    let update = ProfileUpdate { active: Some(false), ..ProfileUpdate::default() };
    let committed =
        state.store().update_profile(&caller.actor, state.now(), key, update, Issued::generate()?.fresh).await?;
    state.answer(committed, |_| Success::DONE).await
}
