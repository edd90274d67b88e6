//! Which period is in force for a subject, and changes of its count by owners.

use super::rows;
use domain::limits::{Period, QuotaBasis, QuotaCount, QuotaTerms, SubjectKey};
use domain::time::Timestamp;
use rusqlite::Transaction;

/// The period that a call at `at` is charged to. A subject whose periods followed from something else until now begins
/// a new period now.
pub(super) fn period_in_force(
    tx: &Transaction<'_>,
    now: Timestamp,
    key: SubjectKey,
    basis: &QuotaBasis,
    at: Timestamp,
) -> rusqlite::Result<Period> {
    let since = match rows::find_subject(tx, key)? {
        Some(known) if known.basis == basis.text() => known.since,
        known => {
            let since = known.map(|_| now);
            rows::save_subject(tx, key, basis, since)?;
            since
        }
    };
    Ok(basis.period_at(at, since))
}

pub(super) fn rebase(
    tx: &Transaction<'_>,
    now: Timestamp,
    subjects: &[(SubjectKey, QuotaBasis)],
) -> rusqlite::Result<()> {
    for (key, basis) in subjects {
        if rows::find_subject(tx, *key)?.is_some_and(|known| known.basis != basis.text()) {
            rows::save_subject(tx, *key, basis, Some(now))?;
        }
    }
    Ok(())
}

/// Changes the count of the present period.
pub(super) fn change(
    tx: &Transaction<'_>,
    now: Timestamp,
    terms: &QuotaTerms,
    change: impl FnOnce(&mut QuotaCount),
) -> rusqlite::Result<QuotaCount> {
    let period = period_in_force(tx, now, terms.key, &terms.basis, now)?;
    let mut count = rows::find_count(tx, terms.key, period)?.unwrap_or_else(|| QuotaCount::new(period));
    change(&mut count);
    rows::save_count(tx, terms.key, &count)?;
    Ok(count)
}

pub(super) fn read(tx: &Transaction<'_>, now: Timestamp, subjects: &[QuotaTerms]) -> rusqlite::Result<Vec<QuotaCount>> {
    let one = |terms: &QuotaTerms| {
        let since = match rows::find_subject(tx, terms.key)? {
            Some(known) if known.basis == terms.basis.text() => known.since,
            Some(_) => Some(now),
            None => None,
        };
        let period = terms.basis.period_at(now, since);
        Ok(rows::find_count(tx, terms.key, period)?.unwrap_or_else(|| QuotaCount::new(period)))
    };
    subjects.iter().map(one).collect()
}

pub(super) fn forget(tx: &Transaction<'_>, subjects: &[SubjectKey]) -> rusqlite::Result<()> {
    subjects.iter().try_for_each(|key| rows::forget(tx, *key))
}
