//! What workers remember of verified tokens, and of addresses that send wrong ones.

use super::facts::Source;
use crate::ids::{CredentialId, ProfileId};
use crate::time::{Monotonic, Now, Timestamp};
use crate::token::TokenDigest;

/// How long a verified token is remembered: 60 s in nanoseconds.
pub const REMEMBER_NANOS: u64 = 60_000_000_000;

/// A token whose signature and claims were verified, and what it was verified against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedToken {
    /// The profile that it names.
    pub profile: ProfileId,
    /// The credential by which it names it.
    pub credential: CredentialId,
    /// Versions of profile, client and key set (0 with a configured key) that it was verified against.
    pub(crate) versions: [u64; 3],
    /// When it was verified.
    pub(crate) verified_at: Now,
    /// Its own end.
    pub(crate) expires_at: Option<Timestamp>,
}

impl VerifiedToken {
    /// Whether it may still be used as far as time goes. A wall clock that went back makes it be verified again.
    pub fn is_fresh(&self, now: Now) -> bool {
        let age = now.monotonic.0.saturating_sub(self.verified_at.monotonic.0);
        age < REMEMBER_NANOS && now.wall >= self.verified_at.wall && self.expires_at.is_none_or(|end| now.wall < end)
    }
}

/// What a worker remembers. Explanations remember nothing: [`NoMemory`].
pub trait VerifiedCache {
    /// A token that was verified before, by its SHA-256.
    fn find(&mut self, digest: &TokenDigest) -> Option<VerifiedToken>;

    /// Remembers a token that was verified.
    fn keep(&mut self, digest: TokenDigest, token: VerifiedToken);

    /// Whether signatures from this address are verified at all: not after 20 wrong ones in 10 seconds.
    fn may_verify(&mut self, source: Source, now: Monotonic) -> bool;

    /// Notes a wrong signature.
    fn note_failure(&mut self, source: Source, now: Monotonic);
}

/// Remembers nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoMemory;

impl VerifiedCache for NoMemory {
    fn find(&mut self, _digest: &TokenDigest) -> Option<VerifiedToken> {
        None
    }

    fn keep(&mut self, _digest: TokenDigest, _token: VerifiedToken) {}

    fn may_verify(&mut self, _source: Source, _now: Monotonic) -> bool {
        true
    }

    fn note_failure(&mut self, _source: Source, _now: Monotonic) {}
}
