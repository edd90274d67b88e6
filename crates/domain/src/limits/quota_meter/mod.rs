//! The quota of one subject on this node.
//!
//! It holds the lease of the present period, sometimes already one of the next, and what is still to be settled of
//! former ones. No calendar sums are done per call: a lease carries the bounds of its period. A call whose time lies
//! in no period that a lease is held for asks for one, whichever way the clock went.

mod settling;

pub use settling::{Turn, Wish};

use crate::access_policy::FailMode;
use crate::ids::Revision;
use crate::limits::holding::Holding;
use crate::limits::{LimitKind, LimitReading, Period, QuotaBasis, QuotaRule};
use crate::time::{Now, Timestamp};

#[derive(Debug)]
pub(super) struct QuotaMeter {
    basis: QuotaBasis,
    limit: u32,
    on_failure: FailMode,
    refill_asked: bool,
    /// Whether the keeper of leases was told of use since its last exchange.
    use_told: bool,
    /// Directory revision that the rule came with.
    revision: Revision,
    current: Option<Holding>,
    others: Option<Box<Others>>,
    /// Rises when leases are called back: one that was asked for before is not used.
    generation: u32,
    /// Monotonic seconds of the last call.
    last_call: u32,
}

/// What is rarely there.
#[derive(Debug, Default)]
struct Others {
    /// The lease of the next period.
    next: Option<Holding>,
    /// What is to be settled of periods that are over.
    past: Vec<Holding>,
}

/// What an admitted call asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Admitted {
    /// A refill of the lease.
    pub(super) wants_refill: bool,
    /// It is the first since the last exchange: its use is to be reported.
    pub(super) is_first: bool,
}

/// Whether one call fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// It does.
    Free,
    /// Nothing is left; so many nanoseconds until the next period.
    Lacking(u64),
    /// No leased call is left here; the authority had some when last asked.
    Empty,
    /// Nothing is known of this period.
    Unknown,
}

impl QuotaMeter {
    pub(super) fn new(rule: &QuotaRule<'_>, revision: Revision) -> Self {
        Self {
            basis: rule.basis(),
            limit: rule.quota.limit(),
            on_failure: rule.on_failure,
            refill_asked: false,
            use_told: false,
            revision,
            current: None,
            others: None,
            generation: 0,
            last_call: 0,
        }
    }

    /// Puts a rule in force, unless a newer one was seen. Leases of another rule are called back.
    pub(super) fn adopt(&mut self, rule: &QuotaRule<'_>, revision: Revision) {
        if revision <= self.revision {
            return;
        }
        self.revision = revision;
        self.on_failure = rule.on_failure;
        let same_periods = self.basis.interval == rule.quota.interval()
            && (self.basis.interval.anchored_days().is_none() || self.basis.anchor == rule.anchor)
            && self.basis.zone == *rule.zone;
        if same_periods && self.limit == rule.quota.limit() {
            self.basis.anchor = rule.anchor;
            return;
        }
        self.limit = rule.quota.limit();
        self.call_back();
        if !same_periods {
            self.basis = rule.basis();
            let next = self.others.as_mut().and_then(|others| others.next.take());
            for over in self.current.take().into_iter().chain(next) {
                self.retire(over);
            }
        }
    }

    /// Whether a call at `now` fits. Remembers that there was one.
    pub(super) fn check(&mut self, now: Now) -> Room {
        self.last_call = seconds(now);
        self.roll(now.wall);
        let Some(holding) = self.present(now.wall) else { return Room::Unknown };
        if holding.left > 0 {
            Room::Free
        } else if !holding.known {
            Room::Unknown
        } else if holding.total() == 0 {
            let wait = holding.period.until.0.saturating_sub(now.wall.0);
            Room::Lacking(u64::try_from(wait).unwrap_or(0).saturating_mul(1000))
        } else {
            Room::Empty
        }
    }

    /// Whether a call may be admitted on what this node last knew, now that no lease can be had.
    pub(super) fn may_borrow(&mut self, now: Now) -> bool {
        if self.on_failure == FailMode::Deny {
            return false;
        }
        if self.present(now.wall).is_none() {
            self.begin_locally(now.wall);
        }
        self.present(now.wall).is_some_and(|holding| holding.known && holding.remaining > 0)
    }

    /// Admits one call that fits.
    pub(super) fn admit(&mut self) -> Admitted {
        let Some(holding) = &mut self.current else { return Admitted { wants_refill: false, is_first: false } };
        holding.admit();
        let wants_refill = !self.refill_asked && holding.wants_refill();
        self.refill_asked |= wants_refill;
        let is_first = !std::mem::replace(&mut self.use_told, true);
        Admitted { wants_refill, is_first }
    }

    /// What is left at `now`; with nothing known, the whole limit.
    pub(super) fn reading(&self, kind: LimitKind, now: Now) -> LimitReading {
        let known = self.present(now.wall).copied().unwrap_or_else(|| {
            let mut fresh = Holding::new(self.basis.period_at(now.wall, None));
            fresh.remaining = self.limit;
            fresh
        });
        let resets = known.period.until.0.saturating_sub(now.wall.0);
        LimitReading {
            kind,
            limit: self.limit.saturating_add(known.granted),
            window_seconds: known.period.seconds(),
            remaining: known.total(),
            resets_in_nanos: u64::try_from(resets).unwrap_or(0).saturating_mul(1000),
        }
    }

    /// The lease that a call at this time uses.
    fn present(&self, wall: Timestamp) -> Option<&Holding> {
        self.current.as_ref().filter(|holding| holding.period.covers(wall))
    }

    /// Goes over to the next period when its time has come and a lease of it is there.
    fn roll(&mut self, wall: Timestamp) {
        if self.present(wall).is_some() {
            return;
        }
        let Some(others) = &mut self.others else { return };
        if others.next.is_some_and(|next| next.period.covers(wall)) {
            let next = others.next.take();
            if let Some(over) = std::mem::replace(&mut self.current, next) {
                self.retire(over);
            }
        }
    }

    /// Without an authority: a period later than the last one that this node knew begins with nothing counted.
    fn begin_locally(&mut self, wall: Timestamp) {
        let Some(over) = self.current else { return };
        let period = self.basis.period_at(wall, None);
        if period.from < over.period.until {
            return;
        }
        let mut fresh = self.take_past(period);
        (fresh.remaining, fresh.known) = (self.limit, true);
        self.current = Some(fresh);
        self.retire(over);
    }

    /// Gives up all leases and what is known.
    fn call_back(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        let next = self.others.as_mut().and_then(|others| others.next.as_mut());
        for holding in self.current.iter_mut().chain(next) {
            holding.recall();
            holding.known = false;
        }
    }

    /// A period is over: what is left of its lease goes back.
    fn retire(&mut self, mut over: Holding) {
        over.recall();
        if !over.is_unsettled() {
            return;
        }
        self.others.get_or_insert_default().past.push(over);
    }

    /// What is held of a period that came back, or nothing. No period is held twice.
    fn take_past(&mut self, period: Period) -> Holding {
        let past = self.others.as_mut().map(|others| &mut others.past);
        let found = past.and_then(|past| {
            let at = past.iter().position(|holding| holding.period.start == period.start)?;
            Some(past.swap_remove(at))
        });
        // Its bounds may have changed with the rule.
        Holding { period, ..found.unwrap_or_else(|| Holding::new(period)) }
    }
}

fn seconds(now: Now) -> u32 {
    u32::try_from(now.monotonic.0 / 1_000_000_000).unwrap_or(u32::MAX)
}
