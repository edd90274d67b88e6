//! What the counters of profiles cost in memory.

use domain::access_policy::{FailMode, QuotaInterval, RateInterval, RateLimit, UsageQuota};
use domain::ids::{ProfileId, Revision};
use domain::limits::{
    Counters, Counting, Exchange, Limits, Patience, QuotaCount, QuotaRule, Stopped, Subject, SubjectKey, Wish, take,
};
use domain::time::{Monotonic, Now, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::Arc;

const NOW: Timestamp = Timestamp(1_795_521_600_000_000);
const ZONE: &TimeZone = &TimeZone::UTC;
/// Calls of each profile: as many as its window has groups.
const CALLS: u64 = 64;

/// Makes the counters of this many profiles and prints what each costs.
pub(crate) fn run(profiles: u32) {
    let before = resident();
    let all: Vec<Arc<Counters>> = (0..profiles).map(|_| Arc::default()).collect();
    let idle = resident();
    let count = f64::from(profiles);
    println!("idle counters              {:7.1} bytes", (idle - before) / count);
    // A window of an hour, so that all its groups are in use, and a quota that a lease is held of.
    for (id, counters) in (0..).zip(&all) {
        for call in 0..CALLS {
            admit(SubjectKey::Profile(ProfileId(id)), counters, Monotonic(call * 1_000_000_000));
        }
    }
    let called = resident();
    println!("more after {CALLS} calls        {:7.1} bytes, with a full window and a quota", (called - idle) / count);
    drop(all);
}

/// Admits one call, with a lease where one is needed.
fn admit(key: SubjectKey, counters: &Arc<Counters>, at: Monotonic) {
    let now = Now { monotonic: at, wall: NOW };
    loop {
        let quota = UsageQuota::new(1_000_000, QuotaInterval::Month).map(|quota| QuotaRule {
            quota,
            zone: ZONE,
            anchor: Date::constant(2026, 1, 1),
            on_failure: FailMode::Deny,
        });
        // 64 calls of 64 groups: one group each, the most that a window needs.
        let limits = Limits { rate: RateLimit::new(64, RateInterval::Hour), quota };
        let subject = Subject { key, counters, limits };
        match take(&subject, None, Revision(1), Counting::Take, Patience::Fresh, now) {
            Ok(_) => return,
            Err(Stopped::NeedsLease(_)) => lease(key, counters, now),
            Err(stopped) => panic!("a call was not admitted: {stopped:?}"),
        }
    }
}

fn lease(key: SubjectKey, counters: &Arc<Counters>, now: Now) {
    let Some(told) = counters.begin_exchange(key, Wish::Lease { waiting: 1 }, now).exchange else { return };
    let Exchange { basis, limit, ask: Some(ask), .. } = &told else { return };
    let leased = QuotaCount::new(basis.period_at(now.wall, None)).lease(*limit, ask, 1);
    counters.end_exchange(&told, Some(leased).into(), now);
}

/// Memory of this process that is in use, in bytes.
pub(crate) fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok());
    pages.unwrap_or_default() * 4096.0
}
