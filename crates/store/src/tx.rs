//! A change: one transaction that cannot be committed without its audit entry and a new revision.

use crate::actor::Actor;
use crate::audit::{Event, insert_entry};
use crate::changes::{ChangeKind, record_changes};
use crate::dialect::{BEGIN_CHANGE, Db, DbConnection};
use crate::directory::check_readable;
use crate::error::StoreError;
use crate::idempotency::take_key;
use crate::scope::Scope;
use crate::store::Store;
use crate::versions::{check_version, forget_version, record_versions};
use domain::time::Timestamp;
use domain::{ProjectId, Revision};
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
    objects: BTreeSet<(&'static str, i64)>,
    project: Option<ProjectId>,
    /// Entries of the audit log besides the one of the commit.
    more: Vec<(Option<ProjectId>, Event)>,
}

impl Store {
    /// Begins a change; waits for the one before it.
    pub(crate) async fn begin<'a>(&'a self, actor: &'a Actor, now: Timestamp) -> Result<Tx<'a>, StoreError> {
        let transaction = self.writer()?.begin_with(BEGIN_CHANGE).await?;
        let (changes, objects) = (BTreeSet::new(), BTreeSet::new());
        Ok(Tx { store: self, transaction, actor, now, changes, objects, project: None, more: Vec::new() })
    }
}

impl Tx<'_> {
    /// The connection, for statements inside the transaction.
    pub(crate) fn db(&mut self) -> &mut DbConnection {
        &mut self.transaction
    }

    /// What the one who makes the change sees.
    pub(crate) fn scope(&self) -> &Scope {
        self.store.scope()
    }

    /// Notes whose change it is: members confined to other projects do not see its audit entry.
    pub(crate) fn in_project(&mut self, id: ProjectId) {
        self.project = Some(id);
    }

    /// Adds an entry to the audit log, of a change that alters many objects.
    pub(crate) fn also(&mut self, project: Option<ProjectId>, event: Event) {
        self.touched(event.noun(), event.id());
        self.more.push((project, event));
    }

    /// Who makes the change.
    pub(crate) fn actor(&self) -> &Actor {
        self.actor
    }

    /// Notes an object of which gateways need the new state.
    pub(crate) fn changed(&mut self, kind: ChangeKind, id: i64) {
        self.changes.insert((kind, id));
        self.touched(kind.noun(), id);
    }

    /// Notes an object that is not what it was, besides the one that the event names.
    pub(crate) fn touched(&mut self, noun: &'static str, id: i64) {
        self.objects.insert((noun, id));
    }

    /// Checks the actor's conditions, writes the audit entry and the revision, and commits.
    pub(crate) async fn commit<T>(mut self, event: Event, value: T) -> Result<Committed<T>, StoreError> {
        let noun = event.noun();
        self.touched(noun, event.id());
        let db: &mut DbConnection = &mut self.transaction;
        check_version(db, self.actor, noun, event.id()).await?;
        check_readable(db, self.store.key(), &self.changes).await?;
        let revision = Revision(sqlx::query_scalar(NEXT_REVISION).fetch_one(&mut *db).await?);
        insert_entry(db, revision, self.now, self.actor, self.project, &event).await?;
        for (project, event) in &self.more {
            insert_entry(db, revision, self.now, self.actor, *project, event).await?;
        }
        record_changes(db, revision, &self.changes).await?;
        record_versions(db, revision, &self.objects).await?;
        if event.is_deletion() {
            forget_version(db, noun, event.id()).await?;
        }
        take_key(db, self.actor, self.now, revision).await?;
        self.transaction.commit().await?;
        self.store.announce(revision);
        Ok(Committed { value, revision })
    }
}
