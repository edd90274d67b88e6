//! Single rules of limits, one call at a time.

use super::fake::Fake;
use super::world::Authority;
use domain::access_policy::{FailMode, QuotaInterval, RateInterval, RateLimit, UsageQuota};
use domain::ids::{ClientId, ProfileId, Revision};
use domain::limits::{
    Answer, Counters, Counting, LeaseAsk, LeaseNeed, LimitKind, LimitRefused, Limits, Patience, QuotaBasis, QuotaCount,
    QuotaRule, Readings, Stopped, Subject, SubjectKey, Taken, Wish, lease_block, take,
};
use domain::time::{Monotonic, Now, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::Arc;

const SECOND: u64 = 1_000_000_000;
/// 2026-11-24T00:00:00Z.
const MIDNIGHT: i64 = 1_795_478_400_000_000;
static UTC: TimeZone = TimeZone::UTC;

/// One subject's limits.
#[derive(Clone, Copy)]
struct Rules {
    rate: Option<i64>,
    quota: Option<i64>,
    on_failure: FailMode,
}

const NONE: Rules = Rules { rate: None, quota: None, on_failure: FailMode::Deny };

/// A profile and its client, and an authority that answers at once where it is there.
struct Node {
    profile: Arc<Counters>,
    client: Arc<Counters>,
    rules: [Rules; 2],
    authority: Option<Fake>,
    revision: i64,
    /// Seconds since midnight.
    time: f64,
}

const PROFILE: SubjectKey = SubjectKey::Profile(ProfileId(1));
const CLIENT: SubjectKey = SubjectKey::Client(ClientId(1));

impl Node {
    fn new(profile: Rules, client: Rules) -> Self {
        Self {
            profile: Arc::default(),
            client: Arc::default(),
            rules: [profile, client],
            authority: Some(Fake::default()),
            revision: 1,
            time: 0.0,
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small test times")]
    fn now(&self) -> Now {
        let wall = Timestamp(MIDNIGHT + (self.time * 1e6) as i64);
        Now { monotonic: Monotonic((self.time * 1e9) as u64), wall }
    }

    fn take(&self, counting: Counting, patience: Patience) -> Result<Taken, Stopped> {
        let limits = self.rules.map(|rules| Limits {
            rate: rules.rate.map(|limit| RateLimit::new(limit, RateInterval::Minute).unwrap()),
            quota: rules.quota.map(|limit| QuotaRule {
                quota: UsageQuota::new(limit, QuotaInterval::Day).unwrap(),
                zone: &UTC,
                anchor: Date::constant(2026, 1, 1),
                on_failure: rules.on_failure,
            }),
        });
        let profile = Subject { key: PROFILE, counters: &self.profile, limits: limits[0] };
        let client = Subject { key: CLIENT, counters: &self.client, limits: limits[1] };
        take(&profile, Some(&client), Revision(self.revision), counting, patience, self.now())
    }

    fn exchange(&mut self, key: SubjectKey, wish: Wish) -> bool {
        let (now, counters) = (self.now(), if key == PROFILE { &self.profile } else { &self.client });
        if let Some(exchange) = counters.begin_exchange(key, wish, now).exchange {
            let answer = match &mut self.authority {
                Some(fake) => fake.exchange(now.wall, std::slice::from_ref(&exchange))[0].into(),
                None => Answer::Away,
            };
            counters.end_exchange(&exchange, answer, now);
        }
        self.authority.is_some()
    }

    fn fill(&mut self, need: &LeaseNeed) -> bool {
        let keys: Vec<_> = need.iter().map(|(key, _)| *key).collect();
        keys.into_iter().all(|key| self.exchange(key, Wish::Lease { waiting: 1 }))
    }

    /// A call as a worker makes it.
    fn call(&mut self, counting: Counting) -> Result<Readings, Stopped> {
        let mut patience = Patience::Fresh;
        loop {
            match self.take(counting, patience) {
                Err(Stopped::NeedsLease(need)) => {
                    patience = if self.fill(&need) { Patience::Fresh } else { Patience::LeaseAwaited };
                }
                Err(stopped) => return Err(stopped),
                Ok(taken) => {
                    if let Some(need) = taken.refill {
                        self.fill(&need);
                    }
                    return Ok(taken.readings);
                }
            }
        }
    }

    #[track_caller]
    fn admitted(&mut self) -> Readings {
        self.call(Counting::Take).unwrap()
    }

    #[track_caller]
    fn refused(&mut self) -> LimitRefused {
        match self.call(Counting::Take) {
            Err(Stopped::Refused(refused)) => refused,
            other => panic!("expected a refusal: {other:?}"),
        }
    }

    fn left(&mut self, kind: LimitKind) -> u32 {
        self.call(Counting::ReadOnly).unwrap().get(kind).unwrap().remaining
    }
}

#[test]
fn a_refused_call_takes_nothing_from_any_limit() {
    let all = Rules { rate: Some(5), quota: Some(5), ..NONE };
    for lacking in LimitKind::ALL {
        let mut rules = [all; 2];
        match lacking {
            LimitKind::Rate => rules[0].rate = Some(1),
            LimitKind::ClientRate => rules[1].rate = Some(1),
            LimitKind::Quota => rules[0].quota = Some(1),
            LimitKind::ClientQuota => rules[1].quota = Some(1),
        }
        let mut node = Node::new(rules[0], rules[1]);
        node.admitted();
        for _ in 0..10 {
            let refused = node.refused();
            assert_eq!(refused.kind, lacking);
            for reading in refused.readings.iter() {
                assert_eq!(reading.remaining, if reading.kind == lacking { 0 } else { 4 }, "{lacking:?}: {reading:?}");
            }
        }
    }
}

#[test]
fn the_reason_is_the_first_limit_without_room_and_the_wait_is_the_last() {
    let mut node = Node::new(Rules { rate: Some(1), quota: Some(1), ..NONE }, Rules { rate: Some(1), ..NONE });
    node.admitted();
    node.time = 10.0;
    let refused = node.refused();
    assert_eq!(refused.kind, LimitKind::Rate);
    assert_eq!(refused.wait_nanos, (86_400 - 10) * SECOND);
    // True to the microsecond: one before is refused, that moment is admitted.
    node.time = 86_399.999_999;
    assert_eq!(node.refused().kind, LimitKind::Quota);
    node.time = 86_400.0;
    node.admitted();
}

#[test]
fn readings_come_in_the_order_of_the_checks_with_what_is_left_after_the_call() {
    let mut node =
        Node::new(Rules { rate: Some(60), quota: Some(5000), ..NONE }, Rules { quota: Some(10_000), ..NONE });
    node.time = 3600.0;
    let readings = node.admitted();
    let seen: Vec<_> = readings.iter().map(|it| (it.kind, it.limit, it.window_seconds, it.remaining)).collect();
    let expected = [
        (LimitKind::Rate, 60, 60, 59),
        (LimitKind::Quota, 5000, 86_400, 4999),
        (LimitKind::ClientQuota, 10_000, 86_400, 9999),
    ];
    assert_eq!(seen, expected);
    assert_eq!(readings.get(LimitKind::Quota).unwrap().resets_in_nanos, 82_800 * SECOND);
}

#[test]
fn reading_takes_nothing() {
    let mut node = Node::new(Rules { rate: Some(2), quota: Some(2), ..NONE }, NONE);
    for _ in 0..10 {
        assert_eq!(node.left(LimitKind::Rate), 2);
        assert_eq!(node.left(LimitKind::Quota), 2);
    }
    node.admitted();
    assert_eq!(node.left(LimitKind::Rate), 1);
    assert_eq!(node.left(LimitKind::Quota), 1);
}

#[test]
fn a_profile_without_limits_is_admitted_and_allocates_nothing() {
    let mut node = Node::new(NONE, NONE);
    assert!(node.admitted().is_empty());
    assert!(format!("{:?}", node.profile).contains("uninit"));
}

#[test]
fn a_used_up_quota_asks_the_authority_no_more() {
    let mut node = Node::new(Rules { quota: Some(10), ..NONE }, NONE);
    for _ in 0..10 {
        node.admitted();
    }
    let before = node.authority.as_ref().unwrap().exchanges;
    for _ in 0..1000 {
        assert_eq!(node.refused().kind, LimitKind::Quota);
    }
    assert_eq!(node.authority.as_ref().unwrap().exchanges, before);
}

#[test]
fn without_the_authority_leased_calls_go_on_and_then_the_fail_mode_decides() {
    for on_failure in FailMode::ALL {
        let mut node = Node::new(Rules { quota: Some(1000), on_failure, ..NONE }, NONE);
        node.admitted();
        let authority = node.authority.take();
        let admitted = (0..2000).take_while(|_| node.call(Counting::Take).is_ok()).count();
        match on_failure {
            // What was left of a lease of 1 %.
            FailMode::Deny => assert_eq!(admitted, 9),
            // All that this node knew to be left.
            FailMode::AllowLocal => assert_eq!(admitted, 999),
        }
        node.authority = authority;
        node.exchange(PROFILE, Wish::Recall);
        let rest = (0..2000).take_while(|_| node.call(Counting::Take).is_ok()).count();
        assert_eq!(1 + admitted + rest, 1000);
    }
}

#[test]
fn without_the_authority_nothing_is_known_of_a_first_period() {
    for on_failure in FailMode::ALL {
        let mut node = Node::new(Rules { quota: Some(1000), on_failure, ..NONE }, NONE);
        node.authority = None;
        let stopped = node.call(Counting::Take);
        assert!(matches!(stopped, Err(Stopped::Unavailable { kind: LimitKind::Quota })));
    }
}

#[test]
fn allow_local_goes_on_in_a_new_period() {
    let rules = Rules { quota: Some(1000), on_failure: FailMode::AllowLocal, ..NONE };
    let mut node = Node::new(rules, NONE);
    node.admitted();
    let authority = node.authority.take();
    node.time = 86_400.0;
    assert_eq!((0..2000).take_while(|_| node.call(Counting::Take).is_ok()).count(), 1000);
    // A clock that goes back does not open the old period again.
    node.time = 80_000.0;
    assert!(node.call(Counting::Take).is_err());
    node.authority = authority;
    node.time = 86_401.0;
    assert_eq!(node.refused().kind, LimitKind::Quota);
}

#[test]
fn a_rate_refusal_still_says_which_limit_while_the_authority_is_away() {
    let mut node = Node::new(Rules { rate: Some(1), quota: Some(100), ..NONE }, NONE);
    node.admitted();
    node.authority = None;
    node.exchange(PROFILE, Wish::Recall);
    assert_eq!(node.refused().kind, LimitKind::Rate);
}

#[test]
fn an_active_profile_has_the_lease_of_the_next_period_before_it_begins() {
    let mut node = Node::new(Rules { quota: Some(1000), ..NONE }, NONE);
    node.time = 86_350.0;
    node.admitted();
    node.time = 86_389.0;
    node.exchange(PROFILE, Wish::Tick);
    node.time = 86_391.0;
    node.exchange(PROFILE, Wish::Tick);
    node.authority = None;
    node.time = 86_400.0;
    for _ in 0..10 {
        node.admitted();
    }
    assert!(matches!(node.call(Counting::Take), Err(Stopped::Unavailable { .. })));
}

#[test]
fn an_idle_lease_goes_back_after_a_minute() {
    let mut node = Node::new(Rules { quota: Some(1000), ..NONE }, NONE);
    node.admitted();
    node.time = 59.0;
    node.exchange(PROFILE, Wish::Tick);
    assert_eq!(node.profile.leased(node.now()), 9);
    node.time = 61.0;
    node.exchange(PROFILE, Wish::Tick);
    assert_eq!(node.profile.leased(node.now()), 0);
    assert!(!node.profile.begin_exchange(PROFILE, Wish::Tick, node.now()).keep);
    let admitted = (0..2000).take_while(|_| node.call(Counting::Take).is_ok()).count();
    assert_eq!(admitted, 999);
}

#[test]
fn a_lease_that_was_called_back_on_its_way_is_not_used() {
    let mut node = Node::new(Rules { quota: Some(1000), ..NONE }, NONE);
    node.admitted();
    for _ in 0..5 {
        let _ = node.take(Counting::Take, Patience::Fresh).unwrap();
    }
    // A refill is asked for under the old limit; before the answer comes the limit is lowered.
    let now = node.now();
    let told = node.profile.begin_exchange(PROFILE, Wish::Lease { waiting: 0 }, now).exchange.unwrap();
    let answer = node.authority.as_mut().unwrap().exchange(now.wall, std::slice::from_ref(&told))[0];
    assert!(answer.unwrap().calls > 0);
    node.rules[0].quota = Some(8);
    node.revision = 2;
    assert!(matches!(node.take(Counting::Take, Patience::Fresh), Err(Stopped::NeedsLease(_))));
    node.profile.end_exchange(&told, answer.into(), now);
    assert_eq!(node.profile.leased(now), 0);
    // Six of eight are used.
    node.admitted();
    node.admitted();
    assert_eq!(node.refused().kind, LimitKind::Quota);
}

#[test]
fn a_request_with_an_older_directory_is_judged_by_the_newest_limit_seen() {
    let mut node = Node::new(Rules { quota: Some(10), ..NONE }, NONE);
    for _ in 0..5 {
        node.admitted();
    }
    (node.rules[0].quota, node.revision) = (Some(5), 2);
    assert_eq!(node.refused().kind, LimitKind::Quota);
    (node.rules[0].quota, node.revision) = (Some(10), 1);
    assert_eq!(node.refused().kind, LimitKind::Quota);
    (node.rules[0].quota, node.revision) = (Some(7), 3);
    node.admitted();
    node.admitted();
    assert_eq!(node.refused().kind, LimitKind::Quota);
}

#[test]
fn a_lease_has_a_call_for_each_request_that_waits_and_never_more_than_is_left() {
    let period = QuotaBasis { interval: QuotaInterval::Day, zone: UTC.clone(), anchor: Date::constant(2026, 1, 1) }
        .period_at(Timestamp(MIDNIGHT), None);
    for (held, waiting, calls) in [(0, 0, 10), (0, 1, 10), (4, 0, 6), (4, 60, 56), (0, 5000, 1000), (10, 10, 0)] {
        let ask = LeaseAsk { at: Timestamp(MIDNIGHT), held, waiting };
        assert_eq!(QuotaCount::new(period).lease(1000, &ask, 1).calls, calls, "{ask:?}");
    }
}

#[test]
fn a_lease_is_one_percent_ten_thousand_and_half_of_the_rest_shared_by_nodes() {
    for (limit, remaining, nodes, block) in [
        (1, 1, 1, 1),
        (1000, 1000, 1, 10),
        (1000, 12, 1, 6),
        (1000, 12, 3, 2),
        (1000, 1, 3, 1),
        (1000, 0, 1, 1),
        (99, 99, 1, 1),
        (1_000_000_000, 1_000_000_000, 1, 10_000),
        (1_000_000_000, 1_000_000_000, 100_000, 5000),
    ] {
        assert_eq!(lease_block(limit, remaining, nodes), block, "{limit} {remaining} {nodes}");
    }
}
