//! A credential just generated: its secret is shown in one answer, its digest stored.

use crate::error::ApiError;
use crate::issue::generate;
use domain::CredentialId;
use domain::secret::Secret;
use domain::token::{TokenDigest, TokenKind, last4};
use store::NewCredential;

/// A token and what is stored of it.
pub(crate) struct Issued {
    /// The token, for the one answer.
    pub(crate) token: Secret,
    /// What is stored.
    pub(crate) credential: NewCredential,
}

impl Issued {
    /// A fresh auth token of a profile.
    pub(crate) fn generate() -> Result<Self, ApiError> {
        let token = generate(TokenKind::Profile)?;
        let mut random = [0; 8];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| ApiError::internal("no random bytes to be had"))?;
        let credential = NewCredential {
            // Positive, so that it reads well; 63 random bits are never drawn twice.
            id: CredentialId(i64::from_be_bytes(random) & i64::MAX),
            digest: TokenDigest::of(token.expose().as_bytes()),
            last4: last4(&token),
        };
        Ok(Self { token, credential })
    }
}
