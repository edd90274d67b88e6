//! The audit log.

use crate::make::{actor, at, digest, email, fresh, name, new_policy, new_profile, secret, terms};
use crate::members::an_owner;
use crate::test_store::TestStore;
use domain::CredentialId;
use domain::access_policy::{RateInterval, RateLimit};
use serde_json::json;
use store::{
    Actor, ActorKind, AuditFilter, ClientUpdate, DEFAULT_PROJECT, FreshCredentials, HiddenKinds, NewProfile, NewSecret,
    Overlap, PageQuery, PolicyUpdate, Sort,
};

pub(crate) async fn every_entry_tells_who_what_when_and_from_where(store: TestStore) {
    let made = store.create_policy(&actor(), at(5), new_policy("Slow", 6)).await.unwrap();
    let id = made.value.policy.id;
    let entry = store.last_entry().await;
    assert_eq!((entry.revision, entry.at, entry.actor), (made.revision, at(5), actor()));
    assert_eq!((entry.resource_kind.as_str(), entry.resource_id), ("access_policy", id.0));
    assert_eq!(entry.resource_name, "Slow");
    assert_eq!(entry.before, None);
    let limit = json!({ "limit": 6, "interval": "minute" });
    let expected = json!({
        "name": "Slow", "description": null, "rate_limit": limit, "usage_quota": null,
        "on_store_failure": { "rate": "allow_local", "quota": "deny" },
    });
    assert_eq!(entry.after, Some(expected));

    let update = PolicyUpdate {
        name: Some(name("Fast")),
        rate_limit: Some(RateLimit::new(60, RateInterval::Second)),
        ..PolicyUpdate::default()
    };
    store.update_policy(&actor(), at(6), id, update).await.unwrap();
    let entry = store.last_entry().await;
    assert_eq!(entry.before.unwrap()["name"], "Slow");
    let after = entry.after.unwrap();
    assert_eq!((&after["name"], &after["rate_limit"]["interval"]), (&json!("Fast"), &json!("second")));

    store.delete_policy(&actor(), at(7), id).await.unwrap();
    let entry = store.last_entry().await;
    assert_eq!((entry.before.unwrap()["name"].clone(), entry.after), (json!("Fast"), None));
}

pub(crate) async fn entries_are_filtered_searched_and_paged(store: TestStore) {
    let acme = store.a_client("Ärzte", None).await;
    store.a_policy("Slow").await;
    let off = ClientUpdate { enabled: Some(false), ..ClientUpdate::default() };
    store.update_client(&actor(), at(1), acme, off).await.unwrap();
    let find = async |q: Option<&str>, filter: AuditFilter| -> Vec<String> {
        let sort = Sort::parse("-created_at").unwrap();
        let query = PageQuery { q: q.map(str::to_owned), sort, ..PageQuery::default() };
        let page = store.list_audit(&query, &filter).await.unwrap();
        page.items.into_iter().map(|entry| entry.event_type).collect()
    };
    let all = AuditFilter::default();
    assert_eq!(find(None, all.clone()).await, ["client.disabled", "access_policy.created", "client.created"]);
    let clients = AuditFilter { resource_kind: Some("client".to_owned()), ..all.clone() };
    assert_eq!(find(None, clients).await, ["client.disabled", "client.created"]);
    let one = AuditFilter { event_type: Some("client.created".to_owned()), resource_id: Some(acme.0), ..all.clone() };
    assert_eq!(find(None, one).await, ["client.created"]);
    assert_eq!(find(Some("ÄRZ"), all.clone()).await, ["client.disabled", "client.created"]);
    assert_eq!(find(Some("OWNER@"), all).await.len(), 3);
    let second = PageQuery { page: 2, per_page: 2, ..PageQuery::default() };
    let page = store.list_audit(&second, &AuditFilter::default()).await.unwrap();
    assert_eq!((page.items.len(), page.total), (1, 3));
}

pub(crate) async fn entries_are_found_by_time_actor_project_and_id_and_some_nouns_are_hidden(store: TestStore) {
    store.a_policy("Slow").await;
    let acme = store.a_client("Acme", None).await;
    let other = Actor::system("nightly job");
    let renamed = ClientUpdate { name: Some(name("Beta")), ..ClientUpdate::default() };
    store.update_client(&other, at(50), acme, renamed).await.unwrap();
    let find = async |filter: AuditFilter| -> Vec<String> {
        let query = PageQuery { sort: Sort::parse("-id").unwrap(), ..PageQuery::default() };
        let page = store.list_audit(&query, &filter).await.unwrap();
        page.items.into_iter().map(|entry| entry.event_type).collect()
    };
    let all = AuditFilter::default();
    assert_eq!(find(AuditFilter { from: Some(at(50)), ..all.clone() }).await, ["client.updated"]);
    let before = AuditFilter { to: Some(at(50)), ..all.clone() };
    assert_eq!(find(before).await, ["client.created", "access_policy.created"]);
    assert_eq!(find(AuditFilter { actor: Some("NIGHTLY".to_owned()), ..all.clone() }).await, ["client.updated"]);
    // The resource's name is not the actor's.
    assert!(find(AuditFilter { actor: Some("beta".to_owned()), ..all.clone() }).await.is_empty());
    let in_project = AuditFilter { project_id: Some(DEFAULT_PROJECT), ..all.clone() };
    assert_eq!(find(in_project).await, ["client.updated", "client.created"]);
    let newest = store.last_entry().await;
    assert_eq!(newest.project_id, Some(DEFAULT_PROJECT));
    let older = AuditFilter { older_than: Some(newest.id), ..all.clone() };
    assert_eq!(find(older).await, ["client.created", "access_policy.created"]);
    let hidden = |kind, id| Some(HiddenKinds { kinds: &["client", "member"], seen_by: (kind, id) });
    let stranger = AuditFilter { hidden: hidden(ActorKind::Token, Some(99)), ..all.clone() };
    assert_eq!(find(stranger).await, ["access_policy.created"]);
    let who = actor();
    let own = AuditFilter { hidden: hidden(who.kind, who.id), ..all };
    assert_eq!(find(own).await, ["client.created", "access_policy.created"]);
}

pub(crate) async fn no_entry_holds_a_digest_or_a_password(store: TestStore) {
    let owner = an_owner(&store).await;
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let secret = |number: i64, id: i64| NewSecret { id: CredentialId(id), ..secret(number) };
    let new = NewProfile { auth_token: Some(secret(4242, 11)), ..new_profile("A", None, 1) };
    let profile = store.create_profile(&actor(), at(0), client, new).await.unwrap().value.profile.id;
    let fresh = FreshCredentials { secret: secret(4343, 12), ..fresh(2) };
    store.refresh_credential(&actor(), at(1), profile, fresh, Overlap::new(60)).await.unwrap();
    store.finish_overlap(&actor(), at(2), profile).await.unwrap();
    store.delete_client(&actor(), at(2), client).await.unwrap();
    let login = store.find_member_login(&email("owner@example.com")).await.unwrap().unwrap();
    let page = store.list_audit(&PageQuery::default(), &AuditFilter::default()).await.unwrap();
    assert!(page.total >= 7);
    for entry in page.items {
        let text = serde_json::json!([entry.before, entry.after, entry.resource_name]).to_string();
        assert!(!text.contains("argon2"), "{text}");
        for token in ["4242", "4343", "link"] {
            let digest = serde_json::to_string(&digest(token)).unwrap();
            assert!(!text.contains(&digest) && !text.contains(&format!("{token}\"")), "{text}");
        }
    }
    assert_eq!(owner.email, login.member.email);
}
