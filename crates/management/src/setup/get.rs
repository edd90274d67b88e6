//! `GET /api/setup`

use crate::answer::Data;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::state::ManagementState;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// Whether there is an owner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SetupState {
    /// True until the first set-up link was used.
    #[schema(example = false)]
    needs_setup: bool,
}

/// Whether the workspace still needs its owner
///
/// Lets the console choose between the sign-in page and "open the set-up link".
#[utoipa::path(get, path = "/api/setup", tag = "Set-up and sign-in", operation_id = "get_setup",
    responses((status = 200, description = "Yes or no", body = Data<SetupState>), ReadErrors))]
pub(crate) async fn get_setup(State(state): State<ManagementState>) -> Result<Data<SetupState>, ApiError> {
    Ok(Data { data: SetupState { needs_setup: state.store().needs_setup().await? } })
}
