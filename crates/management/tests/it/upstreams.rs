//! Upstreams of collections: addresses, TLS, checks, authentication, and what of a call goes on.

use crate::support::TestApi;
use serde_json::{Value, json};

const PATH: &str = "/api/api_collections";
const SECRET: &str = "canary-of-an-upstream";

fn certificate() -> String {
    rcgen::generate_simple_self_signed(["orders.internal".to_owned()]).unwrap().cert.pem()
}

/// A collection with this upstream.
async fn made(api: &TestApi, name: &str, upstream: Value) -> Value {
    api.post(PATH, json!({"name": name, "upstream": upstream})).await.ok().body
}

#[tokio::test]
async fn every_setting_of_an_upstream_is_kept_and_shown() {
    let api = TestApi::start().await;
    let ca = certificate();
    let upstream = json!({
        "urls": ["https://10.0.0.5/base", "https://10.0.0.6:8443"], "auth": {"type": "none"},
        "timeouts_ms": {"connect": 1, "response": 2, "idle": 3},
        "tls": {"ca": ca, "server_name": "Orders.Internal"}, "http": "http2",
        "health_check": {"path": "/healthz?full=1", "interval_ms": 500, "timeout_ms": 60_000, "unhealthy_after": 10,
            "healthy_after": 1},
        "max_in_flight": 1_000_000,
    });
    let shown = made(&api, "Orders", upstream.clone()).await;
    let mut expected = upstream.clone();
    expected["tls"] = json!({"ca": ca.trim(), "server_name": "orders.internal"});
    assert_eq!(shown["upstream"], expected);
    // What is shown may be sent back.
    let path = format!("{PATH}/{}", shown["id"]);
    let again = api.put(&path, json!({"upstream": shown["upstream"]})).await.ok().body;
    assert_eq!(again["upstream"], expected);
    let plain = json!({"urls": ["http://10.0.0.5"], "health_check": {"path": "/"}, "tls": {}, "http": null});
    let shown = api.put(&path, json!({"upstream": plain})).await.ok().body;
    let check =
        json!({"path": "/", "interval_ms": 10_000, "timeout_ms": 2_000, "unhealthy_after": 3, "healthy_after": 2});
    assert_eq!(shown["upstream"]["health_check"], check);
    assert_eq!(shown["upstream"]["tls"], json!({"ca": null, "server_name": null}));
    assert_eq!((&shown["upstream"]["http"], &shown["upstream"]["max_in_flight"]), (&json!("http1"), &Value::Null));
}

#[tokio::test]
async fn bad_settings_are_refused_with_all_faults_at_once() {
    let api = TestApi::start().await;
    let body = json!({
        "name": "Orders", "keep_host": "yes", "pass_authorization": 1, "send_claims": null, "allow_encoded_slash": [],
        "upstream": {
            "urls": ["http://a", "http://A/"], "auth": {"type": "header", "user": "u", "scope": "x"}, "timeouts_ms": {},
            "tls": {"ca": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "server_name": "a b", "verify": false},
            "http": "h3",
            "health_check": {"path": "/../x", "interval_ms": 499, "timeout_ms": 60_001, "unhealthy_after": 0, "healthy_after": 11},
            "max_in_flight": 0,
        },
    });
    let answer = api.post(PATH, body).await.problem(400);
    for (field, expected) in [
        ("keep_host", "must be true or false"),
        ("pass_authorization", "must be true or false"),
        ("allow_encoded_slash", "must be true or false"),
        ("upstream.urls", "holds an entry twice"),
        ("upstream.auth.name", "can't be blank"),
        ("upstream.auth.user", "is for type basic only"),
        ("upstream.auth.scope", "is for type oauth2 only"),
        ("upstream.tls.ca", "must hold certificates only"),
        ("upstream.tls.server_name", "must be a host name or an IP address"),
        ("upstream.tls.verify", "is not a known field"),
        ("upstream.http", "must be one of http1, http2"),
        ("upstream.health_check.path", "a dot segment"),
        ("upstream.health_check.interval_ms", "must be 500 to 3600000"),
        ("upstream.health_check.timeout_ms", "must be 1 to 60000"),
        ("upstream.health_check.unhealthy_after", "must be 1 to 10"),
        ("upstream.health_check.healthy_after", "must be 1 to 10"),
        ("upstream.max_in_flight", "must be 1 to 1000000"),
    ] {
        assert_eq!(answer.fault(field), expected, "{field} in {}", answer.body);
    }
    assert_eq!(answer.body["errors"].as_object().unwrap().len(), 17, "{}", answer.body);
    for urls in [json!([]), json!((0..17).map(|at| format!("http://10.0.0.{at}")).collect::<Vec<_>>())] {
        let answer = api.post(PATH, json!({"name": "Orders", "upstream": {"urls": urls}})).await.problem(400);
        assert!(!answer.fault("upstream.urls").is_empty());
    }
    let urls = json!(["http://10.0.0.5", "http://169.254.169.254", "http://127.0.0.1:8080"]);
    let answer = api.post(PATH, json!({"name": "Orders", "upstream": {"urls": urls}})).await.problem(422);
    assert!(!answer.fault("upstream.urls[1]").is_empty() && !answer.fault("upstream.urls[2]").is_empty());
    assert!(api.get(PATH).await.ok().body.as_array().unwrap().is_empty());
}

#[tokio::test]
async fn each_way_to_authenticate_has_its_fields() {
    let api = TestApi::start().await;
    for (auth, secret) in [
        (json!({"type": "header", "name": "X-Key"}), "value"),
        (json!({"type": "query", "name": "key"}), "value"),
        (json!({"type": "basic", "user": "shop"}), "password"),
        (json!({"type": "oauth2", "token_url": "https://login.example.com/t", "client_id": "shop"}), "client_secret"),
    ] {
        let kind = auth["type"].as_str().unwrap().to_owned();
        let upstream = |auth: &Value| json!({"urls": ["http://10.0.0.5"], "auth": auth});
        let field = format!("upstream.auth.{secret}");
        let name = format!("By {kind}");
        let refused = api.post(PATH, json!({"name": name, "upstream": upstream(&auth)})).await.problem(400);
        assert_eq!(refused.fault(&field), "can't be blank");
        for bad in [json!(""), json!(7), json!("a\nb"), json!("a".repeat(4097))] {
            let mut auth = auth.clone();
            auth[secret] = bad;
            let refused = api.post(PATH, json!({"name": name, "upstream": upstream(&auth)})).await.problem(400);
            assert!(!refused.fault(&field).is_empty(), "{}", refused.body);
        }
        let mut whole = auth.clone();
        whole[secret] = json!(SECRET);
        let shown = made(&api, &name, upstream(&whole)).await;
        let shown_auth = &shown["upstream"]["auth"];
        for (field, value) in auth.as_object().unwrap().iter().filter(|(field, _)| *field != "name") {
            assert_eq!(&shown_auth[field], value);
        }
        assert_eq!(shown_auth.get(secret), None);

        // What is shown may be sent back: the secret stays. To another host it must be sent again; null is none.
        let path = format!("{PATH}/{}", shown["id"]);
        api.put(&path, json!({"upstream": shown["upstream"]})).await.ok();
        let elsewhere = json!({"urls": ["http://10.0.0.6"], "auth": shown_auth});
        let refused = api.put(&path, json!({"upstream": elsewhere})).await.problem(400);
        assert!(refused.fault(&field).starts_with("must be given"), "{}", refused.body);
        let mut cleared = shown["upstream"].clone();
        cleared["auth"][secret] = Value::Null;
        let refused = api.put(&path, json!({"upstream": cleared})).await.problem(400);
        assert_eq!(refused.fault(&field), "can't be blank");
    }
    let list = api.get(PATH).await.ok();
    let audit = api.everything().await;
    assert!(!String::from_utf8_lossy(&list.bytes).contains(SECRET) && !format!("{audit:?}").contains(SECRET));
}

#[tokio::test]
async fn bad_ways_to_authenticate_are_refused() {
    let api = TestApi::start().await;
    for (auth, field) in [
        (json!({"type": "magic"}), "upstream.auth.type"),
        (json!({}), "upstream.auth.type"),
        (json!("none"), "upstream.auth"),
        (json!({"type": "none", "value": "x"}), "upstream.auth.value"),
        (json!({"type": "header", "name": "Host", "value": "x"}), "upstream.auth.name"),
        (json!({"type": "header", "name": "X-Portcullis-Claims", "value": "x"}), "upstream.auth.name"),
        (json!({"type": "header", "name": "a_b", "value": "x"}), "upstream.auth.name"),
        (json!({"type": "header", "name": "x-key", "value": "\u{e9}"}), "upstream.auth.value"),
        (json!({"type": "query", "name": "a=b", "value": "x"}), "upstream.auth.name"),
        (json!({"type": "basic", "user": "a:b", "password": "x"}), "upstream.auth.user"),
        (json!({"type": "basic", "user": "a", "password": "x", "secret": "y"}), "upstream.auth.secret"),
        (json!({"type": "oauth2", "client_secret": "x"}), "upstream.auth.token_url"),
        (
            json!({"type": "oauth2", "token_url": "http://login.example.com/t", "client_id": "a", "client_secret": "x"}),
            "upstream.auth.token_url",
        ),
        (
            json!({"type": "oauth2", "token_url": "https://a/t", "client_id": "a", "client_secret": "x", "scope": "a  b"}),
            "upstream.auth.scope",
        ),
        (
            json!({"type": "oauth2", "token_url": "https://a/t", "client_id": "a", "client_secret": "x", "client_auth": "jwt"}),
            "upstream.auth.client_auth",
        ),
    ] {
        let body = json!({"name": "Orders", "upstream": {"urls": ["http://10.0.0.5"], "auth": auth}});
        let answer = api.post(PATH, body).await.problem(400);
        assert!(!answer.fault(field).is_empty(), "{field} in {}", answer.body);
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("\u{e9}"));
    }
}

#[tokio::test]
async fn what_of_a_call_goes_on_is_switched_field_by_field() {
    let api = TestApi::start().await;
    let shown = made(&api, "Orders", json!("http://10.0.0.5")).await;
    let path = format!("{PATH}/{}", shown["id"]);
    let fields = ["keep_host", "pass_authorization", "send_claims", "allow_encoded_slash"];
    let mut on = Vec::new();
    for field in fields {
        assert_eq!(shown[field], false);
        on.push(field);
        let shown = api.put(&path, json!({field: true})).await.ok().body;
        for other in fields {
            assert_eq!(shown[other], on.contains(&other), "{other}");
        }
        api.put(&path, json!({field: null})).await.problem(400);
    }
    let basic = json!({"urls": ["http://10.0.0.5"], "auth": {"type": "basic", "user": "u", "password": "p"}});
    let refused = api.put(&path, json!({"upstream": basic})).await.problem(400);
    assert!(refused.fault("pass_authorization").contains("upstream.auth"), "{}", refused.body);
    api.put(&path, json!({"upstream": basic, "pass_authorization": false})).await.ok();
}
