//! A store in a folder of its own, and what tests ask of it again and again.

use domain::Revision;
use std::fmt::Debug;
use std::ops::Deref;
use std::path::Path;
use store::{
    AuditEntry, AuditFilter, CONTROL_DB, Committed, Fault, FaultKind, PageQuery, SecretKey, Sort, SortField, Store,
    StoreError,
};
use tempfile::TempDir;

/// A store that goes away with its folder.
pub(crate) struct TestStore {
    folder: TempDir,
    store: Store,
}

impl TestStore {
    /// A new one on SQLite.
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).await.unwrap();
        Self { folder, store }
    }

    /// Its data directory.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Closes it and opens it again.
    pub(crate) async fn reopen(self) -> Self {
        self.store.close().await;
        let store = open(self.folder.path()).await.unwrap();
        Self { folder: self.folder, store }
    }

    /// Closes it and leaves the folder.
    pub(crate) async fn into_folder(self) -> TempDir {
        self.store.close().await;
        self.folder
    }

    /// The newest entry of the audit log.
    pub(crate) async fn last_entry(&self) -> AuditEntry {
        let sort = Sort { field: SortField::Id, descending: true };
        let query = PageQuery { per_page: 1, sort, ..PageQuery::default() };
        self.list_audit(&query, &AuditFilter::default()).await.unwrap().items.remove(0)
    }

    /// Checks that a change made the next revision and wrote its audit entry; answers its value.
    #[track_caller]
    pub(crate) fn expect_event<T>(
        &self,
        committed: Committed<T>,
        event_type: &'static str,
    ) -> impl Future<Output = T> + '_
    where
        T: 'static,
    {
        let caller = std::panic::Location::caller();
        async move {
            let entry = self.last_entry().await;
            assert_eq!(entry.event_type, event_type, "{caller}");
            assert_eq!(entry.revision, committed.revision, "{caller}");
            assert_eq!(self.current_revision().await.unwrap(), committed.revision, "{caller}");
            committed.value
        }
    }

    /// What stands in the change feed for one revision, as `client 1`.
    pub(crate) async fn touched(&self, revision: Revision) -> Vec<String> {
        let changes = self.changes_since(Revision(revision.0 - 1)).await.unwrap().unwrap();
        let here = changes.into_iter().filter(|change| change.revision == revision);
        here.map(|change| format!("{:?} {}", change.kind, change.id)).collect()
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

async fn open(folder: &Path) -> Result<Store, StoreError> {
    let key = SecretKey::load_or_create(folder)?;
    Store::open(&folder.join(CONTROL_DB), &key).await
}

/// The faults of a refused change as `(field, kind)`, in the order found.
#[track_caller]
pub(crate) fn faults<T: Debug>(result: Result<T, StoreError>) -> Vec<(String, FaultKind)> {
    fault_list(result).into_iter().map(|fault| (fault.field, fault.kind)).collect()
}

/// The faults of a refused change.
#[track_caller]
pub(crate) fn fault_list<T: Debug>(result: Result<T, StoreError>) -> Vec<Fault> {
    match result {
        Err(StoreError::Invalid(faults)) => faults,
        other => panic!("expected faults, got {other:?}"),
    }
}

/// One fault.
pub(crate) fn fault(field: &str, kind: FaultKind) -> (String, FaultKind) {
    (field.to_owned(), kind)
}

/// Checks that something was not found.
#[track_caller]
pub(crate) fn expect_not_found<T: Debug>(result: Result<T, StoreError>, noun: &str) {
    match result {
        Err(StoreError::NotFound { what }) => assert_eq!(what, noun),
        other => panic!("expected {noun} not found, got {other:?}"),
    }
}
