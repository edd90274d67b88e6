//! Set-up links.

use crate::make::{actor, at, digest, email};
use crate::members::an_owner;
use crate::sessions::new_session;
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use domain::secret::Secret;
use store::{ActorKind, FaultKind, NewSetupLink, Role, Setup, SetupLink};

fn link(token: &str, address: Option<&str>, expires: i64) -> NewSetupLink {
    NewSetupLink { digest: digest(token), email: address.map(email), expires_at: at(expires) }
}

fn use_of(token: &str, address: &str) -> Setup {
    Setup {
        digest: digest(token),
        email: email(address),
        name: None,
        password_hash: Secret::new("$argon2id$hash".to_owned()),
        address: Some("192.0.2.1".parse().unwrap()),
    }
}

pub(crate) async fn the_first_link_makes_the_owner_once(store: TestStore) {
    let made = store.create_setup_link(&actor(), at(0), link("a", None, 3600)).await.unwrap();
    store.expect_event(made, "setup_link.created").await;
    let found = store.find_setup_link(digest("a"), at(1)).await.unwrap();
    assert_eq!(found, Some(SetupLink { email: None, expires_at: at(3600) }));
    let done = store.complete_setup(at(2), use_of("a", "o@example.com")).await.unwrap();
    let owner = store.expect_event(done, "member.created").await;
    assert_eq!((owner.role, owner.email.as_str(), owner.name), (Role::Owner, "o@example.com", None));
    let entry = store.last_entry().await;
    assert_eq!((entry.actor.kind, entry.actor.address), (ActorKind::System, Some("192.0.2.1".parse().unwrap())));

    assert_eq!(store.find_setup_link(digest("a"), at(3)).await.unwrap(), None);
    expect_not_found(store.complete_setup(at(3), use_of("a", "o@example.com")).await, "set-up link");
}

pub(crate) async fn expired_and_replaced_links_do_nothing(store: TestStore) {
    store.create_setup_link(&actor(), at(0), link("a", None, 10)).await.unwrap();
    expect_not_found(store.complete_setup(at(10), use_of("a", "o@example.com")).await, "set-up link");
    store.create_setup_link(&actor(), at(0), link("b", None, 3600)).await.unwrap();
    store.create_setup_link(&actor(), at(1), link("c", None, 3600)).await.unwrap();
    expect_not_found(store.complete_setup(at(2), use_of("b", "o@example.com")).await, "set-up link");
    expect_not_found(store.complete_setup(at(2), use_of("never", "o@example.com")).await, "set-up link");
    assert!(store.needs_setup().await.unwrap());
    store.complete_setup(at(2), use_of("c", "o@example.com")).await.unwrap();
}

pub(crate) async fn a_link_for_another_address_is_refused(store: TestStore) {
    store.create_setup_link(&actor(), at(0), link("a", Some("o@example.com"), 3600)).await.unwrap();
    let refused = store.complete_setup(at(1), use_of("a", "else@example.com")).await;
    assert_eq!(faults(refused), [fault("email", FaultKind::Bad)]);
    // The link is not used up by that.
    store.complete_setup(at(2), use_of("a", "O@EXAMPLE.com")).await.unwrap();
}

pub(crate) async fn a_later_link_resets_a_password_and_ends_sessions(store: TestStore) {
    let owner = an_owner(&store).await;
    store.create_session(&actor(), at(2), new_session("s", owner.id)).await.unwrap();
    store.create_setup_link(&actor(), at(3), link("r", Some("owner@example.com"), 3600)).await.unwrap();
    let done = store.complete_setup(at(4), use_of("r", "owner@example.com")).await.unwrap();
    let member = store.expect_event(done, "member.password_reset").await;
    assert_eq!((member.id, member.name, member.updated_at), (owner.id, owner.name, at(4)));
    let login = store.find_member_login(&owner.email).await.unwrap().unwrap();
    assert_eq!(login.password_hash.unwrap().expose(), "$argon2id$hash");
    assert_eq!(store.find_session(digest("s")).await.unwrap(), None);
    expect_not_found(store.complete_setup(at(5), use_of("r", "owner@example.com")).await, "set-up link");
}

pub(crate) async fn links_need_a_known_address_once_there_is_an_owner(store: TestStore) {
    an_owner(&store).await;
    let refused = store.create_setup_link(&actor(), at(2), link("x", None, 3600)).await;
    assert_eq!(faults(refused), [fault("email", FaultKind::Conflict)]);
    let refused = store.create_setup_link(&actor(), at(2), link("x", Some("who@example.com"), 3600)).await;
    assert_eq!(faults(refused), [fault("email", FaultKind::Missing)]);
}
