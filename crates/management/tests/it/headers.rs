//! Headers of all answers, and answers when something else is down.

use crate::support::TestApi;
use serde_json::{Value, json};

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let api = TestApi::start().await;
    for path in ["/", "/healthz", "/api/users/me", "/api/nowhere"] {
        let answer = api.anonymous("GET", path, Value::Null).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
        let expected = if path.starts_with("/api") { "no-store" } else { "" };
        assert_eq!(answer.header("cache-control"), expected, "{path}");
    }
}

#[tokio::test]
async fn json_names_its_character_set() {
    let api = TestApi::start().await;
    for path in ["/api/users/me", "/api/projects", "/api/openapi.json"] {
        assert_eq!(api.get(path).await.ok().header("content-type"), "application/json; charset=utf-8", "{path}");
    }
}

#[tokio::test]
async fn request_ids_differ() {
    let api = TestApi::start().await;
    let first = api.get("/healthz").await;
    let second = api.get("/healthz").await;
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn a_change_names_its_revision() {
    let api = TestApi::start().await;
    let mut last = 0;
    for name in ["A", "B", "C"] {
        let answer = api.post("/api/projects", json!({"name": name})).await.ok();
        let revision: i64 = answer.header("portcullis-revision").parse().unwrap();
        assert!(revision > last);
        last = revision;
    }
    assert_eq!(api.get("/api/projects").await.ok().header("portcullis-revision"), "");
}

#[tokio::test]
async fn a_change_that_the_gateway_does_not_confirm_is_503_with_its_revision() {
    let api = TestApi::start_without_gateway().await;
    let answer = api.post("/api/projects", json!({"name": "A"})).await.problem(503);
    assert_eq!(answer.body["type"], "urn:portcullis:problem:not_confirmed");
    assert!(answer.body["message"].as_str().unwrap().starts_with("Stored as revision "));
}

#[tokio::test]
async fn a_store_that_is_away_is_503() {
    let api = TestApi::start().await;
    api.store.close().await;
    let answer = api.get("/api/projects").await.problem(503);
    assert_eq!(answer.body["type"], "urn:portcullis:problem:store_unavailable");
    // The gateway goes on without it.
    let ready = api.anonymous("GET", "/readyz", Value::Null).await.ok();
    assert_eq!((&ready.body["success"], &ready.body["store"]), (&json!(true), &json!("unreadable")));
    api.anonymous("GET", "/healthz", Value::Null).await.ok();
}
