//! What one node holds of one period: leased calls, and what is still to be told to the authority.
//!
//! Calls move one way: leased (`left`) to `used`, or to `returning`. What is returning is never used again, so that a
//! return whose outcome is unknown can be sent once more without anything being counted in anyone's favour.

use crate::limits::{Leased, Period, Settlement};

#[derive(Debug, Clone, Copy)]
pub(super) struct Holding {
    pub(super) period: Period,
    /// Deducted at the authority and free to be admitted.
    pub(super) left: u32,
    /// Admitted and not yet reported.
    pub(super) used: u32,
    /// To be given back.
    pub(super) returning: u32,
    /// Admitted without having been deducted.
    pub(super) borrowed: u32,
    /// What the authority had left when it was last asked, less what was borrowed since. Means nothing unless `known`.
    pub(super) remaining: u32,
    /// Calls granted on top of the limit.
    pub(super) granted: u32,
    /// At this many left a refill is asked for.
    pub(super) refill_at: u32,
    /// Whether `remaining` is of the limit in force.
    pub(super) known: bool,
}

impl Holding {
    /// Nothing held, and nothing known of what is left.
    pub(super) fn new(period: Period) -> Self {
        Self {
            period,
            left: 0,
            used: 0,
            returning: 0,
            borrowed: 0,
            remaining: 0,
            granted: 0,
            refill_at: 0,
            known: false,
        }
    }

    /// All that may still be admitted, as far as this node knows.
    pub(super) fn total(&self) -> u32 {
        self.left.saturating_add(self.returning).saturating_add(self.remaining)
    }

    /// Whether there is something to tell the authority.
    pub(super) fn is_unsettled(&self) -> bool {
        self.used > 0 || self.returning > 0 || self.borrowed > 0
    }

    /// Whether a full lease is half used and there is more to be had.
    pub(super) fn wants_refill(&self) -> bool {
        self.left <= self.refill_at && self.remaining > 0
    }

    /// Gives up what is left.
    pub(super) fn recall(&mut self) {
        self.returning += std::mem::take(&mut self.left);
    }

    /// What to tell.
    pub(super) fn settlement(&self) -> Option<Settlement> {
        let Self { period, used, returning, borrowed, .. } = *self;
        self.is_unsettled().then_some(Settlement { period, used, returned: returning, borrowed })
    }

    /// The authority has it.
    pub(super) fn settled(&mut self, told: &Settlement) {
        self.used = self.used.saturating_sub(told.used);
        self.borrowed = self.borrowed.saturating_sub(told.borrowed);
        self.returning = self.returning.saturating_sub(told.returned);
        self.remaining = self.remaining.saturating_add(told.returned);
    }

    /// Takes what was leased.
    pub(super) fn add(&mut self, leased: &Leased) {
        self.period = leased.period;
        self.left += leased.calls;
        self.remaining = leased.remaining.saturating_sub(self.borrowed);
        self.granted = leased.granted;
        self.refill_at = leased.block / 2;
        self.known = true;
    }

    /// Admits one call: from the lease, else on what is known to remain.
    pub(super) fn admit(&mut self) {
        if self.left > 0 {
            self.left -= 1;
        } else {
            self.borrowed += 1;
            self.remaining = self.remaining.saturating_sub(1);
        }
        self.used += 1;
    }
}
