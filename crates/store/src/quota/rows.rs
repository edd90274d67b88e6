//! Rows of the quota file: every SQL text of it but the schema.

use domain::limits::{Period, QuotaBasis, QuotaCount, SubjectKey};
use domain::time::Timestamp;
use domain::{ClientId, ProfileId};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

const FIND_SUBJECT: &str = "select basis, since from quota_subjects where kind = $1 and id = $2";
const SAVE_SUBJECT: &str = "insert into quota_subjects (kind, id, basis, since) values ($1, $2, $3, $4) \
     on conflict (kind, id) do update set basis = excluded.basis, since = excluded.since";
const FIND_COUNT: &str = "select granted, deducted, used, unaccounted from quota_periods \
     where kind = $1 and id = $2 and period_start = $3";
const SAVE_COUNT: &str = "insert into quota_periods \
     (kind, id, period_start, granted, deducted, used, unaccounted) values ($1, $2, $3, $4, $5, $6, $7) \
     on conflict (kind, id, period_start) do update set granted = excluded.granted, deducted = excluded.deducted, \
     used = excluded.used, unaccounted = excluded.unaccounted";
const STRAND: &str = "update quota_periods set unaccounted = deducted - used where deducted > used + unaccounted";
const UNACCOUNTED: &str = "select distinct kind, id from quota_periods where unaccounted > 0 order by kind, id";
const FORGET_SUBJECT: &str = "delete from quota_subjects where kind = $1 and id = $2";
const FORGET_COUNTS: &str = "delete from quota_periods where kind = $1 and id = $2";
const PRUNE: &str = "delete from quota_periods where (kind, id, period_start) in \
     (select kind, id, period_start from quota_periods where period_start < $1 limit $2)";

const FOLDED: &str = "select folded from quota_use_files where name = $1";
const SAVE_FOLDED: &str = "insert into quota_use_files (name, folded) values ($1, $2) \
     on conflict (name) do update set folded = excluded.folded";
const FORGET_FOLDED: &str = "delete from quota_use_files where name = $1";

type Result<T> = rusqlite::Result<T>;

/// What the periods of a subject follow from, as stored.
pub(super) struct Known {
    pub(super) basis: String,
    pub(super) since: Option<Timestamp>,
}

pub(super) fn find_subject(tx: &Transaction<'_>, key: SubjectKey) -> Result<Option<Known>> {
    let (kind, id) = columns(key);
    let known = |row: &Row<'_>| Ok(Known { basis: row.get(0)?, since: row.get::<_, Option<i64>>(1)?.map(Timestamp) });
    tx.prepare_cached(FIND_SUBJECT)?.query_row(params![kind, id], known).optional()
}

pub(super) fn save_subject(
    tx: &Transaction<'_>,
    key: SubjectKey,
    basis: &QuotaBasis,
    since: Option<Timestamp>,
) -> Result<()> {
    let (kind, id) = columns(key);
    let since = since.map(|since| since.0);
    tx.prepare_cached(SAVE_SUBJECT)?.execute(params![kind, id, basis.text(), since]).map(drop)
}

/// The count of a period; none was saved: nothing is counted.
pub(super) fn find_count(tx: &Transaction<'_>, key: SubjectKey, period: Period) -> Result<Option<QuotaCount>> {
    let (kind, id) = columns(key);
    let count = |row: &Row<'_>| {
        Ok(QuotaCount {
            period,
            granted: row.get(0)?,
            deducted: row.get(1)?,
            used: row.get(2)?,
            unaccounted: row.get(3)?,
        })
    };
    tx.prepare_cached(FIND_COUNT)?.query_row(params![kind, id, period.start.0], count).optional()
}

pub(super) fn save_count(tx: &Transaction<'_>, key: SubjectKey, count: &QuotaCount) -> Result<()> {
    let (kind, id) = columns(key);
    let QuotaCount { period, granted, deducted, used, unaccounted } = *count;
    let values = params![kind, id, period.start.0, granted, deducted, used, unaccounted];
    tx.prepare_cached(SAVE_COUNT)?.execute(values).map(drop)
}

/// What is in leases is lost: it stays deducted, as unaccounted. Says in how many periods there was any.
pub(super) fn strand(tx: &Transaction<'_>) -> Result<usize> {
    tx.execute(STRAND, [])
}

/// Who has unaccounted calls.
pub(super) fn unaccounted(tx: &Transaction<'_>) -> Result<Vec<SubjectKey>> {
    let key = |row: &Row<'_>| {
        let (kind, id): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok(if kind == 0 { SubjectKey::Profile(ProfileId(id)) } else { SubjectKey::Client(ClientId(id)) })
    };
    tx.prepare_cached(UNACCOUNTED)?.query_map([], key)?.collect()
}

pub(super) fn forget(tx: &Transaction<'_>, key: SubjectKey) -> Result<()> {
    let (kind, id) = columns(key);
    tx.prepare_cached(FORGET_SUBJECT)?.execute(params![kind, id])?;
    tx.prepare_cached(FORGET_COUNTS)?.execute(params![kind, id]).map(drop)
}

/// Deletes up to so many counts of periods that began before a time. Says how many.
pub(super) fn prune(tx: &Transaction<'_>, before: Timestamp, most: u32) -> Result<usize> {
    tx.prepare_cached(PRUNE)?.execute(params![before.0, most])
}

/// How many sums of a file of notes are in the rows.
pub(super) fn folded(tx: &Transaction<'_>, name: &str) -> Result<usize> {
    let found = tx.prepare_cached(FOLDED)?.query_row(params![name], |row| row.get::<_, i64>(0)).optional()?;
    Ok(found.and_then(|folded| usize::try_from(folded).ok()).unwrap_or(0))
}

pub(super) fn save_folded(tx: &Transaction<'_>, name: &str, folded: usize) -> Result<()> {
    let folded = i64::try_from(folded).unwrap_or(i64::MAX);
    tx.prepare_cached(SAVE_FOLDED)?.execute(params![name, folded]).map(drop)
}

pub(super) fn forget_folded(tx: &Transaction<'_>, name: &str) -> Result<()> {
    tx.prepare_cached(FORGET_FOLDED)?.execute(params![name]).map(drop)
}

/// After all files of notes are gone.
pub(super) fn forget_all_folded(tx: &Transaction<'_>) -> Result<()> {
    tx.execute("delete from quota_use_files", []).map(drop)
}

fn columns(key: SubjectKey) -> (i64, i64) {
    match key {
        SubjectKey::Profile(id) => (0, id.0),
        SubjectKey::Client(id) => (1, id.0),
    }
}
