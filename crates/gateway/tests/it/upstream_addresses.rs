//! Several addresses of one upstream: who is called, who is set aside, who comes back.

use crate::support::{FaultProxy, Gateway, Setup, Trouble, Upstream, config, get, request, standing_clock, wait_until};
use domain::denial::Denial;
use domain::upstream::{BaseUrl, HealthCheck, HealthPath, UpstreamUrls};
use gateway::GatewayConfig;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

fn setup(urls: &[String]) -> Setup {
    let mut setup = Setup::new(urls[0].clone());
    let urls = UpstreamUrls::new(urls.iter().map(|url| BaseUrl::parse(url).unwrap()).collect()).unwrap();
    setup.adjust = Arc::new(move |_, upstream| upstream.urls = urls.clone());
    setup
}

/// An address at which nobody listens.
fn nobody() -> String {
    format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

fn set_aside_for(time: Duration) -> GatewayConfig {
    GatewayConfig { upstream_set_aside: time, ..config() }
}

#[test]
fn equal_addresses_take_turns_and_each_gets_its_own_host_and_path() {
    let upstreams = [Upstream::plain(), Upstream::plain(), Upstream::plain()];
    let urls: Vec<_> = upstreams.iter().zip(["", "/base", "/v2"]).map(|(one, path)| one.url() + path).collect();
    let gateway = Gateway::start(&setup(&urls));
    for _ in 0..9 {
        assert_eq!(gateway.get("/orders/x").status, 200);
    }
    for (upstream, path) in upstreams.iter().zip(["/x", "/base/x", "/v2/x"]) {
        let seen = upstream.seen();
        assert_eq!(seen.len(), 3);
        for one in seen {
            assert_eq!(
                (one.line.as_str(), one.header("host")),
                (format!("GET {path} HTTP/1.1").as_str(), Some(upstream.authority().as_str()))
            );
        }
    }
}

#[test]
fn the_address_with_the_least_outstanding_requests_is_called() {
    let release = Arc::new(AtomicBool::new(false));
    let held = Arc::clone(&release);
    let slow = Upstream::on_request(move |_, wire| {
        while !held.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        wire.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        true
    });
    let quick = Upstream::plain();
    let gateway = Gateway::start(&setup(&[slow.url(), quick.url()]));
    // One request at least comes to the slow one and stays there; all that come after it go to the other one.
    let mut held = Vec::new();
    while slow.seen().is_empty() {
        let mut caller = gateway.connect();
        caller.write(get("/orders/x").as_bytes());
        let before = quick.seen().len();
        wait_until("the request has come", || quick.seen().len() > before || !slow.seen().is_empty());
        held.push(caller);
    }
    for _ in 0..20 {
        assert_eq!(gateway.get("/orders/x").status, 200);
    }
    assert_eq!(slow.seen().len(), 1);
    release.store(true, Ordering::SeqCst);
    assert_eq!(held.last_mut().unwrap().reply().status, 200);
}

#[test]
fn a_connection_that_cannot_be_made_is_made_to_another_address_whatever_the_method() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&setup(&[nobody(), upstream.url()]));
    for method in ["POST", "GET", "PATCH", "POST", "PUT", "DELETE"] {
        assert_eq!(gateway.send(&request(method, "/orders/x", "", "body")).status, 200, "{method}");
    }
    let seen = upstream.seen();
    assert_eq!(seen.len(), 6, "each came once");
    assert!(seen.iter().all(|seen| seen.body == b"body"));
    assert_eq!(gateway.stop().calls, 6);
}

#[test]
fn with_nobody_at_any_address_at_most_three_are_tried() {
    // Held together, so that no port is given twice.
    let held: Vec<_> = (0..8).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let urls: Vec<_> = held.iter().map(|one| format!("http://{}", one.local_addr().unwrap())).collect();
    drop(held);
    let gateway = Gateway::start(&setup(&urls));
    let reply = gateway.get("/orders/x");
    assert_eq!((reply.status, gateway.recorded(&reply).denial), (502, Some(Denial::UpstreamRefused)));
    assert_eq!(gateway.stop().calls, 1);
}

#[test]
fn an_idempotent_request_that_broke_goes_to_another_address() {
    let broken = Upstream::on_connection(|wire| drop(wire.head()));
    let good = Upstream::plain();
    let gateway = Gateway::start(&setup(&[broken.url(), good.url()]));
    for _ in 0..10 {
        assert_eq!(gateway.get("/orders/x").status, 200);
    }
    assert_eq!(good.seen().len(), 10);
    let statuses: Vec<_> = (0..10).map(|_| gateway.send(&request("POST", "/orders/x", "", "")).status).collect();
    assert!(statuses.contains(&502) && statuses.contains(&200), "{statuses:?}");
    assert_eq!(good.seen().len(), 10 + statuses.iter().filter(|&&status| status == 200).count());
}

#[test]
fn an_address_that_times_out_five_times_in_a_row_is_set_aside_and_tried_again_later() {
    let (first, second) = (Upstream::plain(), Upstream::plain());
    let proxy = FaultProxy::before(&first.authority());
    proxy.make(Trouble::Hole);
    let mut setup = setup(&[proxy.url(), second.url()]);
    setup.timeouts_ms.response = 100;
    let gateway = Gateway::start_with(&setup, set_aside_for(Duration::from_millis(600)), standing_clock, 1);
    let mut failed = 0;
    for _ in 0..30 {
        failed += u32::from(gateway.get("/orders/x").status == 504);
    }
    assert_eq!(failed, 5, "then it is left alone");
    proxy.make(Trouble::None);
    wait_until("it is called again", || {
        assert_eq!(gateway.get("/orders/x").status, 200);
        !first.seen().is_empty()
    });
}

#[test]
fn an_address_with_nobody_is_set_aside_for_all_workers() {
    let upstream = Upstream::plain();
    let (dead, counted) = (TcpListener::bind("127.0.0.1:0").unwrap(), Arc::new(AtomicBool::new(false)));
    let address = dead.local_addr().unwrap();
    drop(dead);
    let gateway = Gateway::start_with(
        &setup(&[format!("http://{address}"), upstream.url()]),
        set_aside_for(Duration::from_mins(1)),
        standing_clock,
        2,
    );
    // Whoever is asked, five failures on the node are enough.
    wait_until("it is set aside", || {
        assert_eq!(gateway.get("/orders/x").status, 200);
        gateway.upstream_count("set_aside") == 1
    });
    assert_eq!(gateway.upstream_count("connect_failure"), 5);
    // Somebody listens there now: nobody is sent to it before its time.
    let listener = TcpListener::bind(address).unwrap();
    let seen = Arc::clone(&counted);
    thread::spawn(move || {
        let _anybody = listener.accept();
        seen.store(true, Ordering::SeqCst);
    });
    for _ in 0..40 {
        assert_eq!(gateway.get("/orders/x").status, 200);
    }
    assert!(!counted.load(Ordering::SeqCst));
}

#[test]
fn when_all_are_set_aside_one_request_at_a_time_tries_and_the_others_are_refused() {
    let upstream = Upstream::plain();
    let proxy = FaultProxy::before(&upstream.authority());
    proxy.make(Trouble::Hole);
    let mut setup = Setup::new(proxy.url());
    setup.timeouts_ms.response = 700;
    let gateway = Gateway::start_with(&setup, set_aside_for(Duration::from_mins(1)), standing_clock, 1);
    let mut callers: Vec<_> = (0..6).map(|_| gateway.connect()).collect();
    for caller in &mut callers {
        caller.write(get("/orders/x").as_bytes());
    }
    for caller in &mut callers {
        assert_eq!(caller.reply().status, 504);
    }
    let mut trial = gateway.connect();
    trial.write(get("/orders/x").as_bytes());
    wait_until("the trial is under way", || proxy.connections() == 7);
    for _ in 0..5 {
        let reply = gateway.get("/orders/x");
        assert_eq!((reply.status, gateway.recorded(&reply).denial), (503, Some(Denial::UpstreamUnhealthy)));
    }
    assert_eq!(trial.reply().status, 504);
    proxy.make(Trouble::None);
    for _ in 0..5 {
        assert_eq!(gateway.get("/orders/x").status, 200, "the first answer ends it");
    }
}

#[test]
fn active_checks_take_an_address_out_and_bring_it_back_without_a_call() {
    let well = Arc::new(AtomicBool::new(true));
    let is_well = Arc::clone(&well);
    let checked = Upstream::on_request(move |seen, wire| {
        let is_check = seen.line.starts_with("GET /healthz?deep=1 ");
        let status = if !is_check || is_well.load(Ordering::SeqCst) { "200 OK" } else { "500 No" };
        wire.write(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes());
        true
    });
    let other = Upstream::plain();
    let mut setup = setup(&[checked.url(), other.url()]);
    let urls = setup.adjust;
    setup.adjust = Arc::new(move |id, upstream| {
        urls(id, upstream);
        let check = HealthCheck::of(HealthPath::parse("/healthz?deep=1").unwrap());
        // Shorter than what the management API takes: a test does not wait.
        upstream.health_check =
            (id == 1).then_some(HealthCheck { interval_ms: 20, unhealthy_after: 2, healthy_after: 2, ..check });
    });
    let gateway = Gateway::start_with(&setup, config(), standing_clock, 2);
    let checks = |upstream: &Upstream| upstream.seen().iter().filter(|seen| seen.line.contains("/healthz")).count();
    let calls = |upstream: &Upstream| upstream.seen().len() - checks(upstream);
    wait_until("it is checked before any call", || checks(&checked) > 2 && checks(&other) > 2);
    let check = checked.seen()[0].clone();
    assert_eq!(check.header("host"), Some(checked.authority().as_str()));
    assert!(check.header("api-token").is_none());

    well.store(false, Ordering::SeqCst);
    wait_until("it is out", || {
        let before = calls(&checked);
        assert!((0..4).all(|_| gateway.get("/orders/x").status == 200));
        calls(&checked) == before
    });
    well.store(true, Ordering::SeqCst);
    wait_until("it is back", || {
        let before = calls(&checked);
        assert!((0..4).all(|_| gateway.get("/orders/x").status == 200));
        calls(&checked) > before
    });
    assert_eq!(calls(&checked) + calls(&other), usize::try_from(gateway.stop().calls).unwrap(), "checks are no calls");
}

#[test]
fn with_every_address_found_down_calls_are_refused_at_once() {
    let upstream = Upstream::on_request(|seen, wire| {
        let status = if seen.line.contains("/healthz") { 503 } else { 200 };
        wire.write(format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n").as_bytes());
        true
    });
    let mut setup = Setup::new(upstream.url());
    setup.adjust = Arc::new(|_, upstream| {
        let check = HealthCheck::of(HealthPath::parse("/healthz").unwrap());
        upstream.health_check = Some(HealthCheck { interval_ms: 20, unhealthy_after: 1, ..check });
    });
    let gateway = Gateway::start(&setup);
    wait_until("it is refused", || gateway.get("/orders/x").status == 503);
    let reply = gateway.get("/orders/x");
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::UpstreamUnhealthy));
    // Without the checks it is called again.
    let mut without = Setup::new(upstream.url());
    without.adjust = Arc::new(|_, _| {});
    gateway.change(without.deltas());
    wait_until("it is called", || gateway.get("/orders/x").status == 200);
}

#[test]
fn a_changed_upstream_is_used_from_the_next_request_on() {
    let (one, other) = (Upstream::plain(), Upstream::plain());
    let gateway = Gateway::start(&setup(&[one.url()]));
    assert_eq!(gateway.get("/orders/x").status, 200);
    gateway.change(setup(&[other.url()]).deltas());
    assert_eq!(gateway.get("/orders/x").status, 200);
    gateway.change(setup(&[other.url(), one.url()]).deltas());
    for _ in 0..4 {
        assert_eq!(gateway.get("/orders/x").status, 200);
    }
    assert_eq!((one.seen().len(), other.seen().len()), (3, 3));
    assert_eq!(other.connections(), 1, "what stays keeps its connections");
}
