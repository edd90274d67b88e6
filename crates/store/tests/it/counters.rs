//! What owners do to counters, in the audit log.

use crate::make::{actor, at, terms};
use crate::test_store::{TestStore, expect_not_found};
use domain::ProfileId;

pub(crate) async fn grants_and_resets_are_written_down_and_change_nothing(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let id = store.a_profile(client, "A", None, 1).await;
    let before = store.get_profile(id).await.unwrap();
    let granted = store.note_counter_grant(&actor(), at(1), id, 500).await.unwrap();
    assert!(store.touched(granted.revision).await.is_empty());
    store.expect_event(granted, "access_profile.quota_granted").await;
    let entry = store.last_entry().await;
    assert_eq!((entry.resource_id, entry.actor, entry.after.unwrap()["amount"].as_i64()), (id.0, actor(), Some(500)));
    let reset = store.note_counter_reset(&actor(), at(2), id).await.unwrap();
    store.expect_event(reset, "access_profile.counters_reset").await;
    assert_eq!(store.get_profile(id).await.unwrap(), before);
    let unknown = ProfileId(99);
    expect_not_found(store.note_counter_grant(&actor(), at(3), unknown, 1).await, "access profile");
    expect_not_found(store.note_counter_reset(&actor(), at(3), unknown).await, "access profile");
}
