//! Default terms of clients.

use crate::make::{actor, at, fresh, given, new_client, terms};
use crate::test_store::{TestStore, fault, fault_list, faults};
use domain::terms::{AuthMethod, Terms};
use domain::{ClientId, CollectionId, PolicyId};
use std::fmt::Debug;
use store::{
    ClientRow, ClientUpdate, Committed, DefaultTermsUpdate, FaultKind, NewClient, OwnTermsUpdate, ProfileUpdate,
    StoreError, TermsUpdate,
};

async fn change(
    store: &TestStore,
    client: ClientId,
    update: DefaultTermsUpdate,
) -> Result<Committed<ClientRow>, StoreError> {
    let update = ClientUpdate { default_terms: Some(update), ..ClientUpdate::default() };
    store.update_client(&actor(), at(9), client, update).await
}

#[track_caller]
fn messages<T: Debug>(result: Result<T, StoreError>) -> Vec<String> {
    fault_list(result).iter().map(ToString::to_string).collect()
}

pub(crate) async fn unknown_collections_and_policies_are_named(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let bad = Terms { policy_id: Some(PolicyId(7)), ..terms(&[CollectionId(98), orders, CollectionId(99)]) };
    let expected = [
        "api_collection_ids: unknown collection 98",
        "api_collection_ids: unknown collection 99",
        "api_policy_id: unknown policy 7",
    ];
    let new = NewClient { default_terms: Some(given(&bad)), ..new_client("Acme") };
    assert_eq!(messages(store.create_client(&actor(), at(1), new, Vec::new()).await), expected);

    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let update = TermsUpdate {
        collection_ids: Some(vec![CollectionId(99), CollectionId(98)]),
        policy_id: Some(Some(PolicyId(7))),
        ..TermsUpdate::default()
    };
    assert_eq!(messages(change(&store, client, DefaultTermsUpdate::Change(update)).await), expected);
}

pub(crate) async fn new_default_terms_need_method_and_collection(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", None).await;
    let nothing = DefaultTermsUpdate::Change(TermsUpdate::default());
    let expected = [fault("api_collection_ids", FaultKind::Bad), fault("auth_type", FaultKind::Bad)];
    assert_eq!(faults(change(&store, client, nothing).await), expected);
    let empty = NewClient { default_terms: Some(given(&terms(&[]))), ..new_client("Beta") };
    let refused = store.create_client(&actor(), at(1), empty, Vec::new()).await;
    assert_eq!(faults(refused), [fault("api_collection_ids", FaultKind::Bad)]);

    let update =
        TermsUpdate { collection_ids: Some(vec![orders]), method: Some(AuthMethod::Token), ..TermsUpdate::default() };
    let changed = change(&store, client, DefaultTermsUpdate::Change(update)).await.unwrap().value;
    assert_eq!(changed.client.default_terms, Some(terms(&[orders])));
    let cleared = TermsUpdate { collection_ids: Some(Vec::new()), ..TermsUpdate::default() };
    let refused = change(&store, client, DefaultTermsUpdate::Change(cleared)).await;
    assert_eq!(faults(refused), [fault("api_collection_ids", FaultKind::Bad)]);
}

pub(crate) async fn a_change_merges_with_what_is_there(store: TestStore) {
    let (orders, sales) = (store.a_collection("Orders").await, store.a_collection("Sales").await);
    let policy = store.a_policy("Slow").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let profile = store.a_profile(client, "A", None, 1).await;
    let with_policy = TermsUpdate { policy_id: Some(Some(policy)), ..TermsUpdate::default() };
    let changed = change(&store, client, DefaultTermsUpdate::Change(with_policy)).await.unwrap();
    assert_eq!(store.touched(changed.revision).await, [format!("Client {client}")]);
    let expected = Terms { policy_id: Some(policy), ..terms(&[orders]) };
    assert_eq!(changed.value.client.default_terms, Some(expected));

    let other = TermsUpdate { collection_ids: Some(vec![sales]), ..TermsUpdate::default() };
    change(&store, client, DefaultTermsUpdate::Change(other)).await.unwrap();
    let expected = Terms { policy_id: Some(policy), ..terms(&[sales]) };
    let row = store.get_profile(profile).await.unwrap();
    assert_eq!((row.effective_terms, row.profile.own_terms), (Some(expected), None));
    assert_eq!(row.collections.len(), 1);
    assert_eq!(row.policy.unwrap().name.as_str(), "Slow");

    let no_policy = TermsUpdate { policy_id: Some(None), ..TermsUpdate::default() };
    change(&store, client, DefaultTermsUpdate::Change(no_policy)).await.unwrap();
    assert_eq!(store.get_client(client).await.unwrap().client.default_terms, Some(terms(&[sales])));
    // Terms that lost their last collection can still be changed otherwise.
    store.delete_collection(&actor(), at(9), sales).await.unwrap();
    let with_policy = TermsUpdate { policy_id: Some(Some(policy)), ..TermsUpdate::default() };
    assert!(change(&store, client, DefaultTermsUpdate::Change(with_policy)).await.is_ok());
}

pub(crate) async fn removal_is_refused_while_profiles_use_them(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let user = store.a_profile(client, "User", None, 1).await;
    store.a_profile(client, "Own", Some(terms(&[orders])), 2).await;
    let refused = fault_list(change(&store, client, DefaultTermsUpdate::Remove).await);
    assert_eq!((refused[0].field.as_str(), refused[0].kind), ("auth_type", FaultKind::Conflict));
    assert!(refused[0].message.ends_with("use it: User"), "{}", refused[0].message);

    let own = OwnTermsUpdate::Change(TermsUpdate::default());
    let update = ProfileUpdate { own_terms: Some(own), ..ProfileUpdate::default() };
    store.update_profile(&actor(), at(9), user, update, fresh(900)).await.unwrap();
    let removed = change(&store, client, DefaultTermsUpdate::Remove).await.unwrap().value;
    assert_eq!((removed.client.default_terms, removed.collections), (None, Vec::new()));
    assert_eq!(store.get_profile(user).await.unwrap().profile.own_terms, Some(terms(&[orders])));
}

pub(crate) async fn the_method_stays_while_profiles_use_it(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let profile = store.a_profile(client, "User", None, 1).await;
    let oauth2 = || {
        let update = TermsUpdate { method: Some(AuthMethod::Oauth2), ..TermsUpdate::default() };
        DefaultTermsUpdate::Change(update)
    };
    let refused = change(&store, client, oauth2()).await;
    assert_eq!(faults(refused), [fault("auth_type", FaultKind::Conflict)]);
    store.delete_profile(&actor(), at(9), profile).await.unwrap();
    let changed = change(&store, client, oauth2()).await.unwrap().value.client;
    assert_eq!(changed.default_terms.unwrap().method, AuthMethod::Oauth2);
}
