//! What the gateway answers itself to holders of a credential: what is left of their limits, and what they may call.

use crate::refused::assert_problem;
use crate::support::{Counted, Gateway, Mood, Reply, Setup, Upstream, config, get, request, standing_clock};
use domain::denial::Denial;
use domain::gateway_url::PublicUrl;
use serde_json::{Value, json};

type Change = fn(&mut Setup);

fn document(reply: &Reply) -> Value {
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")), "{reply:?}");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    serde_json::from_str(&reply.body).unwrap()
}

#[test]
fn the_usage_page_shows_what_is_left_of_each_limit() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    (setup.rate, setup.quota) = (Some(6), Some(10));
    (setup.client_rate, setup.client_quota) = (Some(60), Some(100));
    let gateway = Gateway::start_with(&setup, config(), standing_clock, 2);
    let limit = |name: &str, limit: u32, window: u32, remaining: u32, resets: u32| {
        json!({
            "name": name, "limit": limit, "window_seconds": window, "remaining": remaining,
            "resets_in_seconds": resets,
        })
    };
    let page = |calls: u32, resets: u32| {
        json!({"data": {"profile_id": 22, "client_id": 11, "limits": [
            limit("rate", 6, 60, 6 - calls, resets),
            limit("client-rate", 60, 60, 60 - calls, resets),
            limit("quota", 10, 86_400, 10 - calls, 6400),
            limit("client-quota", 100, 86_400, 100 - calls, 6400),
        ]}})
    };
    assert_eq!(document(&gateway.get("/.portcullis/usage")), page(0, 0));
    assert_eq!([gateway.get("/orders/x").status, gateway.get("/orders/x").status], [200, 200]);
    assert_eq!(document(&gateway.get("/.portcullis/usage")), page(2, 60));
    assert_eq!(document(&gateway.get("/.portcullis/usage?x")), page(2, 60));
    let mut caller = gateway.connect();
    caller.write(request("HEAD", "/.portcullis/usage", "", "").as_bytes());
    assert_eq!(caller.head().status, 200);
    assert_eq!(caller.write(get("/orders/x").as_bytes()).reply().status, 200);
    assert_eq!(gateway.stop(), Counted { calls: 3, refused: 0, without_profile: 0 });
}

#[test]
fn the_usage_page_without_limits_is_an_empty_list() {
    let gateway = Gateway::start(&Setup::new("http://127.0.0.1:9"));
    let limits = document(&gateway.get("/.portcullis/usage"))["data"]["limits"].clone();
    assert_eq!(limits, json!([]));
}

#[test]
fn the_usage_page_shows_a_limit_that_is_used_up() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.rate = Some(1);
    let gateway = Gateway::start(&setup);
    assert_eq!([gateway.get("/orders/x").status, gateway.get("/orders/x").status], [200, 429]);
    let page = document(&gateway.get("/.portcullis/usage"));
    assert_eq!(page["data"]["limits"][0]["remaining"], 0);
}

#[test]
fn the_usage_page_says_so_when_a_quota_cannot_be_read() {
    let mut setup = Setup::new("http://127.0.0.1:9");
    setup.quota = Some(10);
    let gateway = Gateway::start(&setup);
    gateway.authority.set(Mood::Away);
    assert_problem(&gateway.get("/.portcullis/usage"), Denial::LimitStoreUnavailable);
}

#[test]
fn both_pages_stand_behind_the_checks() {
    for target in ["/.portcullis/usage", "/orders/openapi.json"] {
        let changes: [(Change, Denial); 6] = [
            (|setup| setup.token = [1; 32], Denial::CredentialUnknown),
            (|setup| setup.expires_at = Some(domain::time::Timestamp(0)), Denial::ProfileExpired),
            (|setup| setup.mtls_enabled = true, Denial::MtlsMissing),
            (|setup| setup.client_enabled = false, Denial::ClientDisabled),
            (|setup| setup.profile_active = false, Denial::ProfileDisabled),
            (|setup| setup.deny = vec!["127.0.0.1"], Denial::IpDenied),
        ];
        for (change, denial) in changes {
            let mut setup = Setup::new("http://127.0.0.1:9");
            change(&mut setup);
            let gateway = Gateway::start(&setup);
            let reply = gateway.get(target);
            assert_problem(&reply, denial);
            assert_eq!(gateway.recorded(&reply).denial, Some(denial));
            let without = format!("GET {target} HTTP/1.1\r\nhost: gw.test\r\n\r\n");
            assert_problem(&gateway.send(&without), Denial::CredentialMissing);
            assert_eq!(gateway.stop(), Counted::default());
        }
    }
}

#[test]
fn the_document_shows_the_active_endpoints_at_the_public_address() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.settings.public_url = Some(PublicUrl::parse("https://api.example.com").unwrap());
    let gateway = Gateway::start(&setup);
    let document = document(&gateway.get("/orders/openapi.json"));
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"], json!([{"url": "https://api.example.com/orders"}]));
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.contains_key("/jobs/new") && !paths.contains_key("/off"), "{paths:?}");
    assert_eq!(upstream.connections(), 0);
    assert_eq!(gateway.stop(), Counted::default());
}

#[test]
fn the_document_is_for_those_who_may_call_the_collection() {
    let gateway = Gateway::start(&Setup::new("http://127.0.0.1:9"));
    let reply = gateway.get("/other/openapi.json");
    assert_problem(&reply, Denial::CollectionNotGranted);
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::CollectionNotGranted));
    let mut setup = Setup::new("http://127.0.0.1:9");
    setup.collection_enabled = false;
    gateway.change(setup.deltas());
    assert_problem(&gateway.get("/orders/openapi.json"), Denial::CollectionDisabled);
    assert_problem(&gateway.get("/nowhere/openapi.json"), Denial::RouteUnknown);
}

#[test]
fn a_declared_endpoint_comes_before_the_document() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.endpoints = vec![("GET", "openapi.json", true)];
    let gateway = Gateway::start(&setup);
    assert_eq!(gateway.get("/orders/openapi.json").body, "hello");
    assert_eq!(upstream.only().line, "GET /openapi.json HTTP/1.1");
    setup.endpoints = vec![("GET", "openapi.json", false)];
    gateway.change(setup.deltas());
    assert_problem(&gateway.get("/orders/openapi.json"), Denial::EndpointInactive);
    // Neither a catch-all nor a parameter is that very endpoint; other methods are theirs.
    setup.endpoints = vec![("ANY", "{rest...}", true), ("GET", "{name}", true)];
    gateway.change(setup.deltas());
    document(&gateway.get("/orders/openapi.json"));
    assert_eq!(gateway.send(&request("POST", "/orders/openapi.json", "", "")).body, "hello");
}

#[test]
fn each_profile_has_ten_of_them_a_second() {
    let gateway = Gateway::start_with(&Setup::new("http://127.0.0.1:9"), config(), standing_clock, 2);
    for at in 0..10 {
        let target = if at % 2 == 0 { "/.portcullis/usage" } else { "/orders/openapi.json" };
        assert_eq!(gateway.get(target).status, 200);
    }
    let reply = gateway.get("/.portcullis/usage");
    assert_problem(&reply, Denial::RateLimited);
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::RateLimited));
}

#[test]
fn the_older_rate_fields_are_sent_where_the_workspace_says_so() {
    let upstream = Upstream::answering(
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx-ratelimit-limit: 1\r\nX-RateLimit-Reset: 1\r\n\r\n",
    );
    let mut setup = Setup::new(upstream.url());
    (setup.rate, setup.quota) = (Some(3), Some(10));
    let gateway = Gateway::start(&setup);
    let older = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];
    let reply = gateway.get("/orders/x");
    assert_eq!(older.map(|name| reply.header(name)), [None; 3]);
    assert_eq!(reply.header("ratelimit-policy"), Some(r#""rate";q=3;w=60, "quota";q=10;w=86400"#));
    assert_eq!(reply.header("ratelimit"), Some(r#""rate";r=2;t=60, "quota";r=9;t=6400"#));
    setup.settings.rate_limit_headers = true;
    gateway.change(setup.deltas());
    let reply = gateway.get("/orders/x");
    assert_eq!(older.map(|name| reply.header(name)), [Some("3"), Some("1"), Some("1700000060")]);
    assert_eq!(gateway.get("/orders/x").header("x-ratelimit-remaining"), Some("0"));
    let refused = gateway.get("/orders/x");
    assert_eq!((refused.status, refused.header("x-ratelimit-remaining")), (429, Some("0")));
    assert_eq!(gateway.get("/nowhere").header("x-ratelimit-limit"), None);
}
