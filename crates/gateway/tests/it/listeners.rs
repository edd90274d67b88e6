//! Several listeners, and listening sockets that come from another process.

use crate::support::{Caller, Gateway, PATIENCE, Setup, Upstream, config, get, standing_clock};
use gateway::{BindError, ListenerConfig, Listeners};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroUsize;
use std::time::Duration;

fn plain(address: SocketAddr) -> ListenerConfig {
    ListenerConfig::plain(address)
}

fn any() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

fn workers(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

#[test]
fn every_worker_listens_on_each_address() {
    let upstream = Upstream::plain();
    let all = vec![plain(any()), plain(any()), plain("[::1]:0".parse().unwrap())];
    let gateway = Gateway::start_on(&Setup::new(upstream.url()), config(), standing_clock, 2, all);
    assert_eq!(gateway.addresses.len(), 3);
    for &address in &gateway.addresses {
        for _ in 0..20 {
            let mut caller = Caller::connect(address);
            caller.write(get("/orders/x").as_bytes());
            assert_eq!(caller.reply().status, 200, "{address}");
        }
    }
    assert_eq!(upstream.seen().last().unwrap().header("x-forwarded-for"), Some("::1"));
}

#[test]
fn what_waits_in_any_of_them_is_served_at_a_stop_and_then_all_are_closed() {
    let upstream = Upstream::plain();
    let patient = gateway::GatewayConfig { drain_limit: PATIENCE, ..config() };
    let all = vec![plain(any()), plain(any())];
    let mut gateway = Gateway::start_on(&Setup::new(upstream.url()), patient, standing_clock, 1, all);
    let addresses = gateway.addresses.clone();
    let mut waiting: Vec<TcpStream> = Vec::new();
    for &address in &addresses {
        for _ in 0..20 {
            let mut tcp = crate::support::caller::tcp(address);
            tcp.write_all(get("/orders/x").as_bytes()).unwrap();
            waiting.push(tcp);
        }
    }
    gateway.shutdown();
    for tcp in &mut waiting {
        let mut answer = String::new();
        tcp.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    assert_eq!(gateway.join().calls, 40);
    for address in addresses {
        assert!(TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err());
    }
}

#[test]
fn sockets_of_another_process_are_used_with_what_waits_in_them() {
    let (old, gone) = (TcpListener::bind(any()).unwrap(), TcpListener::bind(any()).unwrap());
    let address = old.local_addr().unwrap();
    let mut waiting = crate::support::caller::tcp(address);
    let inherited = vec![gone, old];
    let listeners = Listeners::from_inherited(vec![plain(address), plain(any())], workers(1), inherited).unwrap();
    assert_eq!(listeners.address(), address);
    let upstream = Upstream::plain();
    let gateway = Gateway::start_from(&Setup::new(upstream.url()), config(), standing_clock, listeners);
    waiting.write_all(get("/orders/x").replacen("\r\n", "\r\nconnection: close\r\n", 1).as_bytes()).unwrap();
    let mut answer = String::new();
    waiting.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let mut second = Caller::connect(gateway.addresses[1]);
    second.write(get("/orders/x").as_bytes());
    assert_eq!(second.reply().status, 200);
}

#[test]
fn more_sockets_than_workers_are_all_listened_on() {
    let first = gateway::bind(vec![plain(any())], workers(3)).unwrap();
    let address = first.address();
    let inherited = first.sockets().open().iter().map(|socket| socket.try_clone().unwrap()).collect();
    let listeners = Listeners::from_inherited(vec![plain(address)], workers(1), inherited).unwrap();
    drop(first);
    let upstream = Upstream::plain();
    let _gateway = Gateway::start_from(&Setup::new(upstream.url()), config(), standing_clock, listeners);
    // Connections are spread over all three.
    for _ in 0..40 {
        let mut caller = Caller::connect(address);
        caller.write(get("/orders/x").as_bytes());
        assert_eq!(caller.reply().status, 200);
    }
}

#[test]
fn two_listeners_cannot_have_one_address_and_one_is_needed() {
    let taken = gateway::bind(vec![plain(any())], workers(1)).unwrap().address();
    let error = gateway::bind(vec![plain(taken), plain(taken)], workers(1)).unwrap_err();
    assert!(matches!(error, BindError::InUse(address) if address == taken));
    assert!(matches!(gateway::bind(vec![], workers(1)), Err(BindError::None)));
}
