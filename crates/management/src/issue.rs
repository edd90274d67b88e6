//! Secrets that are shown once: management tokens, set-up links, and generated tokens in general.
//!
//! Used by operations and by the program's commands alike.

use domain::secret::Secret;
use domain::text::{Email, Name};
use domain::time::Timestamp;
use domain::token::{TokenDigest, TokenKind, generate as generate_from, last4};
use store::{Actor, Committed, ManagementToken, NewManagementToken, NewSetupLink, Role, Store, StoreError};

/// How long a set-up link can be used: one hour.
pub const SETUP_LINK_MICROS: i64 = 3_600_000_000;

/// Why nothing was issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The system gives no random bytes.
    #[error("no random bytes to be had")]
    Random,
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A fresh token of this kind, from the system's random generator.
pub fn generate(kind: TokenKind) -> Result<Secret, IssueError> {
    let mut random = [0; 32];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| IssueError::Random)?;
    Ok(generate_from(kind, random))
}

/// Makes a management token with the role admin. The secret is shown once and not kept.
pub async fn management_token(
    store: &Store,
    actor: &Actor,
    now: Timestamp,
    name: Name,
) -> Result<(Secret, Committed<ManagementToken>), IssueError> {
    let secret = generate(TokenKind::Management)?;
    let new = NewManagementToken {
        name,
        role: Role::Admin,
        digest: TokenDigest::of(secret.expose().as_bytes()),
        last4: last4(&secret),
        member_id: None,
    };
    let committed = store.create_management_token(actor, now, new).await?;
    Ok((secret, committed))
}

/// Makes a set-up link: without an address, or with one that is no member's, for the first owner; else it resets that
/// member's password. Gives the token for [`setup_url`]; it works once, for an hour.
pub async fn setup_link(
    store: &Store,
    actor: &Actor,
    now: Timestamp,
    email: Option<Email>,
) -> Result<Secret, IssueError> {
    let secret = generate(TokenKind::Setup)?;
    let link = NewSetupLink {
        digest: TokenDigest::of(secret.expose().as_bytes()),
        email,
        expires_at: Timestamp(now.0.saturating_add(SETUP_LINK_MICROS)),
    };
    store.create_setup_link(actor, now, link).await?;
    Ok(secret)
}

/// The page that a set-up link opens. The token stands in the fragment, which no browser sends and no log holds.
pub fn setup_url(management_url: &str, token: &Secret) -> String {
    format!("{management_url}/setup#token={}", token.expose())
}
