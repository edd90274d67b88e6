//! Finds out who calls: a management token or a console session. Role and projects are looked up anew for each request.

use super::cookie::session_token;
use crate::error::ApiError;
use crate::state::ManagementState;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};
use domain::time::Timestamp;
use domain::token::{TokenDigest, TokenKind, is_well_formed};
use std::net::{IpAddr, SocketAddr};
use store::{Actor, ActorKind, Conditions, ManagementToken, Member, Role, Scope, Session, TokenOwner};

/// Last use is written at most once a minute.
const TOUCH_EVERY_MICROS: i64 = 60_000_000;

/// Who calls. Handlers take it as an argument; it is there on every operation that is not open.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// For the audit log: give it to the store with each change.
    pub(crate) actor: Actor,
    /// What the caller may do.
    pub(crate) role: Role,
    /// What the caller sees. The store in a handler's `State` is confined to it already.
    pub(crate) scope: Scope,
    /// By what the caller is known.
    pub(crate) identity: Identity,
}

/// By what a caller is known.
#[derive(Debug, Clone)]
pub(crate) enum Identity {
    /// A member signed in to the console.
    Session(Box<(Session, Member)>),
    /// A management token.
    Token(Box<ManagementToken>),
}

impl Caller {
    /// The management tokens that the caller may see and end: an owner all, others their own.
    pub(crate) fn tokens(&self) -> TokenOwner {
        match &self.identity {
            _ if self.role == Role::Owner => TokenOwner::Anybody,
            Identity::Session(signed_in) => TokenOwner::Member(signed_in.1.id),
            Identity::Token(token) => match &token.member {
                Some(member) => TokenOwner::Member(member.id),
                None => TokenOwner::Itself(token.id),
            },
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or(ApiError::NotSignedIn)
    }
}

/// Looks the credential of a request up.
pub(crate) async fn find_caller(state: &ManagementState, parts: &Parts) -> Result<Caller, ApiError> {
    let address = peer_address(&parts.extensions);
    if parts.headers.contains_key(AUTHORIZATION) {
        let token = bearer_token(&parts.headers).ok_or(ApiError::NotSignedIn)?;
        return token_caller(state, token, address, parts.uri.path()).await;
    }
    let token = session_token(&parts.headers).ok_or(ApiError::NotSignedIn)?;
    session_caller(state, token, address).await
}

/// The address that the connection comes from, where it has one.
pub(crate) fn peer_address(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip().to_canonical())
}

/// The one bearer token; `None` where the header is repeated or of another scheme.
fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn token_caller(
    state: &ManagementState,
    token: &str,
    address: Option<IpAddr>,
    path: &str,
) -> Result<Caller, ApiError> {
    if !is_well_formed(TokenKind::Management, token.as_bytes()) {
        return Err(ApiError::NotSignedIn);
    }
    let found = find_token(state, TokenDigest::of(token.as_bytes()), path).await?.ok_or(ApiError::NotSignedIn)?;
    let now = state.now();
    if found.is_expired(now) || found.is_of_disabled_member() {
        return Err(ApiError::NotSignedIn);
    }
    if found.last_used_at.is_none_or(|last| is_older(last, now, TOUCH_EVERY_MICROS)) {
        note(state.store().touch_management_token(found.id, now).await);
    }
    Ok(Caller {
        actor: Actor {
            kind: ActorKind::Token,
            id: Some(found.id.0),
            name: found.name.to_string(),
            address,
            conditions: Conditions::default(),
        },
        role: found.role_in_force(),
        scope: found.scope_in_force(),
        identity: Identity::Token(Box::new(found)),
    })
}

/// Looks a token up; for the metrics also while the store is away.
async fn find_token(
    state: &ManagementState,
    digest: TokenDigest,
    path: &str,
) -> Result<Option<ManagementToken>, ApiError> {
    let revision = state.newest_known_revision();
    let found = state.store().find_management_token(digest).await;
    if path != "/metrics" {
        return Ok(found?);
    }
    match found {
        Err(error) if error.away().is_some() => match state.scrapers.find(digest, revision) {
            Some(token) => Ok(Some(token)),
            None => Err(error.into()),
        },
        found => {
            let found = found?;
            if let Some(token) = &found {
                state.scrapers.remember(digest, revision, token);
            }
            Ok(found)
        }
    }
}

async fn session_caller(state: &ManagementState, token: &str, address: Option<IpAddr>) -> Result<Caller, ApiError> {
    if !is_well_formed(TokenKind::Session, token.as_bytes()) {
        return Err(ApiError::NotSignedIn);
    }
    let found = state.store().find_session(TokenDigest::of(token.as_bytes())).await?;
    let signed_in = found.filter(|found| found.member.enabled).ok_or(ApiError::NotSignedIn)?;
    let (session, member) = (signed_in.session, signed_in.member);
    let (now, settings) = (state.now(), state.store().get_settings().await?);
    if is_older(session.last_seen_at, now, settings.session_idle_micros())
        || is_older(session.created_at, now, settings.session_life_micros())
    {
        return Err(ApiError::NotSignedIn);
    }
    if is_older(session.last_seen_at, now, TOUCH_EVERY_MICROS) {
        note(state.store().touch_session(session.id, now).await);
    }
    Ok(Caller {
        actor: Actor {
            kind: ActorKind::Member,
            id: Some(member.id.0),
            name: member.email.to_string(),
            address,
            conditions: Conditions::default(),
        },
        role: member.role,
        scope: member.scope.clone(),
        identity: Identity::Session(Box::new((session, member))),
    })
}

fn is_older(at: Timestamp, now: Timestamp, micros: i64) -> bool {
    now.0.saturating_sub(at.0) >= micros
}

/// Last use is a convenience: a request does not fail because it could not be written.
fn note(written: Result<(), store::StoreError>) {
    if let Err(error) = written {
        tracing::warn!(cause = %error, "last use of a credential could not be written");
    }
}
