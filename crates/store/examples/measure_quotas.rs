//! Measures the quota file: how long one exchange takes that leases to 1, 100 and 1000 profiles, and reports of them.
//!
//! `cargo run --release -p store --example measure_quotas` uses a temporary folder (`TMPDIR`); what it prints is mostly
//! the time that the disk needs to make a transaction last.
#![expect(clippy::unwrap_used, reason = "a developer's tool, which ends at the first failure")]

use domain::access_policy::QuotaInterval;
use domain::ids::ProfileId;
use domain::limits::{Exchange, LeaseAsk, Leased, QuotaBasis, Settlement, SubjectKey};
use domain::time::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::time::{Duration, Instant};
use store::{QUOTA_DB, QuotaStore};

const NOW: Timestamp = Timestamp(1_795_521_600_000_000);
const ROUNDS: usize = 50;
const LIMIT: u32 = 1_000_000_000;

#[tokio::main]
async fn main() {
    for profiles in [1, 100, 1000] {
        let folder = tempfile::tempdir().unwrap();
        let store = QuotaStore::open(&folder.path().join(QUOTA_DB)).unwrap();
        let leases = store.exchange(NOW, batch(profiles, &[], Asking::Yes).into()).await.unwrap();
        measure(&store, &format!("lease to {profiles} profiles"), || batch(profiles, &[], Asking::Yes)).await;
        measure(&store, &format!("report of {profiles} profiles"), || batch(profiles, &leases, Asking::No)).await;
        measure(&store, &format!("report and lease, {profiles} profiles"), || batch(profiles, &leases, Asking::Yes))
            .await;
        store.close().await;
    }
}

/// Whether profiles ask for leases.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    Yes,
    No,
}

/// One message of each profile.
fn batch(profiles: i64, leases: &[Option<Leased>], asking: Asking) -> Vec<Exchange> {
    let basis = QuotaBasis { interval: QuotaInterval::Month, zone: TimeZone::UTC, anchor: Date::constant(2026, 1, 1) };
    (0..profiles)
        .map(|id| {
            let held = usize::try_from(id).ok().and_then(|id| *leases.get(id)?);
            let told = held.map(|held| Settlement { period: held.period, used: 1, returned: 0, borrowed: 0 });
            let ask = (asking == Asking::Yes).then_some(LeaseAsk { at: NOW, held: 0, waiting: 1 });
            Exchange::new(SubjectKey::Profile(ProfileId(id)), basis.clone(), LIMIT, told.into_iter().collect(), ask)
        })
        .collect()
}

/// Runs exchanges one after the other and prints the median and the slowest.
#[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
async fn measure(store: &QuotaStore, what: &str, batch: impl Fn() -> Vec<Exchange>) {
    let mut times: Vec<Duration> = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let batch = batch();
        let started = Instant::now();
        store.exchange(NOW, batch.into()).await.unwrap();
        times.push(started.elapsed());
    }
    times.sort_unstable();
    let median = times.get(ROUNDS / 2).copied().unwrap_or_default();
    let slowest = times.last().copied().unwrap_or_default();
    println!("{what:40} median {median:>10.1?}   slowest {slowest:>10.1?}");
}
