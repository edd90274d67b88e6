//! `GET /api/setup`

use crate::answer::Data;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::State;
use crate::state::ManagementState;
use serde::Serialize;
use utoipa::ToSchema;

/// Whether there is an owner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SetupState {
    /// True until the first set-up link was used.
    #[schema(example = false)]
    needs_setup: bool,
    /// Where members may sign in besides here, at `/api/sessions/oidc`; null: nowhere.
    oidc: Option<OidcHint>,
}

/// A provider, for the sign-in page.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OidcHint {
    /// What it is called.
    #[schema(example = "Example SSO")]
    name: String,
}

/// Whether the workspace still needs its owner
///
/// Lets the console choose between the sign-in page and "open the set-up link".
#[utoipa::path(get, path = "/api/setup", tag = "Set-up and sign-in", operation_id = "get_setup",
    responses((status = 200, description = "Yes or no", body = Data<SetupState>), ReadErrors))]
pub(crate) async fn get_setup(State(state): State<ManagementState>) -> Result<Data<SetupState>, ApiError> {
    let needs_setup = state.store().needs_setup().await?;
    let provider = state.store().find_sign_in_provider().await?.filter(|provider| provider.settings.enabled);
    let oidc = provider.map(|provider| OidcHint { name: provider.settings.name });
    Ok(Data { data: SetupState { needs_setup, oidc } })
}
