//! Credentials of access profiles.

use crate::make::{actor, at, credential, new_profile, terms};
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use domain::{CredentialId, ProfileId};
use store::{FaultKind, NewCredential};

pub(crate) async fn refresh_replaces_the_credential_alone(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let id = store.a_profile(client, "A", None, 1).await;
    let before = store.get_profile(id).await.unwrap().profile;
    let refreshed = store.replace_credential(&actor(), at(5), id, credential(2)).await.unwrap();
    assert_eq!(store.touched(refreshed.revision).await, [format!("Profile {id}")]);
    let after = store.expect_event(refreshed, "access_profile.credential_replaced").await.profile;
    assert_eq!(after.credentials.len(), 1);
    assert_eq!((after.credentials[0].digest, after.credentials[0].created_at), (credential(2).digest, at(5)));
    let mut expected = before;
    expected.credentials.clone_from(&after.credentials);
    assert_eq!(after, expected);
    expect_not_found(store.replace_credential(&actor(), at(6), ProfileId(99), credential(3)).await, "access profile");
}

pub(crate) async fn a_token_in_use_is_refused(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    store.a_profile(client, "A", None, 1).await;
    let other = store.a_profile(client, "B", None, 2).await;
    let refused = store.create_profile(&actor(), at(1), client, new_profile("C", None, 1)).await;
    assert_eq!(faults(refused), [fault("auth_token", FaultKind::Conflict)]);
    let same_token = NewCredential { id: CredentialId(77), ..credential(1) };
    let refused = store.replace_credential(&actor(), at(1), other, same_token).await;
    assert_eq!(faults(refused), [fault("auth_token", FaultKind::Conflict)]);
    assert_eq!(store.get_profile(other).await.unwrap().profile.credentials[0].digest, credential(2).digest);
}
