//! `GET /api/sessions/oidc`

use super::fault::OidcFault;
use super::flow::Flow;
use super::provider::Asking;
use super::{give_up, redirect_uri, send_to};
use crate::document::RedirectErrors;
use crate::error::ApiError;
use crate::extract::State;
use crate::state::ManagementState;
use axum::response::Response;
use domain::cidr::CidrSet;
use store::SignInProvider;

/// Sign in at the provider
///
/// For browsers, as a link: sends them to the provider that an owner has set up (`/api/settings/oidc`), or back to the
/// sign-in page with `oidc_error` in its address.
#[utoipa::path(get, path = "/api/sessions/oidc", tag = "Set-up and sign-in", operation_id = "begin_oidc_sign_in",
    responses((status = 303, description = "To the provider, or back to the sign-in page",
        headers(("Location" = String, description = "Where to"))), RedirectErrors))]
pub(crate) async fn begin_oidc_sign_in(State(state): State<ManagementState>) -> Result<Response, ApiError> {
    match begin(&state).await? {
        Ok(response) => Ok(response),
        Err(fault) => Ok(give_up(&fault)),
    }
}

async fn begin(state: &ManagementState) -> Result<Result<Response, OidcFault>, ApiError> {
    let Some(provider) = enabled_provider(state).await? else { return Ok(Err(OidcFault::Disabled)) };
    let allowed = CidrSet::new(&state.store().get_settings().await?.outbound_allowed);
    let settings = provider.settings.clone();
    let found = async {
        let asking = Asking::begin(state, provider, allowed)?;
        asking.discover().await?.authorization_endpoint()
    };
    let mut url = match found.await {
        Ok(url) => url,
        Err(fault) => return Ok(Err(fault)),
    };
    let flow = Flow::begin(&settings.issuer, state.now())?;
    let console_url = settings.console_url.as_ref().unwrap_or(&state.parts.management_url);
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &settings.client_id)
        .append_pair("redirect_uri", &redirect_uri(console_url))
        .append_pair("scope", &settings.scopes.join(" "))
        .append_pair("state", &flow.state)
        .append_pair("nonce", &flow.nonce)
        .append_pair("code_challenge", &flow.challenge())
        .append_pair("code_challenge_method", "S256");
    Ok(Ok(send_to(url.as_str(), flow.cookie(state.store())?)))
}

/// The provider, where sign-in there is on.
pub(super) async fn enabled_provider(state: &ManagementState) -> Result<Option<SignInProvider>, ApiError> {
    Ok(state.store().find_sign_in_provider().await?.filter(|provider| provider.settings.enabled))
}
