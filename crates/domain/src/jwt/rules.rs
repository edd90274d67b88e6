//! What the owner of a profile asks of the claims.

use super::algorithm::Algorithm;
use serde::{Deserialize, Serialize};

/// Rules for the claims of a token. Empty lists ask for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimRules {
    /// Claims that must be present and not null.
    pub required_claims: Vec<String>,
    /// `iss` must be present and equal one of these, byte by byte.
    pub allowed_issuers: Vec<String>,
    /// `aud` must be present and hold one of these, byte by byte.
    pub allowed_audiences: Vec<String>,
    /// Algorithms allowed; empty means all that the key permits.
    pub algorithms: Vec<Algorithm>,
    /// How far the clocks of issuer and gateway may differ, in seconds; more than 300 counts as 300.
    pub leeway_seconds: u16,
}

impl ClaimRules {
    /// The leeway where an owner chose none, in seconds.
    pub const DEFAULT_LEEWAY_SECONDS: u16 = 30;
    /// The largest leeway, in seconds.
    pub const MAX_LEEWAY_SECONDS: u16 = 300;

    /// Whether the rules allow an algorithm.
    pub(super) fn allows(&self, algorithm: Algorithm) -> bool {
        self.algorithms.is_empty() || self.algorithms.contains(&algorithm)
    }

    /// The leeway in microseconds.
    pub(super) fn leeway_micros(&self) -> i64 {
        i64::from(self.leeway_seconds.min(Self::MAX_LEEWAY_SECONDS)) * 1_000_000
    }
}

impl Default for ClaimRules {
    fn default() -> Self {
        Self {
            required_claims: Vec::new(),
            allowed_issuers: Vec::new(),
            allowed_audiences: Vec::new(),
            algorithms: Vec::new(),
            leeway_seconds: Self::DEFAULT_LEEWAY_SECONDS,
        }
    }
}
