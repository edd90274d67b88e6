//! Malformed requests, byte for byte: each is refused, the connection is closed, and nothing reaches the upstream.

use crate::support::{Gateway, Setup, Upstream, config, standing_clock, token};
use std::time::Duration;

const GOOD: &str = "GET /orders/x HTTP/1.1\r\nhost: gw.test\r\napi-token: TOKEN\r\n\r\n";

/// `TOKEN` stands for the good token. A good request follows each, which must not be read any more.
fn check(gateway: &Gateway, text: &str, status: u16) {
    let mut caller = gateway.connect();
    let sent = format!("{text}{GOOD}").replace("TOKEN", &token());
    let shown: String = text.chars().take(200).collect();
    let reply = caller.write(sent.as_bytes()).reply();
    assert_eq!(reply.status, status, "{shown:?}");
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{shown:?}");
    assert_eq!(reply.header("x-request-id").map(str::len), Some(36), "{shown:?}");
    assert_eq!(reply.header("connection"), Some("close"), "{shown:?}");
    assert!(!reply.body.contains("bad_framing"), "{shown:?}");
    caller.assert_closed();
}

#[test]
fn malformed_requests_are_refused_and_the_connection_is_closed() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let head = "GET /orders/x HTTP/1.1\r\nhost: gw.test\r\napi-token: TOKEN\r\n";
    let post = "POST /orders/x HTTP/1.1\r\nhost: gw.test\r\napi-token: TOKEN\r\n";
    for tail in [
        "host: gw.test\r\n\r\n",
        "Host: other\r\n\r\n",
        "a : b\r\n\r\n",
        "a\r\n\r\n",
        ": b\r\n\r\n",
        " folded\r\n\r\n",
        "\tfolded\r\n\r\n",
        "a: b\r\n folded\r\n\r\n",
        "a: b\n\r\n",
        "a: b\rc\r\n\r\n",
        "\n",
        "a: b\0c\r\n\r\n",
        "a: \u{1b}[0m\r\n\r\n",
        "a\u{e9}: b\r\n\r\n",
        "a(b): c\r\n\r\n",
        "a b: c\r\n\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n",
        "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
    ] {
        check(&gateway, &format!("{head}{tail}"), 400);
    }
    for tail in [
        "content-length: 5\r\ncontent-length: 5\r\n\r\nhello",
        "content-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        "content-length: 5, 5\r\n\r\nhello",
        "content-length: +5\r\n\r\nhello",
        "content-length: -5\r\n\r\nhello",
        "content-length: 0x5\r\n\r\nhello",
        "content-length: 5 5\r\n\r\nhello",
        "content-length:\r\n\r\n",
        "content-length: five\r\n\r\n",
        "content-length: 99999999999999999999999\r\n\r\n",
        "transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: identity\r\n\r\n",
        "transfer-encoding:\r\n\r\n",
        "transfer-encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
        "transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding:\u{b}chunked\r\n\r\n0\r\n\r\n",
        // The body, not the head.
        "transfer-encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n5\r\nhelloX0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    ] {
        check(&gateway, &format!("{post}{tail}"), 400);
    }
    for line in [
        "GET /orders/x",
        "GET /orders/x ",
        "GET  /orders/x HTTP/1.1",
        " GET /orders/x HTTP/1.1",
        "GET /orders/x HTTP/1.1 ",
        "GET /orders/x y HTTP/1.1",
        "GET\t/orders/x\tHTTP/1.1",
        "GET /orders/x http/1.1",
        "GET /orders/x HTTP/1",
        "GET /orders/x HTTP/1.1.1",
        "GET /orders/x HTTP/11",
        "GET /orders/x#fragment HTTP/1.1",
        "GET /orders/x?a#fragment HTTP/1.1",
        "GET /orders/\u{e9} HTTP/1.1",
        "GET /orders/\u{7f} HTTP/1.1",
        "G(T /orders/x HTTP/1.1",
        "GET http://other/orders/x HTTP/1.1",
        "GET http://gw.test:81/orders/x HTTP/1.1",
        "GET http://u@gw.test/orders/x HTTP/1.1",
        "GET http:///orders/x HTTP/1.1",
    ] {
        check(&gateway, &format!("{line}\r\nhost: gw.test\r\napi-token: TOKEN\r\n\r\n"), 400);
    }
    for (line, headers) in [
        ("GET /orders/x HTTP/1.1", ""),
        ("GET /orders/x HTTP/1.0", ""),
        ("GET /orders/x HTTP/1.1", "host:\r\n"),
        ("GET /orders/x HTTP/1.1", "host: a b\r\n"),
        ("GET /orders/x HTTP/1.1", "host: a/b\r\n"),
        ("GET /orders/x HTTP/1.1", "host: u@a\r\n"),
        ("GET /orders/x HTTP/1.1", "host: a:b\r\n"),
        ("GET /orders/x HTTP/1.1", "host: a:99999\r\n"),
        ("GET /orders/x HTTP/1.1", "host: a,b\r\n"),
        ("POST /orders/x HTTP/1.0", "host: a\r\ntransfer-encoding: chunked\r\n"),
    ] {
        check(&gateway, &format!("{line}\r\n{headers}api-token: TOKEN\r\n\r\n"), 400);
    }
    for version in ["HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/3.0"] {
        check(&gateway, &format!("GET /orders/x {version}\r\nhost: gw.test\r\n\r\n"), 505);
    }
    check(&gateway, "PRI * HTTP/2.0\r\nhost: a\r\n\r\n", 505);
    check(&gateway, "\r\n\r\n\r\n\r\n\r\n\r\n", 400);
    check(&gateway, "\n", 400);
    check(&gateway, "\u{16}\u{3}\u{1}\u{2}\n", 400);
    assert_eq!(upstream.seen().len(), 0);
}

#[test]
fn lengths_and_codings_that_could_be_read_in_two_ways_are_refused() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let post = "POST /orders/x HTTP/1.1\r\nhost: gw.test\r\napi-token: TOKEN\r\n";
    for tail in [
        "content-length: 1_0\r\n\r\nhello",
        "content-length: 5.0\r\n\r\nhello",
        "content-length: 5e0\r\n\r\nhello",
        "content-length: \"5\"\r\n\r\nhello",
        "content-length: \u{661}\r\n\r\nh",
        "content-length: 5\u{b}\r\n\r\nhello",
        "content-length: 5;a\r\n\r\nhello",
        "content-length: 5\r\nContent-length: 5\r\n\r\nhello",
        "content-length: 5\r\nx: y\r\nCONTENT-LENGTH: 0\r\n\r\nhello",
        "content-length : 5\r\n\r\nhello",
        "content-length\t: 5\r\n\r\nhello",
        "content-length: 5\r\n 0\r\n\r\nhello",
        "content-length: 18446744073709551616\r\n\r\n",
        "content-length: 5,\r\n\r\nhello",
        "transfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n",
        "transfer-encoding: identity, chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "transfer-encoding: , chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked,\r\n\r\n0\r\n\r\n",
        "transfer-encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunke\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked\0\r\n\r\n0\r\n\r\n",
        "transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: deflate\r\n\r\nhello",
        "transfer-encoding: trailers\r\n\r\n",
        "transfer-encoding: c\u{212a}hunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding\u{a0}: chunked\r\n\r\n0\r\n\r\n",
        "\rtransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "x: y\rtransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "x: y\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ] {
        check(&gateway, &format!("{post}{tail}"), 400);
    }
    assert_eq!(upstream.seen().len(), 0);
}

#[test]
fn bodies_in_malformed_chunks_are_broken_off() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let post = "POST /orders/x HTTP/1.1\r\nhost: gw.test\r\napi-token: TOKEN\r\ntransfer-encoding: chunked\r\n\r\n";
    for body in [
        "\r\nhello",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "5\rhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\r\n\r\n0\r\n\r\n",
        "5\r\nhell\r\n0\r\n\r\n",
        "5;a=b\nhello\r\n0\r\n\r\n",
        "5;a=b\rc\r\nhello\r\n0\r\n\r\n",
        "5;a=\0\r\nhello\r\n0\r\n\r\n",
        "5h\r\nhello\r\n0\r\n\r\n",
        "5,5\r\nhello\r\n0\r\n\r\n",
        "5\u{661}\r\nhello\r\n0\r\n\r\n",
        "00000000000000005\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\n",
        "5\r\nhello\r\n0\r\n folded: a\r\n\r\n",
        "5\r\nhello\r\n0\r\na : b\r\n\r\n",
        "5\r\nhello\r\n0\r\na: b\n\r\n",
        "5\r\nhello\r\n0\r\na\r\n\r\n",
        "5\r\nhello\r\n0\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        "5\r\nhello\r\n0\r\ntransfer-encoding: gzip\r\n\r\n",
    ] {
        check(&gateway, &format!("{post}{body}"), 400);
    }
    // Whatever of them was passed on ended without its end.
    assert_eq!(upstream.seen().iter().filter(|seen| !seen.trailers.is_empty()).count(), 0);
}

#[test]
fn heads_over_the_limits_are_refused() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let head = "GET /orders/x HTTP/1.1\r\nhost: gw.test\r\napi-token: TOKEN\r\n";
    check(&gateway, &format!("GET /orders/{} HTTP/1.1\r\n", "x".repeat(66_000)), 414);
    check(&gateway, &format!("GET /orders/{}", "x".repeat(66_000)), 414);
    check(&gateway, &format!("{head}a: {}\r\n\r\n", "x".repeat(16_400)), 431);
    check(&gateway, &format!("{head}{}\r\n", "a: b\r\n".repeat(99)), 431);
    check(&gateway, &format!("{head}{}\r\n", format!("a: {}\r\n", "x".repeat(16_000)).repeat(5)), 431);
    assert_eq!(upstream.connections(), 0);
    // Within them a head is served, whole or in pieces.
    let large = format!("{head}{}\r\n", format!("a: {}\r\n", "x".repeat(16_000)).repeat(3)).replace("TOKEN", &token());
    let mut caller = gateway.connect();
    for part in large.as_bytes().chunks(7_000) {
        caller.write(part);
    }
    assert_eq!(caller.reply().status, 200);
    let many = format!("{head}{}\r\n", "a: b\r\n".repeat(98)).replace("TOKEN", &token());
    assert_eq!(gateway.send(&many).status, 200);
}

#[test]
fn a_line_end_before_a_request_is_forgiven() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    assert_eq!(gateway.send(&format!("\r\n\r\n{GOOD}").replace("TOKEN", &token())).status, 200);
}

#[test]
fn a_head_that_does_not_come_in_time_is_answered_408() {
    let config = gateway::GatewayConfig { head_read: Duration::from_millis(100), ..config() };
    let gateway = Gateway::start_with(&Setup::new("http://127.0.0.1:9"), config, standing_clock, 1);
    let mut caller = gateway.connect();
    let reply = caller.write(b"GET /orders/x HTTP/1.1\r\nhost: a\r\n").reply();
    assert_eq!((reply.status, reply.header("connection")), (408, Some("close")));
    caller.assert_closed();
    // One that says nothing at all is just closed.
    gateway.connect().assert_closed();
}

#[test]
fn an_idle_connection_is_closed_without_a_word() {
    let upstream = Upstream::plain();
    let config = gateway::GatewayConfig { keep_alive: Duration::from_millis(100), ..config() };
    let gateway = Gateway::start_with(&Setup::new(upstream.url()), config, standing_clock, 1);
    let mut caller = gateway.connect();
    assert_eq!(caller.write(GOOD.replace("TOKEN", &token()).as_bytes()).reply().status, 200);
    caller.assert_closed();
}

#[test]
fn a_half_sent_head_that_ends_is_not_answered() {
    let gateway = Gateway::start(&Setup::new("http://127.0.0.1:9"));
    let mut caller = gateway.connect();
    caller.write(b"GET /orders/x HTTP/1.1\r\nhost: a");
    caller.end_writing();
    caller.assert_closed();
}
