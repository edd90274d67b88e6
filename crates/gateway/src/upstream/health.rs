//! Whether an address of an upstream is called: what requests and active checks found, shared by all workers.
//!
//! 5 consecutive connect failures or timeouts set an address aside for 10 s. When the time is over one request is let
//! through as a trial: an answer restores the address, another failure doubles the time, up to 60 s. Only atomics:
//! a request that finds all well costs two relaxed reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::Instant;

/// So many failures in a row set an address aside.
const FAILURES: u32 = 5;
/// The longest time is so many times the first.
const LONGEST: u32 = 6;

/// The node's clock for addresses that are set aside, and their first time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    started: Instant,
    first: Duration,
}

impl Patience {
    pub(super) fn new(first: Duration) -> Self {
        Self { started: Instant::now(), first }
    }

    /// Milliseconds since the start, at least 1.
    fn now(&self) -> u64 {
        millis(self.started.elapsed()).saturating_add(1)
    }

    /// The time of the n-th setting aside in a row.
    fn of(&self, times: u32) -> u64 {
        let factor = 1_u32.checked_shl(times.min(16)).unwrap_or(LONGEST).min(LONGEST);
        millis(self.first * factor)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What is known of one address.
#[derive(Debug)]
pub(crate) struct Health {
    patience: Patience,
    /// Consecutive connect failures and timeouts.
    failures: AtomicU32,
    /// When the time aside ends, on the clock of [`Patience`]; 0: it is not set aside.
    aside_until: AtomicU64,
    /// How often it was set aside without an answer in between.
    times: AtomicU32,
    on_trial: AtomicBool,
    /// What active checks say; false while there are none.
    found_down: AtomicBool,
    /// Active checks in a row that said something else.
    contrary: AtomicU8,
    checked: AtomicBool,
}

/// Whether an address may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fitness {
    Good,
    /// Set aside; the time is over, a trial is due.
    Due,
    /// Set aside for so many milliseconds more.
    Aside(u64),
    /// Active checks found it down.
    Down,
}

impl Health {
    pub(super) fn new(patience: Patience) -> Self {
        Self {
            patience,
            failures: AtomicU32::new(0),
            aside_until: AtomicU64::new(0),
            times: AtomicU32::new(0),
            on_trial: AtomicBool::new(false),
            found_down: AtomicBool::new(false),
            contrary: AtomicU8::new(0),
            checked: AtomicBool::new(false),
        }
    }

    /// Whether it may be called now.
    pub(super) fn fitness(&self) -> Fitness {
        if self.found_down.load(Relaxed) {
            return Fitness::Down;
        }
        match self.aside_until.load(Relaxed) {
            0 => Fitness::Good,
            until => match until.saturating_sub(self.patience.now()) {
                0 => Fitness::Due,
                left => Fitness::Aside(left),
            },
        }
    }

    /// Leave to try an address that is set aside; `None` while another request does.
    pub(super) fn begin_trial(self: &Arc<Self>) -> Option<Trial> {
        let begun = self.on_trial.compare_exchange(false, true, Relaxed, Relaxed);
        begun.ok().map(|_| Trial(Arc::clone(self)))
    }

    /// It answered a request: whatever was held against it is forgotten.
    pub(crate) fn answered(&self) {
        if self.failures.load(Relaxed) != 0 {
            self.failures.store(0, Relaxed);
        }
        if self.aside_until.load(Relaxed) != 0 {
            self.aside_until.store(0, Relaxed);
            self.times.store(0, Relaxed);
        }
    }

    /// A request could not connect to it, or waited in vain. Says whether that set it aside.
    pub(crate) fn failed(&self, trial: Option<&Trial>) -> bool {
        let failures = self.failures.fetch_add(1, Relaxed).saturating_add(1);
        let is_aside = self.aside_until.load(Relaxed) != 0;
        // Requests that began before it was set aside say nothing new.
        let is_news = if is_aside { trial.is_some() } else { failures >= FAILURES };
        if is_news {
            let times = self.times.fetch_add(1, Relaxed);
            self.aside_until.store(self.patience.now().saturating_add(self.patience.of(times)), Relaxed);
        }
        is_news
    }

    /// An active check ended: see [`Checking::found`].
    fn found(&self, outcome: Outcome, healthy_after: u8, unhealthy_after: u8) -> bool {
        let is_down = self.found_down.load(Relaxed);
        let is_contrary = (outcome == Outcome::Bad) != is_down;
        if !is_contrary {
            self.contrary.store(0, Relaxed);
            return false;
        }
        let contrary = self.contrary.load(Relaxed).saturating_add(1);
        let enough = if is_down { healthy_after } else { unhealthy_after };
        if contrary < enough {
            self.contrary.store(contrary, Relaxed);
            return false;
        }
        self.contrary.store(0, Relaxed);
        self.found_down.store(!is_down, Relaxed);
        if is_down {
            self.answered();
        }
        true
    }

    /// The right to check it, which one task of the node has.
    pub(super) fn begin_checking(self: &Arc<Self>) -> Option<Checking> {
        let begun = self.checked.compare_exchange(false, true, Relaxed, Relaxed);
        begun.ok().map(|_| Checking(Arc::clone(self)))
    }
}

/// What an active check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Good,
    Bad,
}

/// The one request that tries an address which is set aside.
#[derive(Debug)]
pub(crate) struct Trial(Arc<Health>);

impl Drop for Trial {
    fn drop(&mut self) {
        self.0.on_trial.store(false, Relaxed);
    }
}

/// The right to check an address. Given back, the address counts as good until it is checked again.
#[derive(Debug)]
pub(super) struct Checking(Arc<Health>);

impl Checking {
    /// A check ended. After enough in a row that say so the address is down, or good again. Says whether it changed.
    pub(super) fn found(&self, outcome: Outcome, healthy_after: u8, unhealthy_after: u8) -> bool {
        self.0.found(outcome, healthy_after, unhealthy_after)
    }
}

impl Drop for Checking {
    fn drop(&mut self) {
        self.0.found_down.store(false, Relaxed);
        self.0.contrary.store(0, Relaxed);
        self.0.checked.store(false, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(first: Duration) -> Arc<Health> {
        Arc::new(Health::new(Patience::new(first)))
    }

    fn fail_five_times(health: &Health) {
        let set_aside = (0..5).map(|_| health.failed(None)).filter(|&set_aside| set_aside);
        assert_eq!(set_aside.count(), 1);
    }

    #[test]
    fn five_failures_in_a_row_set_an_address_aside() {
        let health = health(Duration::from_secs(10));
        for _ in 0..4 {
            assert!(!health.failed(None));
        }
        health.answered();
        for _ in 0..4 {
            assert!(!health.failed(None));
        }
        assert_eq!(health.fitness(), Fitness::Good);
        assert!(health.failed(None));
        assert!(matches!(health.fitness(), Fitness::Aside(9_000..=10_000)));
        assert!(!health.failed(None), "those that were under way prolong nothing");
        assert!(matches!(health.fitness(), Fitness::Aside(9_000..=10_000)));
    }

    #[test]
    fn a_failed_trial_doubles_the_time_up_to_the_longest() {
        let health = health(Duration::from_secs(10));
        fail_five_times(&health);
        for seconds in [20, 40, 60, 60] {
            let trial = health.begin_trial().unwrap();
            assert!(health.begin_trial().is_none());
            assert!(health.failed(Some(&trial)));
            assert!(matches!(health.fitness(), Fitness::Aside(left) if left.div_ceil(1000) == seconds));
        }
        health.answered();
        assert_eq!(health.fitness(), Fitness::Good);
        fail_five_times(&health);
        assert!(matches!(health.fitness(), Fitness::Aside(9_000..=10_000)));
    }

    #[test]
    fn a_trial_is_due_when_the_time_is_over() {
        let health = health(Duration::ZERO);
        fail_five_times(&health);
        assert_eq!(health.fitness(), Fitness::Due);
    }

    #[test]
    fn active_checks_need_their_numbers_in_a_row() {
        let health = health(Duration::from_secs(10));
        let checking = health.begin_checking().unwrap();
        assert!(health.begin_checking().is_none());
        assert!(!checking.found(Outcome::Bad, 2, 2));
        assert!(!checking.found(Outcome::Good, 2, 2));
        assert!(!checking.found(Outcome::Bad, 2, 2));
        assert!(checking.found(Outcome::Bad, 2, 2));
        assert_eq!(health.fitness(), Fitness::Down);
        assert!(!checking.found(Outcome::Good, 2, 2));
        assert!(checking.found(Outcome::Good, 2, 2));
        assert_eq!(health.fitness(), Fitness::Good);
        assert!(checking.found(Outcome::Bad, 2, 1));
        drop(checking);
        assert_eq!(health.fitness(), Fitness::Good, "nobody checks any more");
        assert!(health.begin_checking().is_some());
    }
}
