//! An import with an error in its last line leaves nothing half done.

use crate::support::{TestApi, openapi};
use serde_json::{Value, json};
use std::fmt::Write as _;

const COLLECTIONS: &str = "/api/api_collections";

/// A YAML document with so many good operations.
fn yaml(operations: usize) -> String {
    let mut text = String::from(
        "openapi: 3.1.0\ninfo: {title: Orders, version: '2'}\nservers: [{url: 'http://10.0.0.5'}]\npaths:\n",
    );
    for number in 0..operations {
        writeln!(text, "  /orders/{number}: {{get: {{summary: Order {number}}}}}").unwrap();
    }
    text
}

async fn audit_entries(api: &TestApi) -> Value {
    api.get("/api/activity_logs").await.ok().body
}

#[tokio::test]
async fn a_document_whose_last_line_is_broken_makes_and_changes_nothing() {
    let api = TestApi::start().await;
    let first = json!({"name": "Orders", "openapi_spec": {"content": openapi(&[("get", "/kept")]), "format": "json"}});
    let id = api.post(COLLECTIONS, first).await.ok().body["id"].clone();
    let before = (api.everything().await, audit_entries(&api).await);
    for last_line in [
        // No YAML at all.
        "  /orders/last: {get: {summary: [}",
        // A name twice.
        "  /orders/0: {get: {summary: Again}}",
        // A tab where YAML wants spaces.
        "\t/orders/last: {get: {}}",
    ] {
        let spec = json!({"content": yaml(300) + last_line + "\n", "format": "yaml"});
        let made = api.post(COLLECTIONS, json!({"name": "Broken", "openapi_spec": spec})).await.problem(400);
        assert!(!made.fault("openapi_spec.content").is_empty(), "{last_line}: {}", made.body);
        let import = format!("{COLLECTIONS}/{id}/import");
        api.post(&import, json!({"openapi_spec": spec, "prune": true})).await.problem(400);
        assert_eq!((api.everything().await, audit_entries(&api).await), before, "{last_line}");
    }
    // The same without its last line is taken whole.
    let spec = json!({"content": yaml(300), "format": "yaml"});
    let body =
        api.post(&format!("{COLLECTIONS}/{id}/import"), json!({"openapi_spec": spec, "prune": true})).await.ok().body;
    assert_eq!(api.get(&format!("{COLLECTIONS}/{id}")).await.ok().body["endpoints_count"], 300, "{body}");
}

#[tokio::test]
async fn a_client_whose_last_profile_is_bad_is_not_made_at_all() {
    let api = TestApi::start().await;
    let collection = api.collection("Orders").await;
    let before = (api.everything().await, audit_entries(&api).await);
    let mut keys: Vec<_> = (0..19).map(|number| json!({"name": format!("Key {number}"), "active": true})).collect();
    keys.push(json!({"name": "key 0", "active": true}));
    let body = json!({"name": "Acme", "auth_type": "token", "api_collection_ids": [collection], "api_keys": keys});
    let refused = api.post("/api/v2/api_clients", body).await.problem(409);
    assert!(!refused.fault("api_keys[19].name").is_empty());
    assert_eq!((api.everything().await, audit_entries(&api).await), before);
}
