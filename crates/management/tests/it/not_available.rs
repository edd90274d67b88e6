//! Settings of later versions: each is refused by name with 422, and switched off it is accepted.

use crate::support::{TestApi, id};
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

/// Settings of terms, wherever terms are sent.
fn of_terms() -> Vec<(&'static str, Value, Value)> {
    vec![
        ("mtls_enabled", json!(true), json!(false)),
        ("cert_bundle_ids", json!([1]), json!([])),
        ("validation_formula", json!("CN=a"), Value::Null),
    ]
}

#[tokio::test]
async fn settings_of_collections() {
    let api = TestApi::start().await;
    let path = format!("/api/api_collections/{}", api.collection("One").await);
    let url = "http://10.0.0.5";
    for (setting, fault) in [
        (("allow_encoded_slash", json!(true), json!(false)), "allow_encoded_slash"),
        (("proxy_connection_id", json!(5), Value::Null), "proxy_connection_id"),
        (("upstream", json!({"urls": [url, url]}), json!({"urls": [url]})), "upstream.urls"),
        (("upstream", json!({"urls": [url], "tls": {"ca": "x"}}), json!({"urls": [url], "tls": null})), "upstream.tls"),
        (
            (
                "upstream",
                json!({"urls": [url], "auth": {"type": "header", "name": "x", "value": "y"}}),
                json!({"urls": [url], "auth": {"type": "none"}}),
            ),
            "upstream.auth",
        ),
        (
            ("upstream", json!({"urls": [url], "auth": {"type": "basic"}}), json!({"urls": [url], "auth": null})),
            "upstream.auth",
        ),
        (("upstream", json!({"urls": [url], "auth": {"type": "query"}}), json!({"urls": [url]})), "upstream.auth"),
        (("upstream", json!({"urls": [url], "auth": {"type": "oauth2"}}), json!(url)), "upstream.auth"),
    ] {
        check(&api, "PUT", &path, &json!({}), setting.clone(), fault).await;
        let (field, on, _) = setting;
        let mut body = json!({"name": "Two", "upstream": url});
        body[field] = on;
        let answer = api.post("/api/api_collections", body).await.problem(422);
        assert!(answer.fault(fault).ends_with(LATER), "{}", answer.body);
    }
}

#[tokio::test]
async fn settings_of_clients() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let base = json!({"name": "Partner", "auth_type": "token", "api_collection_ids": [one]});
    let mut settings = of_terms();
    settings.push(("api_portal_id", json!(1), Value::Null));
    for setting in settings {
        let field = setting.0;
        let fresh = TestApi::start().await;
        fresh.collection("One").await;
        check(&fresh, "POST", "/api/v2/api_clients", &base, setting.clone(), field).await;
        let client = fresh.client("Changed").await;
        let base = json!({"auth_type": "token", "api_collection_ids": [one]});
        check(&fresh, "PUT", &format!("/api/v2/api_clients/{client}"), &base, setting, field).await;
    }
    assert_eq!(api.get("/api/v2/api_clients").await.ok().body["count"], 0);
}

#[tokio::test]
async fn settings_of_profiles() {
    for setting in of_terms() {
        let field = setting.0;
        let api = TestApi::start().await;
        let one = api.collection("One").await;
        let client = api.client("Partner").await;
        let keys = format!("/api/v2/api_clients/{client}/api_keys");
        let base = json!({"name": "Shop", "active": true, "api_collection_ids": [one]});
        check(&api, "POST", &keys, &base, setting.clone(), field).await;
        let key = id(&api.key(client, "Other", one).await);
        check(&api, "PUT", &format!("{keys}/{key}"), &json!({}), setting.clone(), field).await;
        let base = json!({"api_client_id": client, "name": "Old", "api_collection_ids": [one]});
        check(&api, "POST", "/api/api_access_profiles", &base, setting.clone(), field).await;
        check(&api, "PUT", &format!("/api/api_access_profiles/{key}"), &json!({}), setting, field).await;
    }
}
