//! Passwords: argon2id, at most two at work at once, never on a thread that answers requests.

use crate::error::ApiError;
use crate::wire::{Faults, Json, Wire};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use domain::secret::Secret;
use std::sync::OnceLock;
use tokio::sync::Semaphore;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, Schema, SchemaFormat};

/// Each hash takes 19 MiB and tens of milliseconds.
const AT_ONCE: usize = 2;

/// A password as typed: 12 to 256 characters.
pub(crate) struct Password(pub(crate) Secret);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

impl Password {
    const MIN_CHARS: usize = 12;
    const MAX_CHARS: usize = 256;
}

impl Wire for Password {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let text = String::read(json, faults)?;
        match text.chars().count() {
            Self::MIN_CHARS..=Self::MAX_CHARS => Some(Self(Secret::new(text))),
            count => {
                let rule = if count < Self::MIN_CHARS { "short (minimum" } else { "long (maximum" };
                let bound = if count < Self::MIN_CHARS { Self::MIN_CHARS } else { Self::MAX_CHARS };
                faults.bad("", format!("is too {rule} is {bound} characters)"));
                None
            }
        }
    }

    fn schema() -> RefOr<Schema> {
        crate::wire::text(Self::MIN_CHARS, Self::MAX_CHARS)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
            .into()
    }
}

/// A secret as sent, to be compared: no rule but a bound, so that nothing is said about what is right.
pub(crate) struct SentSecret(pub(crate) Secret);

impl std::fmt::Debug for SentSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SentSecret(..)")
    }
}

impl SentSecret {
    const MAX_BYTES: usize = 1024;
}

impl Wire for SentSecret {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let text = String::read(json, faults)?;
        if text.is_empty() {
            faults.bad("", "can't be blank");
            return None;
        }
        if text.len() > Self::MAX_BYTES {
            faults.bad("", format!("is too long (maximum is {} bytes)", Self::MAX_BYTES));
            return None;
        }
        Some(Self(Secret::new(text)))
    }

    fn schema() -> RefOr<Schema> {
        crate::wire::text(1, Self::MAX_BYTES).format(Some(SchemaFormat::KnownFormat(KnownFormat::Password))).into()
    }
}

/// Makes and checks password hashes.
pub(crate) struct Passwords {
    turns: Semaphore,
    decoy: OnceLock<Option<Secret>>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE), decoy: OnceLock::new() }
    }
}

impl Passwords {
    /// The hash to keep: a PHC string with a random salt.
    pub(crate) async fn hash(&self, password: Secret) -> Result<Secret, ApiError> {
        self.work(move || hash(&password)).await?.ok_or_else(|| ApiError::internal("a password could not be hashed"))
    }

    /// Whether a password belongs to a hash. Without a hash (nobody has this address) the same work is done on a
    /// decoy, so that the time says nothing.
    pub(crate) async fn verify(&self, password: Secret, stored: Option<Secret>) -> Result<bool, ApiError> {
        if let Some(stored) = stored {
            return self.work(move || verify(&password, &stored)).await;
        }
        if let Some(decoy) = self.decoy().await? {
            self.work(move || verify(&password, &decoy)).await?;
        }
        Ok(false)
    }

    /// A hash that no password is used with, made once.
    async fn decoy(&self) -> Result<Option<Secret>, ApiError> {
        if let Some(decoy) = self.decoy.get() {
            return Ok(decoy.clone());
        }
        let made = self.work(|| hash(&Secret::new("nobody's password".to_owned()))).await?;
        Ok(self.decoy.get_or_init(|| made).clone())
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
        let _turn = self.turns.acquire().await.map_err(|_| ApiError::internal("no more passwords are checked"))?;
        tokio::task::spawn_blocking(job).await.map_err(|_| ApiError::internal("a password job panicked"))
    }
}

fn hash(password: &Secret) -> Option<Secret> {
    let mut salt = [0; 16];
    aws_lc_rs::rand::fill(&mut salt).ok()?;
    let hashed: PasswordHash = Argon2::default().hash_password_with_salt(password.expose().as_bytes(), &salt).ok()?;
    Some(Secret::new(hashed.to_string()))
}

fn verify(password: &Secret, stored: &Secret) -> bool {
    PasswordHash::new(stored.expose())
        .is_ok_and(|hash| Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let passwords = Passwords::default();
        let stored = passwords.hash(secret("correct horse battery")).await.unwrap();
        assert!(stored.expose().starts_with("$argon2id$"));
        assert!(passwords.verify(secret("correct horse battery"), Some(stored.clone())).await.unwrap());
        assert!(!passwords.verify(secret("correct horse batterz"), Some(stored)).await.unwrap());
        assert!(!passwords.verify(secret("nobody's password"), None).await.unwrap());
    }
}
