//! Bodies in both directions: streamed with back-pressure, bounded, and broken off where they must be.

use crate::support::{Caller, Gateway, Setup, Upstream, config, get, request, standing_clock};
use domain::upstream::UpstreamTimeouts;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::time::Duration;

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const BIG: usize = 4 * 1024 * 1024;

fn chunked(gateway: &Gateway, headers: &str) -> Caller {
    let mut caller = gateway.connect();
    caller.write(request("POST", "/orders/x", &format!("transfer-encoding: chunked\r\n{headers}"), "").as_bytes());
    caller
}

#[test]
fn an_answer_arrives_chunk_by_chunk_as_the_upstream_sends_it() {
    let (go, wait) = mpsc::channel::<&'static str>();
    let wait = std::sync::Mutex::new(wait);
    let upstream = Upstream::on_request(move |_, wire| {
        wire.write(CHUNKED.as_bytes());
        // Each part is sent only after the caller has got the one before.
        for part in wait.lock().unwrap().iter() {
            wire.write(format!("{:x}\r\n{part}\r\n", part.len()).as_bytes());
        }
        wire.write(b"0\r\n\r\n");
        true
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = gateway.connect();
    caller.write(get("/orders/events").as_bytes());
    assert_eq!(caller.head().status, 200);
    for part in ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"] {
        go.send(part).unwrap();
        assert_eq!(caller.chunk().unwrap(), part.as_bytes());
    }
    drop(go);
    assert_eq!(caller.chunk(), None);
}

#[test]
fn a_body_reaches_the_upstream_chunk_by_chunk_as_the_caller_sends_it() {
    let (tell, told) = mpsc::channel();
    let upstream = Upstream::on_connection(move |wire| {
        wire.head().unwrap();
        let mut body = Vec::new();
        while !body.ends_with(b"0\r\n\r\n") {
            let part = wire.some().unwrap();
            body.extend_from_slice(&part);
            tell.send(part).unwrap();
        }
        wire.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = chunked(&gateway, "");
    for part in ["one", "two", "three"] {
        caller.write(format!("{:x}\r\n{part}\r\n", part.len()).as_bytes());
        let expected = format!("{:x}\r\n{part}\r\n", part.len());
        let mut got = Vec::new();
        while got.len() < expected.len() {
            got.extend(told.recv_timeout(crate::support::PATIENCE).unwrap());
        }
        assert_eq!(String::from_utf8(got).unwrap().to_lowercase(), expected);
    }
    assert_eq!(caller.write(b"0\r\n\r\n").reply().status, 200);
}

#[test]
fn big_bodies_pass_both_ways_unchanged() {
    let upstream = Upstream::on_request(|seen, wire| {
        wire.write(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", seen.body.len()).as_bytes());
        wire.write(&seen.body);
        true
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let body: String = (0..BIG).map(|at| char::from(b'a' + u8::try_from(at % 23).unwrap())).collect();
    let mut caller = gateway.connect();
    for _ in 0..2 {
        let reply = caller.write(request("POST", "/orders/x", "", &body).as_bytes()).reply();
        assert!(reply.status == 200 && reply.body == body, "{} bytes", reply.body.len());
    }
    let parts: String = body
        .as_bytes()
        .chunks(100_000)
        .flat_map(|part| [format!("{:x};ext=1\r\n", part.len()), str::from_utf8(part).unwrap().to_owned() + "\r\n"])
        .collect();
    let mut caller = chunked(&gateway, "");
    let reply = caller.write(format!("{parts}0\r\n\r\n").as_bytes()).reply();
    assert!(reply.status == 200 && reply.body == body, "{} bytes", reply.body.len());
    assert_eq!(upstream.seen()[2].header("content-length"), None);
}

#[test]
fn an_upstream_is_not_read_faster_than_the_caller_reads() {
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let blocked = Arc::new(Barrier::new(2));
    let reached = Arc::clone(&blocked);
    let total = 256 * 1024 * 1024;
    let upstream = Upstream::on_connection(move |wire| {
        wire.head().unwrap();
        wire.write(format!("HTTP/1.1 200 OK\r\ncontent-length: {total}\r\n\r\n").as_bytes());
        wire.tcp.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
        let part = vec![b'x'; 65536];
        while let Ok(n) = wire.tcp.write(&part) {
            count.fetch_add(n, Ordering::SeqCst);
        }
        reached.wait();
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = gateway.connect();
    caller.write(get("/orders/x").as_bytes());
    assert_eq!(caller.head().status, 200);
    blocked.wait();
    // What fits the sockets' buffers, and no more: nothing is kept in the gateway.
    assert!(written.load(Ordering::SeqCst) < 64 * 1024 * 1024, "{written:?}");
}

#[test]
fn trailers_pass_both_ways_without_what_is_not_theirs_to_say() {
    let upstream = Upstream::on_request(|seen, wire| {
        let names: Vec<_> = seen.trailers.iter().map(|(name, value)| format!("{name}={value}")).collect();
        wire.write(
            format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum, x-portcullis-x, x-names\r\n\r\n\
                 2\r\nok\r\n0\r\nx-sum: 1\r\nx-portcullis-x: 2\r\nx-names: {}\r\n\r\n",
                names.join(" ")
            )
            .as_bytes(),
        );
        true
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = chunked(&gateway, "te: trailers\r\ntrailer: x-up, x-forwarded-for, api-token, a_b\r\n");
    caller.write(b"3\r\nabc\r\n0\r\nx-up: 1\r\nx-forwarded-for: 2\r\napi-token: 3\r\na_b: 4\r\n\r\n");
    let reply = caller.reply();
    assert_eq!(reply.body, "ok");
    assert_eq!(
        reply.trailers,
        [("x-sum".to_owned(), "1".to_owned()), ("x-names".to_owned(), "x-up=1".to_owned())],
        "{reply:?}"
    );
}

#[test]
fn a_caller_that_asks_leave_gets_it_when_the_upstream_takes_the_body() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = gateway.connect();
    caller.write(request("POST", "/orders/x", "content-length: 5\r\nexpect: 100-continue\r\n", "").as_bytes());
    assert_eq!(caller.head().status, 100);
    assert_eq!(caller.write(b"hello").reply().status, 200);
    let seen = upstream.only();
    assert_eq!((seen.body.as_slice(), seen.header("expect")), (&b"hello"[..], None));
}

#[test]
fn a_body_of_unknown_length_over_the_limit_is_413_and_never_completed_at_the_upstream() {
    let (tell, told) = mpsc::channel();
    let (see_head, head_seen) = mpsc::channel();
    let upstream = Upstream::on_connection(move |wire| {
        wire.head().unwrap();
        see_head.send(()).unwrap();
        let mut body = Vec::new();
        while let Some(part) = wire.some() {
            body.extend_from_slice(&part);
        }
        tell.send(body).unwrap();
    });
    let mut setup = Setup::new(upstream.url());
    setup.limits.body_bytes = Some(8);
    let gateway = Gateway::start(&setup);
    let mut caller = chunked(&gateway, "");
    caller.write(b"5\r\nhello\r\n");
    head_seen.recv_timeout(crate::support::PATIENCE).unwrap();
    caller.write(b"5\r\nhello\r\n0\r\n\r\n");
    let reply = caller.reply();
    assert_eq!((reply.status, reply.header("connection")), (413, Some("close")));
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    caller.assert_closed();
    let body = told.recv_timeout(crate::support::PATIENCE).unwrap();
    assert!(!String::from_utf8_lossy(&body).contains("0\r\n\r\n"), "{body:?}");
    assert_eq!(gateway.stop().calls, 1);
}

#[test]
fn a_body_of_exactly_the_limit_passes() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.limits.body_bytes = Some(10);
    let gateway = Gateway::start(&setup);
    assert_eq!(gateway.send(&request("POST", "/orders/x", "", "0123456789")).status, 200);
    let mut caller = chunked(&gateway, "");
    assert_eq!(caller.write(b"5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n").reply().status, 200);
}

#[test]
fn a_limit_passed_after_the_answer_began_closes_the_connection() {
    let upstream = Upstream::on_connection(|wire| {
        wire.head().unwrap();
        wire.write(format!("{CHUNKED}2\r\nok\r\n").as_bytes());
        while wire.some().is_some() {}
    });
    let mut setup = Setup::new(upstream.url());
    setup.limits.body_bytes = Some(8);
    let gateway = Gateway::start(&setup);
    let mut caller = chunked(&gateway, "");
    caller.write(b"5\r\nhello\r\n");
    assert_eq!(caller.head().status, 200);
    assert_eq!(caller.chunk().unwrap(), b"ok");
    caller.write(b"5\r\nhello\r\n");
    caller.assert_closed();
}

#[test]
fn a_collection_without_a_limit_takes_any_body() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.limits.body_bytes = None;
    let gateway = Gateway::start(&setup);
    let body = "x".repeat(6 * 1024 * 1024);
    assert_eq!(gateway.send(&request("POST", "/orders/x", "", &body)).status, 200);
    assert_eq!(upstream.only().body.len(), body.len());
}

#[test]
fn a_body_that_stops_coming_is_408() {
    let upstream = Upstream::plain();
    let config = gateway::GatewayConfig { request_body_idle: Duration::from_millis(100), ..config() };
    let gateway = Gateway::start_with(&Setup::new(upstream.url()), config, standing_clock, 1);
    let mut caller = gateway.connect();
    caller.write(request("POST", "/orders/x", "content-length: 10\r\n", "").as_bytes()).write(b"half");
    let reply = caller.reply();
    assert_eq!((reply.status, reply.header("connection")), (408, Some("close")));
    caller.assert_closed();
}

#[test]
fn a_slow_body_is_not_the_upstreams_fault() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.timeouts_ms = UpstreamTimeouts { response: 50, ..UpstreamTimeouts::default() };
    let config = gateway::GatewayConfig { request_body_idle: Duration::from_millis(300), ..config() };
    let gateway = Gateway::start_with(&setup, config, standing_clock, 1);
    let mut caller = gateway.connect();
    caller.write(request("POST", "/orders/x", "content-length: 10\r\n", "").as_bytes()).write(b"half");
    assert_eq!(caller.reply().status, 408);
}

#[test]
fn an_answer_that_stops_coming_is_cut_short() {
    let upstream = Upstream::on_connection(|wire| {
        wire.head().unwrap();
        wire.write(format!("{CHUNKED}2\r\nok\r\n").as_bytes());
        while wire.some().is_some() {}
    });
    let mut setup = Setup::new(upstream.url());
    setup.timeouts_ms = UpstreamTimeouts { idle: 100, ..UpstreamTimeouts::default() };
    let gateway = Gateway::start(&setup);
    let mut caller = gateway.connect();
    caller.write(get("/orders/x").as_bytes());
    assert_eq!(caller.head().status, 200);
    assert_eq!(caller.chunk().unwrap(), b"ok");
    caller.assert_closed();
}

#[test]
fn an_answer_that_breaks_off_is_not_made_whole() {
    for answer in [format!("{CHUNKED}2\r\nok\r\n"), "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nok".to_owned()] {
        let upstream = Upstream::on_connection(move |wire| {
            wire.head().unwrap();
            wire.write(answer.as_bytes());
        });
        let gateway = Gateway::start(&Setup::new(upstream.url()));
        let mut caller = gateway.connect();
        caller.write(get("/orders/x").as_bytes());
        assert_eq!(caller.head().status, 200);
        let rest = caller.rest().unwrap_or_default();
        assert!(!rest.ends_with(b"0\r\n\r\n") && rest.len() < 10, "{rest:?}");
    }
}

#[test]
fn an_answer_that_ends_with_its_connection_is_whole() {
    let upstream = Upstream::on_connection(|wire| {
        wire.head().unwrap();
        wire.write(b"HTTP/1.1 200 OK\r\n\r\nuntil the end");
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    assert_eq!(gateway.get("/orders/x").body, "until the end");
}

#[test]
fn a_caller_that_goes_away_breaks_the_upstream_request_off() {
    let (tell, told) = mpsc::channel();
    let upstream = Upstream::on_connection(move |wire| {
        wire.head().unwrap();
        tell.send("asked").unwrap();
        let mut rest = Vec::new();
        let _reset = wire.tcp.read_to_end(&mut rest);
        tell.send("left").unwrap();
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = gateway.connect();
    caller.write(get("/orders/x").as_bytes());
    assert_eq!(told.recv_timeout(crate::support::PATIENCE), Ok("asked"));
    drop(caller);
    assert_eq!(told.recv_timeout(crate::support::PATIENCE), Ok("left"));
}

#[test]
fn a_caller_that_does_not_read_is_cut() {
    let (tell, told) = mpsc::channel();
    let upstream = Upstream::on_connection(move |wire| {
        wire.head().unwrap();
        wire.write(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 1 << 30).as_bytes());
        let part = [b'x'; 16384];
        while wire.tcp.write_all(&part).is_ok() {}
        tell.send(()).unwrap();
    });
    let config = gateway::GatewayConfig { stream_idle: Duration::from_millis(200), ..config() };
    let gateway = Gateway::start_with(&Setup::new(upstream.url()), config, standing_clock, 1);
    let mut caller = gateway.connect();
    caller.write(get("/orders/x").as_bytes());
    assert_eq!(caller.head().status, 200);
    told.recv_timeout(crate::support::PATIENCE).expect("the gateway gives up, and leaves the upstream too");
    let rest = caller.rest().map_or(0, |rest| rest.len());
    assert!(rest < 1 << 29, "{rest}");
}
