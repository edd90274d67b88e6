//! Management tokens.

use crate::make::{actor, at, digest, email, name};
use crate::members::{a_member, an_owner};
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use domain::{ManagementTokenId, MemberId, ProjectId};
use store::{
    DEFAULT_PROJECT, FaultKind, MemberUpdate, NewManagementToken, PageQuery, Role, Scope, TokenFilter, TokenOwner,
};

fn new_token(text: &str) -> NewManagementToken {
    NewManagementToken {
        name: name(text),
        role: Role::Admin,
        scope: Scope::All,
        expires_at: None,
        digest: digest(text),
        last4: "wxyz".to_owned(),
        member_id: None,
    }
}

pub(crate) async fn made_tokens_are_found_by_digest(store: TestStore) {
    let made = store.create_management_token(&actor(), at(1), new_token("ci")).await.unwrap();
    let token = store.expect_event(made, "management_token.created").await;
    assert_eq!((token.name.as_str(), token.role, token.last4.as_str()), ("ci", Role::Admin, "wxyz"));
    assert_eq!((token.member.clone(), token.created_at, token.last_used_at), (None, at(1), None));
    assert_eq!(store.find_management_token(digest("ci")).await.unwrap(), Some(token.clone()));
    assert_eq!(store.find_management_token(digest("other")).await.unwrap(), None);
    assert_eq!(store.get_management_token(token.id, TokenOwner::Anybody).await.unwrap(), token);

    let owner = an_owner(&store).await;
    let of_member = NewManagementToken { member_id: Some(owner.id), ..new_token("mine") };
    let made = store.create_management_token(&actor(), at(2), of_member).await.unwrap().value;
    let member = made.member.clone().unwrap();
    assert_eq!((member.id, member.email), (owner.id, email("Owner@Example.com")));
    let unknown = NewManagementToken { member_id: Some(MemberId(99)), ..new_token("x") };
    let refused = store.create_management_token(&actor(), at(2), unknown).await;
    assert_eq!(faults(refused), [fault("member_id", FaultKind::Missing)]);
    let (query, filter) = (PageQuery::default(), TokenFilter::default());
    let all = store.list_management_tokens(&query, &filter, TokenOwner::Anybody).await.unwrap();
    assert_eq!(all.items, [token, made]);
}

pub(crate) async fn deleted_tokens_are_gone(store: TestStore) {
    let id = store.create_management_token(&actor(), at(1), new_token("ci")).await.unwrap().value.id;
    let deleted = store.delete_management_token(&actor(), at(2), id, TokenOwner::Anybody).await.unwrap();
    store.expect_event(deleted, "management_token.deleted").await;
    assert_eq!(store.find_management_token(digest("ci")).await.unwrap(), None);
    expect_not_found(store.get_management_token(id, TokenOwner::Anybody).await, "management token");
    let gone = store.delete_management_token(&actor(), at(3), ManagementTokenId(99), TokenOwner::Anybody).await;
    expect_not_found(gone, "management token");
}

pub(crate) async fn use_is_noted_without_a_revision(store: TestStore) {
    let made = store.create_management_token(&actor(), at(1), new_token("ci")).await.unwrap();
    store.touch_management_token(made.value.id, at(5)).await.unwrap();
    store.touch_management_token(made.value.id, at(4)).await.unwrap();
    let token = store.get_management_token(made.value.id, TokenOwner::Anybody).await.unwrap();
    assert_eq!(token.last_used_at, Some(at(5)));
    assert_eq!(store.current_revision().await.unwrap(), made.revision);
}

pub(crate) async fn a_token_has_no_more_rights_than_its_member(store: TestStore) {
    an_owner(&store).await;
    let member = a_member(&store, "m@example.com", Role::Admin).await;
    let new = NewManagementToken { member_id: Some(member.id), ..new_token("ci") };
    store.create_management_token(&actor(), at(3), new).await.unwrap();
    let in_force = async || {
        let token = store.find_management_token(digest("ci")).await.unwrap().unwrap();
        (token.role_in_force(), token.scope_in_force(), token.is_of_disabled_member())
    };
    assert_eq!(in_force().await, (Role::Admin, Scope::All, false));
    let update = MemberUpdate {
        role: Some(Role::Viewer),
        scope: Some(Scope::only([DEFAULT_PROJECT])),
        enabled: Some(false),
        ..MemberUpdate::default()
    };
    store.update_member(&actor(), at(4), member.id, update).await.unwrap();
    assert_eq!(in_force().await, (Role::Viewer, Scope::only([DEFAULT_PROJECT]), true));
    store.delete_member(&actor(), at(5), member.id).await.unwrap();
    assert_eq!(store.find_management_token(digest("ci")).await.unwrap(), None);
}

pub(crate) async fn tokens_end_and_are_those_of_their_owner(store: TestStore) {
    let owner = an_owner(&store).await;
    let scope = Scope::only([DEFAULT_PROJECT]);
    let new = NewManagementToken { scope: scope.clone(), expires_at: Some(at(9)), ..new_token("nobody's") };
    let nobodys = store.create_management_token(&actor(), at(1), new).await.unwrap().value;
    assert_eq!((nobodys.scope.clone(), nobodys.expires_at), (scope, Some(at(9))));
    assert!(!nobodys.is_expired(at(8)) && nobodys.is_expired(at(9)));
    let new = NewManagementToken { member_id: Some(owner.id), ..new_token("owner's") };
    let owners = store.create_management_token(&actor(), at(1), new).await.unwrap().value;

    let find = async |filter: TokenFilter, owner: TokenOwner| {
        let page = store.list_management_tokens(&PageQuery::default(), &filter, owner).await.unwrap();
        page.items.into_iter().map(|token| token.id).collect::<Vec<_>>()
    };
    let all = TokenFilter::default();
    assert_eq!(find(all, TokenOwner::Anybody).await, [nobodys.id, owners.id]);
    assert_eq!(find(all, TokenOwner::Member(owner.id)).await, [owners.id]);
    assert_eq!(find(all, TokenOwner::Itself(nobodys.id)).await, [nobodys.id]);
    assert_eq!(find(TokenFilter { role: Some(Role::Viewer), ..all }, TokenOwner::Anybody).await, []);
    let other = TokenFilter { project_id: Some(ProjectId(9)), ..all };
    assert_eq!(find(other, TokenOwner::Anybody).await, [owners.id]);
    let strange = store.get_management_token(owners.id, TokenOwner::Itself(nobodys.id)).await;
    expect_not_found(strange, "management token");
    let strange = store.delete_management_token(&actor(), at(2), nobodys.id, TokenOwner::Member(owner.id)).await;
    expect_not_found(strange, "management token");

    let bad = NewManagementToken {
        role: Role::Owner,
        scope: Scope::only([ProjectId(98)]),
        expires_at: Some(at(1)),
        ..new_token("bad")
    };
    let refused = faults(store.create_management_token(&actor(), at(1), bad).await);
    let expected = ["project_ids", "project_ids", "expires_at"].map(|field| fault(field, FaultKind::Missing));
    assert_eq!(refused, expected);
}
