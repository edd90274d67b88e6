//! An access policy: a rate limit (short window) and a usage quota (long period).

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

/// The period of a usage quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum QuotaInterval {
    /// A calendar day.
    #[serde(rename = "day")]
    Day,
    /// A calendar week, from Monday.
    #[serde(rename = "week")]
    Week,
    /// A calendar month.
    #[serde(rename = "month")]
    Month,
    /// Thirty days, counted from an anchor day.
    #[serde(rename = "30 days")]
    Days30,
    /// Sixty days, counted from an anchor day.
    #[serde(rename = "60 days")]
    Days60,
    /// Ninety days, counted from an anchor day.
    #[serde(rename = "90 days")]
    Days90,
    /// A calendar year.
    #[serde(rename = "year")]
    Year,
}

impl QuotaInterval {
    /// All intervals, in the order in which they are offered.
    pub const ALL: [Self; 7] =
        [Self::Day, Self::Week, Self::Month, Self::Days30, Self::Days60, Self::Days90, Self::Year];

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Days30 => "30 days",
            Self::Days60 => "60 days",
            Self::Days90 => "90 days",
            Self::Year => "year",
        }
    }

    /// Reads the API's name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|interval| interval.as_str() == text)
    }

    /// Days of a period that is counted from an anchor day; `None`: it follows the calendar.
    pub fn anchored_days(self) -> Option<i32> {
        match self {
            Self::Days30 => Some(30),
            Self::Days60 => Some(60),
            Self::Days90 => Some(90),
            Self::Day | Self::Week | Self::Month | Self::Year => None,
        }
    }
}

/// At most `limit` admitted calls in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UsageQuota {
    limit: u32,
    interval: QuotaInterval,
}

impl UsageQuota {
    /// Largest limit.
    pub const MAX: u32 = 1_000_000_000;

    /// A quota of 1 to 1,000,000,000 calls; `None` outside of that.
    pub fn new(limit: i64, interval: QuotaInterval) -> Option<Self> {
        let limit = u32::try_from(limit).ok().filter(|limit| (1..=Self::MAX).contains(limit))?;
        Some(Self { limit, interval })
    }

    /// Calls per period.
    pub fn limit(self) -> u32 {
        self.limit
    }

    /// The period.
    pub fn interval(self) -> QuotaInterval {
        self.interval
    }
}

/// What happens to a call whose limit cannot be counted because the authority on it is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailMode {
    /// It is refused.
    Deny,
    /// It is admitted as long as this node's last known share lasts.
    AllowLocal,
}

impl FailMode {
    /// Both modes.
    pub const ALL: [Self; 2] = [Self::Deny, Self::AllowLocal];

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::AllowLocal => "allow_local",
        }
    }

    /// Reads the API's name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text)
    }
}

/// The fail mode of each kind of limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OnStoreFailure {
    /// Of the rate limit. Matters only where several nodes share one.
    pub rate: FailMode,
    /// Of the usage quota.
    pub quota: FailMode,
}

impl Default for OnStoreFailure {
    fn default() -> Self {
        Self { rate: FailMode::AllowLocal, quota: FailMode::Deny }
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
    /// The usage quota.
    pub usage_quota: Option<UsageQuota>,
    /// What happens while a limit cannot be counted.
    pub on_store_failure: OnStoreFailure,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
