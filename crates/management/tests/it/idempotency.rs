//! Idempotency-Key: a request sent again is not carried out again.

use crate::support::{Answer, TestApi, id};
use axum::http::StatusCode;
use futures_util::future::join_all;
use serde_json::{Value, json};
use store::Role;

const POLICIES: &str = "/api/api_policies";

fn policy(name: &str) -> Value {
    json!({"name": name, "rate_limit": {"limit": 6, "interval": "minute"}})
}

async fn post_once(api: &TestApi, path: &str, key: &str, body: Value) -> Answer {
    api.with_headers("POST", path, &[("idempotency-key", key)], body).await
}

#[tokio::test]
async fn a_repeated_request_is_answered_as_before_and_changes_nothing() {
    let api = TestApi::start().await;
    let first = post_once(&api, POLICIES, "a", policy("One")).await.ok();
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = post_once(&api, POLICIES, "a", policy("One")).await.ok();
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.body, first.body);
    for name in ["content-type", "portcullis-revision", "etag", "cache-control"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    assert_eq!(api.get(POLICIES).await.ok().body["count"], 1);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_409() {
    let api = TestApi::start().await;
    post_once(&api, POLICIES, "a", policy("One")).await.ok();
    let before = api.everything().await;
    let answer = post_once(&api, POLICIES, "a", policy("Two")).await.problem(409);
    assert!(answer.fault("Idempotency-Key").contains("another request"), "{}", answer.body);
    post_once(&api, "/api/projects", "a", json!({"name": "Two"})).await.problem(409);
    assert_eq!(api.everything().await, before);
    post_once(&api, POLICIES, "b", policy("Two")).await.ok();
}

#[tokio::test]
async fn a_key_is_its_callers_own() {
    let api = TestApi::start().await;
    post_once(&api, POLICIES, "a", policy("One")).await.ok();
    let other = format!("Bearer {}", api.token_of(Role::Admin).await.expose());
    let headers = [("authorization", other.as_str()), ("idempotency-key", "a"), ("content-type", "application/json")];
    let mut request = axum::http::Request::post(POLICIES);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let answer = api.send(request.body(policy("Two").to_string().into()).unwrap()).await.ok();
    assert_eq!(answer.header("idempotency-replayed"), "");
}

#[tokio::test]
async fn after_a_day_a_key_is_free_again() {
    let api = TestApi::start().await;
    post_once(&api, POLICIES, "a", policy("One")).await.ok();
    TestApi::pass(24 * 3600 - 1);
    assert_eq!(post_once(&api, POLICIES, "a", policy("One")).await.ok().header("idempotency-replayed"), "true");
    TestApi::pass(1);
    assert_eq!(post_once(&api, POLICIES, "a", policy("Two")).await.ok().header("idempotency-replayed"), "");
}

#[tokio::test]
async fn the_stored_answer_has_its_secrets_masked() {
    let api = TestApi::start().await;
    let collection = api.collection("One").await;
    let client = api.client("One").await;
    let keys = format!("/api/v2/api_clients/{client}/api_keys");
    let brought = "brought-in-from-elsewhere-0123456789-0123456789";
    let bodies = [
        (keys.as_str(), json!({"name": "A", "active": true, "api_collection_ids": [collection]})),
        (
            keys.as_str(),
            json!({"name": "B", "active": true, "api_collection_ids": [collection], "auth_token": brought}),
        ),
        (
            keys.as_str(),
            json!({"name": "C", "active": true, "api_collection_ids": [collection], "auth_type": "oauth2"}),
        ),
        ("/api/api_access_profiles", json!({"name": "D", "api_client_id": client, "api_collection_ids": [collection]})),
    ];
    for (path, body) in bodies {
        let key = body["name"].as_str().unwrap().to_owned();
        let first = post_once(&api, path, &key, body.clone()).await.ok();
        let again = post_once(&api, path, &key, body).await.ok();
        assert_eq!(again.header("idempotency-replayed"), "true");
        let shown = |answer: &Answer| {
            let data = if answer.body["data"].is_null() { &answer.body } else { &answer.body["data"] };
            let secret = if data["secret"].is_null() { &data["auth_token"] } else { &data["secret"] };
            secret.as_str().unwrap().to_owned()
        };
        let (secret, masked) = (shown(&first), shown(&again));
        assert!(secret.len() > 20 && secret.is_ascii(), "{key}");
        assert_eq!(masked, format!("••••••••••••{}", &secret[secret.len() - 4..]), "{key}");
        assert!(!String::from_utf8_lossy(&again.bytes).contains(&secret), "{key}");
        let id = |answer: &Answer| id(if answer.body["data"].is_null() { &answer.body } else { &answer.body["data"] });
        assert_eq!(id(&first), id(&again));
    }
    assert_eq!(api.get(&keys).await.ok().body["count"], 4);
}

#[tokio::test]
async fn duplicates_at_the_same_time_are_carried_out_once() {
    let api = TestApi::start().await;
    let answers = join_all((0..8).map(|_| post_once(&api, POLICIES, "a", policy("One")))).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    let replayed = answers.iter().filter(|answer| answer.header("idempotency-replayed") == "true").count();
    assert_eq!(replayed, 7);
    assert_eq!(api.get(POLICIES).await.ok().body["count"], 1);
}

#[tokio::test]
async fn what_changed_nothing_may_be_sent_again_otherwise() {
    let api = TestApi::start().await;
    post_once(&api, POLICIES, "a", json!({"name": ""})).await.problem(400);
    post_once(&api, POLICIES, "a", policy("One")).await.ok();
    let explain = json!({"method": "GET", "url": "/a"});
    for _ in 0..2 {
        assert_eq!(post_once(&api, "/api/explain", "b", explain.clone()).await.ok().header("idempotency-replayed"), "");
    }
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_not_made_twice() {
    let api = TestApi::start_without_gateway().await;
    post_once(&api, POLICIES, "a", policy("One")).await.problem(503);
    let answer = post_once(&api, POLICIES, "a", policy("One")).await.problem(409);
    assert!(answer.fault("Idempotency-Key").contains("carried out as revision"), "{}", answer.body);
    assert_eq!(api.get(POLICIES).await.ok().body["count"], 1);
}

#[tokio::test]
async fn a_caller_who_leaves_finds_the_answer_later() {
    let api = TestApi::start().await;
    let left = tokio::time::timeout(std::time::Duration::ZERO, post_once(&api, POLICIES, "a", policy("One")));
    let _ = left.await;
    let again = post_once(&api, POLICIES, "a", policy("One")).await.ok();
    assert_eq!(again.body["data"]["name"], "One");
    assert_eq!(api.get(POLICIES).await.ok().body["count"], 1);
}

#[tokio::test]
async fn a_malformed_key_is_400() {
    let api = TestApi::start().await;
    for key in ["", " ", &"k".repeat(256)] {
        post_once(&api, POLICIES, key, policy("One")).await.problem(400);
    }
    let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
    api.with_headers("POST", POLICIES, &twice, policy("One")).await.problem(400);
    assert_eq!(api.get(POLICIES).await.ok().body["count"], 0);
    post_once(&api, POLICIES, &"k".repeat(255), policy("One")).await.ok();
}
