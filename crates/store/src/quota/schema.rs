//! The tables of the quota file. Its version stands in `user_version`.

use super::error::QuotaError;
use rusqlite::Connection;

/// One text per version; never changed once shipped.
const VERSIONS: [&str; 3] = [
    r"
-- Kind 0: a profile, 1: a client. Times are microseconds since 1970 UTC.

-- What the periods of a subject follow from, and since when; since is null for the first basis of a subject.
create table quota_subjects (
    kind bigint not null,
    id bigint not null,
    basis text not null,
    since bigint,
    primary key (kind, id)
) without rowid;

-- Counts by period.
create table quota_periods (
    kind bigint not null,
    id bigint not null,
    period_start bigint not null,
    granted bigint not null,
    deducted bigint not null,
    used bigint not null,
    unaccounted bigint not null,
    primary key (kind, id, period_start)
) without rowid;

-- For what is too old to keep.
create index quota_periods_by_start on quota_periods (period_start);
-- For what a process left open.
create index quota_periods_open on quota_periods (period_start) where deducted > used + unaccounted;
",
    r"
-- How many sums of a file of notes are in the rows already.
create table quota_use_files (
    name text primary key,
    folded bigint not null
) without rowid;
",
    r"
-- For what a crash left unaccounted.
create index quota_periods_unaccounted on quota_periods (kind, id) where unaccounted > 0;
",
];

/// Brings a file up to date.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), QuotaError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = i64::try_from(VERSIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(QuotaError::NewerSchema { found, known });
    }
    if found == known {
        // Nothing to write: a full disk is no obstacle.
        return Ok(());
    }
    let tx = connection.transaction()?;
    for text in VERSIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        tx.execute_batch(text)?;
    }
    tx.pragma_update(None, "user_version", known)?;
    tx.commit()?;
    Ok(())
}
