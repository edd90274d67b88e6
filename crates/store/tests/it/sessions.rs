//! Console sessions.

use crate::make::{actor, at, digest};
use crate::members::an_owner;
use crate::test_store::{TestStore, expect_not_found};
use domain::{MemberId, SessionId};
use store::NewSession;

pub(crate) fn new_session(token: &str, member_id: MemberId) -> NewSession {
    let address = Some("2001:db8::1".parse().unwrap());
    NewSession { digest: digest(token), member_id, user_agent: "Firefox".to_owned(), address }
}

pub(crate) async fn made_sessions_are_found_by_digest(store: TestStore) {
    let owner = an_owner(&store).await;
    let made = store.create_session(&actor(), at(2), new_session("s", owner.id)).await.unwrap();
    let session = store.expect_event(made, "session.created").await;
    assert_eq!((session.created_at, session.last_seen_at), (at(2), at(2)));
    assert_eq!((session.user_agent.as_str(), session.address), ("Firefox", Some("2001:db8::1".parse().unwrap())));
    let found = store.find_session(digest("s")).await.unwrap().unwrap();
    assert_eq!((found.session, found.member.id), (session.clone(), owner.id));
    assert_eq!((found.member.last_sign_in_at, session.member_email.clone()), (Some(at(2)), owner.email));
    assert_eq!(store.find_session(digest("t")).await.unwrap(), None);
    expect_not_found(store.create_session(&actor(), at(2), new_session("x", MemberId(99))).await, "member");

    let before = store.current_revision().await.unwrap();
    store.touch_session(session.id, at(9)).await.unwrap();
    store.touch_session(session.id, at(8)).await.unwrap();
    assert_eq!(store.find_session(digest("s")).await.unwrap().unwrap().session.last_seen_at, at(9));
    assert_eq!(store.current_revision().await.unwrap(), before);
}

pub(crate) async fn ended_sessions_are_gone(store: TestStore) {
    let owner = an_owner(&store).await;
    let mut ids = Vec::new();
    for (second, token) in ["a", "b", "c"].into_iter().enumerate() {
        let now = at(2 + i64::try_from(second).unwrap());
        let made = store.create_session(&actor(), now, new_session(token, owner.id)).await.unwrap();
        ids.push(made.value.id);
    }
    let ended = store.delete_session(&actor(), at(9), ids[0]).await.unwrap();
    store.expect_event(ended, "session.deleted").await;
    assert_eq!(store.find_session(digest("a")).await.unwrap(), None);
    expect_not_found(store.delete_session(&actor(), at(9), SessionId(99)).await, "session");
    let left: Vec<_> = store.list_sessions(Some(owner.id)).await.unwrap().iter().map(|session| session.id).collect();
    assert_eq!(left, [ids[2], ids[1]]);
    let ended = store.delete_sessions_of(&actor(), at(9), owner.id).await.unwrap();
    assert_eq!(store.expect_event(ended, "member.sessions_deleted").await, 2);
    assert_eq!(store.list_sessions(None).await.unwrap(), []);
}

pub(crate) async fn stale_sessions_are_forgotten(store: TestStore) {
    let owner = an_owner(&store).await;
    for (seen, token) in [(10, "idle"), (500, "used"), (500, "new")] {
        let made = if token == "new" { 400 } else { 10 };
        let id = store.create_session(&actor(), at(made), new_session(token, owner.id)).await.unwrap().value.id;
        store.touch_session(id, at(seen)).await.unwrap();
    }
    assert_eq!(store.delete_stale_sessions(at(100), at(0)).await.unwrap(), 1);
    assert_eq!(store.find_session(digest("idle")).await.unwrap(), None);
    assert!(store.find_session(digest("used")).await.unwrap().is_some());
    assert_eq!(store.delete_stale_sessions(at(100), at(200)).await.unwrap(), 1);
    assert_eq!(store.find_session(digest("used")).await.unwrap(), None);
    assert!(store.find_session(digest("new")).await.unwrap().is_some());
}
