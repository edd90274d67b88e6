//! Starting, sharing the work, changing the directory, counting, panicking, stopping; and what the logs say.

use crate::support::{Counted, Gateway, PATIENCE, Setup, Upstream, config, get, request, standing_clock, token};
use domain::time::Now;
use gateway::{BindError, GatewayConfig, ListenerConfig, Listeners};
use socket2::{Domain, Socket, Type};
use std::collections::HashSet;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

/// For two workers.
fn bind(address: SocketAddr) -> Result<Listeners, BindError> {
    gateway::bind(vec![ListenerConfig::plain(address)], NonZeroUsize::new(2).unwrap())
}

fn any() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

#[test]
fn a_chosen_port_is_shared_by_all_workers() {
    let listeners = bind(any()).unwrap();
    assert_ne!(listeners.address().port(), 0);
    assert_eq!(listeners.workers(), 2);
}

#[test]
fn a_busy_port_is_found() {
    let plain = TcpListener::bind(any()).unwrap();
    let address = plain.local_addr().unwrap();
    let error = bind(address).unwrap_err();
    assert!(matches!(error, BindError::InUse(busy) if busy == address));
    assert_eq!(error.to_string(), format!("the gateway address {address} is in use"));
    drop(plain);
    bind(address).unwrap();
}

#[test]
fn a_port_held_by_a_sharing_listener_is_found_too() {
    let ours = bind(any()).unwrap();
    assert!(matches!(bind(ours.address()), Err(BindError::InUse(_))));
    let theirs = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    theirs.set_reuse_port(true).unwrap();
    theirs.bind(&any().into()).unwrap();
    theirs.listen(1).unwrap();
    let address = theirs.local_addr().unwrap().as_socket().unwrap();
    assert!(matches!(bind(address), Err(BindError::InUse(_))));
}

#[test]
fn an_address_that_is_not_ours_is_told() {
    let error = bind("192.0.2.1:8080".parse().unwrap()).unwrap_err();
    assert!(matches!(error, BindError::Unusable { .. }), "{error}");
    assert!(!error.to_string().contains('\n'));
}

#[test]
fn two_workers_share_connections_and_limits() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.rate = Some(50);
    let gateway = Gateway::start_with(&setup, config(), standing_clock, 2);
    let statuses: Vec<_> = (0..60).map(|_| gateway.get("/orders/x").status).collect();
    assert_eq!(statuses.iter().filter(|&&status| status == 200).count(), 50);
    // Each worker has its own upstream connection; the kernel gives both something to do.
    assert_eq!(upstream.connections(), 2);
    assert_eq!(gateway.stop(), Counted { calls: 50, refused: 10, without_profile: 0 });
}

#[test]
fn request_ids_differ() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let ids: HashSet<_> =
        (0..50).map(|_| gateway.get("/orders/x").header("x-request-id").unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 50);
}

#[test]
fn a_changed_directory_is_in_force_for_the_next_request() {
    let upstream = Upstream::plain();
    let setup = Setup::new(upstream.url());
    let gateway = Gateway::start_with(&setup, config(), standing_clock, 2);
    let mut callers: Vec<_> = (0..8).map(|_| gateway.connect()).collect();
    let on = Arc::new(setup.directory());
    let mut off = setup.clone();
    off.profile_active = false;
    let off = Arc::new(off.directory());
    let mut refreshed = setup.clone();
    refreshed.token = [1; 32];
    let refreshed = Arc::new(refreshed.directory());
    for _ in 0..20 {
        for (directory, expected) in [(&on, 200), (&off, 403), (&refreshed, 401)] {
            gateway.directory.store(Arc::clone(directory));
            for caller in &mut callers {
                assert_eq!(caller.write(get("/orders/x").as_bytes()).reply().status, expected);
            }
        }
    }
}

#[test]
fn calls_and_refusals_are_counted_whatever_becomes_of_them() {
    let upstream = Upstream::on_connection(|wire| {
        wire.head();
    });
    let mut setup = Setup::new(upstream.url());
    setup.rate = Some(2);
    let gateway = Gateway::start(&setup);
    let mut statuses = Vec::new();
    for text in [
        get("/orders/x"),
        request("POST", "/orders/x", "", "a"),
        get("/orders/x"),
        get("/orders/off"),
        get("/nowhere"),
        "GET /orders/x HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(),
        "GET /orders/x HTTP/9.9\r\n\r\n".to_owned(),
        "GET /.portcullis/live HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(),
    ] {
        statuses.push(gateway.send(&text).status);
    }
    assert_eq!(statuses, [502, 502, 429, 404, 404, 401, 505, 200]);
    assert_eq!(gateway.stop(), Counted { calls: 2, refused: 3, without_profile: 2 });
}

#[test]
fn usage_is_handed_over_while_it_runs() {
    let upstream = Upstream::plain();
    let mut gateway = Gateway::start(&Setup::new(upstream.url()));
    gateway.get("/orders/x");
    let cells = gateway.usage.blocking_recv().unwrap();
    let (id, counted) = cells.profiles().next().unwrap();
    assert_eq!((id.0, counted.calls, counted.refused), (22, 1, 0));
    assert_eq!(counted.last_call_at, Some(standing_clock().wall));
}

/// How often the clock may still be read; then it panics once.
static READINGS: AtomicI64 = AtomicI64::new(i64::MAX);

fn panicking_clock() -> Now {
    assert!(READINGS.fetch_sub(1, Ordering::SeqCst) != 0, "the clock is broken, as the test wants it");
    standing_clock()
}

#[test]
fn a_panic_costs_one_request() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start_with(&Setup::new(upstream.url()), config(), panicking_clock, 1);
    let mut caller = gateway.connect();
    assert_eq!(caller.write(get("/orders/x").as_bytes()).reply().status, 200);
    // The first reading is for the request's id, the second for deciding.
    READINGS.store(1, Ordering::SeqCst);
    let reply = caller.write(get("/orders/x").as_bytes()).reply();
    assert_eq!((reply.status, reply.header("content-type")), (500, Some("application/problem+json")));
    assert!(!reply.body.contains("clock"), "{reply:?}");
    caller.assert_closed();
    assert_eq!(gateway.get("/orders/x").status, 200);
    assert_eq!((gateway.worker_counts().panics, gateway.worker_counts().answers[4]), (1, 1));
}

#[test]
fn its_own_pages_need_no_credential() {
    let gateway = Gateway::start(&Setup::new("http://127.0.0.1:9"));
    for (target, body) in [("/.portcullis/live", "live\n"), ("/.portcullis/ready", "ready\n")] {
        let reply = gateway.send(&format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n"));
        assert_eq!((reply.status, reply.body.as_str()), (200, body));
        assert!(reply.header("x-request-id").is_some());
    }
    assert_eq!(gateway.send("GET /.portcullis/other HTTP/1.1\r\nhost: x\r\n\r\n").status, 401);
    assert_eq!(gateway.send("POST /oauth2/other HTTP/1.1\r\nhost: x\r\n\r\n").status, 401);
    assert_eq!(gateway.stop(), Counted { calls: 0, refused: 0, without_profile: 2 });
}

#[test]
fn a_stop_lets_requests_end_and_tells_callers_to_leave() {
    let (asked, was_asked) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let upstream = Upstream::on_request(move |_, wire| {
        asked.send(()).unwrap();
        wait.lock().unwrap().recv().unwrap();
        wire.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        true
    });
    let config = GatewayConfig { drain_limit: PATIENCE, ..config() };
    let mut gateway = Gateway::start_with(&Setup::new(upstream.url()), config, standing_clock, 1);
    let mut idle = gateway.connect();
    idle.write(b"GET /.portcullis/ready HTTP/1.1\r\nhost: x\r\n\r\n");
    assert_eq!(idle.reply().status, 200);
    let mut busy = gateway.connect();
    busy.write(get("/orders/x").as_bytes());
    was_asked.recv_timeout(PATIENCE).unwrap();
    gateway.shutdown();
    wait_until_closed(gateway.address);
    // The idle connection is still there; its next answer says goodbye.
    idle.write(b"GET /.portcullis/ready HTTP/1.1\r\nhost: x\r\n\r\n");
    let reply = idle.reply();
    assert_eq!((reply.status, reply.header("connection")), (503, Some("close")));
    idle.assert_closed();
    go.send(()).unwrap();
    let reply = busy.reply();
    assert_eq!((reply.status, reply.body.as_str(), reply.header("connection")), (200, "ok", Some("close")));
    busy.assert_closed();
    assert_eq!(gateway.join().calls, 1);
}

#[test]
fn readiness_fails_before_the_listeners_close() {
    let config = GatewayConfig { drain_delay: Duration::from_hours(1), ..config() };
    let gateway = Gateway::start_with(&Setup::new("http://127.0.0.1:9"), config, standing_clock, 1);
    gateway.shutdown();
    let ready = || gateway.send("GET /.portcullis/ready HTTP/1.1\r\nhost: x\r\n\r\n").status;
    while ready() == 200 {}
    assert_eq!(ready(), 503);
    assert_eq!(gateway.send("GET /.portcullis/live HTTP/1.1\r\nhost: x\r\n\r\n").status, 200);
    // Waiting an hour for the end is not what this test is about.
    std::mem::forget(gateway);
}

#[test]
fn what_does_not_end_is_cut() {
    let upstream = Upstream::on_connection(|wire| while wire.some().is_some() {});
    let mut gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = gateway.connect();
    caller.write(get("/orders/x").as_bytes());
    while upstream.connections() == 0 {
        std::thread::yield_now();
    }
    gateway.shutdown();
    assert_eq!(gateway.join().calls, 1);
    assert!(caller.rest().unwrap_or_default().is_empty());
}

fn wait_until_closed(address: SocketAddr) {
    while TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The one test that installs a subscriber: it sees what all tests of this binary do, at trace level, from every
/// library.
#[test]
fn no_log_line_holds_a_credential_a_body_or_a_query() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let upstream = Upstream::on_connection(|wire| {
        wire.head();
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let secret = "cAnAry-9f3b";
    let upstream_failed =
        gateway.send(&request("POST", &format!("/orders/x?q={secret}"), &format!("cookie: {secret}\r\n"), secret));
    assert_eq!(upstream_failed.status, 502);
    for headers in [
        format!("api-token: {secret}\r\n"),
        format!("authorization: Bearer {secret}\r\n"),
        format!("authorization: Basic {secret}\r\ntransfer-encoding: {secret}\r\n"),
        format!("bad header {secret}\r\n"),
        format!("content-length: 0\r\nx-forwarded-for: 1.1.1.1\r\napi-token: {secret}\r\napi-token: {secret}\r\n"),
    ] {
        gateway.send(&format!("GET /orders/{secret}?{secret} HTTP/1.1\r\nhost: gw.test\r\n{headers}\r\n"));
    }
    let body = format!("grant_type=client_credentials&client_id={secret}&client_secret={secret}");
    let length = body.len();
    for (query, basic) in
        [("", ""), ("?client_secret=cAnAry-9f3b", ""), ("", "authorization: Basic Y0FuQXJ5LTlmM2I6eA==\r\n")]
    {
        gateway.send(&format!(
            "POST /oauth2/token{query} HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {length}\r\n{basic}\r\n{body}"
        ));
    }
    gateway.send(&format!("GET /orders/x?api_token={secret} HTTP/1.1\r\nhost: a\r\n\r\n"));
    gateway.stop();
    let text = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(text.contains("upstream failed") && text.contains("upstream_reset"), "the log works: {text}");
    assert!(text.contains("credential_malformed") && text.contains("jwt_malformed"), "{text}");
    for line in text.lines() {
        assert!(!line.contains(secret) && !line.contains(&token()), "{line}");
    }
}
