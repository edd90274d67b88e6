//! `GET /api/settings`

use super::SettingsView;
use crate::answer::Data;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::State;
use crate::state::ManagementState;

/// Show the settings of the workspace
#[utoipa::path(get, path = "/api/settings", tag = "Settings", operation_id = "get_settings",
    responses((status = 200, description = "The settings", body = Data<SettingsView>), ReadErrors))]
pub(crate) async fn get_settings(State(state): State<ManagementState>) -> Result<Data<SettingsView>, ApiError> {
    Ok(Data { data: state.store().get_settings().await?.into() })
}
