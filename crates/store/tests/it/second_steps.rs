//! Second factors of members, and sign-in at a provider.

use crate::make::{actor, at, digest, email, name};
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use domain::MemberId;
use domain::secret::Secret;
use domain::token::TokenDigest;
use store::{
    Admission, FaultKind, GroupRole, Member, MemberUpdate, NewMember, NewPasswordLink, ProviderUpdate, ProviderUser,
    Role, RoleWord, Scope,
};

const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const ISSUER: &str = "https://sso.example.com";

async fn a_member(store: &TestStore, address: &str, role: Role) -> MemberId {
    let new = NewMember { email: email(address), name: None, role, scope: Scope::All, enabled: true };
    let link = NewPasswordLink { digest: digest(address), expires_at: at(10_000) };
    store.create_member(&actor(), at(1), new, link).await.unwrap().value.id
}

fn user(subject: &str, address: Option<&str>, role: Option<Role>) -> ProviderUser {
    ProviderUser {
        issuer: ISSUER.to_owned(),
        subject: subject.to_owned(),
        email: address.map(email),
        name: Some(name("Ada")),
        role,
    }
}

async fn admit(store: &TestStore, seconds: i64, user: &ProviderUser) -> Admission {
    store.admit_provider_user(at(seconds), None, user).await.unwrap()
}

async fn admitted(store: &TestStore, seconds: i64, user: &ProviderUser) -> Member {
    match admit(store, seconds, user).await {
        Admission::Admitted(member) => *member,
        other @ (Admission::NoRole | Admission::NoEmail | Admission::Disabled) => panic!("{other:?}"),
    }
}

pub(crate) async fn a_second_factor_is_begun_confirmed_and_removed(store: TestStore) {
    let id = a_member(&store, "a@example.com", Role::Admin).await;
    assert!(store.find_totp(id).await.unwrap().is_none());
    let secret = Secret::new(SECRET.to_owned());
    let begun = store.begin_totp(&actor(), at(2), id, &secret).await.unwrap();
    store.expect_event(begun, "member.totp_begun").await;
    let found = store.find_totp(id).await.unwrap().unwrap();
    assert_eq!((found.secret.expose(), found.is_confirmed), (SECRET, false));
    assert!(!store.take_totp_step(id, 5).await.unwrap(), "it is not confirmed");
    assert!(!store.get_member(id).await.unwrap().has_totp);
    let codes = [digest("one"), digest("two")];
    let confirmed = store.confirm_totp(&actor(), at(3), id, 7, &codes).await.unwrap();
    store.expect_event(confirmed, "member.totp_enabled").await;
    assert!(store.get_member(id).await.unwrap().has_totp);
    let again = store.confirm_totp(&actor(), at(3), id, 8, &codes).await;
    assert_eq!(faults(again.map(|committed| committed.revision)), [fault("code", FaultKind::Conflict)]);
    let again = store.begin_totp(&actor(), at(3), id, &secret).await;
    assert_eq!(faults(again.map(|committed| committed.revision)), [fault("current_password", FaultKind::Conflict)]);
    let removed = store.delete_totp(&actor(), at(4), id).await.unwrap();
    store.expect_event(removed, "member.totp_disabled").await;
    expect_not_found(store.delete_totp(&actor(), at(5), id).await, "TOTP of this member");
    assert!(store.take_recovery_code(&actor(), at(5), id, digest("one")).await.unwrap().is_none());
}

pub(crate) async fn each_code_is_taken_once_and_none_before_it(store: TestStore) {
    let id = a_member(&store, "a@example.com", Role::Admin).await;
    let other = a_member(&store, "b@example.com", Role::Admin).await;
    store.begin_totp(&actor(), at(2), id, &Secret::new(SECRET.to_owned())).await.unwrap();
    store.confirm_totp(&actor(), at(3), id, 7, &[digest("one")]).await.unwrap();
    for (step, is_taken) in [(7, false), (6, false), (8, true), (8, false), (7, false), (10, true)] {
        assert_eq!(store.take_totp_step(id, step).await.unwrap(), is_taken, "{step}");
    }
    assert!(!store.take_totp_step(other, 99).await.unwrap());
    assert!(store.take_recovery_code(&actor(), at(4), other, digest("one")).await.unwrap().is_none());
    let taken = store.take_recovery_code(&actor(), at(4), id, digest("one")).await.unwrap().unwrap();
    store.expect_event(taken, "member.recovery_code_used").await;
    assert!(store.take_recovery_code(&actor(), at(5), id, digest("one")).await.unwrap().is_none());
}

pub(crate) async fn no_secret_of_sign_ins_is_in_the_database(store: TestStore) {
    let id = a_member(&store, "a@example.com", Role::Admin).await;
    store.begin_totp(&actor(), at(2), id, &Secret::new(SECRET.to_owned())).await.unwrap();
    let update = ProviderUpdate {
        issuer: Some(ISSUER.to_owned()),
        client_id: Some("portcullis".to_owned()),
        client_secret: Some(Some(Secret::new("canary of a client secret".to_owned()))),
        ..ProviderUpdate::default()
    };
    store.update_sign_in_provider(&actor(), at(3), update).await.unwrap();
    let entry = store.last_entry().await.after.unwrap();
    assert!(entry["has_client_secret"] == true && !entry.to_string().contains("canary"), "{entry}");
    let folder = store.into_folder().await;
    let bytes = std::fs::read(folder.path().join(store::CONTROL_DB)).unwrap();
    for secret in [SECRET, "canary of a client secret"] {
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
    }
}

pub(crate) async fn a_provider_is_set_changed_and_removed(store: TestStore) {
    assert!(store.find_sign_in_provider().await.unwrap().is_none());
    let nothing = store.update_sign_in_provider(&actor(), at(1), ProviderUpdate::default()).await;
    assert_eq!(faults(nothing.map(|committed| committed.revision)), [fault("issuer", FaultKind::Bad)]);
    let first = ProviderUpdate {
        issuer: Some(ISSUER.to_owned()),
        client_id: Some("portcullis".to_owned()),
        client_secret: Some(Some(Secret::new("s3cret".to_owned()))),
        group_roles: Some(vec![GroupRole { group: "ops".to_owned(), role: RoleWord(Role::Operator) }]),
        ..ProviderUpdate::default()
    };
    let made = store.update_sign_in_provider(&actor(), at(2), first).await.unwrap();
    let made = store.expect_event(made, "sign_in_provider.updated").await;
    let found = store.find_sign_in_provider().await.unwrap().unwrap();
    assert_eq!(found.settings, made.settings);
    assert_eq!(found.client_secret.as_ref().map(Secret::expose), Some("s3cret"));
    let renamed = ProviderUpdate { name: Some("SSO".to_owned()), ..ProviderUpdate::default() };
    let renamed = store.update_sign_in_provider(&actor(), at(3), renamed).await.unwrap().value;
    assert_eq!((renamed.settings.name.as_str(), renamed.client_secret.is_some()), ("SSO", true));
    let moved = ProviderUpdate { issuer: Some("https://other.example".to_owned()), ..ProviderUpdate::default() };
    let moved = store.update_sign_in_provider(&actor(), at(4), moved).await.unwrap().value;
    assert!(moved.client_secret.is_none(), "a secret goes nowhere but where it was given for");
    let gone = store.delete_sign_in_provider(&actor(), at(5)).await.unwrap();
    store.expect_event(gone, "sign_in_provider.deleted").await;
    expect_not_found(store.delete_sign_in_provider(&actor(), at(6)).await, "sign-in provider");
}

pub(crate) async fn a_new_user_becomes_a_member_if_a_group_gives_a_role(store: TestStore) {
    assert_eq!(admit(&store, 1, &user("1", None, Some(Role::Admin))).await, Admission::NoEmail);
    assert_eq!(admit(&store, 1, &user("1", Some("a@example.com"), None)).await, Admission::NoRole);
    let ada = admitted(&store, 2, &user("1", Some("a@example.com"), Some(Role::Operator))).await;
    assert_eq!(store.last_entry().await.event_type, "member.created");
    assert_eq!((ada.role, ada.has_password, ada.email), (Role::Operator, false, email("a@example.com")));
    let revision = store.current_revision().await.unwrap();
    // The same again changes nothing; another role is taken over; the address is not looked at any more.
    let same = admitted(&store, 3, &user("1", None, Some(Role::Operator))).await;
    assert_eq!((same.id, store.current_revision().await.unwrap()), (ada.id, revision));
    let promoted = admitted(&store, 4, &user("1", Some("new@example.com"), Some(Role::Owner))).await;
    assert_eq!((promoted.id, promoted.role, promoted.email), (ada.id, Role::Owner, email("a@example.com")));
    let kept = admitted(&store, 5, &user("1", None, Some(Role::Viewer))).await;
    assert_eq!(kept.role, Role::Owner, "the last owner stays one");
    a_member(&store, "owner@example.com", Role::Owner).await;
    assert_eq!(admitted(&store, 6, &user("1", None, Some(Role::Viewer))).await.role, Role::Viewer);
    let other = ProviderUser { issuer: "https://other.example".to_owned(), ..user("1", None, Some(Role::Viewer)) };
    assert_eq!(admit(&store, 7, &other).await, Admission::NoEmail, "of another provider");
}

pub(crate) async fn a_user_without_a_role_any_more_is_put_out(store: TestStore) {
    let ada = admitted(&store, 2, &user("1", Some("a@example.com"), Some(Role::Operator))).await;
    let session = store::NewSession {
        digest: TokenDigest::of(b"session"),
        member_id: ada.id,
        user_agent: String::new(),
        address: None,
    };
    store.create_session(&actor(), at(3), session).await.unwrap();
    assert_eq!(admit(&store, 4, &user("1", None, None)).await, Admission::NoRole);
    assert!(store.find_session(TokenDigest::of(b"session")).await.unwrap().is_none());
}

pub(crate) async fn a_member_made_by_hand_is_known_by_its_address_and_keeps_its_role(store: TestStore) {
    let id = a_member(&store, "owner@example.com", Role::Owner).await;
    let linked = admitted(&store, 2, &user("7", Some("OWNER@example.com"), None)).await;
    assert_eq!((linked.id, linked.role), (id, Role::Owner));
    assert_eq!(store.last_entry().await.event_type, "member.identity_linked");
    assert_eq!(admitted(&store, 3, &user("7", None, Some(Role::Viewer))).await.role, Role::Owner);
    let bob = a_member(&store, "bob@example.com", Role::Viewer).await;
    let off = MemberUpdate { enabled: Some(false), ..MemberUpdate::default() };
    store.update_member(&actor(), at(4), bob, off).await.unwrap();
    let refused = admit(&store, 5, &user("8", Some("bob@example.com"), Some(Role::Admin))).await;
    assert_eq!(refused, Admission::Disabled);
}
