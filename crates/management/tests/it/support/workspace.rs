//! Things that tests of other things need.

use super::TestApi;
use serde_json::{Value, json};

/// A document with these operations, as `("get", "/orders")`.
pub(crate) fn openapi(operations: &[(&str, &str)]) -> Value {
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {"title": "Orders", "version": "2.1"},
        "servers": [{"url": "http://10.0.0.5/base"}],
        "paths": {},
    });
    for (method, path) in operations {
        document["paths"][path][method] = json!({"summary": format!("{method} it"), "responses": {}});
    }
    document
}

impl TestApi {
    /// A collection of this name, by hand; its id.
    pub(crate) async fn collection(&self, name: &str) -> i64 {
        let body = json!({"name": name, "upstream": "http://10.0.0.5"});
        id(&self.post("/api/api_collections", body).await.ok().body)
    }

    /// A policy of this name; its id.
    pub(crate) async fn policy(&self, name: &str) -> i64 {
        let body = json!({"name": name, "rate_limit": {"limit": 6, "interval": "minute"}});
        id(&self.post("/api/api_policies", body).await.ok().body["data"])
    }

    /// A client of this name, without default terms; its id.
    pub(crate) async fn client(&self, name: &str) -> i64 {
        id(&self.post("/api/v2/api_clients", json!({"name": name})).await.ok().body["data"])
    }

    /// A profile of a client with its own terms; the answer's data.
    pub(crate) async fn key(&self, client: i64, name: &str, collection: i64) -> Value {
        let body = json!({"name": name, "active": true, "api_collection_ids": [collection]});
        self.post(&format!("/api/v2/api_clients/{client}/api_keys"), body).await.ok().body["data"].clone()
    }

    /// What lists show of everything that can be made, to see that nothing changed.
    pub(crate) async fn everything(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for path in [
            "/api/api_collections",
            "/api/api_endpoints",
            "/api/v2/api_clients",
            "/api/api_access_profiles",
            "/api/api_policies",
            "/api/cert_bundles",
            "/api/projects",
        ] {
            all.push(self.get(path).await.ok().body);
        }
        all
    }
}

/// The id of an object.
#[track_caller]
pub(crate) fn id(object: &Value) -> i64 {
    object["id"].as_i64().unwrap_or_else(|| panic!("no id in {object}"))
}
