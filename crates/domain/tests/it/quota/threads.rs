//! Several workers on one quota at once, with a keeper beside them.

use super::fake::Fake;
use super::world::Authority;
use domain::access_policy::{FailMode, QuotaInterval, UsageQuota};
use domain::ids::{ClientId, ProfileId, Revision};
use domain::limits::{
    Counters, Counting, LeaseNeed, LimitKind, Limits, Patience, QuotaRule, QuotaTerms, Stopped, Subject, SubjectKey,
    Wish, take,
};
use domain::time::{Monotonic, Now, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

const NOW: Now = Now { monotonic: Monotonic(0), wall: Timestamp(1_795_478_400_000_000) };

fn rule(limit: i64, zone: &TimeZone) -> QuotaRule<'_> {
    let quota = UsageQuota::new(limit, QuotaInterval::Month).unwrap();
    QuotaRule { quota, zone, anchor: Date::constant(2026, 1, 1), on_failure: FailMode::Deny }
}

/// A lease that is needed, and whom to tell.
type Need = (LeaseNeed, Option<mpsc::Sender<()>>);

/// Calls until the quota is used up; says how many were admitted.
fn work(profile: &Subject<'_>, client: &Subject<'_>, keeper: &mpsc::Sender<Need>) -> (u32, LimitKind) {
    let mut admitted = 0;
    loop {
        match take(profile, Some(client), Revision(1), Counting::Take, Patience::Fresh, NOW) {
            Ok(taken) => {
                admitted += 1;
                if let Some(need) = taken.refill {
                    keeper.send((need, None)).unwrap();
                }
            }
            Err(Stopped::NeedsLease(need)) => {
                let (done, filled) = mpsc::channel();
                keeper.send((need, Some(done))).unwrap();
                filled.recv().unwrap();
            }
            Err(Stopped::Refused(refused)) => return (admitted, refused.kind),
            Err(Stopped::Unavailable { .. }) => panic!("the authority is there"),
        }
    }
}

#[test]
fn workers_that_share_a_quota_admit_exactly_its_limit() {
    const PROFILES: [i64; 2] = [30_000, 20_011];
    const CLIENT: i64 = 40_007;
    let zone = TimeZone::UTC;
    let counters: [Arc<Counters>; 3] = Default::default();
    let keys = [SubjectKey::Profile(ProfileId(1)), SubjectKey::Profile(ProfileId(2)), SubjectKey::Client(ClientId(1))];
    let limits = [PROFILES[0], PROFILES[1], CLIENT];
    let subjects: Vec<_> = (0..3)
        .map(|at| Subject {
            key: keys[at],
            counters: &counters[at],
            limits: Limits { rate: None, quota: Some(rule(limits[at], &zone)) },
        })
        .collect();
    let (keeper, needs) = mpsc::channel::<Need>();
    let admitted = [AtomicU32::new(0), AtomicU32::new(0)];
    let mut authority = thread::scope(|scope| {
        let keeping = scope.spawn(move || {
            let mut authority = Fake::default();
            for (need, done) in needs {
                for (key, counters) in need.iter() {
                    if let Some(told) =
                        counters.begin_exchange(*key, Wish::Lease { waiting: u32::from(done.is_some()) }, NOW).exchange
                    {
                        let answer = authority.exchange(NOW.wall, std::slice::from_ref(&told))[0];
                        counters.end_exchange(&told, answer.into(), NOW);
                    }
                }
                if let Some(done) = done {
                    done.send(()).unwrap();
                }
            }
            authority
        });
        for worker in 0..4 {
            let (keeper, subjects, admitted) = (keeper.clone(), &subjects, &admitted);
            scope.spawn(move || {
                let (count, kind) = work(&subjects[worker % 2], &subjects[2], &keeper);
                assert!(matches!(kind, LimitKind::Quota | LimitKind::ClientQuota));
                admitted[worker % 2].fetch_add(count, Ordering::SeqCst);
            });
        }
        drop(keeper);
        keeping.join().unwrap()
    });
    let [first, second] = admitted.map(AtomicU32::into_inner);
    assert_eq!(first + second, u32::try_from(CLIENT).unwrap());
    assert!(first <= 30_000 && second <= 20_011, "{first} {second}");
    for (at, used) in [first, second, first + second].into_iter().enumerate() {
        if let Some(told) = counters[at].begin_exchange(keys[at], Wish::Recall, NOW).exchange {
            let answer = authority.exchange(NOW.wall, std::slice::from_ref(&told))[0];
            counters[at].end_exchange(&told, answer.into(), NOW);
        }
        let rule = subjects[at].limits.quota.unwrap();
        let terms = QuotaTerms { key: keys[at], basis: rule.basis(), limit: rule.quota.limit() };
        let count = authority.read(NOW.wall, &terms);
        assert_eq!((count.used, count.deducted), (used, used));
    }
}
