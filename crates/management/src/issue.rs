//! Secrets that are shown once: management tokens, set-up links, and generated tokens in general.
//!
//! Used by operations and by the program's commands alike.

use domain::MemberId;
use domain::secret::Secret;
use domain::text::{Email, Name};
use domain::time::Timestamp;
use domain::token::{TokenDigest, TokenKind, generate as generate_from, last4};
use store::{Actor, Committed, ManagementToken, NewManagementToken, NewSetupLink, Role, Scope, Store, StoreError};

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
    let secret = generate_from(kind, random);
    crate::shown_once::note(&secret);
    Ok(secret)
}

/// A management token to make.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for.
    pub name: Name,
    /// What it may do.
    pub role: Role,
    /// What it sees.
    pub scope: Scope,
    /// From then on it is refused.
    pub expires_at: Option<Timestamp>,
    /// The member who makes it; it never has more rights than that member.
    pub member_id: Option<MemberId>,
}

/// Makes a management token. The secret is shown once and not kept.
pub async fn management_token(
    store: &Store,
    actor: &Actor,
    now: Timestamp,
    new: NewToken,
) -> Result<(Secret, Committed<ManagementToken>), IssueError> {
    let secret = generate(TokenKind::Management)?;
    let new = NewManagementToken {
        name: new.name,
        role: new.role,
        scope: new.scope,
        expires_at: new.expires_at,
        digest: TokenDigest::of(secret.expose().as_bytes()),
        last4: last4(&secret),
        member_id: new.member_id,
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
