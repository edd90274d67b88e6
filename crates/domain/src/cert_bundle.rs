//! Certificate bundles: the authorities whose client certificates are trusted, under a name.

use crate::certificate::Authorities;
use crate::ids::CertBundleId;
use crate::text::Name;
use crate::time::Timestamp;

/// How long before its end a bundle is said to be expiring: 30 days in microseconds.
const EXPIRING_MICROS: i64 = 30 * 24 * 3_600_000_000;

/// A bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertBundle {
    /// Its id.
    pub id: CertBundleId,
    /// Unique in the workspace, case aside.
    pub name: Name,
    /// The authorities.
    pub authorities: Authorities,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl CertBundle {
    /// Most bundles of a workspace.
    pub const MAX_PER_WORKSPACE: i64 = 50;
    /// Most bundles of one set of terms.
    pub const MAX_PER_TERMS: usize = 5;
}

/// Whether certificates are still valid, by the one that ends first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertState {
    /// For more than 30 days.
    Valid,
    /// For at most 30 days.
    Expiring,
    /// No longer, at least one of them.
    Expired,
}

impl CertState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Valid, Self::Expiring, Self::Expired];

    /// The state of something that ends then.
    pub fn of(ends_at: Timestamp, now: Timestamp) -> Self {
        if ends_at.0 < now.0 {
            Self::Expired
        } else if ends_at.0.saturating_sub(now.0) <= EXPIRING_MICROS {
            Self::Expiring
        } else {
            Self::Valid
        }
    }

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
        }
    }
}
