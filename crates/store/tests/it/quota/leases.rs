//! Leases: committed before they are answered, many in one transaction, delayed by nobody.

use super::{File, HOUR, NOON, ask, profile, returned, terms, used};
use domain::limits::SubjectKey;
use domain::time::Timestamp;
use std::time::Duration;
use store::{CONTROL_DB, SecretKey, Store};

#[tokio::test]
async fn a_lease_is_in_the_file_before_it_is_answered() {
    let file = File::new();
    let store = file.open();
    let leased = store.exchange(NOON, [ask(1, 1000, NOON, vec![])].into()).await.unwrap()[0].unwrap();
    assert_eq!((leased.calls, leased.remaining), (10, 990));
    let deducted: i64 = file.raw().query_row("select deducted from quota_periods", [], |row| row.get(0)).unwrap();
    assert_eq!(deducted, 10);
}

#[tokio::test]
async fn one_transaction_leases_to_many_in_the_order_asked() {
    let file = File::new();
    let store = file.open();
    let asks: Vec<_> = (0..1000).map(|id| ask(id, u32::try_from(100 * (id + 1)).unwrap(), NOON, vec![])).collect();
    let leases = store.exchange(NOON, asks.into()).await.unwrap();
    assert_eq!(leases.len(), 1000);
    for (limit, leased) in (1..).zip(&leases) {
        assert_eq!(leased.unwrap().calls, limit);
    }
}

#[tokio::test]
async fn leases_end_at_the_limit_and_begin_again_in_the_next_period() {
    let file = File::new();
    let store = file.open();
    let mut calls = 0;
    for _ in 0..100 {
        calls += store.exchange(NOON, [ask(1, 150, NOON, vec![])].into()).await.unwrap()[0].unwrap().calls;
    }
    assert_eq!(calls, 100);
    for _ in 0..100 {
        calls += store.exchange(NOON, [ask(1, 150, NOON, vec![])].into()).await.unwrap()[0].unwrap().calls;
    }
    assert_eq!(calls, 150);
    let tomorrow = Timestamp(NOON.0 + 24 * HOUR);
    let leased = store.exchange(tomorrow, [ask(1, 150, tomorrow, vec![])].into()).await.unwrap()[0].unwrap();
    assert_eq!((leased.calls, leased.remaining), (1, 149));
    // The clock goes back: the old count is there.
    let leased = store.exchange(NOON, [ask(1, 150, NOON, vec![])].into()).await.unwrap()[0].unwrap();
    assert_eq!((leased.calls, leased.remaining), (0, 0));
}

#[tokio::test]
async fn what_a_process_held_when_it_ended_is_unaccounted_and_what_it_gave_back_is_not() {
    let file = File::new();
    let store = file.open();
    let leases = store.exchange(NOON, [ask(1, 5000, NOON, vec![]), ask(2, 5000, NOON, vec![])].into()).await.unwrap();
    let period = leases[0].unwrap().period;
    store.exchange(NOON, [ask(1, 5000, NOON, vec![used(period, 20)])].into()).await.unwrap();
    store.exchange(NOON, [ask(2, 5000, NOON, vec![used(period, 20), returned(period, 30)])].into()).await.unwrap();
    drop(store);

    let store = file.open();
    let counts = store.read(NOON, vec![terms(1, 5000), terms(2, 5000), terms(3, 5000)]).await.unwrap();
    let seen: Vec<_> = counts.iter().map(|count| (count.deducted, count.used, count.unaccounted)).collect();
    // The first: two leases of 50, 20 of them reported. The second gave the rest of its first lease back.
    assert_eq!(seen, [(100, 20, 80), (70, 20, 50), (0, 0, 0)]);
    drop(store);

    // Opening it once more loses nothing more.
    let again = file.open().read(NOON, vec![terms(1, 5000)]).await.unwrap();
    assert_eq!(again[0].unaccounted, 80);
}

#[tokio::test]
async fn profiles_and_clients_of_one_number_are_counted_apart() {
    let file = File::new();
    let store = file.open();
    let mut shared = ask(1, 1000, NOON, vec![]);
    shared.key = SubjectKey::Client(domain::ClientId(1));
    store.exchange(NOON, [shared].into()).await.unwrap();
    assert_eq!(store.read(NOON, vec![terms(1, 1000)]).await.unwrap()[0].deducted, 0);
    store.forget(vec![profile(1)]).await.unwrap();
    let mut shared = terms(1, 1000);
    shared.key = SubjectKey::Client(domain::ClientId(1));
    assert_eq!(store.read(NOON, vec![shared]).await.unwrap()[0].deducted, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_transaction_on_the_control_database_delays_no_lease() {
    let file = File::new();
    let key = SecretKey::load_or_create(file.folder.path()).unwrap();
    let path = file.folder.path().join(CONTROL_DB);
    let _control = Store::open(&path, &key).await.unwrap();
    let quotas = file.open();

    let mut changing = rusqlite::Connection::open(&path).unwrap();
    let change = changing.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    change.execute("update workspace set revision = revision", []).unwrap();
    for _ in 0..100 {
        let leased = quotas.exchange(NOON, [ask(1, 100_000, NOON, vec![])].into()).await.unwrap();
        assert!(leased[0].unwrap().calls > 0);
    }
    // All of them came while nobody else could change the control database.
    let other = rusqlite::Connection::open(&path).unwrap();
    other.busy_timeout(Duration::ZERO).unwrap();
    assert!(other.execute("update workspace set revision = revision", []).is_err());
    change.commit().unwrap();
}

#[tokio::test]
async fn unaccounted_calls_are_found_and_accounted_for_once() {
    let file = File::new();
    let store = file.open();
    store.exchange(NOON, [ask(1, 5000, NOON, vec![]), ask(2, 5000, NOON, vec![])].into()).await.unwrap();
    assert!(store.unaccounted().await.unwrap().is_empty());
    drop(store);

    let store = file.open();
    let both = [profile(1), profile(2)];
    assert_eq!(store.unaccounted().await.unwrap(), both);
    assert_eq!(store.account(NOON, terms(1, 5000)).await.unwrap(), 50);
    assert_eq!(store.account(NOON, terms(1, 5000)).await.unwrap(), 0);
    assert_eq!(store.unaccounted().await.unwrap(), both[1..]);
    let count = store.read(NOON, vec![terms(1, 5000)]).await.unwrap().remove(0);
    assert_eq!((count.deducted, count.used, count.unaccounted, count.granted), (50, 50, 0, 0));
}
