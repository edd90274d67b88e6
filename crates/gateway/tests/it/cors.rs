//! Web pages of other origins: preflights, and the fields of all other answers.

use crate::refused::assert_problem;
use crate::support::{Caller, Counted, Gateway, Reply, Setup, Upstream, request};
use domain::cors::{Cors, HeaderName, Origin};
use domain::denial::Denial;

const PAGE: &str = "https://app.example.com";

fn cors(origin: &str) -> Cors {
    Cors {
        origins: vec![Origin::parse(origin).unwrap(), Origin::parse("http://localhost:5173").unwrap()],
        headers: vec![HeaderName::parse("X-Tenant").unwrap()],
        expose: vec![HeaderName::parse("X-Total").unwrap()],
        max_age_seconds: 300,
    }
}

fn allowing(upstream: &Upstream, origin: &str) -> Gateway {
    let mut setup = Setup::new(upstream.url());
    setup.cors = Some(cors(origin));
    Gateway::start(&setup)
}

fn preflight(target: &str, origin: &str) -> String {
    format!(
        "OPTIONS {target} HTTP/1.1\r\nhost: gw.test\r\norigin: {origin}\r\naccess-control-request-method: PUT\r\n\
         access-control-request-headers: api-token\r\n\r\n"
    )
}

fn allow_fields(reply: &Reply) -> Vec<(&str, &str)> {
    let fields = reply.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    fields.filter(|(name, _)| name.starts_with("access-control-")).collect()
}

#[test]
fn a_preflight_is_answered_without_a_credential_and_not_counted() {
    let upstream = Upstream::plain();
    let gateway = allowing(&upstream, PAGE);
    for target in ["/orders/x", "/orders", "/orders/openapi.json", "/orders/off"] {
        let reply = gateway.send(&preflight(target, PAGE));
        assert_eq!((reply.status, reply.body.as_str()), (204, ""), "{target}");
        let expected = [
            ("access-control-allow-origin", PAGE),
            ("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
            ("access-control-allow-headers", "api-token, authorization, content-type, x-tenant"),
            ("access-control-max-age", "300"),
        ];
        assert_eq!(allow_fields(&reply), expected);
        let vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
        assert_eq!(reply.header("vary"), Some(vary));
        assert_eq!(gateway.recorded(&reply).denial, None);
    }
    assert_eq!(upstream.connections(), 0);
    assert_eq!(gateway.stop(), Counted::default());
}

#[test]
fn a_preflight_of_another_origin_is_told_nothing() {
    let upstream = Upstream::plain();
    let gateway = allowing(&upstream, PAGE);
    let twice = format!("{PAGE}\r\norigin: {PAGE}");
    for origin in ["https://evil.example", "https://app.example.com.evil.example", "null", "", &twice] {
        let reply = gateway.send(&preflight("/orders/x", origin));
        assert_eq!((reply.status, allow_fields(&reply)), (204, vec![]), "{origin}");
    }
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn any_origin_means_any() {
    let upstream = Upstream::plain();
    let gateway = allowing(&upstream, "*");
    let reply = gateway.send(&preflight("/orders/x", "https://other.example"));
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert_eq!(reply.header("access-control-allow-credentials"), None);
}

#[test]
fn without_rules_or_without_their_fields_options_is_a_method_like_any_other() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    assert_problem(&gateway.send(&preflight("/orders/x", PAGE)), Denial::CredentialMissing);
    let with_token = preflight("/orders/x", PAGE)
        .replace("\r\n\r\n", &format!("\r\napi-token: {}\r\n\r\n", crate::support::token()));
    let reply = gateway.send(&with_token);
    assert_eq!((reply.status, upstream.only().line.as_str()), (200, "OPTIONS /x HTTP/1.1"));
    drop(gateway);
    let upstream = Upstream::plain();
    let gateway = allowing(&upstream, PAGE);
    let no_method = format!("OPTIONS /orders/x HTTP/1.1\r\nhost: a\r\norigin: {PAGE}\r\n\r\n");
    let no_origin = "OPTIONS /orders/x HTTP/1.1\r\nhost: a\r\naccess-control-request-method: PUT\r\n\r\n";
    let elsewhere = preflight("/nowhere/x", PAGE);
    for text in [no_method.as_str(), no_origin, &elsewhere] {
        assert_problem(&gateway.send(text), Denial::CredentialMissing);
    }
    let admitted = request("OPTIONS", "/orders/x", &format!("origin: {PAGE}\r\n"), "");
    assert_eq!(gateway.send(&admitted).status, 200);
    assert_eq!(upstream.seen().len(), 1);
}

const EXPOSED: &str = "ratelimit, ratelimit-policy, retry-after, x-ratelimit-limit, x-ratelimit-remaining, \
    x-ratelimit-reset, x-request-id, x-total";

#[track_caller]
fn assert_readable(reply: &Reply) {
    let expected = [("access-control-allow-origin", PAGE), ("access-control-expose-headers", EXPOSED)];
    assert_eq!(allow_fields(reply), expected, "{reply:?}");
    let vary: Vec<_> =
        reply.headers.iter().filter(|(name, _)| name == "vary").map(|(_, value)| value.as_str()).collect();
    assert!(vary.contains(&"Origin"), "{vary:?}");
}

#[test]
fn every_other_answer_may_be_read_by_an_allowed_origin() {
    let upstream = Upstream::answering(
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nvary: Accept\r\naccess-control-allow-origin: *\r\n\
         access-control-allow-credentials: true\r\nAccess-Control-Whatever: 1\r\n\r\n",
    );
    let mut setup = Setup::new(upstream.url());
    setup.cors = Some(cors(PAGE));
    setup.rate = Some(1);
    let gateway = Gateway::start(&setup);
    let origin = format!("origin: {PAGE}\r\n");
    let no_token = format!("GET /orders/x HTTP/1.1\r\nhost: gw.test\r\n{origin}\r\n");
    for (text, status) in [
        (request("GET", "/orders/x", &origin, ""), 200),
        (request("GET", "/orders/x", &origin, ""), 429),
        (request("GET", "/orders/off", &origin, ""), 404),
        (request("GET", "/orders/jobs/new", &format!("{origin}content-length: 9999999\r\n"), ""), 413),
        (no_token, 401),
    ] {
        let reply = gateway.send(&text);
        assert_eq!(reply.status, status);
        assert_readable(&reply);
    }
    let stranger = request("GET", "/orders/off", "origin: https://evil.example\r\n", "");
    let reply = gateway.send(&stranger);
    assert_eq!((allow_fields(&reply), reply.header("vary")), (vec![], Some("Origin")));
    let reply = gateway.send(&request("GET", "/orders/off", "", ""));
    assert_eq!((allow_fields(&reply), reply.header("vary")), (vec![], Some("Origin")));
    assert_eq!(allow_fields(&gateway.send(&request("GET", "/nowhere", &origin, ""))), []);
}

#[test]
fn answers_that_find_no_upstream_or_no_room_may_be_read_too() {
    let mut setup = Setup::new("http://127.0.0.1:9");
    setup.cors = Some(cors(PAGE));
    let gateway = Gateway::start(&setup);
    let text = request("GET", "/orders/x", &format!("origin: {PAGE}\r\n"), "");
    let reply = gateway.send(&text);
    assert_eq!(reply.status, 502);
    assert_readable(&reply);
    let config = gateway::GatewayConfig { in_flight_per_worker: 0, ..crate::support::config() };
    let gateway = Gateway::start_with(&setup, config, crate::support::standing_clock, 1);
    let reply = gateway.send(&text);
    assert_eq!(reply.status, 503);
    assert_readable(&reply);
}

#[test]
fn without_rules_the_upstreams_own_fields_pass() {
    let upstream =
        Upstream::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\naccess-control-allow-origin: https://a\r\n\r\n");
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let reply = gateway.send(&request("GET", "/orders/x", &format!("origin: {PAGE}\r\n"), ""));
    assert_eq!(allow_fields(&reply), [("access-control-allow-origin", "https://a")]);
    assert_eq!(reply.header("vary"), None);
}

#[test]
fn a_connection_goes_on_after_a_preflight() {
    let upstream = Upstream::plain();
    let gateway = allowing(&upstream, PAGE);
    let mut caller: Caller = gateway.connect();
    assert_eq!(caller.write(preflight("/orders/x", PAGE).as_bytes()).reply().status, 204);
    assert_eq!(caller.write(request("GET", "/orders/x", "", "").as_bytes()).reply().status, 200);
}
