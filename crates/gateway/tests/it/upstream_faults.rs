//! Trouble on the way to an upstream: what the caller sees, what is tried again, and who else notices.

use crate::support::{FaultProxy, Gateway, Reply, Setup, Trouble, Upstream, get, request, wait_until};
use domain::denial::Denial;
use domain::upstream::{BaseUrl, UpstreamTimeouts};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

const QUICK: UpstreamTimeouts = UpstreamTimeouts { connect: 500, response: 300, idle: 300 };

struct World {
    upstream: Upstream,
    proxy: FaultProxy,
    gateway: Gateway,
}

fn world() -> World {
    let upstream = Upstream::plain();
    let proxy = FaultProxy::before(&upstream.authority());
    let mut setup = Setup::new(proxy.url());
    setup.timeouts_ms = QUICK;
    let gateway = Gateway::start(&setup);
    World { upstream, proxy, gateway }
}

#[track_caller]
fn assert_fails(world: &World, request: &str, denial: Denial) -> Reply {
    let reply = world.gateway.send(request);
    assert_eq!(reply.status, denial.status(), "{reply:?}");
    assert_eq!(world.gateway.recorded(&reply).denial, Some(denial));
    reply
}

fn post() -> String {
    request("POST", "/orders/x", "", "body")
}

#[test]
fn a_delay_within_the_limits_is_no_fault() {
    let world = world();
    world.proxy.make(Trouble::Delay(Duration::from_millis(100)));
    assert_eq!(world.gateway.get("/orders/x").status, 200);
    assert_eq!(world.gateway.send(&post()).status, 200);
    assert_eq!(world.upstream.seen().len(), 2);
}

#[test]
fn a_hole_and_a_half_open_connection_are_504_and_nothing_is_tried_again() {
    for trouble in [Trouble::Hole, Trouble::HalfOpen, Trouble::Delay(Duration::from_secs(1))] {
        let world = world();
        world.proxy.make(trouble.clone());
        assert_fails(&world, &get("/orders/x"), Denial::UpstreamTimeout);
        assert_fails(&world, &post(), Denial::UpstreamTimeout);
        assert_eq!(world.proxy.connections(), 2, "{trouble:?}");
    }
}

#[test]
fn a_reset_or_closed_connection_costs_a_get_one_more_attempt_and_a_post_none() {
    for trouble in [Trouble::Reset, Trouble::Close, Trouble::CutAt(0), Trouble::ResetAt(0)] {
        let world = world();
        world.proxy.make(trouble.clone());
        assert_fails(&world, &get("/orders/x"), Denial::UpstreamReset);
        assert_eq!(world.proxy.connections(), 2, "{trouble:?}");
        assert_fails(&world, &post(), Denial::UpstreamReset);
        assert_eq!(world.proxy.connections(), 3, "{trouble:?}");
        let posts = world.upstream.seen().iter().filter(|seen| seen.line.starts_with("POST")).count();
        assert!(posts <= 1, "{trouble:?}: {posts}");
    }
}

#[test]
fn an_answer_cut_in_its_head_is_502_and_not_asked_for_again() {
    for at in [1, 8, 20, 60] {
        for trouble in [Trouble::CutAt(at), Trouble::ResetAt(at)] {
            let world = world();
            world.proxy.make(trouble.clone());
            assert_fails(&world, &get("/orders/x"), Denial::UpstreamReset);
            assert_eq!(world.proxy.connections(), 1, "{trouble:?}");
            assert_eq!(world.upstream.seen().len(), 1);
        }
    }
}

#[test]
fn an_answer_cut_in_its_body_is_broken_off_for_the_caller() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-type: text/plain\r\n\r\n".len();
    for trouble in [Trouble::CutAt(head + 2), Trouble::ResetAt(head + 2)] {
        let world = world();
        world.proxy.make(trouble);
        let mut caller = world.gateway.connect();
        caller.write(get("/orders/x").as_bytes());
        let reply = caller.head();
        assert_eq!((reply.status, reply.header("content-length")), (200, Some("5")));
        let rest = caller.rest().unwrap_or_default();
        assert!(rest.len() < 5, "{rest:?}");
        assert_eq!(world.upstream.seen().len(), 1);
    }
}

#[test]
fn garbage_is_502_and_its_connection_is_not_used_again() {
    for garbage in [&b"\x16\x03\x01\x00\xa5\r\n"[..], b"220 smtp.test ESMTP\r\n", b"\0\0\0\0\n", b"\r\n\r\n\r\n"] {
        let world = world();
        world.proxy.make(Trouble::Garbage(garbage));
        assert_fails(&world, &get("/orders/x"), Denial::UpstreamReset);
        world.proxy.make(Trouble::None);
        assert_eq!(world.gateway.get("/orders/x").status, 200);
        assert_eq!(world.proxy.connections(), 2, "{garbage:?}");
    }
}

#[test]
fn a_sent_post_is_never_repeated_whatever_breaks() {
    // Each request has a number; the upstream counts.
    let world = world();
    let mut sent = 0;
    for trouble in [
        Trouble::None,
        Trouble::Reset,
        Trouble::CutAt(0),
        Trouble::ResetAt(0),
        Trouble::CutAt(10),
        Trouble::ResetAt(30),
        Trouble::HalfOpen,
        Trouble::Garbage(b"HTTP/1.1 "),
        Trouble::Close,
        Trouble::None,
    ] {
        world.proxy.make(trouble);
        for method in ["POST", "PATCH"] {
            for body in ["", "body"] {
                sent += 1;
                let number = format!("x-number: {sent}\r\n");
                let _any = world.gateway.send(&request(method, "/orders/x", &number, body));
            }
        }
    }
    let mut numbers: Vec<_> =
        world.upstream.seen().iter().filter_map(|seen| seen.header("x-number").map(str::to_owned)).collect();
    let came = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(came, numbers.len(), "a request came twice");
    assert!(came >= 8, "those without trouble came");
}

#[test]
fn other_upstreams_do_not_notice() {
    let (slow, quick) = (Upstream::on_connection(|wire| while wire.some().is_some() {}), Upstream::plain());
    let mut setup = Setup::new(slow.url());
    setup.granted = vec![1, 2];
    setup.timeouts_ms.response = 60_000;
    let url = quick.url();
    setup.adjust = Arc::new(move |id, upstream| {
        if id == 2 {
            upstream.urls = BaseUrl::parse(&url).unwrap().into();
        }
    });
    let config = gateway::GatewayConfig { in_flight_per_worker: 40, ..crate::support::config() };
    let gateway = Gateway::start_with(&setup, config, crate::support::standing_clock, 1);
    let mut waiting: Vec<_> = (0..20).map(|_| gateway.connect()).collect();
    for caller in &mut waiting {
        caller.write(get("/orders/x").as_bytes());
    }
    wait_until("all have come", || slow.connections() == 20);
    // The slow one has half of the places; what comes to it now is refused at once.
    let reply = gateway.get("/orders/x");
    assert_eq!((reply.status, gateway.recorded(&reply).denial), (503, Some(Denial::UpstreamUnhealthy)));
    assert!(reply.header("retry-after").is_some());
    for _ in 0..50 {
        assert_eq!(gateway.get("/other/x").status, 200);
    }
    // The slow one has not answered any meanwhile: nobody waited for it.
    assert_eq!((slow.connections(), gateway.upstream_count("timeout")), (20, 0));
}

#[test]
fn a_collection_bounds_its_requests_in_flight_on_the_whole_node() {
    let release = Arc::new(AtomicBool::new(false));
    let held = Arc::clone(&release);
    let upstream = Upstream::on_request(move |_, wire| {
        while !held.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        wire.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        true
    });
    let mut setup = Setup::new(upstream.url());
    setup.adjust = Arc::new(|_, upstream| upstream.max_in_flight = Some(3));
    let gateway = Gateway::start_with(&setup, crate::support::config(), crate::support::standing_clock, 2);
    let mut callers: Vec<_> = (0..8).map(|_| gateway.connect()).collect();
    for caller in &mut callers[..3] {
        caller.write(get("/orders/x").as_bytes());
    }
    wait_until("three have come", || upstream.seen().len() == 3);
    for caller in &mut callers[3..] {
        assert_eq!(caller.write(get("/orders/x").as_bytes()).reply().status, 503);
    }
    release.store(true, Ordering::SeqCst);
    for caller in &mut callers[..3] {
        assert_eq!(caller.reply().status, 200);
    }
    for caller in &mut callers {
        assert_eq!(caller.write(get("/orders/x").as_bytes()).reply().status, 200, "places are free again");
    }
}
