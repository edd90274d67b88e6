//! A profile whose method in force changes gets new credentials in that change; the old ones end at once.

use crate::make::{actor, at, fresh, identifier, jwt_terms, new_profile, secret, terms};
use crate::test_store::{TestStore, fault, faults};
use domain::access_profile::{AccessProfile, CredentialKind};
use domain::jwt::KeyFamily;
use domain::secret::Secret;
use domain::terms::AuthMethod;
use domain::token::TokenDigest;
use domain::{CollectionId, ProfileId};
use store::{
    ClientUpdate, DefaultTermsUpdate, FaultKind, FreshCredentials, JwtUpdate, NewProfile, Overlap, OwnTermsUpdate,
    ProfileRow, ProfileUpdate, TermsUpdate,
};

async fn change(store: &TestStore, id: ProfileId, update: OwnTermsUpdate, fresh: FreshCredentials) -> ProfileRow {
    let update = ProfileUpdate { own_terms: Some(update), ..ProfileUpdate::default() };
    store.update_profile(&actor(), at(9), id, update, fresh).await.unwrap().value
}

fn to(method: AuthMethod) -> OwnTermsUpdate {
    OwnTermsUpdate::Change(TermsUpdate { method: Some(method), ..TermsUpdate::default() })
}

fn kinds(profile: &AccessProfile) -> Vec<(CredentialKind, i64)> {
    let mut kinds: Vec<_> = profile.credentials.iter().map(|own| (own.kind, own.id.0)).collect();
    kinds.sort_by_key(|(_, id)| *id);
    kinds
}

async fn revoked(store: &TestStore) -> Vec<TokenDigest> {
    store.load_directory().await.unwrap().1.revoked
}

async fn a_token_profile(store: &TestStore) -> (CollectionId, domain::ClientId, ProfileId) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    (orders, client, store.a_profile(client, "A", None, 1).await)
}

pub(crate) async fn own_terms_of_another_method_bring_new_credentials(store: TestStore) {
    let (_, _, id) = a_token_profile(&store).await;
    store.refresh_credential(&actor(), at(1), id, fresh(2), Overlap::new(600)).await.unwrap();
    let row = change(&store, id, to(AuthMethod::Oauth2), fresh(3)).await;
    assert_eq!(kinds(&row.profile), [(CredentialKind::ClientSecret, 3), (CredentialKind::ClientId, 1_000_003)]);
    let ended = revoked(&store).await;
    assert!(ended.len() == 2 && ended.contains(&secret(1).digest) && ended.contains(&secret(2).digest));
    // Back to the client's terms, which are of the first method.
    let row = change(&store, id, OwnTermsUpdate::UseClients, fresh(4)).await;
    assert_eq!(kinds(&row.profile), [(CredentialKind::Token, 4)]);
    assert_eq!(revoked(&store).await.len(), 4);
}

pub(crate) async fn the_same_method_keeps_the_credentials(store: TestStore) {
    let (orders, _, id) = a_token_profile(&store).await;
    let own = TermsUpdate { collection_ids: Some(vec![orders]), ..TermsUpdate::default() };
    let row = change(&store, id, OwnTermsUpdate::Change(own), fresh(3)).await;
    assert_eq!(kinds(&row.profile), [(CredentialKind::Token, 1)]);
    let row = change(&store, id, OwnTermsUpdate::UseClients, fresh(4)).await;
    assert_eq!(kinds(&row.profile), [(CredentialKind::Token, 1)]);
    assert_eq!(revoked(&store).await, []);
}

pub(crate) async fn another_kind_of_key_is_no_other_method(store: TestStore) {
    let (orders, client, _) = a_token_profile(&store).await;
    let new = NewProfile { own_terms: Some(jwt_terms(&[orders])), ..new_profile("B", None, 2) };
    let id = store.create_profile(&actor(), at(1), client, new).await.unwrap().value.profile.id;
    let jwt = JwtUpdate {
        family: Some(Some(KeyFamily::Eddsa)),
        secret: Some(Some(Secret::new(crate::jwt_terms::ED25519.to_owned()))),
        ..JwtUpdate::default()
    };
    let update = OwnTermsUpdate::Change(TermsUpdate { jwt, ..TermsUpdate::default() });
    let row = change(&store, id, update, fresh(3)).await;
    assert_eq!(kinds(&row.profile), [(CredentialKind::KeyId, 1_000_002)]);
    // From jwt to oidc is another one, though both have key ids.
    let row = change(&store, id, to(AuthMethod::Oidc), fresh(4)).await;
    assert_eq!(kinds(&row.profile), [(CredentialKind::KeyId, 1_000_004)]);
    assert_eq!(row.profile.own_terms.unwrap().jwt.unwrap().key.unwrap().family(), KeyFamily::Eddsa);
}

pub(crate) async fn chosen_values_go_before_generated_ones(store: TestStore) {
    let (_, _, id) = a_token_profile(&store).await;
    let update = ProfileUpdate {
        own_terms: Some(to(AuthMethod::Oauth2)),
        auth_token: Some(secret(7)),
        api_key: Some(identifier("svc", 8)),
        ..ProfileUpdate::default()
    };
    let row = store.update_profile(&actor(), at(2), id, update, fresh(9)).await.unwrap().value;
    assert_eq!(kinds(&row.profile), [(CredentialKind::ClientSecret, 7), (CredentialKind::ClientId, 1_000_008)]);
}

pub(crate) async fn a_refused_change_of_method_ends_nothing(store: TestStore) {
    let (_, _, id) = a_token_profile(&store).await;
    let update = ProfileUpdate { own_terms: Some(to(AuthMethod::Jwt)), ..ProfileUpdate::default() };
    let refused = store.update_profile(&actor(), at(2), id, update, fresh(9)).await;
    assert_eq!(faults(refused), [fault("jwt_secret", FaultKind::Bad)]);
    assert_eq!(kinds(&store.get_profile(id).await.unwrap().profile), [(CredentialKind::Token, 1)]);
    assert_eq!(revoked(&store).await, []);
}

pub(crate) async fn profiles_begin_with_what_their_method_needs(store: TestStore) {
    let (orders, client, _) = a_token_profile(&store).await;
    let oauth2 = TermsUpdate::new(vec![orders], None, AuthMethod::Oauth2);
    let new = NewProfile { own_terms: Some(oauth2), ..new_profile("B", None, 2) };
    let made = store.create_profile(&actor(), at(1), client, new).await.unwrap().value.profile;
    assert_eq!(kinds(&made), [(CredentialKind::ClientSecret, 2), (CredentialKind::ClientId, 1_000_002)]);
    // The client's method counts where there are no own terms; it can change while all profiles have their own.
    let beta = store.a_client("Beta", Some(terms(&[orders]))).await;
    let change = DefaultTermsUpdate::Change(jwt_terms(&[orders]));
    let update = ClientUpdate { default_terms: Some(change), ..ClientUpdate::default() };
    store.update_client(&actor(), at(2), beta, update).await.unwrap();
    let made = store.create_profile(&actor(), at(3), beta, new_profile("C", None, 3)).await.unwrap().value.profile;
    assert_eq!(kinds(&made), [(CredentialKind::KeyId, 1_000_003)]);
}
