//! Usage quotas of this node: the quota file as the authority that the gateway leases from.

use domain::limits::{Exchange, Leased, QuotaBasis, QuotaCount, QuotaTerms, SubjectKey};
use domain::time::Timestamp;
use gateway::limits::{AuthorityAway, LimitAuthority};
use std::sync::Arc;
use store::{QuotaError, QuotaStore};

/// The quota file.
#[derive(Debug, Clone)]
pub(crate) struct FileAuthority(pub(crate) QuotaStore);

impl LimitAuthority for FileAuthority {
    async fn exchange(&self, now: Timestamp, batch: Arc<[Exchange]>) -> Result<Vec<Option<Leased>>, AuthorityAway> {
        self.0.exchange(now, batch).await.map_err(|error| away(&error))
    }

    async fn rebase(&self, now: Timestamp, subjects: Vec<(SubjectKey, QuotaBasis)>) -> Result<(), AuthorityAway> {
        self.0.rebase(now, subjects).await.map_err(|error| away(&error))
    }

    async fn grant(&self, now: Timestamp, terms: QuotaTerms, amount: u32) -> Result<QuotaCount, AuthorityAway> {
        self.0.grant(now, terms, amount).await.map_err(|error| away(&error))
    }

    async fn reset(&self, now: Timestamp, terms: QuotaTerms) -> Result<QuotaCount, AuthorityAway> {
        self.0.reset(now, terms).await.map_err(|error| away(&error))
    }

    async fn read(&self, now: Timestamp, subjects: Vec<QuotaTerms>) -> Result<Vec<QuotaCount>, AuthorityAway> {
        self.0.read(now, subjects).await.map_err(|error| away(&error))
    }

    async fn forget(&self, subjects: Vec<SubjectKey>) -> Result<(), AuthorityAway> {
        self.0.forget(subjects).await.map_err(|error| away(&error))
    }
}

fn away(error: &QuotaError) -> AuthorityAway {
    AuthorityAway(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use domain::access_policy::{FailMode, QuotaInterval, UsageQuota};
    use domain::ids::{ProfileId, Revision};
    use domain::limits::{Counting, Limits, Patience, Stopped, Subject, take};
    use gateway::limits::{LeaseKeeper, LeaseWait, QuotaSubject};

    fn subject(id: i64, limit: i64) -> QuotaSubject {
        QuotaSubject {
            key: SubjectKey::Profile(ProfileId(id)),
            counters: Arc::default(),
            quota: UsageQuota::new(limit, QuotaInterval::Year).unwrap(),
            zone: jiff::tz::TimeZone::UTC,
            anchor: jiff::civil::Date::constant(2026, 1, 1),
            on_failure: FailMode::Deny,
        }
    }

    /// Calls until the quota is used up; says how many were admitted.
    async fn use_up(subject: QuotaSubject, keeper: LeaseKeeper) -> u32 {
        let mut admitted = 0;
        let (mut wait, mut patience) = (LeaseWait::default(), Patience::Fresh);
        loop {
            let limits = Limits { rate: None, quota: Some(subject.rule()) };
            let borrowed = Subject { key: subject.key, counters: &subject.counters, limits };
            match take(&borrowed, None, Revision(1), Counting::Take, patience, clock::now()) {
                Ok(taken) => {
                    admitted += 1;
                    (wait, patience) = (LeaseWait::default(), Patience::Fresh);
                    if let Some(need) = taken.refill {
                        keeper.refill(need);
                    }
                }
                Err(Stopped::NeedsLease(need)) => patience = keeper.fill(need, &mut wait).await,
                Err(Stopped::Refused(_)) => return admitted,
                Err(Stopped::Unavailable { .. }) => (wait, patience) = (LeaseWait::default(), Patience::Fresh),
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_callers_use_up_quotas_on_file_to_the_last_call_and_a_new_start_finds_them_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(store::QUOTA_DB);
        let file = QuotaStore::open(&path).unwrap();
        let (keeper, control) = gateway::limits::start(FileAuthority(file.clone()), clock::now);
        let subjects = [subject(1, 1), subject(2, 99), subject(3, 1000), subject(4, 7777)];
        for subject in &subjects {
            let callers: Vec<_> = (0..64).map(|_| tokio::spawn(use_up(subject.clone(), keeper.clone()))).collect();
            let mut admitted = 0;
            for caller in callers {
                admitted += caller.await.unwrap();
            }
            assert_eq!(admitted, subject.quota.limit());
        }
        control.shutdown().await;
        file.close().await;

        let file = QuotaStore::open(&path).unwrap();
        let (_keeper, control) = gateway::limits::start(FileAuthority(file), clock::now);
        for view in control.read(subjects.to_vec()).await.unwrap() {
            assert_eq!((view.used, view.remaining, view.unaccounted), (view.limit, 0, 0));
        }
    }
}
