//! The audit log.

use crate::support::{Answer, TestApi};
use serde_json::{Value, json};
use store::{Role, Scope};

const PATH: &str = "/api/activity_logs";

fn events(answer: &Answer) -> Vec<&str> {
    let entries = answer.body["data"].as_array().unwrap();
    entries.iter().map(|entry| entry["event_type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_entry_says_who_did_what_when_and_how_it_was_before_and_after() {
    let api = TestApi::start().await;
    let client = api.client("Acme").await;
    TestApi::pass(60);
    let change = api.put(&format!("/api/v2/api_clients/{client}"), json!({"name": "Acme Corp"})).await.ok();
    let log = api.get(&format!("{PATH}?resource_type=client&resource_id={client}")).await.ok();
    assert_eq!(events(&log), ["client.updated", "client.created"]);
    assert_eq!(log.body["next_cursor"], Value::Null);
    let entry = &log.body["data"][0];
    assert_eq!(entry["timestamp"], "2026-11-24T06:01:00.000Z");
    assert_eq!(entry["user"]["type"], "token");
    assert_eq!(entry["user"]["name"], "test");
    assert_eq!(entry["user"]["address"], "127.0.0.1");
    assert_eq!(entry["workspace"], json!({"id": 1, "name": "Portcullis"}));
    assert_eq!(entry["resource"], json!({"type": "client", "id": client, "name": "Acme Corp", "project_id": 1}));
    let details = &entry["details"];
    assert_eq!(details["changed"], json!(["name"]));
    assert_eq!((&details["before"]["name"], &details["after"]["name"]), (&json!("Acme"), &json!("Acme Corp")));
    assert_eq!(details["revision"].to_string(), change.header("portcullis-revision"));
    let made = &log.body["data"][1]["details"];
    assert_eq!((&made["before"], &made["changed"]), (&Value::Null, &json!([])));
}

#[tokio::test]
async fn entries_are_found_by_time_event_user_resource_project_and_text() {
    let api = TestApi::start().await;
    let project = api.post("/api/projects", json!({"name": "Partners"})).await.ok().body["id"].clone();
    TestApi::pass(3600);
    api.client("Acme").await;
    let beta = json!({"name": "Beta", "project_id": project});
    api.post("/api/v2/api_clients", beta).await.ok();
    api.policy("Slow").await;
    for (query, expected) in [
        ("from=2026-11-24T07:00:00Z&q=e", vec!["access_policy.created", "client.created", "client.created"]),
        ("to=2026-11-24T07:00:00Z&resource_type=project", vec!["project.created"]),
        ("event_type=client.created&q=ACM", vec!["client.created"]),
        ("user=TES&resource_type=access_policy", vec!["access_policy.created"]),
        ("user=nobody", vec![]),
        ("q=slow", vec!["access_policy.created"]),
        (&format!("project_id={project}"), vec!["client.created", "project.created"]),
    ] {
        assert_eq!(events(&api.get(&format!("{PATH}?{query}")).await.ok()), expected, "{query}");
    }
}

#[tokio::test]
async fn pages_go_on_where_the_one_before_ended() {
    let api = TestApi::start().await;
    for name in ["A", "B", "C"] {
        api.policy(name).await;
    }
    let path = format!("{PATH}?resource_type=access_policy&per_page=2");
    let first = api.get(&path).await.ok();
    assert_eq!(first.body["data"][0]["resource"]["name"], "C");
    let cursor = first.body["next_cursor"].as_str().unwrap().to_owned();
    api.policy("New").await;
    let second = api.get(&format!("{path}&cursor={cursor}")).await.ok();
    assert_eq!(second.body["data"][0]["resource"]["name"], "A");
    assert_eq!((second.body["data"].as_array().unwrap().len(), &second.body["next_cursor"]), (1, &Value::Null));
}

#[tokio::test]
async fn what_only_some_roles_read_is_hidden_from_the_others_but_for_what_they_did_themselves() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    owner.send("PUT", "/api/settings", json!({"time_zone": "Asia/Tokyo"})).await.ok();
    api.client("Acme").await;
    let kinds = |answer: Answer| {
        let mut kinds: Vec<_> =
            events(&answer).iter().map(|event| event.split('.').next().unwrap().to_owned()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    };
    let all = kinds(owner.send("GET", PATH, Value::Null).await.ok());
    for kind in ["client", "member", "management_token", "settings"] {
        assert!(all.contains(&kind.to_owned()), "{all:?}");
    }
    let admin = api.member("admin@example.com", Role::Admin, Scope::All).await;
    let (admin, _) = api.token_of_member(admin).await;
    let seen = kinds(api.with_token(admin.expose(), "GET", PATH, Value::Null).await.ok());
    assert!(seen.contains(&"settings".to_owned()), "{seen:?}");
    assert!(!seen.contains(&"member".to_owned()) && !seen.contains(&"management_token".to_owned()), "{seen:?}");
    let viewer = api.token_of(Role::Viewer).await;
    let seen = kinds(api.with_token(viewer.expose(), "GET", PATH, Value::Null).await.ok());
    assert!(seen.contains(&"client".to_owned()) && !seen.contains(&"settings".to_owned()), "{seen:?}");
    // An admin sees its own doings.
    let made = json!({"name": "mine", "role": "viewer"});
    api.with_token(admin.expose(), "POST", "/api/management_tokens", made).await.ok();
    let tokens = format!("{PATH}?resource_type=management_token");
    let own = api.with_token(admin.expose(), "GET", &tokens, Value::Null);
    assert_eq!(own.await.ok().body["data"][0]["resource"]["name"], "mine");
}

#[tokio::test]
async fn no_secret_stands_in_an_entry() {
    let api = TestApi::start().await;
    let upstream =
        json!({"urls": ["http://10.0.0.5"], "auth": {"type": "header", "name": "x-key", "value": "canary-upstream"}});
    let collection = api.post("/api/api_collections", json!({"name": "Orders", "upstream": upstream})).await.ok().body;
    let client = api.client("Acme").await;
    let key = api.key(client, "Production", collection["id"].as_i64().unwrap()).await;
    let token = key["auth_token"].as_str().unwrap().to_owned();
    let terms = json!({"name": "Jwt", "active": true, "api_collection_ids": [collection["id"]], "auth_type": "jwt",
        "jwt_method": "hmac", "jwt_secret": "canary-of-at-least-thirty-two-bytes!"});
    api.post(&format!("/api/v2/api_clients/{client}/api_keys"), terms).await.ok();
    let path = format!("/api/v2/api_clients/{client}/api_keys/{}/refresh_secret", key["id"]);
    let fresh = api.put(&path, Value::Null).await.ok().body["data"]["auth_token"].as_str().unwrap().to_owned();
    let text = api.get(PATH).await.ok().body.to_string();
    assert!(text.contains("access_profile.credential_replaced"));
    for secret in ["canary", &token, &fresh] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn bad_filters_are_refused() {
    let api = TestApi::start().await;
    for (query, field) in [
        ("from=yesterday", "from"),
        ("resource_id=x", "resource_id"),
        ("project_id=0", "project_id"),
        ("per_page=101", "per_page"),
        ("cursor=abc", "cursor"),
        ("page=2", "page"),
    ] {
        assert!(!api.get(&format!("{PATH}?{query}")).await.problem(400).fault(field).is_empty(), "{query}");
    }
    api.anonymous("GET", PATH, Value::Null).await.problem(401);
}
