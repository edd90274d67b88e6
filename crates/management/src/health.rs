//! Whether the program runs, and whether it can work.

use crate::answer::Success;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::state::ManagementState;
use axum::extract::State;

/// Whether the program runs
#[utoipa::path(get, path = "/healthz", tag = "Service", operation_id = "get_health",
    responses((status = 200, description = "It runs", body = Success, example = json!({"success": true})), ReadErrors))]
pub(crate) async fn get_health() -> Success {
    Success::DONE
}

/// Whether the program can work
///
/// The store can be read.
#[utoipa::path(get, path = "/readyz", tag = "Service", operation_id = "get_readiness",
    responses((status = 200, description = "It can", body = Success, example = json!({"success": true})), ReadErrors))]
pub(crate) async fn get_readiness(State(state): State<ManagementState>) -> Result<Success, ApiError> {
    state.store().check().await?;
    Ok(Success::DONE)
}
