//! Reports that only say what was used: they do not go into the rows at once, and are not lost with the process.

use super::{File, NOON, ask, basis, profile, terms, used};
use domain::access_policy::QuotaInterval;
use domain::limits::{Exchange, Period};
use domain::time::Timestamp;
use store::QuotaStore;

const LIMIT: u32 = 1_000_000;

/// Subjects with a lease each.
async fn leased(store: &QuotaStore, subjects: i64) -> Period {
    let batch: Vec<_> = (1..=subjects).map(|id| ask(id, LIMIT, NOON, vec![])).collect();
    store.exchange(NOON, batch.into()).await.unwrap()[0].unwrap().period
}

async fn report(store: &QuotaStore, id: i64, period: Period, calls: u32, at: Timestamp) {
    let told = Exchange::new(profile(id), basis(QuotaInterval::Day), LIMIT, vec![used(period, calls)], None);
    store.exchange(at, [told].into()).await.unwrap();
}

async fn used_by(store: &QuotaStore, id: i64) -> (u32, u32) {
    let count = store.read(NOON, vec![terms(id, LIMIT)]).await.unwrap()[0];
    (count.used, count.unaccounted)
}

fn note_files(file: &File) -> usize {
    let entries = file.folder.path().read_dir().unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains(".use.")).count()
}

#[tokio::test]
async fn reports_are_seen_at_once_and_survive_a_process_that_does_not_end_in_order() {
    let file = File::new();
    let store = file.open();
    let period = leased(&store, 2).await;
    for _ in 0..3 {
        report(&store, 1, period, 5, NOON).await;
    }
    report(&store, 2, period, 1, NOON).await;
    assert_eq!(used_by(&store, 1).await, (15, 0));
    let stored = |id: i64| -> i64 {
        file.raw().query_row("select used from quota_periods where id = $1", [id], |row| row.get(0)).unwrap()
    };
    assert_eq!((stored(1), stored(2), note_files(&file)), (0, 0, 1));
    drop(store);

    let store = file.open();
    // What was leased and not reported is unaccounted now.
    assert_eq!(used_by(&store, 1).await, (15, 9_985));
    assert_eq!(used_by(&store, 2).await, (1, 9_999));
    assert_eq!((stored(1), stored(2), note_files(&file)), (15, 1, 0));
}

#[tokio::test]
async fn a_close_brings_all_of_it_into_the_rows() {
    let file = File::new();
    let store = file.open();
    let period = leased(&store, 600).await;
    for id in 1..=600 {
        report(&store, id, period, 7, NOON).await;
    }
    store.close().await;
    assert_eq!(note_files(&file), 0);
    let rows: (i64, i64) = file
        .raw()
        .query_row("select count(*), sum(used) from quota_periods", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(rows, (600, 4_200));
}

#[tokio::test]
async fn old_notes_go_into_the_rows_while_the_store_is_used_and_each_use_counts_once() {
    let file = File::new();
    let store = file.open();
    let period = leased(&store, 600).await;
    for id in 1..=600 {
        report(&store, id, period, 2, NOON).await;
    }
    // Six minutes later the first file is folded, 250 rows at a time, while a second is written.
    let later = Timestamp(NOON.0 + 360_000_000);
    report(&store, 1, period, 1, later).await;
    assert_eq!(used_by(&store, 1).await, (3, 0));
    // The process ends in the middle of it.
    drop(store);
    let store = file.open();
    for id in 1..=600 {
        assert_eq!(used_by(&store, id).await.0, if id == 1 { 3 } else { 2 }, "{id}");
    }
    assert_eq!(note_files(&file), 0);
}

#[tokio::test]
async fn a_reset_voids_what_was_noted() {
    let file = File::new();
    let store = file.open();
    let period = leased(&store, 2).await;
    report(&store, 1, period, 5, NOON).await;
    report(&store, 2, period, 5, NOON).await;
    let count = store.reset(NOON, terms(1, LIMIT)).await.unwrap();
    assert_eq!((count.used, count.deducted), (0, 0));
    leased(&store, 1).await;
    report(&store, 1, period, 2, NOON).await;
    drop(store);
    let store = file.open();
    assert_eq!(used_by(&store, 1).await, (2, 9_998));
    assert_eq!(used_by(&store, 2).await, (5, 9_995));
}

#[tokio::test]
async fn reports_need_no_lock_on_the_file() {
    let file = File::new();
    let store = file.open();
    let period = leased(&store, 1).await;
    let mut other = file.raw();
    let lock = other.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    report(&store, 1, period, 5, NOON).await;
    lock.rollback().unwrap();
    assert_eq!(used_by(&store, 1).await, (5, 0));
}
