//! Handing the listening sockets over to another gateway, as a process does to the one that takes over.

use crate::support::{Caller, Counted, Gateway, Setup, Upstream, config, get, standing_clock};
use gateway::{ListenerConfig, Listeners};
use std::num::NonZeroUsize;

const READY: &str = "GET /.portcullis/ready HTTP/1.1\r\nhost: x\r\n\r\n";

fn pause(gateway: &Gateway) {
    gateway.runtime.block_on(gateway.handle().pause());
}

/// Another gateway on copies of the sockets.
fn another(gateway: &Gateway, setup: &Setup, workers: usize) -> Gateway {
    let copies = gateway.handle().sockets().open().iter().map(|socket| socket.try_clone().unwrap()).collect();
    let configs = vec![ListenerConfig::plain(gateway.address)];
    let listeners = Listeners::from_inherited(configs, NonZeroUsize::new(workers).unwrap(), copies).unwrap();
    Gateway::start_from(setup, config(), standing_clock, listeners)
}

#[test]
fn a_paused_gateway_takes_nothing_stays_ready_and_goes_on_where_it_was() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut open = gateway.connect();
    assert_eq!(open.write(get("/orders/x").as_bytes()).reply().header("connection"), None);
    pause(&gateway);
    let mut waiting = Caller::connect(gateway.address);
    waiting.write(get("/orders/x").as_bytes());
    let ready = open.write(READY.as_bytes()).reply();
    assert_eq!((ready.status, ready.header("connection")), (200, Some("close")));
    open.assert_closed();
    assert_eq!(upstream.connections(), 1, "nobody has taken the waiting one");
    gateway.handle().resume();
    let reply = waiting.reply();
    assert_eq!((reply.status, reply.header("connection")), (200, None));
}

#[test]
fn what_waits_in_the_sockets_is_served_by_the_next_gateway_whatever_its_number_of_workers() {
    let upstream = Upstream::plain();
    let setup = Setup::new(upstream.url());
    for (before, after) in [(2, 2), (3, 1), (1, 3)] {
        let mut old = Gateway::start_with(&setup, config(), standing_clock, before);
        let mut open = old.connect();
        assert_eq!(open.write(get("/orders/x").as_bytes()).reply().status, 200);
        pause(&old);
        let mut waiting: Vec<_> = (0..20).map(|_| Caller::connect(old.address)).collect();
        for caller in &mut waiting {
            caller.write(get("/orders/x").as_bytes());
        }
        let new = another(&old, &setup, after);
        old.handle().hand_over(&new.addresses);
        for caller in &mut waiting {
            let reply = caller.reply();
            assert_eq!((reply.status, reply.header("connection")), (200, None), "from {before} to {after}");
        }
        assert_eq!(open.write(get("/orders/x").as_bytes()).reply().header("connection"), Some("close"));
        assert_eq!(old.join(), Counted { calls: 2, refused: 0, without_profile: 0 });
        assert_eq!(new.get("/orders/x").status, 200);
        assert_eq!(new.stop(), Counted { calls: 21, refused: 0, without_profile: 0 });
    }
}

#[test]
fn a_socket_that_nobody_took_over_is_emptied_before_it_is_closed() {
    let upstream = Upstream::plain();
    let mut gateway = Gateway::start(&Setup::new(upstream.url()));
    pause(&gateway);
    let mut waiting = Caller::connect(gateway.address);
    waiting.write(get("/orders/x").as_bytes());
    gateway.handle().hand_over(&[]);
    let reply = waiting.reply();
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    assert_eq!(gateway.join(), Counted { calls: 1, refused: 0, without_profile: 0 });
}

#[test]
fn a_gateway_that_drains_can_be_cut() {
    let upstream = Upstream::plain();
    let mut gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut open = gateway.connect();
    assert_eq!(open.write(get("/orders/x").as_bytes()).reply().status, 200);
    pause(&gateway);
    gateway.handle().hand_over(&[]);
    gateway.handle().cutter().cut();
    gateway.join();
    open.assert_closed();
}
