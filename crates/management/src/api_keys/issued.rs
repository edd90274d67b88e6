//! Credentials just generated: a secret is shown in one answer, its digest stored.

use crate::error::ApiError;
use crate::issue::generate;
use crate::shown_once::note;
use domain::CredentialId;
use domain::access_profile::AccessProfile;
use domain::key_id::{KeyId, check_brought_in};
use domain::secret::Secret;
use domain::token::{TokenDigest, TokenKind, last4};
use std::fmt;
use store::{FreshCredentials, NewIdentifier, NewSecret};

use crate::wire::{Faults, Json, Wire, text};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Credentials for whatever method a profile turns out to have; the store takes what it needs.
pub(crate) struct Issued {
    /// What is stored.
    pub(crate) fresh: FreshCredentials,
    secret: Secret,
    brought: Option<(CredentialId, Secret)>,
}

impl Issued {
    /// A fresh secret and a fresh identifier.
    pub(crate) fn generate() -> Result<Self, ApiError> {
        let secret = generate(TokenKind::Profile)?;
        let mut random = [0; 16];
        fill(&mut random)?;
        let fresh = FreshCredentials {
            secret: stored_secret(&secret)?,
            identifier: NewIdentifier { id: credential_id()?, identifier: KeyId::generate(random) },
        };
        Ok(Self { fresh, secret, brought: None })
    }

    /// Takes in a secret that the owner brings instead.
    pub(crate) fn bring(&mut self, token: Option<BroughtSecret>) -> Result<Option<NewSecret>, ApiError> {
        let Some(BroughtSecret(secret)) = token else { return Ok(None) };
        let new = stored_secret(&secret)?;
        note(&secret);
        self.brought = Some((new.id, secret));
        Ok(Some(new))
    }

    /// The secret in full, if this profile got it just now.
    pub(crate) fn shown(&self, profile: &AccessProfile) -> Option<&str> {
        let has = |id: CredentialId| profile.credentials.iter().any(|own| own.id == id);
        let brought = self.brought.as_ref().filter(|(id, _)| has(*id)).map(|(_, secret)| secret);
        brought.or_else(|| has(self.fresh.secret.id).then_some(&self.secret)).map(Secret::expose)
    }
}

/// An identifier that the owner chose.
pub(crate) fn chosen(identifier: Option<KeyId>) -> Result<Option<NewIdentifier>, ApiError> {
    identifier.map(|identifier| Ok(NewIdentifier { id: credential_id()?, identifier })).transpose()
}

fn stored_secret(secret: &Secret) -> Result<NewSecret, ApiError> {
    let digest = TokenDigest::of(secret.expose().as_bytes());
    Ok(NewSecret { id: credential_id()?, digest, last4: last4(secret) })
}

/// Positive, so that it reads well; 63 random bits are never drawn twice.
fn credential_id() -> Result<CredentialId, ApiError> {
    let mut random = [0; 8];
    fill(&mut random)?;
    Ok(CredentialId(i64::from_be_bytes(random) & i64::MAX))
}

fn fill(random: &mut [u8]) -> Result<(), ApiError> {
    aws_lc_rs::rand::fill(random).map_err(|_| ApiError::internal("no random bytes to be had"))
}

/// A token or client secret from elsewhere.
pub(crate) struct BroughtSecret(Secret);

impl fmt::Debug for BroughtSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BroughtSecret(..)")
    }
}

impl Wire for BroughtSecret {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let secret = Secret::new(String::read(json, faults)?);
        match check_brought_in(&secret) {
            Ok(()) => Some(Self(secret)),
            Err(rule) => {
                faults.bad("", rule);
                None
            }
        }
    }

    fn schema() -> RefOr<Schema> {
        text(32, 256).into()
    }
}
