//! `PUT /api/api_access_profiles/{id}/enable` and `/disable`

use crate::answer::{Changed, Success};
use crate::api_keys::Issued;
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::ProfileId;
use store::ProfileUpdate;

/// Enable an access profile (version 1)
///
/// Its credential may be used from now on, if its client is enabled too.
#[utoipa::path(put, path = "/api/api_access_profiles/{id}/enable", tag = "Version 1",
    operation_id = "enable_access_profile_v1",
    params(("id" = i64, Path, description = "The profile's id", example = 9)),
    responses((status = 200, description = "It can call", body = Success), ChangeErrors))]
pub(crate) async fn enable_access_profile_v1(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<ProfileId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let update = ProfileUpdate { active: Some(true), ..ProfileUpdate::default() };
    let committed =
        state.store().update_profile(&caller.actor, state.now(), id, update, Issued::generate()?.fresh).await?;
    state.answer(committed, |_| Success::DONE).await
}

/// Disable an access profile (version 1)
///
/// Its calls are refused until it is enabled again; its credential stays.
#[utoipa::path(put, path = "/api/api_access_profiles/{id}/disable", tag = "Version 1",
    operation_id = "disable_access_profile_v1",
    params(("id" = i64, Path, description = "The profile's id", example = 9)),
    responses((status = 200, description = "It cannot call", body = Success), ChangeErrors))]
pub(crate) async fn disable_access_profile_v1(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<ProfileId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let update = ProfileUpdate { active: Some(false), ..ProfileUpdate::default() };
    let committed =
        state.store().update_profile(&caller.actor, state.now(), id, update, Issued::generate()?.fresh).await?;
    state.answer(committed, |_| Success::DONE).await
}
