//! What is said between counters and the authority on quotas: reports, returns and leases, all in one message per
//! subject, so that a batch of many subjects is one transaction.

use crate::limits::{Period, QuotaBasis, SubjectKey};
use crate::time::Timestamp;

/// Largest block of calls in one lease.
const LARGEST_BLOCK: u32 = 10_000;

/// What one subject tells and asks.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Who.
    pub key: SubjectKey,
    /// What the periods follow from.
    pub basis: QuotaBasis,
    /// Calls per period.
    pub limit: u32,
    /// What happened to leased calls, by period.
    pub settlements: Vec<Settlement>,
    /// A lease to take.
    pub ask: Option<LeaseAsk>,
    /// Which state of the counters asked: an answer to an older one is not used.
    pub(super) generation: u32,
}

impl Exchange {
    /// A message that no counters began.
    pub fn new(
        key: SubjectKey,
        basis: QuotaBasis,
        limit: u32,
        settlements: Vec<Settlement>,
        ask: Option<LeaseAsk>,
    ) -> Self {
        Self { key, basis, limit, settlements, ask, generation: 0 }
    }
}

/// What happened to calls of one period since the last settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// The period.
    pub period: Period,
    /// Leased or borrowed calls that were admitted.
    pub used: u32,
    /// Leased calls given back.
    pub returned: u32,
    /// Calls that were admitted without a lease while none could be had: to be deducted now.
    pub borrowed: u32,
}

/// A lease to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseAsk {
    /// A time in the period that the calls are for.
    pub at: Timestamp,
    /// Calls of that period still held.
    pub held: u32,
    /// Requests that wait for a call right now.
    pub waiting: u32,
}

/// Calls that were deducted, and what is known of their period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leased {
    /// The period that the calls belong to.
    pub period: Period,
    /// How many.
    pub calls: u32,
    /// How many a full lease would hold now.
    pub block: u32,
    /// What is left at the authority after this lease.
    pub remaining: u32,
    /// Calls granted for this period on top of the limit.
    pub granted: u32,
}

/// What came of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The authority could not be reached: nothing has changed there.
    Away,
    /// What was told is taken down; no lease was asked for.
    Done,
    /// What was told is taken down, and these calls are leased.
    Leased(Leased),
}

impl From<Option<Leased>> for Answer {
    fn from(leased: Option<Leased>) -> Self {
        leased.map_or(Self::Done, Self::Leased)
    }
}

/// What a subject is, for reading and changing its count.
#[derive(Debug, Clone)]
pub struct QuotaTerms {
    /// Who.
    pub key: SubjectKey,
    /// What the periods follow from.
    pub basis: QuotaBasis,
    /// Calls per period.
    pub limit: u32,
}

/// The count of one subject in one period, and the rules by which the authority changes it.
///
/// Always: `used + unaccounted <= deducted`; the difference is held in leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaCount {
    /// The period.
    pub period: Period,
    /// Calls granted on top of the limit.
    pub granted: u32,
    /// Calls that can be leased no more: used, held in leases, or unaccounted.
    pub deducted: u32,
    /// Calls reported as admitted.
    pub used: u32,
    /// Calls deducted by a process that ended without saying what became of them.
    pub unaccounted: u32,
}

impl QuotaCount {
    /// Most calls that can be granted in one period.
    pub const MAX_GRANTED: u32 = 2_000_000_000;

    /// Nothing counted yet.
    pub fn new(period: Period) -> Self {
        Self { period, granted: 0, deducted: 0, used: 0, unaccounted: 0 }
    }

    /// Calls that can still be leased under a limit.
    pub fn remaining(&self, limit: u32) -> u32 {
        limit.saturating_add(self.granted).saturating_sub(self.deducted)
    }

    /// Takes down what happened to leased calls.
    pub fn settle(&mut self, told: &Settlement) {
        let open =
            self.deducted.saturating_add(told.borrowed).saturating_sub(self.used.saturating_add(self.unaccounted));
        let used = told.used.min(open);
        let returned = told.returned.min(open - used);
        self.deducted = self.deducted.saturating_add(told.borrowed) - returned;
        self.used += used;
    }

    /// Deducts a lease for one of so many nodes: a block, or a call for each request that waits if those are more.
    /// Without a call left it holds none.
    pub fn lease(&mut self, limit: u32, ask: &LeaseAsk, nodes: u32) -> Leased {
        let remaining = self.remaining(limit);
        let block = lease_block(limit, remaining, nodes);
        let calls = block.max(ask.waiting).saturating_sub(ask.held).min(remaining);
        self.deducted += calls;
        Leased { period: self.period, calls, block, remaining: remaining - calls, granted: self.granted }
    }

    /// Takes it that the unaccounted calls were used. Says how many they were.
    pub fn account(&mut self) -> u32 {
        let calls = std::mem::take(&mut self.unaccounted);
        self.used = self.used.saturating_add(calls);
        calls
    }

    /// Adds calls for this period.
    pub fn grant(&mut self, amount: u32) {
        self.granted = self.granted.saturating_add(amount).min(Self::MAX_GRANTED);
    }
}

/// How many calls one node may hold that nobody waits for: 1 % of the quota, 10,000, and an equal share of half of what is left; at least 1.
pub fn lease_block(limit: u32, remaining: u32, nodes: u32) -> u32 {
    let share = remaining / nodes.max(1).saturating_mul(2);
    (limit / 100).min(LARGEST_BLOCK).min(share).max(1)
}
