//! Settings of the workspace.

use crate::support::TestApi;
use serde_json::{Value, json};
use store::Role;

const PATH: &str = "/api/settings";

#[tokio::test]
async fn they_are_shown_and_changed_field_by_field() {
    let api = TestApi::start().await;
    let first = json!({"public_url": null, "prefix": "", "custom_domains": [], "time_zone": "UTC", "trusted_proxies": [], "outbound_allowed": [], "rate_limit_headers": false,
        "profiles_per_client": 20, "session_idle_minutes": 720, "session_life_hours": 168, "max_staleness_seconds": null});
    assert_eq!(api.get(PATH).await.ok().body, json!({"data": first}));
    let answer =
        api.put(PATH, json!({"time_zone": "europe/berlin", "trusted_proxies": ["10.0.0.3/8", "::1"]})).await.ok();
    assert!(!answer.header("portcullis-revision").is_empty());
    let expected = json!({
        "public_url": null, "prefix": "", "custom_domains": [],
        "time_zone": "Europe/Berlin", "trusted_proxies": ["10.0.0.3/8", "::1"], "outbound_allowed": [],
        "rate_limit_headers": false, "profiles_per_client": 20, "session_idle_minutes": 720, "session_life_hours": 168,
        "max_staleness_seconds": null
    });
    assert_eq!(answer.body["data"], expected);
    let body = json!({"outbound_allowed": ["127.0.0.1"], "rate_limit_headers": true, "trusted_proxies": null});
    let expected = json!({
        "public_url": null, "prefix": "", "custom_domains": [],
        "time_zone": "Europe/Berlin", "trusted_proxies": [], "outbound_allowed": ["127.0.0.1"],
        "rate_limit_headers": true, "profiles_per_client": 20, "session_idle_minutes": 720, "session_life_hours": 168,
        "max_staleness_seconds": null
    });
    assert_eq!(api.put(PATH, body).await.ok().body["data"], expected);
    assert_eq!(api.get(PATH).await.ok().body["data"], expected);
}

#[tokio::test]
async fn bad_settings_are_refused_with_all_faults_at_once() {
    let api = TestApi::start().await;
    let before = api.get(PATH).await.ok().body;
    let body = json!({
        "time_zone": "Mars/Olympus", "trusted_proxies": ["10.0.0.0/33", "10.0.0.1", "proxy.example"],
        "outbound_allowed": "10.0.0.1", "rate_limit_headers": null, "nonsense": "x",
        "public_url": "https://api.example.com/v", "prefix": "oauth2/x", "custom_domains": ["a.example", "a.example:80"],
    });
    let answer = api.put(PATH, body).await.problem(400);
    for (field, expected) in [
        ("trusted_proxies[0]", "\"10.0.0.0/33\" is not an IP address or CIDR network"),
        ("trusted_proxies[2]", "\"proxy.example\" is not an IP address or CIDR network"),
        ("outbound_allowed", "must be a list"),
        ("rate_limit_headers", "must be true or false"),
        ("nonsense", "is not a known field"),
        ("public_url", "must be an http or https address without user, path or query, as in https://api.example.com"),
        ("prefix", "must not begin with oauth2, which is reserved for the gateway"),
        ("custom_domains[1]", "must be a host name without scheme, port or path, as in api.example.com"),
    ] {
        assert_eq!(answer.fault(field), expected, "{}", answer.body);
    }
    assert!(!answer.fault("time_zone").is_empty());
    let many = json!({"custom_domains": vec!["a.example"; 101]});
    assert_eq!(api.put(PATH, many).await.problem(400).fault("custom_domains"), "has too many entries (maximum is 100)");
    let many = json!({"trusted_proxies": vec!["10.0.0.1"; 1001]});
    assert_eq!(
        api.put(PATH, many).await.problem(400).fault("trusted_proxies"),
        "has too many entries (maximum is 1000)"
    );
    api.send_raw("PUT", PATH, "text/plain", "{}").await.problem(415);
    api.put(PATH, Value::Null).await.problem(400);
    assert_eq!(api.get(PATH).await.ok().body, before);
}

#[tokio::test]
async fn only_admins_see_and_change_them() {
    let api = TestApi::start().await;
    for role in [Role::Viewer, Role::Operator] {
        let token = api.token_of(role).await;
        api.with_token(token.expose(), "GET", PATH, Value::Null).await.problem(403);
        api.with_token(token.expose(), "PUT", PATH, json!({"rate_limit_headers": true})).await.problem(403);
    }
    api.anonymous("GET", PATH, Value::Null).await.problem(401);
    api.anonymous("PUT", PATH, json!({"rate_limit_headers": true})).await.problem(401);
    assert_eq!(api.get(PATH).await.ok().body["data"]["rate_limit_headers"], false);
}

#[tokio::test]
async fn a_change_is_audited() {
    let api = TestApi::start().await;
    api.put(PATH, json!({"time_zone": "Asia/Tokyo"})).await.ok();
    let log = api.store.list_audit(&store::PageQuery::default(), &store::AuditFilter::default()).await.unwrap().items;
    let entry = log.iter().find(|entry| entry.event_type == "settings.updated").expect("an entry");
    assert_eq!(entry.actor.name, "test");
}

#[tokio::test]
async fn urls_in_answers_follow_the_public_address_and_the_prefix() {
    let api = TestApi::start().await;
    let body = json!({"name": "Orders", "upstream": {"urls": ["http://127.0.0.1:9000"]}});
    let collection = api.post("/api/api_collections", body).await.ok().body;
    assert_eq!(collection["url"], "http://127.0.0.1:8080/orders-v1");
    let id = collection["id"].as_i64().unwrap();
    let endpoint = json!({"name": "All", "method": "GET", "path": "all"});
    let endpoint = api.post(&format!("/api/api_collections/{id}/api_endpoints"), endpoint).await.ok().body;
    assert_eq!(endpoint["url"], "http://127.0.0.1:8080/orders-v1/all");

    let change = json!({
        "public_url": "HTTPS://API.example.com:443/", "prefix": "/acme/apis/", "custom_domains": ["APIs.Acme.example"]
    });
    let settings = api.put(PATH, change).await.ok().body["data"].clone();
    assert_eq!(settings["public_url"], "https://api.example.com");
    assert_eq!(settings["prefix"], "acme/apis");
    assert_eq!(settings["custom_domains"], json!(["apis.acme.example"]));

    let path = format!("/api/api_collections/{id}");
    let shown = api.get(&path).await.ok().body;
    assert_eq!(shown["url"], "https://api.example.com/acme/apis/orders-v1");
    assert_eq!(shown["api_spec_url"], "https://api.example.com/acme/apis/orders-v1/openapi.json");
    let shown = api.get(&format!("/api/api_endpoints/{}", endpoint["id"])).await.ok().body;
    assert_eq!(shown["url"], "https://api.example.com/acme/apis/orders-v1/all");
    assert_eq!(shown["base_path"], "/orders-v1");
    let document = api.get(&format!("{path}/openapi.json")).await.ok().body;
    assert_eq!(document["servers"][0]["url"], "https://api.example.com/acme/apis/orders-v1");

    let cleared = json!({"public_url": null, "prefix": null, "custom_domains": null});
    api.put(PATH, cleared).await.ok();
    assert_eq!(api.get(&path).await.ok().body["url"], "http://127.0.0.1:8080/orders-v1");
}

#[tokio::test]
async fn the_number_of_profiles_of_a_client_is_a_setting() {
    let api = TestApi::start().await;
    let collection = api.collection("Orders").await;
    let client = api.client("Acme").await;
    assert_eq!(api.put(PATH, json!({"profiles_per_client": 1})).await.ok().body["data"]["profiles_per_client"], 1);
    api.key(client, "One", collection).await;
    let keys = format!("/api/v2/api_clients/{client}/api_keys");
    let two = json!({"name": "Two", "active": true, "api_collection_ids": [collection]});
    let refused = api.post(&keys, two.clone()).await.problem(422);
    assert_eq!(refused.fault("name"), "a client has at most 1 access profiles");
    api.put(PATH, json!({"profiles_per_client": 2})).await.ok();
    api.post(&keys, two).await.ok();
}

#[tokio::test]
async fn sessions_end_by_the_times_of_the_settings() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    api.put(PATH, json!({"session_idle_minutes": 10, "session_life_hours": 1})).await.ok();
    TestApi::pass(9 * 60);
    owner.send("GET", "/api/users/me", Value::Null).await.ok();
    TestApi::pass(11 * 60);
    owner.send("GET", "/api/users/me", Value::Null).await.problem(401);
    let owner = crate::support::Browser::sign_in(&api, crate::support::OWNER, crate::support::PASSWORD).await;
    for _ in 0..7 {
        owner.send("GET", "/api/users/me", Value::Null).await.ok();
        TestApi::pass(9 * 60);
    }
    owner.send("GET", "/api/users/me", Value::Null).await.problem(401);
}

#[tokio::test]
async fn what_is_not_enforced_is_refused_and_numbers_have_bounds() {
    let api = TestApi::start().await;
    let later = json!({"log_rate_per_second": 100, "retention_days": 90});
    let answer = api.put(PATH, later.clone()).await.problem(422);
    for field in later.as_object().unwrap().keys() {
        assert_eq!(answer.fault(field), "not available in this version");
        assert!(api.get(PATH).await.ok().body["data"].get(field).is_none());
    }
    let bad = json!({"profiles_per_client": 0, "session_idle_minutes": 4, "session_life_hours": 721,
        "max_staleness_seconds": 9});
    let answer = api.put(PATH, bad).await.problem(400);
    assert_eq!(answer.fault("profiles_per_client"), "must be 1 to 1000");
    assert_eq!(answer.fault("session_idle_minutes"), "must be 5 to 10080");
    assert_eq!(answer.fault("session_life_hours"), "must be 1 to 720");
    assert_eq!(answer.fault("max_staleness_seconds"), "must be 10 to 604800");
}

#[tokio::test]
async fn the_oldest_age_of_the_directory_is_set_and_cleared() {
    let api = TestApi::start().await;
    for (sent, shown) in [(json!(10), json!(10)), (json!(604_800), json!(604_800)), (json!(null), json!(null))] {
        let answer = api.put(PATH, json!({"max_staleness_seconds": sent})).await.ok();
        assert_eq!(answer.body["data"]["max_staleness_seconds"], shown);
        api.put(PATH, json!({"rate_limit_headers": true})).await.ok();
        assert_eq!(api.get(PATH).await.ok().body["data"]["max_staleness_seconds"], shown, "other changes leave it");
    }
    for bad in [json!("10"), json!(604_801), json!(true)] {
        api.put(PATH, json!({"max_staleness_seconds": bad})).await.problem(400).fault("max_staleness_seconds");
    }
}
