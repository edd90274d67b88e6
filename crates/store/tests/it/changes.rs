//! Revisions and the change feed.

use crate::make::{actor, at, new_client, new_policy, terms};
use crate::test_store::TestStore;
use domain::Revision;
use store::{AuditFilter, Change, ChangeKind, ClientFilter, PageQuery};

pub(crate) async fn each_change_makes_exactly_one_revision(store: TestStore) {
    assert_eq!(store.current_revision().await.unwrap(), Revision(0));
    let orders = store.a_collection_with("Orders", &[("GET", "a"), ("GET", "b")]).await.collection.id;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    store.a_profile(client, "A", None, 1).await;
    let last = store.delete_client(&actor(), at(1), client).await.unwrap();
    assert_eq!(last.revision, Revision(4));
    let page = store.list_audit(&PageQuery::default(), &AuditFilter::default()).await.unwrap();
    let revisions: Vec<_> = page.items.iter().map(|entry| entry.revision.0).collect();
    assert_eq!(revisions, [1, 2, 3, 4]);
}

pub(crate) async fn the_feed_tells_what_each_revision_touched(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let policy = store.a_policy("Slow").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let profile = store.a_profile(client, "A", None, 1).await;
    let change = |revision: i64, kind: ChangeKind, id: i64| Change { revision: Revision(revision), kind, id };
    let expected = [
        change(1, ChangeKind::Collection, orders.0),
        change(2, ChangeKind::Policy, policy.0),
        change(3, ChangeKind::Client, client.0),
        change(4, ChangeKind::Profile, profile.0),
    ];
    assert_eq!(store.changes_since(Revision(0)).await.unwrap().unwrap(), expected);
    assert_eq!(store.changes_since(Revision(2)).await.unwrap().unwrap(), expected[2..]);
    assert_eq!(store.changes_since(Revision(4)).await.unwrap().unwrap(), []);
}

pub(crate) async fn an_unknown_revision_asks_for_a_reload(store: TestStore) {
    store.a_policy("Slow").await;
    assert_eq!(store.changes_since(Revision(2)).await.unwrap(), None);
    assert_eq!(store.changes_since(Revision(-10_001)).await.unwrap(), None);
}

pub(crate) async fn watchers_see_each_commit(store: TestStore) {
    let mut watch = store.watch_revision();
    assert_eq!(*watch.borrow_and_update(), Revision(0));
    store.a_policy("Slow").await;
    assert!(watch.has_changed().unwrap());
    assert_eq!(*watch.borrow_and_update(), Revision(1));
    let refused = store.create_policy(&actor(), at(1), new_policy("slow", 1)).await;
    assert!(refused.is_err());
    assert!(!watch.has_changed().unwrap());
}

pub(crate) async fn a_refused_change_changes_nothing(store: TestStore) {
    store.a_client("Acme", None).await;
    let before = store.list_audit(&PageQuery::default(), &AuditFilter::default()).await.unwrap();
    assert!(store.create_client(&actor(), at(1), new_client("ACME"), Vec::new()).await.is_err());
    assert_eq!(store.current_revision().await.unwrap(), Revision(1));
    assert_eq!(store.list_clients(&PageQuery::default(), &ClientFilter::default()).await.unwrap().total, 1);
    assert_eq!(store.list_audit(&PageQuery::default(), &AuditFilter::default()).await.unwrap(), before);
}
