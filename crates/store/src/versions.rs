//! Which revision last changed an object. A caller who changes what somebody else has changed meanwhile finds out: the
//! revision seen is compared inside the transaction of the change, so that of two writers only one can win.

use crate::actor::Actor;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, StoreError};
use crate::store::Store;
use domain::Revision;
use std::collections::BTreeSet;

const FIND_VERSION: &str = "select revision from object_versions where kind = $1 and object_id = $2";
const PUT_VERSION: &str = "insert into object_versions (kind, object_id, revision) values ($1, $2, $3) \
     on conflict (kind, object_id) do update set revision = excluded.revision";
const DELETE_VERSION: &str = "delete from object_versions where kind = $1 and object_id = $2";

/// What comes and goes often and is never changed has no version.
const WITHOUT: [&str; 2] = ["session", "setup_link"];

/// Which state of an object a change is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// Any, as long as it is there.
    Any,
    /// The state that one of these revisions made.
    OneOf(Vec<Revision>),
}

impl Store {
    /// The revision that last changed an object; 0 where none did. `kind` is the noun of its audit entries.
    pub async fn object_version(&self, kind: &str, id: i64) -> Result<Revision, StoreError> {
        let mut db = self.reader().await?;
        find_version(&mut db, kind, id).await
    }
}

/// Fails where the object is not in the state that the actor has seen.
pub(crate) async fn check_version(db: &mut DbConnection, actor: &Actor, kind: &str, id: i64) -> Result<(), StoreError> {
    let Some(IfMatch::OneOf(seen)) = &actor.conditions.if_match else { return Ok(()) };
    let present = find_version(db, kind, id).await?;
    if seen.contains(&present) {
        return Ok(());
    }
    let message = format!("is stale: this was changed meanwhile, its ETag is now \"{present}\"");
    Err(StoreError::fault("If-Match", FaultKind::Conflict, message))
}

/// Notes the revision at all objects that it changed.
pub(crate) async fn record_versions(
    db: &mut DbConnection,
    revision: Revision,
    objects: &BTreeSet<(&'static str, i64)>,
) -> Result<(), StoreError> {
    for (kind, id) in objects.iter().filter(|(kind, _)| !WITHOUT.contains(kind)) {
        sqlx::query(PUT_VERSION).bind(*kind).bind(id).bind(revision.0).execute(&mut *db).await?;
    }
    Ok(())
}

/// Forgets the version of an object that is gone; its id is never used again.
pub(crate) async fn forget_version(db: &mut DbConnection, kind: &str, id: i64) -> Result<(), StoreError> {
    sqlx::query(DELETE_VERSION).bind(kind).bind(id).execute(db).await?;
    Ok(())
}

async fn find_version(db: &mut DbConnection, kind: &str, id: i64) -> Result<Revision, StoreError> {
    let found: Option<i64> = sqlx::query_scalar(FIND_VERSION).bind(kind).bind(id).fetch_optional(db).await?;
    Ok(Revision(found.unwrap_or_default()))
}
