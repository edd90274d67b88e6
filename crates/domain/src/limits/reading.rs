//! What comes out of a decision on limits.

use crate::limits::{Counters, SubjectKey};
use std::sync::Arc;

/// The limits that a call can meet, in the order of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitKind {
    /// The profile's rate limit.
    Rate,
    /// The rate limit that all profiles of the client share.
    ClientRate,
    /// The profile's usage quota.
    Quota,
    /// The usage quota that all profiles of the client share.
    ClientQuota,
}

impl LimitKind {
    /// All kinds, in the order of the checks.
    pub const ALL: [Self; 4] = [Self::Rate, Self::ClientRate, Self::Quota, Self::ClientQuota];
}

/// One limit and what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitReading {
    /// Which limit.
    pub kind: LimitKind,
    /// Calls per window; for a quota with what was granted for this period.
    pub limit: u32,
    /// Length of the window or of this period, in seconds.
    pub window_seconds: u64,
    /// Calls that are left.
    pub remaining: u32,
    /// Nanoseconds until nothing that is counted now counts any more; for a quota until the period ends.
    pub resets_in_nanos: u64,
}

/// Up to four readings, in the order of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Readings([Option<LimitReading>; 4]);

impl Readings {
    /// The readings there are.
    pub fn iter(&self) -> impl Iterator<Item = &LimitReading> {
        self.0.iter().flatten()
    }

    /// Whether no limit applies.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The reading of one limit.
    pub fn get(&self, kind: LimitKind) -> Option<&LimitReading> {
        self.iter().find(|reading| reading.kind == kind)
    }

    pub(super) fn put(&mut self, reading: LimitReading) {
        if let Some(place) = self.0.get_mut(reading.kind as usize) {
            *place = Some(reading);
        }
    }
}

/// A call that every limit had room for.
#[derive(Debug)]
#[must_use = "a refill that is not passed on makes a later call wait"]
pub struct Taken {
    /// What is left.
    pub readings: Readings,
    /// Leases that are half used: to be refilled in the background.
    pub refill: Option<LeaseNeed>,
    /// Subjects whose use is to be reported within a second: the first call since it was reported last.
    pub used: LeaseNeed,
}

/// A call that a limit refused. Nothing was taken from any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitRefused {
    /// The first limit without room.
    pub kind: LimitKind,
    /// Nanoseconds until every limit has room, with nothing else arriving.
    pub wait_nanos: u64,
    /// What is left.
    pub readings: Readings,
}

/// Why a call was not taken.
#[derive(Debug)]
pub enum Stopped {
    /// A limit is used up.
    Refused(LimitRefused),
    /// A quota cannot be counted, and its fail mode refuses.
    Unavailable {
        /// Which quota.
        kind: LimitKind,
    },
    /// A lease is needed first. Wait for it, holding nothing, and decide again.
    NeedsLease(LeaseNeed),
}

/// Subjects whose leases need something: to be filled, or to have their use reported.
#[derive(Debug, Clone, Default)]
pub struct LeaseNeed {
    asks: [Option<(SubjectKey, Arc<Counters>)>; 2],
}

impl LeaseNeed {
    /// The subjects, and takes them away.
    pub fn drain(&mut self) -> impl Iterator<Item = (SubjectKey, Arc<Counters>)> {
        self.asks.iter_mut().filter_map(Option::take)
    }

    /// Whose counters need it.
    pub fn iter(&self) -> impl Iterator<Item = &(SubjectKey, Arc<Counters>)> {
        self.asks.iter().flatten()
    }

    pub(super) fn add(&mut self, key: SubjectKey, counters: &Arc<Counters>) {
        if let Some(free) = self.asks.iter_mut().find(|ask| ask.is_none()) {
            *free = Some((key, Arc::clone(counters)));
        }
    }

    pub(super) fn some(self) -> Option<Self> {
        self.asks.iter().any(Option::is_some).then_some(self)
    }
}
