//! Listeners behind a load balancer that speaks the PROXY protocol.

use crate::support::tls::{Folder, TlsCaller, any_client, listener, options};
use crate::support::{Caller, Gateway, Reply, Setup, Upstream, config, get, standing_clock};
use domain::cidr::{CidrEntry, CidrSet};
use domain::decide::Source;
use gateway::{GatewayConfig, ListenerConfig, ProxyProtocol};
use std::io::Write;
use std::net::IpAddr;
use std::time::Duration;

fn required(from: &[&str], listener: ListenerConfig) -> ListenerConfig {
    let from: Vec<_> = from.iter().map(|entry| CidrEntry::parse(entry).unwrap()).collect();
    ListenerConfig { proxy_protocol: ProxyProtocol::Required { from: CidrSet::new(&from) }, ..listener }
}

fn plain() -> ListenerConfig {
    ListenerConfig::plain("127.0.0.1:0".parse().unwrap())
}

fn start(setup: &Setup, listener: ListenerConfig) -> Gateway {
    Gateway::start_on(setup, config(), standing_clock, 1, vec![listener])
}

fn binary(family: u8, body: &[u8]) -> Vec<u8> {
    let command = if body.is_empty() { 0x20 } else { 0x21 };
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&b"\r\n\r\n\0\r\nQUIT\n"[..], &[command, family], &length, body].concat()
}

fn called(gateway: &Gateway, header: &[u8]) -> Reply {
    let mut caller = gateway.connect();
    caller.write(&[header, get("/orders/x").as_bytes()].concat());
    caller.reply()
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn the_source_in_the_header_is_the_caller_s_address() {
    let upstream = Upstream::plain();
    let gateway = start(&Setup::new(upstream.url()), required(&["127.0.0.0/8"], plain()));
    let v4 = [&[198, 51, 100, 7, 203, 0, 113, 1, 1, 1, 1, 1][..], &[4, 0, 1, 9]].concat();
    let v6 = [[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7], [0; 16]].concat();
    for (header, source) in [
        (b"PROXY TCP4 198.51.100.7 203.0.113.1 56324 443\r\n".to_vec(), "198.51.100.7"),
        (b"PROXY TCP6 2001:db8::7 ::1 56324 443\r\n".to_vec(), "2001:db8::7"),
        (b"PROXY TCP6 ::ffff:198.51.100.7 ::1 56324 443\r\n".to_vec(), "198.51.100.7"),
        (b"PROXY UNKNOWN\r\n".to_vec(), "127.0.0.1"),
        (binary(0x11, &v4), "198.51.100.7"),
        (binary(0x21, &[&v6[..], &[0; 4]].concat()), "2001:db8::7"),
        (binary(0, &[]), "127.0.0.1"),
    ] {
        let reply = called(&gateway, &header);
        assert_eq!(reply.status, 200, "{}", header.escape_ascii());
        assert_eq!(gateway.recorded(&reply).source, Source::Known(address(source)), "{}", header.escape_ascii());
        assert_eq!(upstream.seen().last().unwrap().header("x-forwarded-for"), Some(source));
    }
}

#[test]
fn address_lists_judge_the_source_in_the_header() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.allow = vec!["198.51.100.0/24"];
    let gateway = start(&setup, required(&["127.0.0.1"], plain()));
    assert_eq!(called(&gateway, b"PROXY TCP4 198.51.100.7 203.0.113.1 1 2\r\n").status, 200);
    assert_eq!(called(&gateway, b"PROXY TCP4 198.51.101.7 203.0.113.1 1 2\r\n").status, 403);
    assert_eq!(called(&gateway, b"PROXY UNKNOWN\r\n").status, 403);
}

#[test]
fn the_source_in_the_header_may_itself_be_a_trusted_proxy() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.trust(&["10.0.0.0/8"]);
    let gateway = start(&setup, required(&["127.0.0.1"], plain()));
    let source_of = |header: &str| {
        let mut caller = gateway.connect();
        let request = get("/orders/x").replacen("\r\n", "\r\nx-forwarded-for: 203.0.113.9\r\n", 1);
        caller.write(format!("{header}{request}").as_bytes());
        gateway.recorded(&caller.reply()).source
    };
    assert_eq!(source_of("PROXY TCP4 10.0.0.5 10.0.0.1 1 2\r\n"), Source::Known(address("203.0.113.9")));
    assert_eq!(source_of("PROXY TCP4 192.0.2.5 10.0.0.1 1 2\r\n"), Source::Known(address("192.0.2.5")));
}

#[test]
fn what_is_no_header_is_closed_without_an_answer() {
    let upstream = Upstream::plain();
    let gateway = start(&Setup::new(upstream.url()), required(&["127.0.0.1"], plain()));
    for bad in [
        get("/orders/x").into_bytes(),
        b"PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n".to_vec(),
        b"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n".to_vec(),
        binary(0x12, &[0; 12]),
        b"PROXY ".repeat(40),
        Vec::new(),
    ] {
        let mut caller = gateway.connect();
        caller.write(&bad);
        caller.end_writing();
        let rest = caller.rest().unwrap_or_default();
        assert!(rest.is_empty(), "{}", bad.escape_ascii());
    }
    assert_eq!(upstream.connections(), 0);
    assert_eq!(called(&gateway, b"PROXY UNKNOWN\r\n").status, 200);
}

#[test]
fn nobody_but_the_named_proxies_may_send_one() {
    let upstream = Upstream::plain();
    let gateway = start(&Setup::new(upstream.url()), required(&["10.0.0.0/8", "127.0.0.2"], plain()));
    let mut caller = gateway.connect();
    caller.write(&[&b"PROXY TCP4 198.51.100.7 203.0.113.1 1 2\r\n"[..], get("/orders/x").as_bytes()].concat());
    assert!(caller.rest().unwrap_or_default().is_empty());
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn where_it_is_off_a_header_is_a_bad_request() {
    let upstream = Upstream::plain();
    let gateway = start(&Setup::new(upstream.url()), plain());
    assert_eq!(called(&gateway, b"PROXY TCP4 198.51.100.7 203.0.113.1 1 2\r\n").status, 400);
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn a_header_may_come_in_pieces_and_with_what_follows() {
    let upstream = Upstream::plain();
    let gateway = start(&Setup::new(upstream.url()), required(&["127.0.0.1"], plain()));
    let long = binary(0x11, &[&[198, 51, 100, 7, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0x0f, 0xf1][..], &[7; 0xff1]].concat());
    for header in [&b"PROXY TCP4 198.51.100.7 203.0.113.1 56324 443\r\n"[..], &long] {
        for piece in [1, 7, 1000] {
            let mut caller = gateway.connect();
            for part in header.chunks(piece.min(header.len()).max(header.len() / 300)) {
                caller.write(part);
            }
            caller.write(get("/orders/x").as_bytes());
            let reply = caller.reply();
            assert_eq!(gateway.recorded(&reply).source, Source::Known(address("198.51.100.7")));
            caller.write(get("/orders/y").as_bytes());
            assert_eq!(caller.reply().status, 200);
        }
    }
}

#[test]
fn a_header_that_does_not_come_is_not_waited_for() {
    let upstream = Upstream::plain();
    let config = GatewayConfig { handshake: Duration::from_millis(50), ..config() };
    let listener = required(&["127.0.0.1"], plain());
    let gateway = Gateway::start_on(&Setup::new(upstream.url()), config, standing_clock, 1, vec![listener]);
    let mut silent: Caller = gateway.connect();
    silent.write(b"PROXY TCP4");
    silent.assert_closed();
}

#[test]
fn the_header_comes_before_the_handshake() {
    let (folder, upstream) = (Folder::new(), Upstream::plain());
    let tls = listener(&options(vec![folder.make("a", &["gw.test"]).0]));
    let gateway = start(&Setup::new(upstream.url()), required(&["127.0.0.1"], tls));
    let mut tcp = crate::support::caller::tcp(gateway.address);
    tcp.write_all(b"PROXY TCP4 198.51.100.7 203.0.113.1 56324 443\r\n").unwrap();
    let mut caller = TlsCaller::on(tcp, &any_client(), "gw.test").unwrap();
    assert!(caller.call(&get("/orders/x")).unwrap().starts_with("HTTP/1.1 200 "));
    assert_eq!(upstream.only().header("x-forwarded-for"), Some("198.51.100.7"));
    // Without it there is no handshake.
    assert!(TlsCaller::connect(gateway.address, &any_client(), "gw.test").is_err());
}
