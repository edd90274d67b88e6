//! The counters of one subject.

use crate::access_policy::RateLimit;
use crate::ids::Revision;
use crate::limits::quota_meter::{QuotaMeter, Turn, Wish};
use crate::limits::{Answer, Exchange, Limits, QuotaCount, QuotaRule, RateRing, RateState, SavedWindow, SubjectKey};
use crate::time::{Monotonic, Now};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// The counters of one subject. Idle ones cost a pointer; they are allocated at the first call under a limit.
#[derive(Debug, Default)]
pub struct Counters {
    state: OnceLock<Box<Mutex<State>>>,
}

/// What is counted, behind the subject's one lock.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) rate: Option<RateRing>,
    pub(super) quota: Option<Box<QuotaMeter>>,
}

impl State {
    /// Puts limits in force, unless newer ones were seen. A limit that is not there leaves its counter as it is.
    pub(super) fn adopt(&mut self, limits: &Limits<'_>, revision: Revision) {
        if let Some(rate) = limits.rate {
            self.rate.get_or_insert_with(|| RateRing::new(rate, revision)).adopt(rate, revision);
        }
        if let Some(rule) = &limits.quota {
            self.quota.get_or_insert_with(|| Box::new(QuotaMeter::new(rule, revision))).adopt(rule, revision);
        }
    }
}

impl Counters {
    /// What is left of a rate limit, without taking anything.
    pub fn peek(&self, rate: RateLimit, now: Monotonic) -> RateState {
        let ring = self.known().and_then(|state| state.rate.clone());
        match ring {
            None => RateState { limit: rate.limit(), remaining: rate.limit(), resets_in_nanos: 0 },
            Some(mut copy) => {
                copy.adopt(rate, Revision(i64::MAX));
                copy.state(now)
            }
        }
    }

    /// What the rate window knows at `now`, in at most so many groups; `None` if nothing.
    pub fn save_rate(&self, now: Monotonic, most_groups: usize) -> Option<SavedWindow> {
        self.known()?.rate.as_mut()?.save(now, most_groups)
    }

    /// Puts back what a rate window knew `elapsed` nanoseconds before `now`, perhaps in another process. To be called
    /// before the first call is counted: what is counted already is left as it is.
    pub fn restore_rate(&self, saved: &SavedWindow, elapsed: u64, now: Monotonic) {
        self.lock().rate.get_or_insert_with(|| RateRing::restore(saved, elapsed, now));
    }

    /// Puts a quota in force at once, where the subject has been counted before. What a changed rule makes void is
    /// given back by the next exchange.
    pub fn adopt_quota(&self, rule: &QuotaRule<'_>, revision: Revision) {
        if let Some(mut state) = self.known()
            && let Some(meter) = &mut state.quota
        {
            meter.adopt(rule, revision);
        }
    }

    /// Puts together what the authority on quotas is to be told or asked now. Every exchange that is begun must be
    /// ended before the next of the same subject begins.
    pub fn begin_exchange(&self, key: SubjectKey, wish: Wish, now: Now) -> Turn {
        match self.known() {
            Some(mut state) => match &mut state.quota {
                Some(meter) => meter.begin(key, wish, now),
                None => Turn { exchange: None, keep: false },
            },
            None => Turn { exchange: None, keep: false },
        }
    }

    /// Takes what came of an exchange.
    pub fn end_exchange(&self, told: &Exchange, answer: Answer, now: Now) {
        if let Some(mut state) = self.known()
            && let Some(meter) = &mut state.quota
        {
            meter.end(told, answer, now);
        }
    }

    /// Takes the authority's count after it was changed there: what was known before, as that nothing is left, is
    /// known no more.
    pub fn learn(&self, count: &QuotaCount) {
        if let Some(mut state) = self.known()
            && let Some(meter) = &mut state.quota
        {
            meter.learn(count);
        }
    }

    /// Calls that are leased for the present period and not yet used.
    pub fn leased(&self, now: Now) -> u32 {
        self.known().and_then(|state| state.quota.as_ref().map(|meter| meter.leased(now.wall))).unwrap_or(0)
    }

    /// The state, allocated if it is not there yet.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held cannot leave anything half changed in a way that admits more.
        self.state.get_or_init(Box::default).lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> Option<MutexGuard<'_, State>> {
        Some(self.state.get()?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
