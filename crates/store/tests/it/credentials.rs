//! Credentials of access profiles: refresh, overlap, chosen values, last use, tombstones.

use crate::make::{actor, at, fresh, given, identifier, new_client, new_profile, secret, terms};
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use domain::access_profile::{AccessProfile, CredentialKind};
use domain::terms::{AuthMethod, Terms};
use domain::token::TokenDigest;
use domain::{ClientId, CredentialId, ProfileId};
use std::collections::BTreeSet;
use store::{
    ClientUpdate, FaultKind, NewClient, NewProfile, NewSecret, Overlap, OwnTermsUpdate, ProfileUpdate, TermsUpdate,
};

/// A client and a profile with the credentials of number 1, of a method without keys.
async fn a_caller(store: &TestStore, method: AuthMethod) -> (ClientId, ProfileId) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(Terms { method, ..terms(&[orders]) })).await;
    let profile = store.a_profile(client, "A", None, 1).await;
    (client, profile)
}

/// Kind, id and end of each credential, newest first.
fn live(profile: &AccessProfile) -> Vec<(CredentialKind, i64, Option<i64>)> {
    let ends = |end: domain::time::Timestamp| (end.0 - at(0).0) / 1_000_000;
    profile.credentials.iter().map(|own| (own.kind, own.id.0, own.ends_at.map(ends))).collect()
}

async fn revoked(store: &TestStore) -> BTreeSet<TokenDigest> {
    store.load_directory().await.unwrap().1.revoked.into_iter().collect()
}

fn digests(numbers: &[i64]) -> BTreeSet<TokenDigest> {
    numbers.iter().map(|number| secret(*number).digest).collect()
}

pub(crate) async fn refresh_replaces_the_credential_alone(store: TestStore) {
    let (_, id) = a_caller(&store, AuthMethod::Token).await;
    let before = store.get_profile(id).await.unwrap().profile;
    let refreshed = store.refresh_credential(&actor(), at(5), id, fresh(2), None).await.unwrap();
    assert_eq!(store.touched(refreshed.revision).await, [format!("Profile {id}")]);
    let after = store.expect_event(refreshed, "access_profile.credential_replaced").await.profile;
    assert_eq!(live(&after), [(CredentialKind::Token, 2, None)]);
    assert_eq!((after.credentials[0].digest, after.credentials[0].created_at), (secret(2).digest, at(5)));
    let mut expected = before;
    expected.credentials.clone_from(&after.credentials);
    assert_eq!(after, expected);
    assert_eq!(revoked(&store).await, digests(&[1]));
    let unknown = store.refresh_credential(&actor(), at(6), ProfileId(99), fresh(3), None).await;
    expect_not_found(unknown, "access profile");
}

pub(crate) async fn a_refresh_on_a_disabled_and_expired_profile_leaves_it_so(store: TestStore) {
    let (_, id) = a_caller(&store, AuthMethod::Token).await;
    let off = ProfileUpdate { active: Some(false), expires_at: Some(Some(at(1))), ..ProfileUpdate::default() };
    store.update_profile(&actor(), at(1), id, off, fresh(9)).await.unwrap();
    let row = store.refresh_credential(&actor(), at(5), id, fresh(2), None).await.unwrap().value;
    assert_eq!((row.profile.active, row.profile.expires_at), (false, Some(at(1))));
    let kept = ProfileUpdate { name: Some(crate::make::name("B")), ..ProfileUpdate::default() };
    store.update_profile(&actor(), at(6), id, kept, fresh(9)).await.unwrap();
    assert_eq!(store.last_entry().await.after.unwrap()["expires_at"], "2026-09-21T14:13:21.000Z");
}

pub(crate) async fn with_an_overlap_two_live_at_most(store: TestStore) {
    let (_, id) = a_caller(&store, AuthMethod::Token).await;
    let overlap = Overlap::new(100);
    let row = store.refresh_credential(&actor(), at(10), id, fresh(2), overlap).await.unwrap().value;
    assert_eq!(live(&row.profile), [(CredentialKind::Token, 2, None), (CredentialKind::Token, 1, Some(110))]);
    assert_eq!(row.profile.current_credential().unwrap().id, CredentialId(2));
    assert_eq!(row.profile.previous_credential(at(109)).unwrap().id, CredentialId(1));
    assert_eq!(revoked(&store).await, digests(&[]));

    let row = store.refresh_credential(&actor(), at(20), id, fresh(3), overlap).await.unwrap().value;
    assert_eq!(live(&row.profile), [(CredentialKind::Token, 3, None), (CredentialKind::Token, 2, Some(120))]);
    assert_eq!(revoked(&store).await, digests(&[1]));

    let row = store.refresh_credential(&actor(), at(30), id, fresh(4), None).await.unwrap().value;
    assert_eq!(live(&row.profile), [(CredentialKind::Token, 4, None)]);
    assert_eq!(revoked(&store).await, digests(&[1, 2, 3]));
}

pub(crate) async fn overlaps_have_bounds(_store: TestStore) {
    assert!(Overlap::new(60).is_some() && Overlap::new(2_592_000).is_some());
    assert!(Overlap::new(0).is_none() && Overlap::new(59).is_none() && Overlap::new(2_592_001).is_none());
}

pub(crate) async fn an_overlap_is_finished_at_once(store: TestStore) {
    let (_, id) = a_caller(&store, AuthMethod::Token).await;
    let refused = store.finish_overlap(&actor(), at(1), id).await;
    assert_eq!(faults(refused), [fault("previous_credential", FaultKind::Conflict)]);
    store.refresh_credential(&actor(), at(10), id, fresh(2), Overlap::new(100)).await.unwrap();
    let finished = store.finish_overlap(&actor(), at(20), id).await.unwrap();
    assert_eq!(store.touched(finished.revision).await, [format!("Profile {id}")]);
    let row = store.expect_event(finished, "access_profile.overlap_finished").await;
    assert_eq!(live(&row.profile), [(CredentialKind::Token, 2, None)]);
    assert_eq!(revoked(&store).await, digests(&[1]));
    // One that has passed by itself is none to finish.
    store.refresh_credential(&actor(), at(30), id, fresh(3), Overlap::new(60)).await.unwrap();
    let refused = store.finish_overlap(&actor(), at(90), id).await;
    assert_eq!(faults(refused), [fault("previous_credential", FaultKind::Conflict)]);
    expect_not_found(store.finish_overlap(&actor(), at(1), ProfileId(99)).await, "access profile");
}

pub(crate) async fn oauth2_refreshes_the_secret_and_keeps_the_client_id(store: TestStore) {
    let (_, id) = a_caller(&store, AuthMethod::Oauth2).await;
    let made = store.get_profile(id).await.unwrap().profile;
    assert_eq!(made.identifier().unwrap().as_str(), "pk_1");
    assert_eq!(live(&made), [(CredentialKind::ClientId, 1_000_001, None), (CredentialKind::ClientSecret, 1, None)]);
    let row = store.refresh_credential(&actor(), at(5), id, fresh(2), Overlap::new(60)).await.unwrap().value;
    let expected = [
        (CredentialKind::ClientSecret, 2, None),
        (CredentialKind::ClientId, 1_000_001, None),
        (CredentialKind::ClientSecret, 1, Some(65)),
    ];
    assert_eq!(live(&row.profile), expected);
    assert_eq!(row.profile.identifier().unwrap().as_str(), "pk_1");
    let row = store.refresh_credential(&actor(), at(6), id, fresh(3), None).await.unwrap().value;
    assert_eq!(live(&row.profile).len(), 2);
    assert_eq!(revoked(&store).await, digests(&[1, 2]));
}

pub(crate) async fn jwt_refreshes_the_key_id(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", None).await;
    let new = NewProfile { own_terms: Some(crate::make::jwt_terms(&[orders])), ..new_profile("A", None, 1) };
    let made = store.create_profile(&actor(), at(0), client, new).await.unwrap().value.profile;
    assert_eq!(live(&made), [(CredentialKind::KeyId, 1_000_001, None)]);
    assert_eq!((made.identifier().unwrap().as_str(), made.credentials[0].last4.as_str()), ("pk_1", "pk_1"));
    assert_eq!(made.credentials[0].digest, TokenDigest::of(b"pk_1"));
    let row = store.refresh_credential(&actor(), at(5), made.id, fresh(2), Overlap::new(60)).await.unwrap().value;
    assert_eq!(row.profile.identifier().unwrap().as_str(), "pk_2");
    assert_eq!(live(&row.profile)[1], (CredentialKind::KeyId, 1_000_001, Some(65)));
}

pub(crate) async fn a_value_in_use_is_refused(store: TestStore) {
    let (client, _) = a_caller(&store, AuthMethod::Token).await;
    let other = store.a_profile(client, "B", None, 2).await;
    let same = |number: i64| NewSecret { id: CredentialId(number), ..secret(1) };
    let new = NewProfile { auth_token: Some(same(3)), ..new_profile("C", None, 3) };
    let refused = store.create_profile(&actor(), at(1), client, new).await;
    assert_eq!(faults(refused), [fault("auth_token", FaultKind::Conflict)]);
    let update = ProfileUpdate { auth_token: Some(same(4)), ..ProfileUpdate::default() };
    let refused = store.update_profile(&actor(), at(1), other, update, fresh(9)).await;
    assert_eq!(faults(refused), [fault("auth_token", FaultKind::Conflict)]);
    let mut again = fresh(5);
    again.secret.digest = secret(1).digest;
    let refused = store.refresh_credential(&actor(), at(1), other, again, None).await;
    assert_eq!(faults(refused), [fault("auth_token", FaultKind::Conflict)]);
    assert_eq!(store.get_profile(other).await.unwrap().profile.credentials[0].digest, secret(2).digest);

    // Two of one change, and an identifier that is another profile's token.
    let orders = store.a_collection("More").await;
    let oauth2 = given(&Terms { method: AuthMethod::Oauth2, ..terms(&[orders]) });
    let new = NewClient { default_terms: Some(oauth2), ..new_client("Beta") };
    let chosen = |text: &str, number: i64| NewProfile {
        api_key: Some(identifier(text, number)),
        ..new_profile(text, None, number)
    };
    let profiles =
        vec![chosen("svc", 20), NewProfile { name: crate::make::name("x"), ..chosen("svc", 21) }, chosen("1", 22)];
    let refused = store.create_client(&actor(), at(1), new, profiles).await;
    let expected =
        [fault("api_keys[1].api_key", FaultKind::Conflict), fault("api_keys[2].api_key", FaultKind::Conflict)];
    assert_eq!(faults(refused), expected);
}

pub(crate) async fn chosen_values_replace_without_overlap(store: TestStore) {
    let (_, id) = a_caller(&store, AuthMethod::Oauth2).await;
    store.refresh_credential(&actor(), at(5), id, fresh(2), Overlap::new(600)).await.unwrap();
    let update = ProfileUpdate { auth_token: Some(secret(3)), ..ProfileUpdate::default() };
    let changed = store.update_profile(&actor(), at(6), id, update.clone(), fresh(9)).await.unwrap();
    let row = store.expect_event(changed, "access_profile.credential_replaced").await;
    let expected = [(CredentialKind::ClientSecret, 3, None), (CredentialKind::ClientId, 1_000_001, None)];
    assert_eq!(live(&row.profile), expected);
    assert_eq!(revoked(&store).await, digests(&[1, 2]));

    // The value that is there already changes nothing, though it comes with another id.
    let mut same = update;
    same.auth_token.as_mut().unwrap().id = CredentialId(77);
    let row = store.update_profile(&actor(), at(7), id, same, fresh(9)).await.unwrap().value;
    assert_eq!(live(&row.profile), expected);

    let update = ProfileUpdate { api_key: Some(identifier("svc-orders", 4)), ..ProfileUpdate::default() };
    let row = store.update_profile(&actor(), at(8), id, update, fresh(9)).await.unwrap().value;
    assert_eq!(row.profile.identifier().unwrap().as_str(), "svc-orders");
    assert_eq!(row.profile.current_credential().unwrap().id, CredentialId(3));
    assert!(revoked(&store).await.contains(&TokenDigest::of(b"pk_1")));
}

pub(crate) async fn a_value_that_ends_by_the_same_change_is_free(store: TestStore) {
    let (_, id) = a_caller(&store, AuthMethod::Token).await;
    store.refresh_credential(&actor(), at(5), id, fresh(2), Overlap::new(600)).await.unwrap();
    // The older token comes back, the newer one ends.
    let old = NewSecret { id: CredentialId(3), ..secret(1) };
    let update = ProfileUpdate { auth_token: Some(old), ..ProfileUpdate::default() };
    let row = store.update_profile(&actor(), at(6), id, update, fresh(9)).await.unwrap().value;
    assert_eq!(live(&row.profile), [(CredentialKind::Token, 3, None)]);
    assert_eq!((row.profile.credentials[0].digest, revoked(&store).await), (secret(1).digest, digests(&[2])));
    // A token that becomes a client secret.
    let kept = NewSecret { id: CredentialId(4), ..secret(1) };
    let own = TermsUpdate { method: Some(AuthMethod::Oauth2), ..TermsUpdate::default() };
    let own_terms = Some(OwnTermsUpdate::Change(own));
    let update = ProfileUpdate { own_terms, auth_token: Some(kept), ..ProfileUpdate::default() };
    let row = store.update_profile(&actor(), at(7), id, update, fresh(8)).await.unwrap().value;
    assert_eq!(row.profile.current_credential().unwrap().id, CredentialId(4));
    // Its own client id, which stays, is no free value for a secret.
    let taken = NewSecret { digest: TokenDigest::of(b"pk_8"), ..secret(6) };
    let update = ProfileUpdate { auth_token: Some(taken), ..ProfileUpdate::default() };
    let refused = store.update_profile(&actor(), at(8), id, update, fresh(9)).await;
    assert_eq!(faults(refused), [fault("auth_token", FaultKind::Conflict)]);
}

pub(crate) async fn chosen_values_must_suit_the_method(store: TestStore) {
    let (client, id) = a_caller(&store, AuthMethod::Token).await;
    let update = ProfileUpdate { api_key: Some(identifier("svc", 4)), ..ProfileUpdate::default() };
    let refused = store.update_profile(&actor(), at(1), id, update, fresh(9)).await;
    assert_eq!(faults(refused), [fault("api_key", FaultKind::Bad)]);
    let orders = store.a_collection("More").await;
    let jwt = Some(crate::make::jwt_terms(&[orders]));
    let new = NewProfile { own_terms: jwt, auth_token: Some(secret(4)), ..new_profile("B", None, 5) };
    let refused = store.create_profile(&actor(), at(1), client, new).await;
    assert_eq!(faults(refused), [fault("auth_token", FaultKind::Bad)]);
    let new = NewProfile { auth_token: Some(secret(6)), ..new_profile("C", None, 7) };
    let made = store.create_profile(&actor(), at(1), client, new).await.unwrap().value.profile;
    assert_eq!(live(&made), [(CredentialKind::Token, 6, None)]);
}

pub(crate) async fn a_value_that_ended_can_be_brought_back(store: TestStore) {
    let (_, id) = a_caller(&store, AuthMethod::Token).await;
    store.refresh_credential(&actor(), at(5), id, fresh(2), None).await.unwrap();
    assert_eq!(revoked(&store).await, digests(&[1]));
    let update = ProfileUpdate { auth_token: Some(secret(1)), ..ProfileUpdate::default() };
    store.update_profile(&actor(), at(6), id, update, fresh(9)).await.unwrap();
    assert_eq!(revoked(&store).await, digests(&[2]));
}

pub(crate) async fn deleted_profiles_leave_tombstones_for_ninety_days(store: TestStore) {
    let (client, id) = a_caller(&store, AuthMethod::Token).await;
    store.a_profile(client, "B", None, 2).await;
    store.delete_profile(&actor(), at(0), id).await.unwrap();
    store.delete_client(&actor(), at(10), client).await.unwrap();
    assert_eq!(revoked(&store).await, digests(&[1, 2]));
    let revision = store.current_revision().await.unwrap();
    let days = 90 * 24 * 3600;
    assert!(store.sweep_credentials(at(days - 1)).await.unwrap().is_none());
    assert_eq!(revoked(&store).await, digests(&[1, 2]));
    assert!(store.sweep_credentials(at(days)).await.unwrap().is_none());
    assert_eq!(revoked(&store).await, digests(&[2]));
    assert_eq!(store.current_revision().await.unwrap(), revision);
}

pub(crate) async fn passed_overlaps_are_swept(store: TestStore) {
    let (client, id) = a_caller(&store, AuthMethod::Token).await;
    let other = store.a_profile(client, "B", None, 2).await;
    store.refresh_credential(&actor(), at(0), id, fresh(3), Overlap::new(60)).await.unwrap();
    store.refresh_credential(&actor(), at(0), other, fresh(4), Overlap::new(61)).await.unwrap();
    assert!(store.sweep_credentials(at(59)).await.unwrap().is_none());
    let swept = store.sweep_credentials(at(60)).await.unwrap().unwrap();
    assert_eq!(store.touched(swept.revision).await, [format!("Profile {id}")]);
    assert_eq!(store.expect_event(swept, "workspace.overlaps_ended").await, [id]);
    assert_eq!(live(&store.get_profile(id).await.unwrap().profile), [(CredentialKind::Token, 3, None)]);
    assert_eq!(live(&store.get_profile(other).await.unwrap().profile).len(), 2);
    assert_eq!(revoked(&store).await, digests(&[1]));
    // A change of the profile ends a passed one as well.
    let update = ProfileUpdate { active: Some(false), ..ProfileUpdate::default() };
    let row = store.update_profile(&actor(), at(61), other, update, fresh(9)).await.unwrap().value;
    assert_eq!(live(&row.profile), [(CredentialKind::Token, 4, None)]);
    assert_eq!(revoked(&store).await, digests(&[1, 2]));
}

pub(crate) async fn last_use_is_noted_without_a_revision_and_outlives_its_credential(store: TestStore) {
    let (_, id) = a_caller(&store, AuthMethod::Token).await;
    assert_eq!(store.get_profile(id).await.unwrap().last_used_at, None);
    let revision = store.current_revision().await.unwrap();
    store.note_last_use(&[(CredentialId(1), at(5)), (CredentialId(404), at(9))]).await.unwrap();
    store.note_last_use(&[(CredentialId(1), at(3))]).await.unwrap();
    store.note_last_use(&[]).await.unwrap();
    assert_eq!(store.current_revision().await.unwrap(), revision);
    let row = store.get_profile(id).await.unwrap();
    assert_eq!((row.last_used_at, row.profile.credentials[0].last_used_at), (Some(at(5)), Some(at(5))));

    store.refresh_credential(&actor(), at(10), id, fresh(2), Overlap::new(60)).await.unwrap();
    store.note_last_use(&[(CredentialId(1), at(20)), (CredentialId(2), at(15))]).await.unwrap();
    let row = store.get_profile(id).await.unwrap();
    assert_eq!(row.last_used_at, Some(at(20)));
    assert_eq!(row.profile.previous_credential(at(30)).unwrap().last_used_at, Some(at(20)));
    let row = store.finish_overlap(&actor(), at(30), id).await.unwrap().value;
    assert_eq!((row.last_used_at, row.profile.credentials[0].last_used_at), (Some(at(20)), Some(at(15))));
}

pub(crate) async fn many_uses_are_noted_at_once(store: TestStore) {
    let (_, id) = a_caller(&store, AuthMethod::Token).await;
    let mut uses: Vec<_> = (10_000..12_500).map(|number| (CredentialId(number), at(1))).collect();
    uses.push((CredentialId(1), at(7)));
    store.note_last_use(&uses).await.unwrap();
    assert_eq!(store.get_profile(id).await.unwrap().last_used_at, Some(at(7)));
}

pub(crate) async fn a_change_of_the_client_leaves_credentials(store: TestStore) {
    let (client, id) = a_caller(&store, AuthMethod::Oauth2).await;
    let before = store.get_profile(id).await.unwrap().profile;
    let update = ClientUpdate { enabled: Some(false), ..ClientUpdate::default() };
    store.update_client(&actor(), at(5), client, update).await.unwrap();
    assert_eq!(store.get_profile(id).await.unwrap().profile, before);
}
