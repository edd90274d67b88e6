//! WebSocket upgrades: checked at the handshake, then bytes pass both ways until somebody ends it.

use crate::support::{Caller, Gateway, PATIENCE, Setup, Upstream, config, request, standing_clock};
use gateway::GatewayConfig;
use std::sync::mpsc;
use std::time::Duration;

const ASK: &str =
    "connection: keep-alive, Upgrade\r\nupgrade: WebSocket\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const SWITCH: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nx-up: 1\r\n\r\n";

fn ask(gateway: &Gateway) -> Caller {
    let mut caller = gateway.connect();
    caller.write(request("GET", "/orders/x", ASK, "").as_bytes());
    caller
}

/// Switches, then sends back what comes, in capitals.
fn echo() -> Upstream {
    Upstream::on_connection(|wire| {
        let head = wire.head().unwrap();
        assert_eq!((head.header("upgrade"), head.header("connection")), (Some("websocket"), Some("upgrade")));
        assert_eq!(head.header("sec-websocket-key"), Some("dGhlIHNhbXBsZSBub25jZQ=="));
        assert_eq!((head.header("content-length"), head.header("transfer-encoding")), (None, None));
        wire.write(SWITCH);
        while let Some(bytes) = wire.some() {
            wire.write(&bytes.to_ascii_uppercase());
        }
    })
}

#[test]
fn bytes_pass_both_ways_after_a_101() {
    let upstream = echo();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = ask(&gateway);
    let head = caller.head();
    assert_eq!((head.status, head.header("upgrade"), head.header("x-up")), (101, Some("websocket"), Some("1")));
    assert_eq!((head.header("connection"), head.header("content-length")), (Some("upgrade"), None));
    assert!(head.header("x-request-id").is_some());
    assert_eq!(caller.write(b"hello").exactly(5), b"HELLO");
    let large = vec![b'x'; 1_000_000];
    let (mut reader, large_too) = (caller, large.clone());
    let mut writer = reader.try_clone();
    let writing = std::thread::spawn(move || {
        writer.write(&large_too);
    });
    assert_eq!(reader.exactly(large.len()), large.to_ascii_uppercase());
    writing.join().unwrap();
    reader.end_writing();
    reader.assert_closed();
    assert_eq!(gateway.stop().calls, 1);
}

#[test]
fn what_the_caller_sends_early_waits_for_the_101() {
    let (tell, told) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let upstream = Upstream::on_connection(move |wire| {
        wire.head().unwrap();
        wire.tcp.set_nonblocking(true).unwrap();
        wait.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        let mut byte = [0];
        let early = wire.tcp.peek(&mut byte);
        tell.send(early.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)).unwrap();
        wire.tcp.set_nonblocking(false).unwrap();
        wire.write(SWITCH);
        let bytes = wire.some().unwrap();
        wire.write(&bytes);
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = ask(&gateway);
    caller.write(b"early");
    // Another request goes through, so the worker has seen what came before it.
    gateway.send("GET /.portcullis/live HTTP/1.1\r\nhost: x\r\n\r\n");
    go.send(()).unwrap();
    assert!(told.recv_timeout(PATIENCE).unwrap(), "bytes before the 101 reached the upstream");
    assert_eq!(caller.head().status, 101);
    assert_eq!(caller.exactly(5), b"early");
}

#[test]
fn without_a_101_the_answer_is_an_ordinary_one() {
    let upstream = Upstream::answering("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno");
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = ask(&gateway);
    let reply = caller.reply();
    assert_eq!((reply.status, reply.body.as_str()), (403, "no"));
    assert_eq!(caller.write(request("GET", "/orders/x", "", "").as_bytes()).reply().status, 403);
}

#[test]
fn a_101_that_nobody_asked_for_is_502() {
    let upstream = Upstream::on_connection(|wire| {
        wire.head().unwrap();
        wire.write(SWITCH);
        wire.some();
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    assert_eq!(gateway.get("/orders/x").status, 502);
    // Other protocols are not asked for at the upstream, nor is one with a body.
    for headers in [
        "connection: upgrade\r\nupgrade: h2c\r\n",
        "connection: upgrade\r\nupgrade: websocket, foo\r\n",
        "upgrade: websocket\r\n",
    ] {
        assert_eq!(gateway.send(&request("GET", "/orders/x", headers, "")).status, 502, "{headers}");
    }
    assert_eq!(gateway.send(&request("GET", "/orders/x", ASK, "body")).status, 502);
    assert_eq!(gateway.send(&request("POST", "/orders/x", ASK, "")).status, 502);
}

#[test]
fn a_101_to_another_protocol_is_502() {
    let upstream = Upstream::on_connection(|wire| {
        wire.head().unwrap();
        wire.write(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: foo\r\nconnection: upgrade\r\n\r\n");
        wire.some();
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    assert_eq!(ask(&gateway).reply().status, 502);
}

#[test]
fn other_upgrades_are_not_passed_on() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let headers = "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n";
    assert_eq!(gateway.send(&request("GET", "/orders/x", headers, "")).status, 200);
    let seen = upstream.only();
    assert_eq!((seen.header("upgrade"), seen.header("http2-settings"), seen.header("connection")), (None, None, None));
}

#[test]
fn a_refused_handshake_reaches_no_upstream() {
    let upstream = echo();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = gateway.connect();
    caller.write(format!("GET /orders/x HTTP/1.1\r\nhost: gw.test\r\n{ASK}\r\n").as_bytes());
    assert_eq!(caller.reply().status, 401);
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn a_tunnel_is_cut_when_its_profile_is_switched_off() {
    let upstream = echo();
    let setup = Setup::new(upstream.url());
    let gateway = Gateway::start(&setup);
    let mut caller = ask(&gateway);
    assert_eq!(caller.head().status, 101);
    assert_eq!(caller.write(b"a").exactly(1), b"A");
    let mut off = setup.clone();
    off.profile_active = false;
    gateway.directory.store(std::sync::Arc::new(off.directory()));
    caller.assert_closed();
}

#[test]
fn a_silent_tunnel_ends() {
    let upstream = echo();
    let mut setup = Setup::new(upstream.url());
    setup.timeouts_ms.idle = 200;
    let config = GatewayConfig { stream_idle: Duration::from_secs(5), ..config() };
    let gateway = Gateway::start_with(&setup, config, standing_clock, 1);
    let mut caller = ask(&gateway);
    assert_eq!(caller.head().status, 101);
    caller.assert_closed();
}
