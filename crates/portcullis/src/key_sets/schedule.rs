//! When a source is fetched, and for how long its last set is good. Pure: time and randomness are arguments.

use domain::time::Monotonic;
use std::time::Duration;

/// The longest time between two fetches of a source that answers.
const RENEW_WITHIN: Duration = Duration::from_hours(1);
/// The shortest, whatever `Cache-Control` says.
const RENEW_NOT_BEFORE: Duration = Duration::from_mins(1);
/// How long a set is kept after its last fetch.
pub(super) const KEEP: Duration = Duration::from_hours(24);
/// Between a fetch and one that is asked for out of turn.
const ASK_GAP: Duration = Duration::from_secs(10);
/// After a first failure; doubled with each further one.
const FIRST_RETRY: Duration = Duration::from_secs(15);
/// The longest time between two tries.
const LAST_RETRY: Duration = Duration::from_mins(5);

/// The times of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Schedule {
    next: Monotonic,
    last_start: Option<Monotonic>,
    keep_until: Option<Monotonic>,
    failures: u32,
}

impl Schedule {
    /// A source that was never fetched: due at once.
    pub(super) fn new(now: Monotonic) -> Self {
        Self { next: now, last_start: None, keep_until: None, failures: 0 }
    }

    /// A source with a set of this age: due at once too.
    pub(super) fn with_set_of_age(now: Monotonic, age: Duration) -> Self {
        Self { keep_until: Some(later(now, KEEP.saturating_sub(age))), ..Self::new(now) }
    }

    /// When it is due.
    pub(super) fn next(&self) -> Monotonic {
        self.next
    }

    /// Whether it may be fetched out of turn.
    pub(super) fn may_be_asked(&self, now: Monotonic) -> bool {
        self.last_start.is_none_or(|last| now >= later(last, ASK_GAP))
    }

    /// Whether its last set is too old to be used any longer.
    pub(super) fn is_too_old(&self, now: Monotonic) -> bool {
        self.keep_until.is_some_and(|until| now >= until)
    }

    /// A fetch begins.
    pub(super) fn started(&mut self, now: Monotonic) {
        self.last_start = Some(now);
    }

    /// A set came, which stays fresh for so long. `chance` spreads sources that were fetched together.
    pub(super) fn succeeded(&mut self, now: Monotonic, fresh_for: Option<Duration>, chance: u8) {
        let stay = fresh_for.unwrap_or(RENEW_WITHIN).min(RENEW_WITHIN);
        self.next = later(now, shortened(stay, chance).max(RENEW_NOT_BEFORE));
        self.keep_until = Some(later(now, KEEP));
        self.failures = 0;
    }

    /// The fetch failed.
    pub(super) fn failed(&mut self, now: Monotonic, chance: u8) {
        let pause = FIRST_RETRY.saturating_mul(1 << self.failures.min(8)).min(LAST_RETRY);
        self.next = later(now, shortened(pause, chance));
        self.failures = self.failures.saturating_add(1);
    }

    /// The set is in use no longer.
    pub(super) fn withdrawn(&mut self) {
        self.keep_until = None;
    }
}

/// Less up to a tenth.
fn shortened(duration: Duration, chance: u8) -> Duration {
    duration.saturating_sub(duration / 10 * u32::from(chance) / 255)
}

/// A point in time after another.
pub(super) fn later(time: Monotonic, duration: Duration) -> Monotonic {
    Monotonic(time.0.saturating_add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Monotonic {
        later(Monotonic(0), Duration::from_secs(seconds))
    }

    #[track_caller]
    fn check_renewal(fresh_for: Option<u64>, chance: u8, next: u64) {
        let mut schedule = Schedule::new(at(0));
        schedule.succeeded(at(1000), fresh_for.map(Duration::from_secs), chance);
        assert_eq!(schedule.next(), at(1000 + next), "{fresh_for:?}");
    }

    #[test]
    fn a_set_is_renewed_within_an_hour_and_not_before_a_minute() {
        check_renewal(None, 0, 3600);
        check_renewal(None, 255, 3240);
        check_renewal(Some(86_400), 0, 3600);
        check_renewal(Some(600), 0, 600);
        check_renewal(Some(600), 255, 540);
        check_renewal(Some(60), 255, 60);
        check_renewal(Some(0), 0, 60);
    }

    #[test]
    fn failures_are_followed_by_ever_longer_pauses() {
        let mut schedule = Schedule::new(at(0));
        for pause in [15, 30, 60, 120, 240, 300, 300] {
            schedule.failed(at(1000), 0);
            assert_eq!(schedule.next(), at(1000 + pause));
        }
        for _ in 0..100 {
            schedule.failed(at(1000), 0);
        }
        assert_eq!(schedule.next(), at(1300));
        schedule.succeeded(at(2000), None, 0);
        schedule.failed(at(3000), 0);
        assert_eq!(schedule.next(), at(3015));
    }

    #[test]
    fn a_fetch_out_of_turn_is_allowed_ten_seconds_after_the_last() {
        let mut schedule = Schedule::new(at(0));
        assert!(schedule.may_be_asked(at(0)));
        schedule.started(at(5));
        assert!(!schedule.may_be_asked(at(5)));
        assert!(!schedule.may_be_asked(Monotonic(at(15).0 - 1)));
        assert!(schedule.may_be_asked(at(15)));
    }

    #[test]
    fn a_set_is_good_for_a_day_after_its_last_fetch_however_often_renewals_fail() {
        let mut schedule = Schedule::new(at(0));
        assert!(!schedule.is_too_old(at(1_000_000)));
        schedule.succeeded(at(100), None, 0);
        for time in (3700..86_400).step_by(300) {
            schedule.failed(at(time), 0);
        }
        assert!(!schedule.is_too_old(at(100 + 86_399)));
        assert!(schedule.is_too_old(at(100 + 86_400)));
        let restored = Schedule::with_set_of_age(at(0), Duration::from_hours(20));
        assert!(!restored.is_too_old(at(4 * 3600 - 1)));
        assert!(restored.is_too_old(at(4 * 3600)));
    }
}
