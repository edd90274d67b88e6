//! An access policy: a rate limit (short window) and, in a later version, a usage quota (long period).

use crate::ids::PolicyId;
use crate::text::{Description, Name};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The window of a rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RateInterval {
    /// One second.
    Second,
    /// Sixty seconds.
    Minute,
    /// Sixty minutes.
    Hour,
}

impl RateInterval {
    /// All intervals, shortest first.
    pub const ALL: [Self; 3] = [Self::Second, Self::Minute, Self::Hour];

    /// Length in nanoseconds.
    pub fn nanos(self) -> u64 {
        self.seconds() * 1_000_000_000
    }

    /// Length in seconds.
    pub fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3600,
        }
    }

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
        }
    }

    /// Reads the API's name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|interval| interval.as_str() == text)
    }
}

/// At most `limit` admitted calls in any window of `interval`, wherever it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateLimit {
    limit: u32,
    interval: RateInterval,
}

impl RateLimit {
    /// Largest limit.
    pub const MAX: u32 = 1_000_000_000;

    /// A limit of 1 to 1,000,000,000 calls; `None` outside of that.
    pub fn new(limit: i64, interval: RateInterval) -> Option<Self> {
        let limit = u32::try_from(limit).ok().filter(|limit| (1..=Self::MAX).contains(limit))?;
        Some(Self { limit, interval })
    }

    /// Calls per window.
    pub fn limit(self) -> u32 {
        self.limit
    }

    /// The window.
    pub fn interval(self) -> RateInterval {
        self.interval
    }
}

/// A policy as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessPolicy {
    /// Its id.
    pub id: PolicyId,
    /// Unique in the workspace, case aside.
    pub name: Name,
    /// Optional free text.
    pub description: Option<Description>,
    /// The rate limit.
    pub rate_limit: Option<RateLimit>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
