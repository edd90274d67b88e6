//! Settings of later versions: each is refused by name with 422, and switched off it is accepted.

use crate::support::TestApi;
use serde_json::{Value, json};

const LATER: &str = "not available in this version";

/// Sends `on` and expects 422 at `fault`, with nothing changed; then sends `off` and expects success.
async fn check(api: &TestApi, method: &str, path: &str, base: &Value, setting: (&str, Value, Value), fault: &str) {
    let (field, on, off) = setting;
    let with = |value: Value| {
        let mut body = base.clone();
        body[field] = value;
        body
    };
    let before = api.everything().await;
    let answer = api.send_raw(method, path, "application/json", with(on).to_string()).await.problem(422);
    let message = answer.fault(fault);
    assert!(message.ends_with(LATER), "{method} {path} {field}: {}", answer.body);
    assert_eq!(answer.body["errors"].as_object().unwrap().len(), 1, "{}", answer.body);
    assert!(answer.body["message"].as_str().unwrap().contains(&format!("{fault}: {message}")));
    assert_eq!(api.everything().await, before);
    let mut with_off = with(off);
    if method == "POST" && with_off.get("name").is_some() {
        with_off["name"] = json!(format!("With {field} off at {path}"));
    }
    api.send_raw(method, path, "application/json", with_off.to_string()).await.ok();
}

#[tokio::test]
async fn settings_of_collections() {
    let api = TestApi::start().await;
    let path = format!("/api/api_collections/{}", api.collection("One").await);
    check(&api, "PUT", &path, &json!({}), ("proxy_connection_id", json!(5), Value::Null), "proxy_connection_id").await;
    let body = json!({"name": "Two", "upstream": "http://10.0.0.5", "proxy_connection_id": 5});
    let answer = api.post("/api/api_collections", body).await.problem(422);
    assert!(answer.fault("proxy_connection_id").ends_with(LATER), "{}", answer.body);
}

#[tokio::test]
async fn settings_of_clients() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let setting = ("api_portal_id", json!(1), Value::Null);
    let base = json!({"name": "Partner", "auth_type": "token", "api_collection_ids": [one]});
    check(&api, "POST", "/api/v2/api_clients", &base, setting.clone(), "api_portal_id").await;
    let client = api.client("Changed").await;
    let base = json!({"auth_type": "token", "api_collection_ids": [one]});
    check(&api, "PUT", &format!("/api/v2/api_clients/{client}"), &base, setting, "api_portal_id").await;
}
