//! Bad management input: each case answers as documented, names its field, and changes nothing.

use anyhow::Result;
use e2e::{Answer, Api};
use reqwest::Method;
use serde_json::{Value, json};

use crate::scene::Scene;

/// A request, the status it must get, and the field that the problem names ("" for none).
struct Case {
    method: Method,
    path: String,
    body: Value,
    status: u16,
    field: &'static str,
}

#[tokio::test]
async fn bad_input_answers_as_documented_and_changes_nothing() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    let policy = scene.api.make_policy("Six", 6, "minute").await?;
    let before = state(&scene.api).await?;
    let mut wrong = Vec::new();
    for case in cases(&scene, &profile.path(), policy) {
        let request = scene.api.request(case.method.clone(), &case.path).json(&case.body);
        let answer = scene.api.send(request).await?;
        let named = case.field.is_empty() || answer.fields().iter().any(|field| field.starts_with(case.field));
        if answer.status != case.status || !named || !is_problem(&answer) {
            wrong.push(format!(
                "{} {} {}: wanted {} at {:?}, got {}: {}",
                case.method,
                case.path,
                case.body.to_string().chars().take(160).collect::<String>(),
                case.status,
                case.field,
                answer.status,
                answer.text.chars().take(400).collect::<String>()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(state(&scene.api).await?, before, "something was changed");
    assert_eq!(scene.status(&profile).await?, 200);
    Ok(())
}

fn cases(scene: &Scene, profile: &str, policy: u64) -> Vec<Case> {
    let upstream = scene.upstream.url();
    let collections = "/api/api_collections";
    let collection = format!("{collections}/{}", scene.collection.id);
    let endpoints = format!("{collection}/api_endpoints");
    let clients = "/api/v2/api_clients";
    let client = format!("{clients}/{}", scene.client);
    let keys = format!("{client}/api_keys");
    let policies = "/api/api_policies";
    let long = "n".repeat(300);
    let own = json!([scene.collection.id]);
    let post = |path: &str, body, status, field| new(Method::POST, path, body, status, field);
    let put = |path: &str, body, status, field| new(Method::PUT, path, body, status, field);
    let upstreams = |url: &str| json!({"name": "New", "upstream": {"urls": [url]}});
    vec![
        // Collections and their upstreams.
        post(collections, upstreams("not a url"), 400, "upstream"),
        post(collections, upstreams("ftp://127.0.0.1/"), 400, "upstream"),
        post(collections, upstreams("http://"), 400, "upstream"),
        post(collections, upstreams("http://user:secret@127.0.0.1:1/"), 400, "upstream"),
        post(collections, json!({"name": long, "upstream": {"urls": [upstream]}}), 400, "name"),
        post(collections, json!({"name": "   ", "upstream": {"urls": [upstream]}}), 400, "name"),
        post(collections, json!({"upstream": {"urls": [upstream]}}), 400, "name"),
        post(collections, json!({"name": "New", "path": "Not a slug", "upstream": {"urls": [upstream]}}), 400, "path"),
        post(collections, json!({"name": "New", "path": "oauth2", "upstream": {"urls": [upstream]}}), 400, "path"),
        post(collections, json!({"name": "Things", "version": "1.0", "upstream": {"urls": [upstream]}}), 409, "name"),
        post(collections, json!({"name": "New", "colour": "red", "upstream": {"urls": [upstream]}}), 400, "colour"),
        post(
            collections,
            json!({"name": "New", "version": "12345678901", "upstream": {"urls": [upstream]}}),
            400,
            "version",
        ),
        post(collections, spec("json", "this is no OpenAPI"), 400, "openapi_spec"),
        post(collections, spec("yaml", "- just\n- a list\n"), 400, "openapi_spec"),
        post(collections, spec("json", r#"{"swagger": "2.0", "info": {}, "paths": {}}"#), 400, "openapi_spec"),
        post(collections, spec("xml", "<openapi/>"), 400, "openapi_spec"),
        post(
            collections,
            spec("json", r#"{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{}}"#),
            422,
            "",
        ),
        put(&collection, json!({"name": null}), 400, "name"),
        put(&collection, json!({"upstream": {"urls": ["//nowhere"]}}), 400, "upstream"),
        put(&format!("{collections}/999"), json!({"name": "New"}), 404, ""),
        // Endpoints.
        post(&endpoints, json!({"name": "E", "method": "TRACE", "path": "x"}), 400, "method"),
        post(&endpoints, json!({"name": "E", "method": "GET", "path": "a//b"}), 400, "path"),
        post(&endpoints, json!({"name": "E", "method": "GET", "path": "{rest...}/more"}), 400, "path"),
        post(&endpoints, json!({"name": "E", "method": "GET", "path": "a/../b"}), 400, "path"),
        post(&endpoints, json!({"name": "E", "method": "GET", "path": "things"}), 409, ""),
        post(&endpoints, json!({"method": "GET"}), 400, "name"),
        // Clients.
        post(clients, json!({"name": long}), 400, "name"),
        post(clients, json!({}), 400, "name"),
        post(clients, json!({"name": 7}), 400, "name"),
        post(clients, json!({"name": " acme "}), 409, "name"),
        post(clients, json!({"name": "New", "no_such_field": 1}), 400, "no_such_field"),
        post(
            clients,
            json!({"name": "New", "auth_type": "token", "api_collection_ids": [99]}),
            422,
            "api_collection_ids",
        ),
        post(
            clients,
            json!({"name": "New", "auth_type": "token", "api_collection_ids": []}),
            400,
            "api_collection_ids",
        ),
        post(clients, json!({"name": "New", "auth_type": "magic", "api_collection_ids": own}), 400, "auth_type"),
        post(clients, json!({"name": "New", "project_id": 999}), 422, "project_id"),
        put(&client, json!({"name": ""}), 400, "name"),
        put(&format!("{clients}/999"), json!({"name": "New"}), 404, ""),
        // Keys (access profiles).
        post(&keys, key(&own, json!({"ip_allow_list": ["300.1.2.3"]})), 400, "ip_allow_list"),
        post(&keys, key(&own, json!({"ip_allow_list": ["10.0.0.0/33"]})), 400, "ip_allow_list"),
        post(&keys, key(&own, json!({"ip_deny_list": ["example.com"]})), 400, "ip_deny_list"),
        post(&keys, key(&own, json!({"ip_deny_list": "10.0.0.0/8"})), 400, "ip_deny_list"),
        post(&keys, key(&own, json!({"name": long})), 400, "name"),
        post(&keys, key(&own, json!({"name": "Shop"})), 409, "name"),
        post(&keys, key(&json!([99]), json!({})), 422, "api_collection_ids"),
        post(&keys, key(&own, json!({"api_policy_id": 99})), 422, "api_policy_id"),
        post(&keys, key(&own, json!({"active": "yes"})), 400, "active"),
        post(&keys, json!({"name": "New", "active": true}), 422, "api_collection_ids"),
        post("/api/v2/api_clients/999/api_keys", key(&own, json!({})), 404, ""),
        put(profile, json!({"ip_allow_list": ["1.2.3.4", "nonsense"]}), 400, "ip_allow_list"),
        put(profile, json!({"name": null}), 400, "name"),
        put(profile, json!({"api_collection_ids": []}), 400, "api_collection_ids"),
        // Policies.
        post(policies, policy_of(&json!({"limit": 0, "interval": "minute"})), 400, "rate_limit"),
        post(policies, policy_of(&json!({"limit": -1, "interval": "minute"})), 400, "rate_limit"),
        post(policies, policy_of(&json!({"limit": 1_000_000_001, "interval": "minute"})), 400, "rate_limit"),
        post(policies, policy_of(&json!({"limit": 1, "interval": "fortnight"})), 400, "rate_limit"),
        post(policies, json!({"name": "New"}), 400, "rate_limit"),
        post(policies, json!({"name": "six", "rate_limit": {"limit": 1, "interval": "hour"}}), 409, "name"),
        put(
            &format!("{policies}/{policy}"),
            json!({"rate_limit": {"limit": 0, "interval": "hour"}}),
            400,
            "rate_limit",
        ),
        // Bodies of another shape.
        post(clients, json!(["a", "list"]), 400, ""),
        post(clients, json!("text"), 400, ""),
    ]
}

#[tokio::test]
async fn all_errors_of_one_input_are_reported_at_once() -> Result<()> {
    let scene = Scene::start().await?;
    let body = json!({
        "name": "n".repeat(300), "active": true, "auth_type": "token", "api_collection_ids": [scene.collection.id],
        "ip_allow_list": ["1.2.3.4.5"], "ip_deny_list": ["::g"], "colour": "red",
    });
    let answer = scene.api.post(&format!("/api/v2/api_clients/{}/api_keys", scene.client), &body).await?;
    assert_eq!(answer.status, 400, "{}", answer.text);
    let mut fields: Vec<String> =
        answer.fields().iter().map(|field| field.split(['[', '.']).next().unwrap_or_default().to_owned()).collect();
    fields.sort();
    fields.dedup();
    assert_eq!(fields, ["colour", "ip_allow_list", "ip_deny_list", "name"], "{}", answer.text);
    let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.starts_with("Validation failed: ") && message.ends_with("1 more"), "{message}");
    Ok(())
}

#[tokio::test]
async fn oversized_wrong_and_missing_bodies_are_refused() -> Result<()> {
    let scene = Scene::start().await?;
    let before = state(&scene.api).await?;
    let send = async |path: &str, kind: &str, body: String| {
        let request = scene.api.request(Method::POST, path).header("content-type", kind).body(body);
        scene.api.send(request).await
    };
    let ten_mib = format!("{{\"name\": \"{}\"}}", "x".repeat(10 * 1024 * 1024));
    for path in ["/api/v2/api_clients", "/api/api_policies", "/api/api_collections"] {
        let answer = send(path, "application/json", ten_mib.clone()).await?;
        assert_eq!(answer.status, 413, "{path}: {}", answer.text.chars().take(200).collect::<String>());
    }
    let cases = [
        ("application/json", "{\"name\": ", 400),
        ("application/json", "", 400),
        ("application/json", "{\"name\": \"a\", \"name\": \"b\"}", 400),
        ("text/plain", "{\"name\": \"New\"}", 415),
    ];
    for (kind, body, status) in cases {
        let answer = send("/api/v2/api_clients", kind, body.to_owned()).await?;
        assert_eq!(answer.status, status, "{kind} {body:?}: {}", answer.text);
        assert!(is_problem(&answer), "{}", answer.text);
    }
    assert_eq!(state(&scene.api).await?, before, "something was changed");
    Ok(())
}

#[tokio::test]
async fn wrong_query_parameters_and_ids_are_refused() -> Result<()> {
    let scene = Scene::start().await?;
    let cases = [
        ("/api/v2/api_clients?page=0", 400),
        ("/api/v2/api_clients?per_page=101", 400),
        ("/api/v2/api_clients?per_page=ten", 400),
        ("/api/v2/api_clients?colour=red", 400),
        ("/api/v2/api_clients?sort=colour", 400),
        ("/api/api_collections?per_page=0", 400),
        ("/api/api_policies?page=-1", 400),
        ("/api/v2/api_clients/999", 404),
        ("/api/api_collections/999", 404),
        ("/api/no_such_thing", 404),
    ];
    for (path, status) in cases {
        let answer = scene.api.get(path).await?;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert!(is_problem(&answer), "{path}: {:?}", answer.headers);
    }
    Ok(())
}

fn new(method: Method, path: &str, body: Value, status: u16, field: &'static str) -> Case {
    Case { method, path: path.to_owned(), body, status, field }
}

fn spec(format: &str, content: &str) -> Value {
    json!({
        "name": "New",
        "upstream": {"urls": ["http://127.0.0.1:9000"]},
        "openapi_spec": {"format": format, "content": content},
    })
}

fn policy_of(rate_limit: &Value) -> Value {
    json!({"name": "New", "rate_limit": rate_limit})
}

fn key(collections: &Value, more: Value) -> Value {
    let mut body = json!({
        "name": "New", "active": true, "auth_type": "token", "api_collection_ids": collections,
    });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

/// A problem in the documented form.
fn is_problem(answer: &Answer) -> bool {
    let body = answer.json();
    answer.header("content-type").is_some_and(|kind| kind.starts_with("application/problem+json"))
        && body["status"].as_u64() == Some(u64::from(answer.status))
        && ["type", "title", "detail", "message", "request_id"].iter().all(|field| body[*field].is_string())
}

/// All that an owner can see, and the revision.
async fn state(api: &Api) -> Result<Vec<Value>> {
    let mut state = Vec::new();
    for list in [
        "/api/api_collections",
        "/api/v2/api_clients",
        "/api/api_policies",
        "/api/projects",
        "/api/api_access_profiles",
    ] {
        let mut rows = api.all(list).await?;
        for row in &mut rows {
            // What changes by being called or by time alone.
            if let Some(row) = row.as_object_mut() {
                row.retain(|field, _| {
                    !["last_used_at", "calls_total", "refused_total", "policy_state"].contains(&field.as_str())
                });
            }
        }
        state.push(json!({list: rows}));
    }
    Ok(state)
}
