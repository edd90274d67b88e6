//! `GET /api/settings/oidc`

use super::OidcSettings;
use crate::answer::Data;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::State;
use crate::state::ManagementState;

/// Show where members sign in
///
/// Null until somebody set it.
#[utoipa::path(get, path = "/api/settings/oidc", tag = "Settings", operation_id = "get_oidc_settings",
    responses((status = 200, description = "The settings", body = Data<Option<OidcSettings>>), ReadErrors))]
pub(crate) async fn get_oidc_settings(
    State(state): State<ManagementState>,
) -> Result<Data<Option<OidcSettings>>, ApiError> {
    let found = state.store().find_sign_in_provider().await?;
    Ok(Data { data: found.map(|provider| OidcSettings::new(provider, &state.parts.management_url)) })
}
