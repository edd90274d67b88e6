//! A subject with its quota, as owners' operations name it, and what they are shown.

use domain::access_policy::{FailMode, UsageQuota};
use domain::limits::{Counters, QuotaCount, QuotaRule, QuotaTerms, SubjectKey};
use domain::time::{Now, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// A subject with its counters and the quota in force for it.
#[derive(Debug, Clone)]
pub struct QuotaSubject {
    /// Who.
    pub key: SubjectKey,
    /// Its counters in the directory.
    pub counters: Arc<Counters>,
    /// How many calls in which period.
    pub quota: UsageQuota,
    /// The time zone of its days.
    pub zone: TimeZone,
    /// The day from which periods of so many days run.
    pub anchor: Date,
    /// What happens to a call while no lease can be had.
    pub on_failure: FailMode,
}

impl QuotaSubject {
    /// The rule as the counters take it.
    pub fn rule(&self) -> QuotaRule<'_> {
        QuotaRule { quota: self.quota, zone: &self.zone, anchor: self.anchor, on_failure: self.on_failure }
    }

    /// The subject as the authority takes it.
    pub fn terms(&self) -> QuotaTerms {
        QuotaTerms { key: self.key, basis: self.rule().basis(), limit: self.quota.limit() }
    }

    /// What the authority counted, with what is leased here.
    pub(super) fn view(&self, count: &QuotaCount, now: Now) -> QuotaView {
        let limit = self.quota.limit();
        let accounted = count.deducted.saturating_sub(count.unaccounted);
        let leased = self.counters.leased(now).min(accounted.saturating_sub(count.used));
        QuotaView {
            period_start: count.period.start,
            resets_at: count.period.until,
            limit,
            granted: count.granted,
            used: accounted - leased,
            leased,
            unaccounted: count.unaccounted,
            remaining: count.remaining(limit).saturating_add(leased),
        }
    }
}

/// The state of a quota in its present period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaView {
    /// When the period began.
    pub period_start: Timestamp,
    /// When it ends.
    pub resets_at: Timestamp,
    /// Calls per period.
    pub limit: u32,
    /// Calls granted on top, for this period.
    pub granted: u32,
    /// Calls admitted.
    pub used: u32,
    /// Calls held in this node's lease; part of what remains.
    pub leased: u32,
    /// Calls that a crash left deducted: used or not, nobody knows.
    pub unaccounted: u32,
    /// Calls that can still be admitted.
    pub remaining: u32,
}
