//! `PUT /api/api_endpoints/{id}/enable` and `/disable`

use crate::answer::{Changed, Success};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::EndpointId;
use store::EndpointUpdate;

/// Enable an endpoint
///
/// It can be called, if its collection is enabled too.
#[utoipa::path(put, path = "/api/api_endpoints/{id}/enable", tag = "Endpoints", operation_id = "enable_endpoint",
    params(("id" = i64, Path, description = "The endpoint's id", example = 12)),
    responses((status = 200, description = "It can be called", body = Success), ChangeErrors))]
pub(crate) async fn enable_endpoint(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<EndpointId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let update = EndpointUpdate { active: Some(true), ..EndpointUpdate::default() };
    let committed = state.store().update_endpoint(&caller.actor, state.now(), id, update).await?;
    state.answer(committed, |_| Success::DONE).await
}

/// Disable an endpoint
///
/// It answers 404 until it is enabled again; the upstream is never touched.
#[utoipa::path(put, path = "/api/api_endpoints/{id}/disable", tag = "Endpoints", operation_id = "disable_endpoint",
    params(("id" = i64, Path, description = "The endpoint's id", example = 12)),
    responses((status = 200, description = "It cannot be called", body = Success), ChangeErrors))]
pub(crate) async fn disable_endpoint(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<EndpointId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let update = EndpointUpdate { active: Some(false), ..EndpointUpdate::default() };
    let committed = state.store().update_endpoint(&caller.actor, state.now(), id, update).await?;
    state.answer(committed, |_| Success::DONE).await
}
