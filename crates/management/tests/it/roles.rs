//! Who may do what to collections, endpoints, clients and profiles; and what is not there.

use crate::support::{TestApi, authority, id, openapi, quota_counts};
use serde_json::{Value, json};
use store::Role;

/// Each operation with a good body, and the least role that may.
fn operations(
    collection: i64,
    endpoint: i64,
    client: i64,
    key: i64,
    bundle: i64,
) -> Vec<(&'static str, String, Value, Role)> {
    use Role::{Admin, Operator, Viewer};
    let collections = "/api/api_collections".to_owned();
    let one = format!("{collections}/{collection}");
    let endpoints = "/api/api_endpoints".to_owned();
    let endpoint = format!("{endpoints}/{endpoint}");
    let clients = "/api/v2/api_clients".to_owned();
    let client_path = format!("{clients}/{client}");
    let keys = format!("{client_path}/api_keys");
    let key_path = format!("{keys}/{key}");
    let profiles = "/api/api_access_profiles".to_owned();
    let profile = format!("{profiles}/{key}");
    let spec = json!({"content": {"openapi": "3.1.0", "paths": {"/a": {"get": {}}}}});
    let at = |path: &str, end: &str| format!("{path}/{end}");
    let bundle = format!("/api/cert_bundles/{bundle}");
    let pem = authority("CA", (2035, 1, 1));
    let terms = json!({"api_client_id": client, "name": "New v1", "api_collection_ids": [collection]});
    vec![
        ("GET", collections.clone(), Value::Null, Viewer),
        ("POST", collections, json!({"name": "New", "upstream": "http://x"}), Admin),
        ("GET", one.clone(), Value::Null, Viewer),
        ("PUT", one.clone(), json!({"name": "Newer"}), Admin),
        ("PUT", at(&one, "enable"), Value::Null, Operator),
        ("PUT", at(&one, "disable"), Value::Null, Operator),
        ("POST", at(&one, "import"), json!({"openapi_spec": spec}), Admin),
        ("GET", at(&one, "openapi.json"), Value::Null, Viewer),
        ("POST", at(&one, "api_endpoints"), json!({"name": "New", "method": "GET", "path": "new"}), Admin),
        ("GET", endpoints, Value::Null, Viewer),
        ("GET", endpoint.clone(), Value::Null, Viewer),
        ("PUT", endpoint.clone(), json!({"name": "Newer"}), Admin),
        ("PUT", at(&endpoint, "enable"), Value::Null, Operator),
        ("PUT", at(&endpoint, "disable"), Value::Null, Operator),
        ("GET", clients.clone(), Value::Null, Viewer),
        ("POST", clients, json!({"name": "New"}), Admin),
        ("GET", client_path.clone(), Value::Null, Viewer),
        ("PUT", client_path.clone(), json!({"name": "Newer"}), Admin),
        ("PUT", at(&client_path, "enable"), Value::Null, Operator),
        ("PUT", at(&client_path, "disable"), Value::Null, Operator),
        ("GET", keys.clone(), Value::Null, Viewer),
        ("POST", keys, json!({"name": "New", "active": true, "api_collection_ids": [collection]}), Admin),
        ("GET", key_path.clone(), Value::Null, Viewer),
        ("PUT", key_path.clone(), json!({"name": "Newer"}), Admin),
        ("PUT", at(&key_path, "enable"), Value::Null, Operator),
        ("PUT", at(&key_path, "disable"), Value::Null, Operator),
        ("PUT", at(&key_path, "refresh_secret"), json!({"overlap_seconds": 60}), Operator),
        ("PUT", at(&key_path, "finish_overlap"), Value::Null, Operator),
        ("GET", at(&key_path, "counters"), Value::Null, Viewer),
        ("POST", at(&key_path, "counters/grant"), json!({"amount": 1}), Operator),
        ("POST", at(&key_path, "counters/reset"), Value::Null, Admin),
        ("GET", "/api/settings".to_owned(), Value::Null, Admin),
        ("PUT", "/api/settings".to_owned(), json!({"rate_limit_headers": true}), Admin),
        ("POST", "/api/explain".to_owned(), json!({"method": "GET", "url": "/a"}), Viewer),
        ("GET", "/api/api_clients".to_owned(), Value::Null, Viewer),
        ("POST", "/api/api_clients".to_owned(), json!({"name": "New v1"}), Admin),
        ("GET", profiles.clone(), Value::Null, Viewer),
        ("POST", profiles, terms, Admin),
        ("GET", profile.clone(), Value::Null, Viewer),
        ("PUT", profile.clone(), json!({"name": "Newest"}), Admin),
        ("PUT", at(&profile, "enable"), Value::Null, Operator),
        ("PUT", at(&profile, "disable"), Value::Null, Operator),
        ("PUT", at(&profile, "refresh_secret"), Value::Null, Operator),
        ("GET", "/api/cert_bundles".to_owned(), Value::Null, Viewer),
        ("POST", "/api/cert_bundles".to_owned(), json!({"name": "New", "pem": pem}), Admin),
        ("POST", "/api/cert_bundles/preview".to_owned(), json!({"pem": pem}), Admin),
        (
            "POST",
            "/api/api_collections/preview".to_owned(),
            json!({"openapi_spec": {"content": openapi(&[("get", "/a")])}}),
            Admin,
        ),
        ("GET", bundle.clone(), Value::Null, Viewer),
        ("PUT", bundle.clone(), json!({"name": "Newer"}), Admin),
        ("DELETE", bundle, Value::Null, Admin),
        ("DELETE", at(&client_path, "logo"), Value::Null, Admin),
        ("DELETE", profile, Value::Null, Admin),
        ("DELETE", key_path, Value::Null, Admin),
        ("DELETE", endpoint, Value::Null, Admin),
        ("DELETE", client_path, Value::Null, Admin),
        ("DELETE", one, Value::Null, Admin),
    ]
}

async fn workspace(api: &TestApi) -> Vec<(&'static str, String, Value, Role)> {
    let collection = api.collection("One").await;
    let body = json!({"name": "A", "method": "GET", "path": "old"});
    let endpoint = id(&api.post(&format!("/api/api_collections/{collection}/api_endpoints"), body).await.ok().body);
    let client = api.client("Partner").await;
    let key = id(&api.key(client, "Shop", collection).await);
    api.counters.set(key, quota_counts(10, 3));
    let body = json!({"name": "Old", "pem": authority("CA", (2035, 1, 1))});
    let bundle = id(&api.post("/api/cert_bundles", body).await.ok().body["data"]);
    operations(collection, endpoint, client, key, bundle)
}

#[tokio::test]
async fn each_operation_needs_its_role() {
    let api = TestApi::start().await;
    let operations = workspace(&api).await;
    let viewer = api.token_of(Role::Viewer).await;
    let operator = api.token_of(Role::Operator).await;
    let before = api.everything().await;
    for (method, path, body, least) in &operations {
        let lower = if *least == Role::Operator { vec![&viewer] } else { vec![&viewer, &operator] };
        for token in lower {
            let answer = api.with_token(token.expose(), method, path, body.clone()).await;
            if *least == Role::Viewer {
                answer.ok();
            } else {
                let answer = answer.problem(403);
                let expected = format!("Not permitted: this needs the role {}", least.as_str());
                assert_eq!(answer.body["message"], expected, "{method} {path}");
            }
        }
    }
    assert_eq!(api.everything().await, before);
    let admin = api.token_of(Role::Admin).await;
    for (method, path, body, least) in operations {
        // A profile is deleted once, by either of its two paths.
        let gone = method == "DELETE" && path.contains("api_keys");
        let token = if least == Role::Operator { &operator } else { &admin };
        let answer = api.with_token(token.expose(), method, &path, body).await;
        match (gone, path.ends_with("/logo")) {
            (true, _) | (_, true) => answer.problem(404),
            (false, false) => answer.ok(),
        };
    }
}

#[tokio::test]
async fn what_is_not_there_is_404_and_changes_nothing() {
    let api = TestApi::start().await;
    workspace(&api).await;
    let before = api.everything().await;
    for (method, path, body, _) in operations(98, 98, 98, 98, 98) {
        if path.contains("/98") {
            api.with_token(api.token_of(Role::Admin).await.expose(), method, &path, body).await.problem(404);
        }
    }
    for (method, path, body, _) in operations(0, 0, 0, 0, 0) {
        if path.contains("/0") {
            let path = path.replace("/0", "/none");
            api.with_token(api.token_of(Role::Admin).await.expose(), method, &path, body).await.problem(404);
        }
    }
    assert_eq!(api.everything().await, before);
}
