//! Members.

use crate::make::{actor, at, digest, email, name};
use crate::test_store::{TestStore, expect_not_found};
use domain::MemberId;
use domain::secret::Secret;
use store::{Actor, Member, NewSetupLink, PageQuery, Role, Setup};

/// Makes the owner through a set-up link.
pub(crate) async fn an_owner(store: &TestStore) -> Member {
    let link = NewSetupLink { digest: digest("link"), email: None, expires_at: at(3600) };
    store.create_setup_link(&Actor::system("serve"), at(0), link).await.unwrap();
    let setup = Setup {
        digest: digest("link"),
        email: email("Owner@Example.com"),
        name: Some(name("Olga Owner")),
        password_hash: Secret::new("$argon2id$first".to_owned()),
        address: None,
    };
    store.complete_setup(at(1), setup).await.unwrap().value
}

pub(crate) async fn the_first_member_is_found_by_address(store: TestStore) {
    assert!(store.needs_setup().await.unwrap());
    let owner = an_owner(&store).await;
    assert!(!store.needs_setup().await.unwrap());
    assert_eq!((owner.role, owner.created_at), (Role::Owner, at(1)));
    assert_eq!(owner.name, Some(name("Olga Owner")));
    let login = store.find_member_login(&email("OWNER@example.com")).await.unwrap().unwrap();
    assert_eq!(login.member, owner);
    assert_eq!(login.password_hash.expose(), "$argon2id$first");
    assert!(store.find_member_login(&email("other@example.com")).await.unwrap().is_none());
    assert_eq!(store.get_member(owner.id).await.unwrap(), owner);
    expect_not_found(store.get_member(MemberId(99)).await, "member");
    assert_eq!(store.list_members(&PageQuery::default()).await.unwrap().items, [owner]);
}

pub(crate) async fn a_changed_password_is_the_one_that_counts(store: TestStore) {
    let owner = an_owner(&store).await;
    let new = Secret::new("$argon2id$second".to_owned());
    let changed = store.change_password(&actor(), at(5), owner.id, new).await.unwrap();
    store.expect_event(changed, "member.password_changed").await;
    let login = store.find_member_login(&owner.email).await.unwrap().unwrap();
    assert_eq!((login.password_hash.expose(), login.member.updated_at), ("$argon2id$second", at(5)));
    let other = store.change_password(&actor(), at(5), MemberId(99), Secret::new(String::new())).await;
    expect_not_found(other, "member");
}
