//! `PUT /api/api_collections/{id}/enable` and `/disable`

use crate::answer::{Changed, Success};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::CollectionId;
use store::CollectionUpdate;

/// Enable an API collection
///
/// Its active endpoints can be called again.
#[utoipa::path(put, path = "/api/api_collections/{id}/enable", tag = "API collections",
    operation_id = "enable_collection",
    params(("id" = i64, Path, description = "The collection's id", example = 7)),
    responses((status = 200, description = "It can be called", body = Success), ChangeErrors))]
pub(crate) async fn enable_collection(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<CollectionId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let update = CollectionUpdate { enabled: Some(true), ..CollectionUpdate::default() };
    let committed = state.store().update_collection(&caller.actor, state.now(), id, update).await?;
    state.answer(committed, |_| Success::DONE).await
}

/// Disable an API collection
///
/// All its endpoints answer 404 until it is enabled again.
#[utoipa::path(put, path = "/api/api_collections/{id}/disable", tag = "API collections",
    operation_id = "disable_collection",
    params(("id" = i64, Path, description = "The collection's id", example = 7)),
    responses((status = 200, description = "It cannot be called", body = Success), ChangeErrors))]
pub(crate) async fn disable_collection(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<CollectionId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let update = CollectionUpdate { enabled: Some(false), ..CollectionUpdate::default() };
    let committed = state.store().update_collection(&caller.actor, state.now(), id, update).await?;
    state.answer(committed, |_| Success::DONE).await
}
