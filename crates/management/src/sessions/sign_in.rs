//! The end of every way to sign in: a new session and its cookie.

use crate::answer::{Changed, Data};
use crate::auth::session_cookie;
use crate::error::ApiError;
use crate::issue;
use crate::state::ManagementState;
use crate::users::User;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::response::AppendHeaders;
use domain::settings::Settings;
use domain::time::Timestamp;
use domain::token::{TokenDigest, TokenKind};
use std::net::IpAddr;
use store::{Actor, ActorKind, Conditions, Member, NewSession, StoreError};

/// The member, with the cookie of the new session.
pub(crate) type SignedInAnswer = (AppendHeaders<[(axum::http::HeaderName, HeaderValue); 1]>, Data<User>);

const USER_AGENT_CHARS: usize = 255;

/// Makes a session for a member who has proved who it is. One that was switched off meanwhile is not let in.
pub(crate) async fn sign_in(
    state: &ManagementState,
    member: Member,
    headers: &HeaderMap,
    address: Option<IpAddr>,
) -> Result<Changed<SignedInAnswer>, ApiError> {
    let token = issue::generate(TokenKind::Session)?;
    let settings = state.store().get_settings().await?;
    let cookie = session_cookie(&token, settings.session_life_micros() / 1_000_000);
    let cookie = cookie.ok_or_else(|| ApiError::internal("a session token is no header value"))?;
    let now = state.now();
    forget_stale(state, &settings, now).await;
    let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let new = NewSession {
        digest: TokenDigest::of(token.expose().as_bytes()),
        member_id: member.id,
        user_agent: user_agent.chars().take(USER_AGENT_CHARS).collect(),
        address,
    };
    let actor = Actor {
        kind: ActorKind::Member,
        id: Some(member.id.0),
        name: member.email.to_string(),
        address,
        conditions: Conditions::default(),
    };
    let committed = match state.store().create_session(&actor, now, new).await {
        Err(StoreError::NotFound { .. }) => return Err(ApiError::WrongPassword),
        other => other?,
    };
    let user = User::of_member(&member, now);
    Ok(ManagementState::answer_at_once(committed, |_| (AppendHeaders([(SET_COOKIE, cookie)]), Data { data: user })))
}

/// Ended sessions are cleared away when somebody signs in; they are refused before that anyhow.
async fn forget_stale(state: &ManagementState, settings: &Settings, now: Timestamp) {
    let idle_before = Timestamp(now.0.saturating_sub(settings.session_idle_micros()));
    let created_before = Timestamp(now.0.saturating_sub(settings.session_life_micros()));
    if let Err(error) = state.store().delete_stale_sessions(idle_before, created_before).await {
        tracing::warn!(cause = %error, "ended sessions could not be cleared away");
    }
}
