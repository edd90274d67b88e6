//! Members.

use crate::make::{actor, at, digest, email, name};
use crate::sessions::new_session;
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use domain::secret::Secret;
use domain::{MemberId, ProjectId};
use store::{
    Actor, DEFAULT_PROJECT, FaultKind, Member, MemberFilter, MemberLogin, MemberUpdate, NewMember, NewPasswordLink,
    NewSetupLink, PageQuery, Role, Scope, Setup,
};

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
    assert_eq!(hash(login), Some("$argon2id$first".to_owned()));
    assert!(store.find_member_login(&email("other@example.com")).await.unwrap().is_none());
    assert_eq!(store.get_member(owner.id).await.unwrap(), owner);
    expect_not_found(store.get_member(MemberId(99)).await, "member");
    assert_eq!(store.list_members(&PageQuery::default(), &MemberFilter::default()).await.unwrap().items, [owner]);
}

pub(crate) async fn a_changed_password_is_the_one_that_counts(store: TestStore) {
    let owner = an_owner(&store).await;
    let new = Secret::new("$argon2id$second".to_owned());
    let keep = store.create_session(&actor(), at(2), new_session("keep", owner.id)).await.unwrap().value.id;
    store.create_session(&actor(), at(3), new_session("other", owner.id)).await.unwrap();
    let changed = store.change_password(&actor(), at(5), owner.id, new, keep).await.unwrap();
    store.expect_event(changed, "member.password_changed").await;
    let login = store.find_member_login(&owner.email).await.unwrap().unwrap();
    assert_eq!(login.member.updated_at, at(5));
    assert_eq!(hash(login), Some("$argon2id$second".to_owned()));
    assert!(store.find_session(digest("keep")).await.unwrap().is_some());
    assert_eq!(store.find_session(digest("other")).await.unwrap(), None);
    let other = store.change_password(&actor(), at(5), MemberId(99), Secret::new(String::new()), keep).await;
    expect_not_found(other, "member");
}

fn hash(login: MemberLogin) -> Option<String> {
    login.password_hash.map(|hash| hash.expose().to_owned())
}

fn new_member(address: &str, role: Role) -> NewMember {
    NewMember { email: email(address), name: None, role, scope: Scope::All, enabled: true }
}

fn link(token: &str) -> NewPasswordLink {
    NewPasswordLink { digest: digest(token), expires_at: at(86_400) }
}

/// Makes a member without a password.
pub(crate) async fn a_member(store: &TestStore, address: &str, role: Role) -> Member {
    store.create_member(&actor(), at(2), new_member(address, role), link(address)).await.unwrap().value
}

pub(crate) async fn made_members_read_back_and_change(store: TestStore) {
    let owner = an_owner(&store).await;
    let new = NewMember {
        name: Some(name("Otto")),
        scope: Scope::only([DEFAULT_PROJECT]),
        ..new_member("Ops@Example.com", Role::Operator)
    };
    let made = store.create_member(&actor(), at(2), new, link("l")).await.unwrap();
    let made = store.expect_event(made, "member.created").await;
    assert_eq!((made.role, made.enabled, made.has_password), (Role::Operator, true, false));
    assert_eq!((made.scope.clone(), made.last_sign_in_at), (Scope::only([DEFAULT_PROJECT]), None));
    assert_eq!(store.get_member(made.id).await.unwrap(), made);
    let used = store.find_setup_link(digest("l"), at(3)).await.unwrap().unwrap();
    assert_eq!(used.email, Some(email("Ops@Example.com")));

    let update =
        MemberUpdate { name: Some(None), role: Some(Role::Admin), scope: Some(Scope::All), ..MemberUpdate::default() };
    let changed = store.update_member(&actor(), at(4), made.id, update).await.unwrap();
    let changed = store.expect_event(changed, "member.updated").await;
    assert_eq!((changed.role, changed.scope.clone(), changed.name.clone()), (Role::Admin, Scope::All, None));
    assert_eq!((changed.email.clone(), changed.updated_at), (made.email, at(4)));

    let find = async |filter: MemberFilter, q: Option<&str>| {
        let query = PageQuery { q: q.map(str::to_owned), ..PageQuery::default() };
        let page = store.list_members(&query, &filter).await.unwrap();
        page.items.into_iter().map(|member| member.id).collect::<Vec<_>>()
    };
    let all = MemberFilter::default();
    assert_eq!(find(all, None).await, [owner.id, made.id]);
    assert_eq!(find(all, Some("olga")).await, [owner.id]);
    assert_eq!(find(MemberFilter { role: Some(Role::Admin), ..all }, None).await, [made.id]);
    assert_eq!(find(MemberFilter { enabled: Some(false), ..all }, None).await, []);
    assert_eq!(find(MemberFilter { project_id: Some(ProjectId(9)), ..all }, None).await, [owner.id, made.id]);

    let deleted = store.delete_member(&actor(), at(5), made.id).await.unwrap();
    store.expect_event(deleted, "member.deleted").await;
    expect_not_found(store.get_member(made.id).await, "member");
    assert_eq!(store.find_setup_link(digest("l"), at(3)).await.unwrap(), None);
}

pub(crate) async fn what_a_member_may_not_be_is_refused_all_at_once(store: TestStore) {
    an_owner(&store).await;
    let new = NewMember {
        scope: Scope::only([DEFAULT_PROJECT, ProjectId(98)]),
        ..new_member("OWNER@example.com", Role::Owner)
    };
    let refused = store.create_member(&actor(), at(2), new, link("l")).await;
    let expected = [
        fault("email", FaultKind::Conflict),
        fault("project_ids", FaultKind::Missing),
        fault("project_ids", FaultKind::Missing),
    ];
    assert_eq!(faults(refused), expected);
    let member = a_member(&store, "m@example.com", Role::Admin).await;
    let confine = MemberUpdate { scope: Some(Scope::only([DEFAULT_PROJECT])), ..MemberUpdate::default() };
    store.update_member(&actor(), at(3), member.id, confine).await.unwrap();
    let promote = MemberUpdate { role: Some(Role::Owner), ..MemberUpdate::default() };
    let refused = store.update_member(&actor(), at(3), member.id, promote).await;
    assert_eq!(faults(refused), [fault("project_ids", FaultKind::Missing)]);
}

pub(crate) async fn the_last_owner_stays(store: TestStore) {
    let owner = an_owner(&store).await;
    let other = a_member(&store, "other@example.com", Role::Owner).await;
    let off = MemberUpdate { enabled: Some(false), ..MemberUpdate::default() };
    store.update_member(&actor(), at(3), other.id, off.clone()).await.unwrap();

    let both = MemberUpdate { role: Some(Role::Admin), enabled: Some(false), ..MemberUpdate::default() };
    let refused = store.update_member(&actor(), at(3), owner.id, both).await;
    assert_eq!(faults(refused), [fault("role", FaultKind::Conflict), fault("enabled", FaultKind::Conflict)]);
    let refused = store.delete_member(&actor(), at(3), owner.id).await;
    assert_eq!(faults(refused), [fault("id", FaultKind::Conflict)]);
    assert_eq!(store.get_member(owner.id).await.unwrap(), owner);

    let on = MemberUpdate { enabled: Some(true), ..MemberUpdate::default() };
    store.update_member(&actor(), at(4), other.id, on).await.unwrap();
    store.update_member(&actor(), at(5), owner.id, off).await.unwrap();
    store.delete_member(&actor(), at(6), owner.id).await.unwrap();
}

pub(crate) async fn a_reset_takes_password_and_sessions(store: TestStore) {
    let owner = an_owner(&store).await;
    store.create_session(&actor(), at(2), new_session("s", owner.id)).await.unwrap();
    let reset = store.reset_member_password(&actor(), at(3), owner.id, link("first")).await.unwrap();
    assert!(!store.expect_event(reset, "member.password_reset").await.has_password);
    assert_eq!(hash(store.find_member_login(&owner.email).await.unwrap().unwrap()), None);
    assert_eq!(store.find_session(digest("s")).await.unwrap(), None);

    store.reset_member_password(&actor(), at(4), owner.id, link("second")).await.unwrap();
    assert_eq!(store.find_setup_link(digest("first"), at(5)).await.unwrap(), None);
    let setup = Setup {
        digest: digest("second"),
        email: owner.email.clone(),
        name: None,
        password_hash: Secret::new("$argon2id$new".to_owned()),
        address: None,
    };
    assert!(store.complete_setup(at(5), setup).await.unwrap().value.has_password);
}

pub(crate) async fn a_member_that_is_switched_off_is_out(store: TestStore) {
    an_owner(&store).await;
    let member = a_member(&store, "m@example.com", Role::Admin).await;
    store.create_session(&actor(), at(3), new_session("s", member.id)).await.unwrap();
    assert_eq!(store.get_member(member.id).await.unwrap().last_sign_in_at, Some(at(3)));
    let off = MemberUpdate { enabled: Some(false), ..MemberUpdate::default() };
    store.update_member(&actor(), at(4), member.id, off).await.unwrap();
    assert_eq!(store.find_session(digest("s")).await.unwrap(), None);
    assert_eq!(store.find_setup_link(digest("m@example.com"), at(5)).await.unwrap(), None);
    expect_not_found(store.create_session(&actor(), at(5), new_session("t", member.id)).await, "member");
    let refused = store.reset_member_password(&actor(), at(5), member.id, link("l")).await;
    assert_eq!(faults(refused), [fault("enabled", FaultKind::Conflict)]);
    // A link that the command line made meanwhile lets nobody in either.
    let made = NewSetupLink { digest: digest("cli"), email: Some(email("m@example.com")), expires_at: at(3600) };
    store.create_setup_link(&Actor::system("command line"), at(6), made).await.unwrap();
    let setup = Setup {
        digest: digest("cli"),
        email: email("m@example.com"),
        name: None,
        password_hash: Secret::new("$argon2id$new".to_owned()),
        address: None,
    };
    expect_not_found(store.complete_setup(at(7), setup).await, "set-up link");
}
