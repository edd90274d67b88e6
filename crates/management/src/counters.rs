//! What is counted against limits: read from the gateway's live counters and from the authority of quotas. The program
//! gives the source; tests give one of their own.

use crate::error::ApiError;
use domain::ProfileId;
use domain::limits::SubjectKey;
use domain::time::Timestamp;
use std::pin::Pin;

/// An answer that is waited for.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A rate limit and what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateCount {
    /// Calls in any window.
    pub limit: u32,
    /// The window, as the API names it.
    pub interval: &'static str,
    /// Calls that would be admitted now.
    pub remaining: u32,
    /// Nanoseconds until nothing that is counted now counts any more.
    pub resets_in_nanos: u64,
}

/// A usage quota and what is left of it in the present period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaCount {
    /// Calls in a period.
    pub limit: u32,
    /// The period, as the API names it.
    pub interval: &'static str,
    /// Calls granted on top, for this period.
    pub granted: u32,
    /// Calls admitted.
    pub used: u32,
    /// Calls that can still be admitted.
    pub remaining: u32,
    /// Calls held in this node's lease; part of what remains.
    pub leased: u32,
    /// Calls that a crash left deducted: used or not, nobody knows.
    pub unaccounted: u32,
    /// When the period began.
    pub period_start: Timestamp,
    /// When it ends.
    pub resets_at: Timestamp,
}

/// What one usage quota has in leases, or had at a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Whose quota.
    pub key: SubjectKey,
    /// Its count in the present period.
    pub count: QuotaCount,
}

/// The counts of one subject; `None` without such a limit, or while the authority cannot be reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SubjectCounts {
    /// Of the rate limit.
    pub rate: Option<RateCount>,
    /// Of the usage quota.
    pub quota: Option<QuotaCount>,
}

/// The counts of a profile, and those that it shares with all profiles of its client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProfileCounts {
    /// By its own policy.
    pub own: SubjectCounts,
    /// By its client's shared policy.
    pub shared: SubjectCounts,
}

/// Why a quota was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterFault {
    /// The profile has no usage quota.
    NoQuota,
    /// The authority of quotas cannot be reached.
    Away,
}

/// Reads and changes what is counted.
pub trait CounterSource: Send + Sync {
    /// The counts of these profiles, in their order.
    fn read(&self, profiles: Vec<ProfileId>) -> Pending<'_, Vec<ProfileCounts>>;

    /// Grants a profile more calls in the present period. In force before it answers.
    fn grant(&self, profile: ProfileId, amount: u32) -> Pending<'_, Result<(), CounterFault>>;

    /// Quotas with calls in leases or unaccounted, in their present periods.
    fn leases(&self) -> Pending<'_, Result<Vec<Lease>, CounterFault>>;

    /// Grants these the calls that a crash left unaccounted, which count as used from now on. In force before it
    /// answers with their counts.
    fn return_leases(&self, of: Vec<SubjectKey>) -> Pending<'_, Result<Vec<Lease>, CounterFault>>;

    /// Puts a profile's present period back to its beginning. In force before it answers.
    fn reset(&self, profile: ProfileId) -> Pending<'_, Result<(), CounterFault>>;
}

impl From<CounterFault> for ApiError {
    fn from(fault: CounterFault) -> Self {
        match fault {
            CounterFault::NoQuota => Self::fault(
                "quota",
                store::FaultKind::Missing,
                "the profile has no usage quota, or its counts cannot be read",
            ),
            CounterFault::Away => Self::LimitsAway,
        }
    }
}
