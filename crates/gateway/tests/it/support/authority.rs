//! An authority on quotas in memory that can be made to fail.

use domain::limits::{Exchange, Leased, QuotaBasis, QuotaCount, QuotaTerms, SubjectKey};
use domain::time::Timestamp;
use gateway::limits::{AuthorityAway, LimitAuthority};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

/// How the authority behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mood {
    /// It answers.
    Good,
    /// It says that it is away.
    Away,
    /// It never answers.
    Silent,
}

/// The authority; clones share their counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Authority(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    mood: AtomicU8,
    counts: Mutex<HashMap<(SubjectKey, Timestamp), QuotaCount>>,
}

impl Authority {
    pub(crate) fn set(&self, mood: Mood) {
        self.0.mood.store(mood as u8, Ordering::SeqCst);
    }

    async fn ready(&self) -> Result<(), AuthorityAway> {
        match self.0.mood.load(Ordering::SeqCst) {
            0 => Ok(()),
            1 => Err(AuthorityAway("the test wants it".into())),
            _ => std::future::pending().await,
        }
    }

    fn count<T>(
        &self,
        key: SubjectKey,
        basis: &QuotaBasis,
        at: Timestamp,
        act: impl FnOnce(&mut QuotaCount) -> T,
    ) -> T {
        let period = basis.period_at(at, None);
        let mut counts = self.0.counts.lock().unwrap();
        act(counts.entry((key, period.start)).or_insert_with(|| QuotaCount::new(period)))
    }

    fn exchange_one(&self, told: &Exchange) -> Option<Leased> {
        for settlement in &told.settlements {
            self.count(told.key, &told.basis, settlement.period.start, |count| count.settle(settlement));
        }
        let ask = told.ask?;
        Some(self.count(told.key, &told.basis, ask.at, |count| count.lease(told.limit, &ask, 1)))
    }
}

impl LimitAuthority for Authority {
    async fn exchange(&self, _: Timestamp, batch: Arc<[Exchange]>) -> Result<Vec<Option<Leased>>, AuthorityAway> {
        self.ready().await?;
        Ok(batch.iter().map(|told| self.exchange_one(told)).collect())
    }

    async fn rebase(&self, _: Timestamp, _: Vec<(SubjectKey, QuotaBasis)>) -> Result<(), AuthorityAway> {
        self.ready().await
    }

    async fn grant(&self, now: Timestamp, terms: QuotaTerms, amount: u32) -> Result<QuotaCount, AuthorityAway> {
        self.ready().await?;
        Ok(self.count(terms.key, &terms.basis, now, |count| {
            count.grant(amount);
            *count
        }))
    }

    async fn reset(&self, now: Timestamp, terms: QuotaTerms) -> Result<QuotaCount, AuthorityAway> {
        self.ready().await?;
        Ok(self.count(terms.key, &terms.basis, now, |count| {
            *count = QuotaCount::new(count.period);
            *count
        }))
    }

    async fn read(&self, now: Timestamp, subjects: Vec<QuotaTerms>) -> Result<Vec<QuotaCount>, AuthorityAway> {
        self.ready().await?;
        Ok(subjects.iter().map(|one| self.count(one.key, &one.basis, now, |count| *count)).collect())
    }

    async fn forget(&self, _: Vec<SubjectKey>) -> Result<(), AuthorityAway> {
        self.ready().await
    }
}
