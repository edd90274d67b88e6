//! Who counts quotas.

use domain::limits::{Exchange, Leased, QuotaBasis, QuotaCount, QuotaTerms, SubjectKey};
use domain::time::Timestamp;
use std::sync::Arc;

/// The authority did not answer. Nothing has changed there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the authority on quotas is not available: {0}")]
pub struct AuthorityAway(pub String);

/// What counts quotas: deducts calls in blocks before they are admitted. Each call is committed when it answers, and
/// calls take effect in the order in which they were made.
pub trait LimitAuthority: Send + Sync + 'static {
    /// Takes down what each subject tells and leases what it asks for, all or nothing. Answers in the same order.
    fn exchange(
        &self,
        now: Timestamp,
        batch: Arc<[Exchange]>,
    ) -> impl Future<Output = Result<Vec<Option<Leased>>, AuthorityAway>> + Send;

    /// Starts a new period now for each known subject whose periods follow from something else.
    fn rebase(
        &self,
        now: Timestamp,
        subjects: Vec<(SubjectKey, QuotaBasis)>,
    ) -> impl Future<Output = Result<(), AuthorityAway>> + Send;

    /// Adds calls for the present period.
    fn grant(
        &self,
        now: Timestamp,
        terms: QuotaTerms,
        amount: u32,
    ) -> impl Future<Output = Result<QuotaCount, AuthorityAway>> + Send;

    /// Puts the present period back to its beginning.
    fn reset(
        &self,
        now: Timestamp,
        terms: QuotaTerms,
    ) -> impl Future<Output = Result<QuotaCount, AuthorityAway>> + Send;

    /// The counts of the present periods, in the order of the subjects.
    fn read(
        &self,
        now: Timestamp,
        subjects: Vec<QuotaTerms>,
    ) -> impl Future<Output = Result<Vec<QuotaCount>, AuthorityAway>> + Send;

    /// Forgets subjects that are gone.
    fn forget(&self, subjects: Vec<SubjectKey>) -> impl Future<Output = Result<(), AuthorityAway>> + Send;
}
