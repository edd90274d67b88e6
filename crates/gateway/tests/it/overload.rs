//! A worker that is behind, and more connections than there are places.

use crate::support::{Gateway, PATIENCE, Setup, Upstream, config, get, standing_clock};
use gateway::GatewayConfig;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// The requests that a worker keeps, however far behind it is.
const LEAST_ROOM: usize = 64;

#[test]
fn a_worker_that_is_behind_sheds_what_it_has_no_room_for() {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let held = Arc::clone(&gate);
    let upstream = Upstream::on_request(move |_, wire| {
        let (open, opened) = &*held;
        let _open = opened.wait_timeout_while(open.lock().unwrap(), PATIENCE, |open| !*open).unwrap();
        wire.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        true
    });
    // Whatever the lag is, it is too much.
    let config = GatewayConfig { lag_target: Duration::ZERO, ..config() };
    let gateway = Gateway::start_with(&Setup::new(upstream.url()), config, standing_clock, 1);
    let mut served: Vec<_> = (0..LEAST_ROOM).map(|_| gateway.connect()).collect();
    for caller in &mut served {
        caller.write(get("/orders/x").as_bytes());
    }
    let started = Instant::now();
    while gateway.worker_counts().in_flight < LEAST_ROOM as u64 {
        assert!(started.elapsed() < PATIENCE, "{:?}", gateway.worker_counts());
        std::thread::yield_now();
    }
    // Until the first judgement there is room.
    let mut one_more = gateway.connect();
    let started = Instant::now();
    while gateway.worker_counts().shed == 0 {
        assert!(started.elapsed() < PATIENCE, "{:?}", gateway.worker_counts());
        let mut caller = gateway.connect();
        caller.write(get("/orders/x").as_bytes());
        served.push(caller);
        let shed = Instant::now();
        while gateway.worker_counts().shed == 0 && shed.elapsed() < Duration::from_millis(50) {
            std::thread::yield_now();
        }
    }
    let reply = one_more.write(get("/orders/x").as_bytes()).reply();
    assert_eq!((reply.status, reply.header("retry-after"), reply.header("connection")), (503, Some("1"), None));
    let ready = "GET /.portcullis/ready HTTP/1.1\r\nhost: a\r\n\r\n";
    assert_eq!(one_more.write(ready.as_bytes()).reply().status, 200);
    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    let statuses: Vec<_> = served.iter_mut().map(|caller| caller.reply().status).collect();
    assert!(statuses[..LEAST_ROOM].iter().all(|&status| status == 200), "{statuses:?}");
    // With room again the next is served, on the same connection.
    assert_eq!(one_more.write(get("/orders/x").as_bytes()).reply().status, 200);
}

#[test]
fn a_connection_too_many_is_told_to_come_again() {
    let upstream = Upstream::plain();
    let config = GatewayConfig { connections_per_worker: 2, ..config() };
    let gateway = Gateway::start_with(&Setup::new(upstream.url()), config, standing_clock, 1);
    let mut first = gateway.connect();
    assert_eq!(first.write(get("/orders/x").as_bytes()).reply().status, 200);
    let mut second = gateway.connect();
    assert_eq!(second.write(get("/orders/x").as_bytes()).reply().status, 200);
    let mut third = gateway.connect();
    let reply = third.write(get("/orders/x").as_bytes()).reply();
    assert_eq!(
        (reply.status, reply.header("retry-after"), reply.header("connection")),
        (503, Some("1"), Some("close"))
    );
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    serde_json::from_str::<serde_json::Value>(&reply.body).unwrap();
    third.assert_closed();
    assert_eq!(first.write(get("/orders/x").as_bytes()).reply().status, 200);
    assert_eq!((gateway.worker_counts().turned_away, gateway.worker_counts().connections), (1, 2));
    drop(first);
    let started = Instant::now();
    while gateway.worker_counts().connections == 2 {
        assert!(started.elapsed() < PATIENCE);
        std::thread::yield_now();
    }
    assert_eq!(gateway.get("/orders/x").status, 200);
}
