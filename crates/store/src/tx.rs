//! A change: one transaction that cannot be committed without its audit entry and a new revision.

use crate::actor::Actor;
use crate::audit::{Event, insert_entry};
use crate::changes::{ChangeKind, record_changes};
use crate::dialect::{BEGIN_CHANGE, Db, DbConnection};
use crate::error::StoreError;
use crate::store::Store;
use domain::Revision;
use domain::time::Timestamp;
use std::collections::BTreeSet;

const NEXT_REVISION: &str = "update workspace set revision = revision + 1 where id = 1 returning revision";

/// The result of a change, with the revision that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed<T> {
    /// What the change answers.
    pub value: T,
    /// The revision that the change made.
    pub revision: Revision,
}

impl<T> Committed<T> {
    /// The same revision with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Committed<U> {
        Committed { value: change(self.value), revision: self.revision }
    }
}

/// A change under way. Dropped without [`Tx::commit`] it changes nothing.
pub(crate) struct Tx<'a> {
    store: &'a Store,
    transaction: sqlx::Transaction<'static, Db>,
    actor: &'a Actor,
    /// When the change is made.
    pub(crate) now: Timestamp,
    changes: BTreeSet<(ChangeKind, i64)>,
}

impl Store {
    /// Begins a change; waits for the one before it.
    pub(crate) async fn begin<'a>(&'a self, actor: &'a Actor, now: Timestamp) -> Result<Tx<'a>, StoreError> {
        let transaction = self.writer().begin_with(BEGIN_CHANGE).await?;
        Ok(Tx { store: self, transaction, actor, now, changes: BTreeSet::new() })
    }
}

impl Tx<'_> {
    /// The connection, for statements inside the transaction.
    pub(crate) fn db(&mut self) -> &mut DbConnection {
        &mut self.transaction
    }

    /// Notes an object of which gateways need the new state.
    pub(crate) fn changed(&mut self, kind: ChangeKind, id: i64) {
        self.changes.insert((kind, id));
    }

    /// Writes the audit entry and the revision, and commits.
    pub(crate) async fn commit<T>(mut self, event: Event, value: T) -> Result<Committed<T>, StoreError> {
        let db: &mut DbConnection = &mut self.transaction;
        let revision = Revision(sqlx::query_scalar(NEXT_REVISION).fetch_one(&mut *db).await?);
        insert_entry(db, revision, self.now, self.actor, &event).await?;
        record_changes(db, revision, &self.changes).await?;
        self.transaction.commit().await?;
        self.store.announce(revision);
        Ok(Committed { value, revision })
    }
}
