//! `GET /api/request_logs/{request_id}/explain`

use super::view::{RecordedExplanation, of_recorded};
use crate::answer::Data;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, State};
use crate::state::ManagementState;

/// Explain a recent request
///
/// What was recorded of it, and beside it what would become of it now. The gateway keeps the latest 2,000 requests of each
/// worker in memory.
#[utoipa::path(get, path = "/api/request_logs/{request_id}/explain", tag = "Explain",
    operation_id = "explain_recent_request",
    params(("request_id" = String, Path, description = "The header X-Request-Id of its answer",
        example = "01936b6e-7a3f-7c1d-9d2b-5f0c7e1a2b3c")),
    responses((status = 200, description = "The record and today's checks", body = Data<RecordedExplanation>), ReadErrors))]
pub(crate) async fn explain_recent_request(
    State(state): State<ManagementState>,
    Ids(request_id): Ids<String>,
) -> Result<Data<RecordedExplanation>, ApiError> {
    Ok(Data { data: of_recorded(&state, request_id).await? })
}
