//! Sign-in of members at a provider: `OpenID` Connect, authorization code flow with PKCE (RFC 7636), state and nonce.
//!
//! In steps: `/api/sessions/oidc` asks the provider's discovery document where to send the browser, and keeps state, nonce
//! and PKCE verifier in a sealed cookie of ten minutes ([`flow`]); the provider sends the browser back to
//! `/api/sessions/oidc/callback` with a code; we change it for an ID token ([`provider`]), which our own verifier checks
//! with the provider's keys ([`claims`]); the store says which member that is; a session begins as after a password.
//!
//! Both operations answer without credentials. Every fetch goes through `outbound` (https, nothing private but what
//! `outbound_allowed` names, no redirects), few at once; a discovery document is kept for five minutes. Whatever fails sends
//! the browser to the sign-in page with one word; the cause goes to the log.

pub(crate) mod begin;
pub(crate) mod callback;
mod claims;
mod fault;
mod flow;
mod provider;

pub(crate) use provider::Providers;

use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use fault::OidcFault;

/// Below the management address; to be registered at the provider.
const CALLBACK_PATH: &str = "/api/sessions/oidc/callback";

/// Where the provider sends browsers back to. `console_url`: as set, else the management address.
pub(crate) fn redirect_uri(console_url: &str) -> String {
    format!("{console_url}{CALLBACK_PATH}")
}

/// Sends the browser on, with a cookie.
fn send_to(location: &str, cookie: HeaderValue) -> Response {
    let Ok(location) = HeaderValue::from_str(location) else {
        return crate::error::ApiError::internal("an address to send a browser to is no header value").into_response();
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, location);
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}

/// Sends the browser back to the sign-in page, which says what went wrong.
fn give_up(fault: &OidcFault) -> Response {
    let word = fault.word();
    tracing::warn!(reason = word, cause = %fault, "a sign-in at the provider failed");
    send_to(&format!("/sign-in?oidc_error={word}"), flow::cleared_cookie())
}
