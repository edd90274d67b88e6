//! One-time links with which members choose their passwords.

use crate::error::ApiError;
use crate::issue::{generate, setup_url};
use crate::state::ManagementState;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::{TokenDigest, TokenKind};
use store::NewPasswordLink;

/// A link works for a day.
const LIFE_MICROS: i64 = 24 * 3_600_000_000;

/// A fresh link.
pub(super) struct PasswordLink {
    /// What opens the page.
    pub(super) url: Secret,
    /// Until when.
    pub(super) expires_at: Timestamp,
    digest: TokenDigest,
}

impl PasswordLink {
    /// Makes one that the store does not know yet.
    pub(super) fn generate(state: &ManagementState) -> Result<Self, ApiError> {
        let token = generate(TokenKind::Setup)?;
        Ok(Self {
            url: Secret::new(setup_url(&state.parts.management_url, &token)),
            expires_at: Timestamp(state.now().0.saturating_add(LIFE_MICROS)),
            digest: TokenDigest::of(token.expose().as_bytes()),
        })
    }

    /// What the store keeps of it.
    pub(super) fn to_store(&self) -> NewPasswordLink {
        NewPasswordLink { digest: self.digest, expires_at: self.expires_at }
    }
}
