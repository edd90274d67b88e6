//! `GET /api/sessions/oidc/callback`

use super::begin::enabled_provider;
use super::claims::Claims;
use super::fault::OidcFault;
use super::flow::{Flow, cleared_cookie};
use super::provider::Asking;
use super::{give_up, redirect_uri, send_to};
use crate::auth::peer_address;
use crate::document::RedirectErrors;
use crate::error::ApiError;
use crate::extract::State;
use crate::sessions::sign_in;
use crate::state::ManagementState;
use axum::extract::RawQuery;
use axum::http::header::SET_COOKIE;
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse, Response};
use domain::cidr::CidrSet;
use std::collections::BTreeMap;
use store::{Admission, Member, ProviderUser, SignInProvider};
use url::form_urlencoded;

/// Come back from the provider
///
/// For browsers: the provider sends them here. Begins a session and sends them to the console, or to its sign-in page with
/// `oidc_error` in the address. Parameters that are not known are ignored, as the standard asks.
#[utoipa::path(get, path = "/api/sessions/oidc/callback", tag = "Set-up and sign-in",
    operation_id = "end_oidc_sign_in",
    params(
        ("code" = Option<String>, Query, description = "What is changed for tokens"),
        ("state" = Option<String>, Query, description = "What the browser was sent with"),
        ("iss" = Option<String>, Query, description = "Who sent the browser (RFC 9207)"),
        ("error" = Option<String>, Query, description = "Why there is no code"),
    ),
    responses((status = 303, description = "To the console, or back to the sign-in page",
        headers(("Location" = String, description = "Where to"))), RedirectErrors))]
pub(crate) async fn end_oidc_sign_in(
    State(state): State<ManagementState>,
    headers: HeaderMap,
    extensions: Extensions,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let address = peer_address(&extensions);
    let user = match come_back(&state, &headers, query.as_deref().unwrap_or_default()).await? {
        Ok(user) => user,
        Err(fault) => return Ok(give_up(&fault)),
    };
    let member = match state.store().admit_provider_user(state.now(), address, &user).await? {
        Admission::Admitted(member) => *member,
        Admission::NoRole => return Ok(give_up(&OidcFault::NoRole)),
        Admission::NoEmail => return Ok(give_up(&OidcFault::NoEmail)),
        Admission::Disabled => return Ok(give_up(&OidcFault::MemberDisabled)),
    };
    let_in(&state, member, &headers, address).await
}

/// The session's cookie, and on to the console.
async fn let_in(
    state: &ManagementState,
    member: Member,
    headers: &HeaderMap,
    address: Option<std::net::IpAddr>,
) -> Result<Response, ApiError> {
    let signed_in = match sign_in(state, member, headers, address).await {
        Err(ApiError::WrongPassword) => return Ok(give_up(&OidcFault::MemberDisabled)),
        other => other?.into_response(),
    };
    let mut response = send_to("/", cleared_cookie());
    for cookie in signed_in.headers().get_all(SET_COOKIE) {
        response.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    Ok(response)
}

async fn come_back(
    state: &ManagementState,
    headers: &HeaderMap,
    query: &str,
) -> Result<Result<ProviderUser, OidcFault>, ApiError> {
    let Some(provider) = enabled_provider(state).await? else { return Ok(Err(OidcFault::Disabled)) };
    let flow = Flow::read(headers, state.store(), state.now());
    let Some(flow) = flow.filter(|flow| flow.issuer == provider.settings.issuer) else {
        return Ok(Err(OidcFault::Expired));
    };
    let allowed = CidrSet::new(&state.store().get_settings().await?.outbound_allowed);
    let code = match code_of(query, &flow) {
        Ok(code) => code,
        Err(fault) => return Ok(Err(fault)),
    };
    Ok(user_of(state, provider, allowed, &flow, &code).await)
}

/// The code in the query, if the query belongs to the sign-in that this browser began.
fn code_of(query: &str, flow: &Flow) -> Result<String, OidcFault> {
    let mut found = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if found.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(OidcFault::Invalid("a parameter came more than once"));
        }
    }
    if found.get("state") != Some(&flow.state) {
        return Err(OidcFault::Expired);
    }
    if found.get("iss").is_some_and(|issuer| *issuer != flow.issuer) {
        return Err(OidcFault::Invalid("the browser comes from another issuer"));
    }
    if found.contains_key("error") {
        return Err(OidcFault::Refused);
    }
    found.remove("code").filter(|code| !code.is_empty()).ok_or(OidcFault::Refused)
}

/// Who signed in at the provider.
async fn user_of(
    state: &ManagementState,
    provider: SignInProvider,
    allowed: CidrSet,
    flow: &Flow,
    code: &str,
) -> Result<ProviderUser, OidcFault> {
    let settings = provider.settings.clone();
    let console_url = settings.console_url.as_ref().unwrap_or(&state.parts.management_url);
    let asking = Asking::begin(state, provider, allowed)?;
    let discovery = asking.discover().await?;
    let tokens = asking.exchange(&discovery, code, &flow.verifier, &redirect_uri(console_url)).await?;
    let keys = asking.keys(&discovery).await?;
    let mut claims = Claims::verify(&tokens.id_token, &keys, &settings, &flow.nonce, state.now())?;
    if claims.lacks(&settings.group_claim) {
        claims.add(asking.user_info(&discovery, &tokens).await?)?;
    }
    claims.user(&settings)
}
