//! `ETag` and `If-Match`: nobody overwrites unseen what somebody else changed.

use crate::support::{Answer, TestApi, authority, id};
use axum::http::StatusCode;
use futures_util::future::join_all;
use serde_json::{Value, json};

/// An object of each noun: its path, and a change of it.
async fn objects(api: &TestApi) -> Vec<(String, Value)> {
    let project = id(&api.post("/api/projects", json!({"name": "One"})).await.ok().body);
    let policy = api.policy("One").await;
    let pem = json!({"name": "One", "pem": authority("CA", (2035, 1, 1))});
    let bundle = id(&api.post("/api/cert_bundles", pem).await.ok().body["data"]);
    let collection = api.collection("One").await;
    let endpoint = json!({"name": "One", "method": "GET", "path": "one"});
    let endpoints = format!("/api/api_collections/{collection}/api_endpoints");
    let endpoint = id(&api.post(&endpoints, endpoint).await.ok().body);
    let client = api.client("One").await;
    let key = id(&api.key(client, "One", collection).await);
    let named = json!({"name": "Another"});
    vec![
        (format!("/api/projects/{project}"), named.clone()),
        (format!("/api/api_policies/{policy}"), named.clone()),
        (format!("/api/cert_bundles/{bundle}"), named.clone()),
        (format!("/api/api_endpoints/{endpoint}"), named.clone()),
        (format!("/api/api_collections/{collection}"), named.clone()),
        (format!("/api/v2/api_clients/{client}/api_keys/{key}"), named.clone()),
        (format!("/api/api_access_profiles/{key}"), json!({"name": "A third"})),
        (format!("/api/v2/api_clients/{client}"), named),
        ("/api/settings".to_owned(), json!({"rate_limit_headers": true})),
    ]
}

async fn put_if(api: &TestApi, path: &str, tag: &str, body: &Value) -> Answer {
    api.with_headers("PUT", path, &[("if-match", tag)], body.clone()).await
}

#[tokio::test]
async fn a_change_for_a_state_that_is_gone_is_409_and_changes_nothing() {
    let api = TestApi::start().await;
    for (path, change) in objects(&api).await {
        let seen = api.get(&path).await.ok();
        let tag = seen.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.len() > 2, "{path}: {tag}");
        let changed = put_if(&api, &path, &tag, &change).await.ok();
        let now = changed.header("etag").to_owned();
        assert_ne!(now, tag, "{path}");
        let shown = api.get(&path).await.ok();
        assert_eq!(shown.header("etag"), now, "{path}");

        let refused = put_if(&api, &path, &tag, &change).await.problem(409);
        assert!(refused.fault("If-Match").contains(&now), "{path}: {}", refused.body);
        let refused = api.with_headers("DELETE", &path, &[("if-match", &tag)], Value::Null).await;
        assert!(path == "/api/settings" || refused.status == StatusCode::CONFLICT, "{path}: {}", refused.body);
        let after = api.get(&path).await.ok();
        assert_eq!((after.header("etag"), &after.body), (now.as_str(), &shown.body), "{path}");
        put_if(&api, &path, &format!("\"999999\", {now}"), &change).await.ok();
        put_if(&api, &path, "*", &change).await.ok();
        put_if(&api, &path, &format!("W/{now}"), &change).await.problem(409);
        put_if(&api, &path, "now", &change).await.problem(400);
    }
}

#[tokio::test]
async fn of_many_writers_who_saw_the_same_state_one_wins() {
    let api = TestApi::start().await;
    let policy = format!("/api/api_policies/{}", api.policy("One").await);
    let tag = api.get(&policy).await.ok().header("etag").to_owned();
    let bodies: Vec<_> = (0..8).map(|number| json!({"description": format!("writer {number}")})).collect();
    let answers = join_all(bodies.iter().map(|body| put_if(&api, &policy, &tag, body))).await;
    let won: Vec<_> = answers.iter().filter(|answer| answer.status == StatusCode::OK).collect();
    assert_eq!(won.len(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::CONFLICT).count(), 7);
    let shown = api.get(&policy).await.ok();
    assert_eq!(shown.body["data"]["description"], won[0].body["data"]["description"]);
    assert_eq!(shown.header("etag"), won[0].header("etag"));
}

#[tokio::test]
async fn switching_and_refreshing_mind_what_the_caller_saw() {
    let api = TestApi::start().await;
    let collection = api.collection("One").await;
    let client = api.client("One").await;
    let key = id(&api.key(client, "One", collection).await);
    let key = format!("/api/v2/api_clients/{client}/api_keys/{key}");
    let tag = api.get(&key).await.ok().header("etag").to_owned();
    api.put(&format!("{key}/disable"), Value::Null).await.ok();
    let shown = api.get(&key).await.ok();
    for end in ["enable", "refresh_secret"] {
        put_if(&api, &format!("{key}/{end}"), &tag, &Value::Null).await.problem(409);
    }
    let after = api.get(&key).await.ok();
    assert_eq!((&after.body, after.header("etag")), (&shown.body, shown.header("etag")));
    put_if(&api, &format!("{key}/enable"), shown.header("etag"), &Value::Null).await.ok();
}

#[tokio::test]
async fn an_etag_is_that_of_one_object() {
    let api = TestApi::start().await;
    let one = format!("/api/api_policies/{}", api.policy("One").await);
    let tag = api.get(&one).await.ok().header("etag").to_owned();
    let other = format!("/api/api_policies/{}", api.policy("Other").await);
    api.put(&other, json!({"name": "Changed"})).await.ok();
    assert_eq!(api.get(&one).await.ok().header("etag"), tag);
}

#[tokio::test]
async fn an_import_changes_the_endpoints_that_it_brings() {
    let api = TestApi::start().await;
    let collection = api.collection("One").await;
    let path = format!("/api/api_collections/{collection}");
    let names = ["a", "b"].map(|path| json!({"name": path, "method": "GET", "path": path}));
    let mut endpoints = Vec::new();
    for body in names {
        endpoints.push(id(&api.post(&format!("{path}/api_endpoints"), body).await.ok().body));
    }
    let tag = |answer: Answer| answer.header("etag").to_owned();
    let first = format!("/api/api_endpoints/{}", endpoints[0]);
    let second = format!("/api/api_endpoints/{}", endpoints[1]);
    let before = (tag(api.get(&first).await), tag(api.get(&second).await));
    let spec = json!({"content": {"openapi": "3.1.0", "paths": {"/a": {"get": {"summary": "Renamed"}}, "/b": {"get": {"summary": "b"}}}}});
    api.post(&format!("{path}/import"), json!({"openapi_spec": spec})).await.ok();
    assert_ne!(tag(api.get(&first).await), before.0);
    assert_eq!(tag(api.get(&second).await), before.1);
}

#[tokio::test]
async fn lists_and_errors_have_no_etag() {
    let api = TestApi::start().await;
    for path in ["/api/api_policies", "/api/api_policies/99", "/api/users/me"] {
        assert_eq!(api.get(path).await.header("etag"), "", "{path}");
    }
}
