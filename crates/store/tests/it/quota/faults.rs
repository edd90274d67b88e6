//! A quota file that is locked, damaged, closed or too new.

use super::{File, NOON, ask, terms};
use store::{QuotaError, QuotaStore};

#[tokio::test]
async fn a_locked_file_is_an_error_that_passes() {
    let file = File::new();
    let store = file.open();
    let mut other = file.raw();
    let lock = other.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    let failed = store.exchange(NOON, [ask(1, 1000, NOON, vec![])].into()).await;
    assert!(matches!(failed, Err(QuotaError::Unavailable(_))), "{failed:?}");
    lock.rollback().unwrap();
    let leased = store.exchange(NOON, [ask(1, 1000, NOON, vec![])].into()).await.unwrap()[0].unwrap();
    // The failed call took nothing.
    assert_eq!((leased.calls, leased.remaining), (10, 990));
}

#[tokio::test]
async fn a_call_that_fails_midway_changes_nothing() {
    let file = File::new();
    let store = file.open();
    file.raw()
        .execute_batch(
            "create trigger refuse before insert on quota_periods when new.id = 2 \
             begin select raise(abort, 'no'); end",
        )
        .unwrap();
    let batch = [ask(1, 1000, NOON, vec![]), ask(2, 1000, NOON, vec![]), ask(3, 1000, NOON, vec![])];
    assert!(store.exchange(NOON, batch.into()).await.is_err());
    let counts = store.read(NOON, vec![terms(1, 1000), terms(3, 1000)]).await.unwrap();
    assert_eq!((counts[0].deducted, counts[1].deducted), (0, 0));
}

#[tokio::test]
async fn what_is_not_a_quota_file_is_refused() {
    let file = File::new();
    std::fs::write(file.path(), [b'x'; 8192]).unwrap();
    let opened = QuotaStore::open(&file.path());
    assert!(matches!(opened, Err(QuotaError::Unavailable(_))), "{opened:?}");
}

#[tokio::test]
async fn a_file_damaged_while_open_is_an_error_and_no_panic() {
    let file = File::new();
    let store = file.open();
    store.exchange(NOON, [ask(1, 1000, NOON, vec![])].into()).await.unwrap();
    for name in ["quota.db", "quota.db-wal", "quota.db-shm"] {
        let _ = std::fs::remove_file(file.folder.path().join(name));
    }
    // The file under the open connection is gone; one that is opened anew finds nothing.
    std::fs::write(file.path(), [b'x'; 8192]).unwrap();
    store.close().await;
    let failed = store.exchange(NOON, [ask(1, 1000, NOON, vec![])].into()).await;
    assert!(matches!(failed, Err(QuotaError::Unavailable(_))), "{failed:?}");
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let file = File::new();
    drop(file.open());
    file.raw().pragma_update(None, "user_version", 99).unwrap();
    let opened = QuotaStore::open(&file.path());
    assert!(matches!(opened, Err(QuotaError::NewerSchema { found: 99, known: 3 })), "{opened:?}");
}

#[tokio::test]
async fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let file = File::new();
    let _store = file.open();
    assert_eq!(std::fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
}
