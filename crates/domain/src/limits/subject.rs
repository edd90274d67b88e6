//! Who is counted, by which limits, and how.

use crate::access_policy::{FailMode, RateLimit, UsageQuota};
use crate::ids::{ClientId, ProfileId};
use crate::limits::{Counters, QuotaBasis};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// Who a counter belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectKey {
    /// A profile, by its own policy.
    Profile(ProfileId),
    /// A client, by the policy that all its profiles share.
    Client(ClientId),
}

/// A usage quota as it applies to one subject.
#[derive(Debug, Clone, Copy)]
pub struct QuotaRule<'a> {
    /// How many calls in which period.
    pub quota: UsageQuota,
    /// The time zone of its days.
    pub zone: &'a TimeZone,
    /// The day from which periods of so many days run.
    pub anchor: Date,
    /// What happens to a call while no lease can be had.
    pub on_failure: FailMode,
}

impl QuotaRule<'_> {
    /// What its periods follow from.
    pub fn basis(&self) -> QuotaBasis {
        QuotaBasis { interval: self.quota.interval(), zone: self.zone.clone(), anchor: self.anchor }
    }
}

/// The limits of one subject.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits<'a> {
    /// In a short window.
    pub rate: Option<RateLimit>,
    /// In a long period.
    pub quota: Option<QuotaRule<'a>>,
}

/// A subject with its counters and limits, borrowed for one decision.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Who it is.
    pub key: SubjectKey,
    /// Its counters.
    pub counters: &'a Arc<Counters>,
    /// Its limits in the directory that the request holds.
    pub limits: Limits<'a>,
}

/// Whether a decision counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// A call is taken from every limit if all have room.
    Take,
    /// Nothing is taken; the readings are those before the call.
    ReadOnly,
}

/// Whether a decision may still ask for a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// It may.
    Fresh,
    /// The request has waited as long as it may: now the fail mode decides.
    LeaseAwaited,
}
