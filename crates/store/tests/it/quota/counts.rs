//! What owners do to counts, and how long they are kept.

use super::{File, HOUR, NOON, ask, basis, profile, terms, used};
use domain::access_policy::QuotaInterval;
use domain::limits::QuotaTerms;
use domain::time::Timestamp;

fn later(hours: i64) -> Timestamp {
    Timestamp(NOON.0 + hours * HOUR)
}

#[tokio::test]
async fn a_grant_adds_calls_to_this_period_only() {
    let file = File::new();
    let store = file.open();
    let count = store.grant(NOON, terms(1, 10), 5).await.unwrap();
    assert_eq!((count.granted, count.remaining(10)), (5, 15));
    assert_eq!(store.grant(NOON, terms(1, 10), 7).await.unwrap().granted, 12);
    let leased = store.exchange(NOON, [ask(1, 10, NOON, vec![])].into()).await.unwrap()[0].unwrap();
    assert_eq!((leased.granted, leased.remaining), (12, 21));
    let tomorrow = store.read(later(24), vec![terms(1, 10)]).await.unwrap()[0];
    assert_eq!((tomorrow.granted, tomorrow.remaining(10)), (0, 10));
}

#[tokio::test]
async fn a_reset_puts_the_period_back_to_its_beginning() {
    let file = File::new();
    let store = file.open();
    let leased = store.exchange(NOON, [ask(1, 1000, NOON, vec![])].into()).await.unwrap()[0].unwrap();
    store.exchange(NOON, [ask(1, 1000, NOON, vec![used(leased.period, 10)])].into()).await.unwrap();
    store.grant(NOON, terms(1, 1000), 5).await.unwrap();
    let count = store.reset(NOON, terms(1, 1000)).await.unwrap();
    assert_eq!((count.deducted, count.used, count.granted, count.unaccounted), (0, 0, 0, 0));
    assert_eq!(count.period, leased.period);
    assert_eq!(store.read(NOON, vec![terms(1, 1000)]).await.unwrap()[0], count);
}

#[tokio::test]
async fn reading_changes_nothing() {
    let file = File::new();
    let store = file.open();
    store.read(NOON, vec![terms(1, 1000)]).await.unwrap();
    let rows = |table: &str| -> i64 {
        file.raw().query_row(&format!("select count(*) from {table}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!((rows("quota_subjects"), rows("quota_periods")), (0, 0));
}

#[tokio::test]
async fn other_periods_begin_now_with_nothing_counted_also_when_they_come_back_unused() {
    let file = File::new();
    let store = file.open();
    store.exchange(NOON, [ask(1, 1000, NOON, vec![])].into()).await.unwrap();
    store.rebase(later(1), vec![(profile(1), basis(QuotaInterval::Month))]).await.unwrap();
    let month = QuotaTerms { basis: basis(QuotaInterval::Month), ..terms(1, 1000) };
    let count = store.read(later(2), vec![month]).await.unwrap()[0];
    assert_eq!((count.deducted, count.period.start), (0, later(1)));
    // Back to days without a call in between.
    store.rebase(later(2), vec![(profile(1), basis(QuotaInterval::Day))]).await.unwrap();
    let count = store.read(later(3), vec![terms(1, 1000)]).await.unwrap()[0];
    assert_eq!((count.deducted, count.period.start, count.period.until), (0, later(2), later(12)));
    // The same periods once more leave the count alone.
    store.exchange(later(3), [ask(1, 1000, later(3), vec![])].into()).await.unwrap();
    store.rebase(later(4), vec![(profile(1), basis(QuotaInterval::Day))]).await.unwrap();
    assert_eq!(store.read(later(4), vec![terms(1, 1000)]).await.unwrap()[0].deducted, 10);
}

#[tokio::test]
async fn an_ask_for_other_periods_begins_one_now() {
    let file = File::new();
    let store = file.open();
    store.exchange(NOON, [ask(1, 1000, NOON, vec![])].into()).await.unwrap();
    let mut other = ask(1, 1000, later(1), vec![]);
    other.basis = basis(QuotaInterval::Week);
    let leased = store.exchange(later(1), [other].into()).await.unwrap()[0].unwrap();
    assert_eq!((leased.period.start, leased.remaining), (later(1), 990));
}

#[tokio::test]
async fn forgotten_subjects_leave_nothing() {
    let file = File::new();
    let store = file.open();
    store.exchange(NOON, [ask(1, 1000, NOON, vec![]), ask(2, 1000, NOON, vec![])].into()).await.unwrap();
    store.forget(vec![profile(1)]).await.unwrap();
    let counts = store.read(NOON, vec![terms(1, 1000), terms(2, 1000)]).await.unwrap();
    assert_eq!((counts[0].deducted, counts[1].deducted), (0, 10));
}

#[tokio::test]
async fn counts_are_kept_for_400_days_past_the_end_of_a_year() {
    let file = File::new();
    let store = file.open();
    for day in [0, 1, 765, 766] {
        store.exchange(later(24 * day), [ask(1, 1000, later(24 * day), vec![])].into()).await.unwrap();
    }
    // Old counts are deleted after an answer: the next call comes after that.
    store.read(NOON, vec![]).await.unwrap();
    let mut kept = Vec::new();
    for day in [0, 1, 765, 766] {
        kept.push(store.read(later(24 * day), vec![terms(1, 1000)]).await.unwrap()[0].deducted);
    }
    assert_eq!(kept, [0, 10, 10, 10]);
}
