//! The OpenAPI document is complete, and says what the router does.

use crate::support::TestApi;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::Role;

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];
const OPEN: [(&str, &str); 7] = [
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/api/setup"),
    ("post", "/api/setup"),
    ("post", "/api/sessions"),
    ("get", "/api/sessions/oidc"),
    ("get", "/api/sessions/oidc/callback"),
];
/// They send the browser on; a provider may add parameters of its own.
const REDIRECTS: [&str; 2] = ["/api/sessions/oidc", "/api/sessions/oidc/callback"];

fn document() -> Value {
    serde_json::from_str(&management::openapi_json()).expect("the document is JSON")
}

/// Method, path and operation of each operation.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            assert!(METHODS.contains(&method.as_str()), "{method} {path}");
            all.push((method.clone(), path.clone(), operation.clone()));
        }
    }
    assert!(all.len() > 15);
    all
}

fn concrete(path: &str) -> String {
    path.replace("{id}", "1").replace("{key}", "1")
}

#[test]
fn the_document_is_openapi_3_1_and_always_the_same() {
    assert_eq!(document()["openapi"], "3.1.0");
    assert_eq!(management::openapi_json(), management::openapi_json());
    assert!(management::openapi_json().ends_with("}\n"));
}

#[test]
fn every_operation_is_described() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let name = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{name} has no operationId"));
        assert!(ids.insert(id.to_owned()), "{id} is used twice");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{name} has not one tag");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{name} has no summary");
        let answers = operation["responses"].as_object().unwrap();
        let redirects = REDIRECTS.contains(&path.as_str());
        let good = if redirects { "303" } else { "200" };
        assert!(answers.contains_key(good), "{name} has no {good}");
        // A probe tells its state with 503 too.
        let is_told = |status: &str| !(redirects && status == "401" || path == "/readyz" && status == "503");
        for status in ["400", "401", "503"].iter().filter(|status| is_told(status)) {
            let schema = &answers[*status]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{name} {status}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
        }
        if let Some(body) = operation.get("requestBody") {
            for (kind, content) in body["content"].as_object().unwrap() {
                // An image is no text that could be shown.
                let has_example = content.get("example").is_some() || content.get("examples").is_some();
                assert!(has_example || kind != "application/json", "{name} has no example");
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let pointer = part.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

#[tokio::test]
async fn every_operation_answers_401_without_a_good_credential_unless_it_is_open() {
    let api = TestApi::start().await;
    for (method, path, operation) in operations(&document()) {
        let open = OPEN.contains(&(method.as_str(), path.as_str()));
        assert_eq!(operation["security"] == json!([{}]), open, "{method} {path}");
        if open {
            continue;
        }
        let (method, path) = (method.to_uppercase(), concrete(&path));
        api.anonymous(&method, &path, Value::Null).await.problem(401);
        for wrong in ["", "pcm_wrong", "pc_0", &"x".repeat(5000)] {
            api.with_token(wrong, &method, &path, Value::Null).await.problem(401);
        }
    }
}

#[tokio::test]
async fn every_operation_refuses_an_unknown_parameter_by_name() {
    let api = TestApi::start().await;
    let owner = api.token_of(Role::Owner).await;
    for (method, path, _) in operations(&document()) {
        let open = OPEN.contains(&(method.as_str(), path.as_str()));
        if (open && method == "post") || REDIRECTS.contains(&path.as_str()) {
            continue;
        }
        let path = format!("{}?surprise=1", concrete(&path));
        let body = if method == "post" { json!({}) } else { Value::Null };
        let answer = api.with_token(owner.expose(), &method.to_uppercase(), &path, body).await.problem(400);
        assert!(answer.fault("surprise").contains("not a known"), "{method} {path}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_document_is_served_to_who_is_signed_in() {
    let api = TestApi::start().await;
    assert_eq!(api.get("/api/openapi.json").await.ok().body, document());
    api.anonymous("GET", "/api/openapi.json", Value::Null).await.problem(401);
}
