//! Prefix, custom domains and the public address: where collections are found, and what callers are told.

use crate::support::{Gateway, Setup, Upstream, token};
use domain::denial::Denial;
use domain::gateway_url::{CustomDomain, Prefix, PublicUrl};
use serde_json::Value;

fn setup(upstream: &Upstream, prefix: &str, domains: &[&str]) -> Setup {
    let mut setup = Setup::new(upstream.url());
    setup.settings.prefix = Prefix::parse(prefix).unwrap();
    setup.settings.custom_domains = domains.iter().map(|domain| CustomDomain::parse(domain).unwrap()).collect();
    setup
}

fn called(gateway: &Gateway, host: &str, target: &str) -> crate::support::Reply {
    gateway.send(&format!("GET {target} HTTP/1.1\r\nhost: {host}\r\napi-token: {}\r\n\r\n", token()))
}

#[test]
fn with_a_prefix_collections_are_found_below_it_only() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&setup(&upstream, "acme/apis", &[]));
    assert_eq!(called(&gateway, "gw.test", "/acme/apis/orders/x/y?z=1").status, 200);
    assert_eq!(upstream.only().line, "GET /x/y?z=1 HTTP/1.1");
    for target in ["/orders/x", "/acme/orders/x", "/acme/apis", "/acme/apisorders/x", "/ACME/apis/orders/x"] {
        let reply = called(&gateway, "gw.test", target);
        assert_eq!((reply.status, gateway.recorded(&reply).denial), (404, Some(Denial::RouteUnknown)), "{target}");
    }
    assert_eq!(gateway.send("GET /.portcullis/live HTTP/1.1\r\nhost: gw.test\r\n\r\n").status, 200);
    assert_eq!(called(&gateway, "gw.test", "/.portcullis/usage").status, 200);
    assert_eq!(upstream.seen().len(), 1);
}

#[test]
fn a_custom_domain_drops_the_prefix_and_any_other_host_needs_it() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&setup(&upstream, "acme", &["api.acme.test"]));
    for (host, target, status) in [
        ("api.acme.test", "/orders/1", 200),
        ("API.Acme.Test:8443", "/orders/2", 200),
        ("api.acme.test", "/acme/orders/x", 404),
        ("gw.test", "/acme/orders/3", 200),
        ("gw.test", "/orders/x", 404),
        ("api.acme.test.evil", "/orders/x", 404),
        ("x.api.acme.test", "/orders/x", 404),
    ] {
        assert_eq!(called(&gateway, host, target).status, status, "{host} {target}");
    }
    let lines: Vec<_> = upstream.seen().into_iter().map(|seen| seen.line).collect();
    assert_eq!(lines, ["GET /1 HTTP/1.1", "GET /2 HTTP/1.1", "GET /3 HTTP/1.1"]);
}

#[test]
fn a_change_of_the_prefix_is_in_force_at_once() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&setup(&upstream, "", &[]));
    assert_eq!(called(&gateway, "gw.test", "/orders/x").status, 200);
    gateway.change(setup(&upstream, "acme", &[]).deltas());
    assert_eq!(called(&gateway, "gw.test", "/orders/x").status, 404);
    assert_eq!(called(&gateway, "gw.test", "/acme/orders/x").status, 200);
}

#[test]
fn callers_are_sent_back_to_where_they_came_from_or_to_the_public_address() {
    let moved = Upstream::on_request(|seen, wire| {
        let host = seen.header("host").unwrap();
        wire.write(
            format!("HTTP/1.1 302 Found\r\nlocation: http://{host}/new\r\ncontent-length: 0\r\n\r\n").as_bytes(),
        );
        true
    });
    let mut setup = setup(&moved, "acme", &["api.acme.test"]);
    let gateway = Gateway::start(&setup);
    let check = |host: &str, target: &str, expected: &str| {
        assert_eq!(called(&gateway, host, target).header("location"), Some(expected), "{host} {target}");
    };
    check("gw.test:81", "/acme/orders/old", "http://gw.test:81/acme/orders/new");
    check("api.acme.test", "/orders/old", "http://api.acme.test/orders/new");
    setup.settings.public_url = Some(PublicUrl::parse("https://apis.example.com").unwrap());
    gateway.change(setup.deltas());
    check("gw.test:81", "/acme/orders/old", "https://apis.example.com/acme/orders/new");
    check("api.acme.test", "/orders/old", "https://api.acme.test/orders/new");
}

#[test]
fn the_document_names_the_address_that_was_called() {
    let upstream = Upstream::plain();
    let mut setup = setup(&upstream, "acme", &["api.acme.test"]);
    let server = |gateway: &Gateway, host: &str, target: &str| {
        let document: Value = serde_json::from_str(&called(gateway, host, target).body).unwrap();
        document["servers"][0]["url"].as_str().unwrap().to_owned()
    };
    let gateway = Gateway::start(&setup);
    assert_eq!(server(&gateway, "gw.test:81", "/acme/orders/openapi.json"), "http://gw.test:81/acme/orders");
    assert_eq!(server(&gateway, "api.acme.test", "/orders/openapi.json"), "http://api.acme.test/orders");
    setup.settings.public_url = Some(PublicUrl::parse("https://apis.example.com").unwrap());
    gateway.change(setup.deltas());
    assert_eq!(server(&gateway, "gw.test:81", "/acme/orders/openapi.json"), "https://apis.example.com/acme/orders");
    assert_eq!(server(&gateway, "api.acme.test", "/orders/openapi.json"), "https://api.acme.test/orders");
}

#[test]
fn a_recorded_call_of_a_custom_domain_is_tried_again_on_it() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&setup(&upstream, "acme", &["api.acme.test"]));
    for (host, target) in [("API.acme.test:81", "/orders/x"), ("gw.test", "/acme/orders/x")] {
        let recorded = gateway.recorded(&called(&gateway, host, target));
        let described = recorded.described().unwrap();
        let explanation = gateway.runtime.block_on(gateway.explainer.explain(&described)).unwrap();
        assert_eq!(explanation.denial, None, "{host}{target}");
    }
    let mut elsewhere = gateway.recorded(&called(&gateway, "gw.test", "/acme/orders/x")).described().unwrap();
    elsewhere.url = "/orders/x".to_owned();
    let explanation = gateway.runtime.block_on(gateway.explainer.explain(&elsewhere)).unwrap();
    assert_eq!(explanation.denial, Some(Denial::RouteUnknown));
}
