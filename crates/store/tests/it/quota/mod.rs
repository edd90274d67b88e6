//! The quota file: the rules of the authority on quotas, kept by a real file through crashes, locks and damage.

mod counts;
mod faults;
mod leases;
mod model;
mod notes;
// The model that also runs on the authority in memory.
#[path = "../../../../domain/tests/it/quota/world.rs"]
mod world;

use domain::access_policy::QuotaInterval;
use domain::ids::ProfileId;
use domain::limits::{Exchange, LeaseAsk, Period, QuotaBasis, QuotaTerms, Settlement, SubjectKey};
use domain::time::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::path::PathBuf;
use store::{QUOTA_DB, QuotaStore};
use tempfile::TempDir;

/// 2026-11-24T12:00:00Z.
const NOON: Timestamp = Timestamp(1_795_521_600_000_000);
const HOUR: i64 = 3_600_000_000;

/// A quota file in a folder of its own.
struct File {
    folder: TempDir,
}

impl File {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(QUOTA_DB)
    }

    fn open(&self) -> QuotaStore {
        QuotaStore::open(&self.path()).unwrap()
    }

    /// Another program at the same file.
    fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }
}

fn profile(id: i64) -> SubjectKey {
    SubjectKey::Profile(ProfileId(id))
}

fn basis(interval: QuotaInterval) -> QuotaBasis {
    QuotaBasis { interval, zone: TimeZone::UTC, anchor: Date::constant(2026, 1, 1) }
}

fn terms(id: i64, limit: u32) -> QuotaTerms {
    QuotaTerms { key: profile(id), basis: basis(QuotaInterval::Day), limit }
}

/// A profile that asks for a lease and may tell of a former one.
fn ask(id: i64, limit: u32, at: Timestamp, settlements: Vec<Settlement>) -> Exchange {
    let ask = Some(LeaseAsk { at, held: 0, waiting: 1 });
    Exchange::new(profile(id), basis(QuotaInterval::Day), limit, settlements, ask)
}

fn used(period: Period, used: u32) -> Settlement {
    Settlement { period, used, returned: 0, borrowed: 0 }
}

fn returned(period: Period, returned: u32) -> Settlement {
    Settlement { period, used: 0, returned, borrowed: 0 }
}
