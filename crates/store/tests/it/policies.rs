//! Access policies.

use crate::make::{actor, at, name, new_policy, terms};
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use domain::PolicyId;
use domain::access_policy::{FailMode, OnStoreFailure, QuotaInterval, RateInterval, RateLimit, UsageQuota};
use domain::terms::Terms;
use domain::text::Description;
use store::{ClientUpdate, FaultKind, NewPolicy, PageQuery, PolicyUpdate, StoreError};

pub(crate) async fn made_policies_read_back(store: TestStore) {
    let description = Some(Description::parse("Six a minute").unwrap());
    let new = NewPolicy { description, ..new_policy("Slow", 6) };
    let made = store.create_policy(&actor(), at(1), new.clone()).await.unwrap();
    let revision = made.revision;
    let made = store.expect_event(made, "access_policy.created").await;
    assert_eq!(store.touched(revision).await, [format!("Policy {}", made.policy.id)]);
    assert_eq!(store.get_policy(made.policy.id).await.unwrap(), made);
    assert_eq!(store.load_policy(made.policy.id).await.unwrap(), Some(made.policy.clone()));
    let policy = made.policy;
    assert_eq!((policy.name, policy.description, policy.rate_limit), (new.name, new.description, new.rate_limit));
    assert_eq!((policy.created_at, policy.updated_at), (at(1), at(1)));
    assert_eq!((made.profiles_count, made.clients_count), (0, 0));

    let deleted = store.delete_policy(&actor(), at(2), policy.id).await.unwrap();
    store.expect_event(deleted, "access_policy.deleted").await;
    expect_not_found(store.get_policy(policy.id).await, "access policy");
    expect_not_found(store.delete_policy(&actor(), at(3), policy.id).await, "access policy");
    assert_eq!(store.load_policy(policy.id).await.unwrap(), None);
}

pub(crate) async fn names_are_unique_case_aside(store: TestStore) {
    store.a_policy("Slow").await;
    let other = store.a_policy("Fast").await;
    let refused = store.create_policy(&actor(), at(1), new_policy(" SLOW ", 9)).await;
    assert_eq!(faults(refused), [fault("name", FaultKind::Conflict)]);
    let update = PolicyUpdate { name: Some(name("slow")), ..PolicyUpdate::default() };
    let refused = store.update_policy(&actor(), at(1), other, update).await;
    assert_eq!(faults(refused), [fault("name", FaultKind::Conflict)]);
}

pub(crate) async fn a_policy_needs_a_limit(store: TestStore) {
    let none = NewPolicy { rate_limit: None, ..new_policy("None", 1) };
    assert_eq!(faults(store.create_policy(&actor(), at(1), none).await), [fault("rate_limit", FaultKind::Bad)]);
    let policy = store.a_policy("Slow").await;
    let update = PolicyUpdate { rate_limit: Some(None), ..PolicyUpdate::default() };
    let refused = store.update_policy(&actor(), at(1), policy, update).await;
    assert_eq!(faults(refused), [fault("rate_limit", FaultKind::Bad)]);
}

pub(crate) async fn updates_touch_only_what_they_carry(store: TestStore) {
    let id = store.a_policy("Slow").await;
    let limit = RateLimit::new(1_000_000_000, RateInterval::Hour);
    let update = PolicyUpdate { rate_limit: Some(limit), ..PolicyUpdate::default() };
    let changed = store.update_policy(&actor(), at(5), id, update).await.unwrap();
    assert_eq!(store.touched(changed.revision).await, [format!("Policy {id}")]);
    let changed = store.expect_event(changed, "access_policy.updated").await.policy;
    assert_eq!((changed.name.as_str(), changed.rate_limit, changed.updated_at), ("Slow", limit, at(5)));
    expect_not_found(
        store.update_policy(&actor(), at(6), PolicyId(99), PolicyUpdate::default()).await,
        "access policy",
    );
}

pub(crate) async fn a_policy_in_use_names_up_to_twenty_users(store: TestStore) {
    let collection = store.a_collection("Orders").await;
    let policy = store.a_policy("Slow").await;
    let with_policy = Terms { policy_id: Some(policy), ..terms(&[collection]) };
    let acme = store.a_client("Acme", Some(with_policy.clone())).await;
    store.a_profile(acme, "Own", Some(with_policy.clone()), 1).await;
    store.a_profile(acme, "Client's", None, 2).await;
    match store.delete_policy(&actor(), at(1), policy).await {
        Err(StoreError::InUse { what: "access policy", users }) => assert_eq!(users, ["Acme", "Acme / Own"]),
        other => panic!("{other:?}"),
    }
    let many = store.a_client("Many", None).await;
    for number in 10..30 {
        store.a_profile(many, &format!("P{number}"), Some(with_policy.clone()), number).await;
    }
    match store.delete_policy(&actor(), at(1), policy).await {
        Err(StoreError::InUse { users, .. }) => assert_eq!(users.len(), 20),
        other => panic!("{other:?}"),
    }
    assert!(store.get_policy(policy).await.is_ok());
}

pub(crate) async fn counts_follow_effective_terms(store: TestStore) {
    let collection = store.a_collection("Orders").await;
    let (slow, fast) = (store.a_policy("Slow").await, store.a_policy("Fast").await);
    let client = store.a_client("Acme", Some(Terms { policy_id: Some(slow), ..terms(&[collection]) })).await;
    store.a_profile(client, "A", None, 1).await;
    store.a_profile(client, "B", None, 2).await;
    store.a_profile(client, "C", Some(Terms { policy_id: Some(fast), ..terms(&[collection]) }), 3).await;
    store.a_profile(client, "D", Some(terms(&[collection])), 4).await;
    let rows = store.list_policies(&PageQuery::default()).await.unwrap().items;
    let counts: Vec<_> = rows.iter().map(|row| (row.policy.id, row.profiles_count, row.clients_count)).collect();
    assert_eq!(counts, [(slow, 2, 1), (fast, 1, 0)]);
}

pub(crate) async fn quotas_and_fail_modes_read_back_and_change(store: TestStore) {
    let on_store_failure = OnStoreFailure { rate: FailMode::Deny, quota: FailMode::AllowLocal };
    for interval in QuotaInterval::ALL {
        let usage_quota = UsageQuota::new(1_000_000_000, interval);
        let name = interval.as_str();
        let new = NewPolicy { rate_limit: None, usage_quota, on_store_failure, ..new_policy(name, 1) };
        let made = store.create_policy(&actor(), at(1), new).await.unwrap().value;
        assert_eq!(store.get_policy(made.policy.id).await.unwrap(), made);
        assert_eq!((made.policy.rate_limit, made.policy.usage_quota), (None, usage_quota));
        assert_eq!(made.policy.on_store_failure, on_store_failure);
    }
    let id = store.a_policy("Slow").await;
    let quota = UsageQuota::new(5, QuotaInterval::Days30);
    let update = PolicyUpdate { usage_quota: Some(quota), ..PolicyUpdate::default() };
    let changed = store.update_policy(&actor(), at(2), id, update).await.unwrap().value.policy;
    assert_eq!((changed.rate_limit, changed.usage_quota), (RateLimit::new(6, RateInterval::Minute), quota));
    assert_eq!(store.last_entry().await.after.unwrap()["usage_quota"]["interval"], "30 days");
    let update =
        PolicyUpdate { rate_limit: Some(None), on_store_failure: Some(on_store_failure), ..PolicyUpdate::default() };
    let changed = store.update_policy(&actor(), at(3), id, update).await.unwrap().value.policy;
    assert_eq!((changed.rate_limit, changed.usage_quota), (None, quota));
    assert_eq!(changed.on_store_failure, on_store_failure);
    let update = PolicyUpdate { usage_quota: Some(None), ..PolicyUpdate::default() };
    let refused = store.update_policy(&actor(), at(4), id, update).await;
    assert_eq!(faults(refused), [fault("rate_limit", FaultKind::Bad)]);
}

pub(crate) async fn a_shared_policy_is_in_use(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let policy = store.a_policy("Slow").await;
    let with_policy = Terms { policy_id: Some(policy), ..terms(&[orders]) };
    let both = store.a_client("Both", Some(with_policy)).await;
    let shared = store.a_client("Shared", None).await;
    for client in [both, shared] {
        let update = ClientUpdate { shared_policy_id: Some(Some(policy)), ..ClientUpdate::default() };
        let changed = store.update_client(&actor(), at(1), client, update).await.unwrap();
        assert_eq!(store.touched(changed.revision).await, [format!("Client {client}")]);
        let row = store.expect_event(changed, "client.updated").await;
        assert_eq!((row.client.shared_policy_id, row.shared_policy.unwrap().name.as_str()), (Some(policy), "Slow"));
    }
    match store.delete_policy(&actor(), at(2), policy).await {
        Err(StoreError::InUse { what: "access policy", users }) => assert_eq!(users, ["Both", "Shared"]),
        other => panic!("{other:?}"),
    }
    let row = store.get_policy(policy).await.unwrap();
    assert_eq!((row.profiles_count, row.clients_count), (0, 2));
    store.delete_client(&actor(), at(3), both).await.unwrap();
    let update = ClientUpdate { shared_policy_id: Some(None), ..ClientUpdate::default() };
    let row = store.update_client(&actor(), at(4), shared, update).await.unwrap().value;
    assert_eq!((row.client.shared_policy_id, row.shared_policy), (None, None));
    store.delete_policy(&actor(), at(5), policy).await.unwrap();
}
