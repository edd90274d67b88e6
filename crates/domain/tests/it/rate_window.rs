//! The rate window against a model that remembers every admission.
//!
//! Held for limits 1 to 10,000 and any arrivals, clock steps included: never more than the limit in any half-open
//! window of the interval, and never a refusal below limit - ceil(limit / 64) + 1 calls in the last interval. After a
//! change of limit or interval no call is admitted while the calls known in the new interval reach the new limit;
//! the second bound holds again one new interval after the change.

use domain::access_policy::{RateInterval, RateLimit};
use domain::ids::Revision;
use domain::limits::RateRing;
use domain::time::Monotonic;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    /// So many calls, each `gap` after the one before.
    Calls { count: u16, gap_nanos: u64 },
    /// Nothing for so long.
    Pause { nanos: u64 },
    /// The clock reads earlier than before.
    ClockBack { nanos: u64 },
    /// Another limit.
    Change { limit: i64, interval: RateInterval },
}

fn interval() -> impl Strategy<Value = RateInterval> {
    prop_oneof![Just(RateInterval::Second), Just(RateInterval::Minute), Just(RateInterval::Hour)]
}

fn limit() -> impl Strategy<Value = i64> {
    prop_oneof![3 => 1..=70i64, 2 => 60..=140i64, 2 => 1..=10_000i64]
}

fn span() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        1..1000u64,
        1..1_000_000u64,
        1..2_000_000_000u64,
        Just(1_000_000_000),
        Just(60_000_000_000),
        1..90_000_000_000u64,
    ]
}

fn step(changes: bool) -> BoxedStrategy<Step> {
    let calls = (1..600u16, span()).prop_map(|(count, gap)| Step::Calls { count, gap_nanos: gap / 50 });
    let pause = span().prop_map(|nanos| Step::Pause { nanos });
    let back = span().prop_map(|nanos| Step::ClockBack { nanos });
    let change = (limit(), interval()).prop_map(|(limit, interval)| Step::Change { limit, interval });
    if changes {
        prop_oneof![6 => calls, 3 => pause, 1 => back, 2 => change].boxed()
    } else {
        prop_oneof![6 => calls, 3 => pause, 1 => back].boxed()
    }
}

/// Every admission since the start, by the time that a clock which never goes back shows.
struct Model {
    ring: RateRing,
    rate: RateLimit,
    revision: i64,
    admitted: Vec<u64>,
    /// Admissions before this place were older than the interval in force at some call: the ring may forget them.
    known_from: usize,
    exact_again_at: u64,
    reading: u64,
    latest: u64,
}

impl Model {
    fn new(rate: RateLimit) -> Self {
        let ring = RateRing::new(rate, Revision(0));
        Self { ring, rate, revision: 0, admitted: vec![], known_from: 0, exact_again_at: 0, reading: 0, latest: 0 }
    }

    fn call(&mut self) {
        self.latest = self.latest.max(self.reading);
        let limit = usize::try_from(self.rate.limit()).unwrap();
        let interval = self.rate.interval().nanos();
        while self.admitted.get(self.known_from).is_some_and(|at| self.latest - at >= interval) {
            self.known_from += 1;
        }
        let known = self.admitted.len() - self.known_from;
        match self.ring.take(Monotonic(self.reading)) {
            Ok(()) => {
                assert!(known < limit, "admitted call {known} + 1 of {limit}");
                self.admitted.push(self.latest);
            }
            Err(wait) => {
                assert!(wait > 0 && wait <= interval, "a wait of {wait} ns");
                if self.latest >= self.exact_again_at {
                    let floor = limit - limit.div_ceil(64) + 1;
                    assert!(known >= floor, "refused at {known}, below {floor} of {limit}");
                }
                let mut later = self.ring.clone();
                assert!(later.take(Monotonic(self.latest + wait - 1)).is_err(), "the wait was longer than needed");
                let mut later = self.ring.clone();
                assert_eq!(later.take(Monotonic(self.latest + wait)), Ok(()), "the wait was not true");
            }
        }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Calls { count, gap_nanos } => {
                for _ in 0..count {
                    self.call();
                    self.reading += gap_nanos;
                }
            }
            Step::Pause { nanos } => self.reading += nanos,
            Step::ClockBack { nanos } => self.reading = self.reading.saturating_sub(nanos),
            Step::Change { limit, interval } => {
                self.rate = RateLimit::new(limit, interval).unwrap();
                self.revision += 1;
                self.ring.adopt(self.rate, Revision(self.revision));
                self.exact_again_at = self.latest + self.rate.interval().nanos();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn never_over_and_never_refused_early(
        limit in limit(), interval in interval(), steps in prop::collection::vec(step(false), 1..25),
    ) {
        let mut model = Model::new(RateLimit::new(limit, interval).unwrap());
        for step in &steps {
            model.step(step);
        }
    }

    #[test]
    fn changes_of_limit_and_interval_admit_nothing_over(
        limit in limit(), interval in interval(), steps in prop::collection::vec(step(true), 1..25),
    ) {
        let mut model = Model::new(RateLimit::new(limit, interval).unwrap());
        for step in &steps {
            model.step(step);
        }
    }

    #[test]
    fn a_request_with_an_older_directory_changes_nothing(
        first in limit(), second in limit(), calls in 1..300u16,
    ) {
        let (old, new) = (RateLimit::new(first, RateInterval::Minute).unwrap(), RateLimit::new(second, RateInterval::Minute).unwrap());
        let mut mixed = RateRing::new(old, Revision(1));
        mixed.adopt(new, Revision(2));
        let mut admitted = 0;
        for call in 0..calls {
            if call % 3 == 0 { mixed.adopt(old, Revision(1)) } else { mixed.adopt(new, Revision(2)) }
            admitted += i64::from(mixed.take(Monotonic(u64::from(call))).is_ok());
        }
        prop_assert!(admitted <= second);
    }
}
