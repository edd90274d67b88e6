//! `DELETE /api/api_endpoints/{id}`

use crate::answer::{Changed, Success};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::EndpointId;

/// Delete an endpoint
///
/// Calls to it get 404 from then on.
#[utoipa::path(delete, path = "/api/api_endpoints/{id}", tag = "Endpoints", operation_id = "delete_endpoint",
    params(("id" = i64, Path, description = "The endpoint's id", example = 12)),
    responses((status = 200, description = "It is gone", body = Success), ChangeErrors))]
pub(crate) async fn delete_endpoint(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<EndpointId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let committed = state.store().delete_endpoint(&caller.actor, state.now(), id).await?;
    state.answer(committed, |()| Success::DONE).await
}
