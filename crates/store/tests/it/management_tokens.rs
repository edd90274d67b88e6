//! Management tokens.

use crate::make::{actor, at, digest, email, name};
use crate::members::an_owner;
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use domain::{ManagementTokenId, MemberId};
use store::{FaultKind, NewManagementToken, PageQuery, Role};

fn new_token(text: &str) -> NewManagementToken {
    NewManagementToken {
        name: name(text),
        role: Role::Admin,
        digest: digest(text),
        last4: "wxyz".to_owned(),
        member_id: None,
    }
}

pub(crate) async fn made_tokens_are_found_by_digest(store: TestStore) {
    let made = store.create_management_token(&actor(), at(1), new_token("ci")).await.unwrap();
    let token = store.expect_event(made, "management_token.created").await;
    assert_eq!((token.name.as_str(), token.role, token.last4.as_str()), ("ci", Role::Admin, "wxyz"));
    assert_eq!((token.member_id, token.created_at, token.last_used_at), (None, at(1), None));
    assert_eq!(store.find_management_token(digest("ci")).await.unwrap(), Some(token.clone()));
    assert_eq!(store.find_management_token(digest("other")).await.unwrap(), None);
    assert_eq!(store.get_management_token(token.id).await.unwrap(), token);

    let owner = an_owner(&store).await;
    let of_member = NewManagementToken { member_id: Some(owner.id), ..new_token("mine") };
    let made = store.create_management_token(&actor(), at(2), of_member).await.unwrap().value;
    assert_eq!((made.member_id, made.member_email.clone()), (Some(owner.id), Some(email("Owner@Example.com"))));
    let unknown = NewManagementToken { member_id: Some(MemberId(99)), ..new_token("x") };
    let refused = store.create_management_token(&actor(), at(2), unknown).await;
    assert_eq!(faults(refused), [fault("member_id", FaultKind::Missing)]);
    assert_eq!(store.list_management_tokens(&PageQuery::default()).await.unwrap().items, [token, made]);
}

pub(crate) async fn deleted_tokens_are_gone(store: TestStore) {
    let id = store.create_management_token(&actor(), at(1), new_token("ci")).await.unwrap().value.id;
    let deleted = store.delete_management_token(&actor(), at(2), id).await.unwrap();
    store.expect_event(deleted, "management_token.deleted").await;
    assert_eq!(store.find_management_token(digest("ci")).await.unwrap(), None);
    expect_not_found(store.get_management_token(id).await, "management token");
    expect_not_found(store.delete_management_token(&actor(), at(3), ManagementTokenId(99)).await, "management token");
}

pub(crate) async fn use_is_noted_without_a_revision(store: TestStore) {
    let made = store.create_management_token(&actor(), at(1), new_token("ci")).await.unwrap();
    store.touch_management_token(made.value.id, at(5)).await.unwrap();
    store.touch_management_token(made.value.id, at(4)).await.unwrap();
    let token = store.get_management_token(made.value.id).await.unwrap();
    assert_eq!(token.last_used_at, Some(at(5)));
    assert_eq!(store.current_revision().await.unwrap(), made.revision);
}
