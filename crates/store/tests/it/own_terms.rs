//! Own terms of access profiles.

use crate::make::{actor, at, fresh, new_profile, terms};
use crate::test_store::{TestStore, fault, faults};
use domain::ProfileId;
use domain::terms::Terms;
use store::{Committed, FaultKind, OwnTermsUpdate, ProfileRow, ProfileUpdate, StoreError, TermsUpdate};

async fn change(
    store: &TestStore,
    profile: ProfileId,
    update: OwnTermsUpdate,
) -> Result<Committed<ProfileRow>, StoreError> {
    let update = ProfileUpdate { own_terms: Some(update), ..ProfileUpdate::default() };
    store.update_profile(&actor(), at(9), profile, update, fresh(900)).await
}

pub(crate) async fn a_profile_gets_own_terms_and_goes_back(store: TestStore) {
    let (orders, sales) = (store.a_collection("Orders").await, store.a_collection("Sales").await);
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let id = store.a_profile(client, "A", None, 1).await;
    let own = TermsUpdate { collection_ids: Some(vec![sales]), ..TermsUpdate::default() };
    let row = change(&store, id, OwnTermsUpdate::Change(own)).await.unwrap().value;
    assert_eq!(row.profile.own_terms, Some(terms(&[sales])));
    assert_eq!(row.effective_terms, Some(terms(&[sales])));
    let row = change(&store, id, OwnTermsUpdate::UseClients).await.unwrap().value;
    assert_eq!((row.profile.own_terms, row.effective_terms), (None, Some(terms(&[orders]))));
}

pub(crate) async fn own_terms_begin_as_a_copy_of_the_clients(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let policy = store.a_policy("Slow").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let id = store.a_profile(client, "A", None, 1).await;
    let with_policy = TermsUpdate { policy_id: Some(Some(policy)), ..TermsUpdate::default() };
    let row = change(&store, id, OwnTermsUpdate::Change(with_policy)).await.unwrap().value;
    assert_eq!(row.profile.own_terms, Some(Terms { policy_id: Some(policy), ..terms(&[orders]) }));
    assert_eq!(store.get_client(client).await.unwrap().client.default_terms, Some(terms(&[orders])));
}

pub(crate) async fn a_profile_without_any_terms_is_refused(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", None).await;
    let refused = store.create_profile(&actor(), at(1), client, new_profile("A", None, 1)).await;
    assert_eq!(faults(refused), [fault("api_collection_ids", FaultKind::Missing)]);
    let empty = new_profile("A", Some(terms(&[])), 1);
    let refused = store.create_profile(&actor(), at(1), client, empty).await;
    assert_eq!(faults(refused), [fault("api_collection_ids", FaultKind::Bad)]);
    let id = store.a_profile(client, "A", Some(terms(&[orders])), 1).await;
    let refused = change(&store, id, OwnTermsUpdate::UseClients).await;
    assert_eq!(faults(refused), [fault("api_collection_ids", FaultKind::Missing)]);
    let cleared = TermsUpdate { collection_ids: Some(Vec::new()), ..TermsUpdate::default() };
    let refused = change(&store, id, OwnTermsUpdate::Change(cleared)).await;
    assert_eq!(faults(refused), [fault("api_collection_ids", FaultKind::Bad)]);
    assert_eq!(store.get_profile(id).await.unwrap().profile.own_terms, Some(terms(&[orders])));
}

pub(crate) async fn terms_never_mix(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let policy = store.a_policy("Slow").await;
    let limited = Terms { policy_id: Some(policy), ..terms(&[orders]) };
    let client = store.a_client("Acme", Some(limited)).await;
    let id = store.a_profile(client, "A", Some(terms(&[orders])), 1).await;
    let row = store.get_profile(id).await.unwrap();
    assert_eq!((row.effective_terms, row.policy), (Some(terms(&[orders])), None));
}
