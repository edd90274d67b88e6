//! Behind proxies: whose word about a request is believed, and what goes on to the upstream.

use crate::refused::assert_problem;
use crate::support::{Gateway, Setup, Upstream, request};
use domain::decide::Source;
use domain::denial::Denial;

const SAID: &str = "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-For: 10.0.0.2\r\nX-Forwarded-Proto: https\r\n\
    X-Forwarded-Host: api.example.com\r\nX-Forwarded-Port: 443\r\nForwarded: for=198.51.100.7\r\n\
    X-Real-IP: 198.51.100.7\r\nX-Request-Id: edge-1.2_3\r\n";

fn trusting(upstream: &Upstream, change: impl FnOnce(&mut Setup)) -> Gateway {
    let mut setup = Setup::new(upstream.url());
    setup.trust(&["127.0.0.0/8", "10.0.0.0/8"]);
    change(&mut setup);
    Gateway::start(&setup)
}

#[test]
fn what_a_trusted_proxy_says_goes_on_with_the_proxy_at_their_end() {
    let upstream = Upstream::plain();
    let gateway = trusting(&upstream, |_| {});
    let reply = gateway.send(&request("GET", "/orders/x", SAID, ""));
    assert_eq!(reply.status, 200);
    let seen = upstream.only();
    for (name, value) in [
        ("x-forwarded-for", "198.51.100.7, 10.0.0.2, 127.0.0.1"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "api.example.com"),
        ("x-forwarded-port", "443"),
        ("forwarded", "for=198.51.100.7"),
        ("x-real-ip", "198.51.100.7"),
        ("x-request-id", reply.header("x-request-id").unwrap()),
    ] {
        assert_eq!(seen.header(name), Some(value), "{name}");
    }
    let recorded = gateway.recorded(&reply);
    assert_eq!(recorded.source, Source::Known("198.51.100.7".parse().unwrap()));
    assert_eq!(recorded.external_request_id.as_deref(), Some("edge-1.2_3"));
}

#[test]
fn a_strangers_words_are_replaced() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let reply = gateway.send(&request("GET", "/orders/x", SAID, ""));
    let seen = upstream.only();
    for (name, value) in [
        ("x-forwarded-for", Some("127.0.0.1")),
        ("x-forwarded-proto", Some("http")),
        ("x-forwarded-host", Some("gw.test")),
        ("x-forwarded-port", None),
        ("forwarded", None),
        ("x-real-ip", None),
    ] {
        assert_eq!(seen.header(name), value, "{name}");
    }
    let recorded = gateway.recorded(&reply);
    assert_eq!(recorded.source, Source::Known("127.0.0.1".parse().unwrap()));
    assert_eq!(recorded.external_request_id, None);
}

#[test]
fn address_lists_judge_the_source_that_the_proxies_name() {
    let upstream = Upstream::plain();
    let gateway = trusting(&upstream, |setup| {
        setup.allow = vec!["198.51.100.0/24", "2001:db8::/32"];
        setup.deny = vec!["198.51.100.66"];
    });
    for (forwarded, expected) in [
        ("198.51.100.7", None),
        ("1.1.1.1, 198.51.100.7:443, 10.0.0.9", None),
        ("[2001:db8::1]:5, 127.0.0.1", None),
        ("::ffff:198.51.100.7", None),
        ("198.51.100.66", Some(Denial::IpDenied)),
        ("198.51.100.7, 203.0.113.9", Some(Denial::IpNotAllowed)),
        ("10.0.0.9", Some(Denial::IpNotAllowed)),
        ("198.51.100.7, unknown", Some(Denial::IpUnknown)),
        ("198.51.100.7, ", Some(Denial::IpUnknown)),
        ("", Some(Denial::IpUnknown)),
    ] {
        let header = format!("x-forwarded-for: {forwarded}\r\n");
        let reply = gateway.send(&request("GET", "/orders/x", &header, ""));
        match expected {
            None => assert_eq!(reply.status, 200, "{forwarded}"),
            Some(denial) => assert_problem(&reply, denial),
        }
        assert_eq!(gateway.recorded(&reply).denial, expected, "{forwarded}");
    }
    let many = format!("x-forwarded-for: {}\r\n", vec!["198.51.100.7"; 65].join(","));
    assert_problem(&gateway.send(&request("GET", "/orders/x", &many, "")), Denial::IpUnknown);
    assert_problem(&gateway.send(&request("GET", "/orders/x", "", "")), Denial::IpNotAllowed);
    assert_eq!(upstream.seen().len(), 4);
}

#[test]
fn an_unknown_address_is_no_hindrance_without_an_address_list() {
    let upstream = Upstream::plain();
    let gateway = trusting(&upstream, |_| {});
    let reply = gateway.send(&request("GET", "/orders/x", "x-forwarded-for: 198.51.100.7, x, 10.0.0.3\r\n", ""));
    assert_eq!(reply.status, 200);
    let last_hop = "10.0.0.3".parse().unwrap();
    assert_eq!(gateway.recorded(&reply).source, Source::Unknown { last_hop });
}

#[test]
fn what_a_proxy_calls_a_request_is_kept_only_if_it_is_plain() {
    let upstream = Upstream::plain();
    let gateway = trusting(&upstream, |_| {});
    let longest = "a".repeat(128);
    for (id, kept) in [
        (longest.as_str(), Some(longest.as_str())),
        (&"a".repeat(129), None),
        ("a b", None),
        ("a\"b", None),
        ("", None),
        ("a\r\nx-request-id: b", None),
    ] {
        let reply = gateway.send(&request("GET", "/orders/x", &format!("x-request-id: {id}\r\n"), ""));
        assert_eq!(gateway.recorded(&reply).external_request_id.as_deref(), kept, "{id}");
    }
}

#[test]
fn a_change_of_the_trusted_proxies_is_in_force_at_once() {
    let upstream = Upstream::plain();
    let gateway = trusting(&upstream, |setup| setup.allow = vec!["198.51.100.7"]);
    let text = request("GET", "/orders/x", "x-forwarded-for: 198.51.100.7\r\n", "");
    assert_eq!(gateway.send(&text).status, 200);
    let mut setup = Setup::new(upstream.url());
    setup.allow = vec!["198.51.100.7"];
    gateway.change(setup.deltas());
    assert_problem(&gateway.send(&text), Denial::IpNotAllowed);
}
