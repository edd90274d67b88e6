//! Upstreams that are slow, silent, broken, forbidden or gone; connections that are kept, and when not.

use crate::support::{Gateway, Reply, Setup, Upstream, config, get, request, standing_clock};
use domain::upstream::UpstreamTimeouts;
use std::net::{Shutdown, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[track_caller]
fn assert_status(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{reply:?}");
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    assert!(!reply.body.contains("127.0.0.1"), "{reply:?}");
}

#[test]
fn nobody_listening_is_502() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gateway = Gateway::start(&Setup::new(format!("http://{port}")));
    assert_status(&gateway.get("/orders/x"), 502);
    assert_status(&gateway.send(&request("POST", "/orders/x", "", "body")), 502);
    assert_eq!(gateway.stop().calls, 2);
}

#[test]
fn a_short_body_that_could_not_be_sent_leaves_the_connection_in_step() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gateway = Gateway::start(&Setup::new(format!("http://{port}")));
    let mut caller = gateway.connect();
    for _ in 0..3 {
        let reply = caller.write(request("POST", "/orders/x", "", &"x".repeat(50_000)).as_bytes()).reply();
        assert_eq!((reply.status, reply.header("connection")), (502, None));
    }
}

#[test]
fn a_name_that_means_nothing_is_502() {
    let gateway = Gateway::start(&Setup::new("http://nowhere.invalid"));
    assert_status(&gateway.get("/orders/x"), 502);
}

#[test]
fn a_name_is_resolved() {
    let upstream = Upstream::plain();
    let url = upstream.url().replace("127.0.0.1", "localhost");
    let gateway = Gateway::start(&Setup::new(url));
    assert_eq!(gateway.get("/orders/x").status, 200);
    assert_eq!(upstream.only().header("host"), Some(upstream.authority().replace("127.0.0.1", "localhost").as_str()));
}

#[test]
fn forbidden_addresses_are_never_called() {
    for url in ["http://169.254.169.254/latest", "http://[fe80::1]/", "http://[::ffff:169.254.1.1]/"] {
        assert_status(&Gateway::start(&Setup::new(url)).get("/orders/x"), 502);
    }
}

#[test]
fn an_upstream_that_leads_back_here_is_502() {
    let listeners =
        gateway::bind(vec![gateway::ListenerConfig::plain("127.0.0.1:0".parse().unwrap())], 1.try_into().unwrap())
            .unwrap();
    let own = listeners.address();
    let other = Upstream::plain();
    for (url, reaches) in
        [(format!("http://{own}"), false), (format!("http://0.0.0.0:{}", own.port()), false), (other.url(), false)]
    {
        let config =
            gateway::GatewayConfig { own_listeners: vec![own, other.authority().parse().unwrap()], ..config() };
        let gateway = Gateway::start_with(&Setup::new(url), config, standing_clock, 1);
        assert_eq!(gateway.get("/orders/x").status == 200, reaches);
    }
    assert_eq!(other.connections(), 0);
}

#[test]
fn the_gateways_own_address_is_refused() {
    let gateway = Gateway::start(&Setup::new("http://127.0.0.1:9"));
    let own = Setup::new(format!("http://{}", gateway.address));
    gateway.directory.store(Arc::new(own.directory()));
    assert_status(&gateway.get("/orders/x"), 502);
    assert_eq!(gateway.stop().calls, 1);
}

#[test]
fn a_request_that_goes_in_circles_is_508() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let four = request(
        "GET",
        "/orders/x",
        "via: 1.1 portcullis, 1.1 portcullis\r\nvia: 1.1 portcullis, 1.1 portcullis\r\n",
        "",
    );
    assert_eq!(gateway.send(&four).status, 200);
    let five = four.replace("\r\n\r\n", ", 1.1 PORTCULLIS\r\n\r\n");
    assert_status(&gateway.send(&five), 508);
    assert_eq!(upstream.seen().len(), 1);
}

#[test]
fn a_silent_upstream_is_504() {
    let upstream = Upstream::on_connection(|wire| while wire.some().is_some() {});
    let mut setup = Setup::new(upstream.url());
    setup.timeouts_ms = UpstreamTimeouts { response: 100, ..UpstreamTimeouts::default() };
    let gateway = Gateway::start(&setup);
    assert_status(&gateway.get("/orders/x"), 504);
    assert_status(&gateway.send(&request("POST", "/orders/x", "", "body")), 504);
    assert_eq!(upstream.connections(), 2, "a wait that ran out is not tried again");
}

#[test]
fn a_collections_own_limit_is_shorter() {
    let upstream = Upstream::on_connection(|wire| while wire.some().is_some() {});
    let mut setup = Setup::new(upstream.url());
    setup.limits.response_ms = Some(100);
    assert_status(&Gateway::start(&setup).get("/orders/x"), 504);
}

#[test]
fn a_connection_that_cannot_be_made_in_time_is_504() {
    // A full accept queue: connecting hangs.
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let any: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
    listener.bind(&any.into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let mut fillers = Vec::new();
    while let Ok(filler) = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        fillers.push(filler);
    }
    let mut setup = Setup::new(format!("http://{address}"));
    setup.timeouts_ms = UpstreamTimeouts { connect: 100, ..UpstreamTimeouts::default() };
    assert_status(&Gateway::start(&setup).get("/orders/x"), 504);
}

#[test]
fn answers_that_are_none_are_502() {
    for answer in [
        "nonsense\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na",
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        "HTTP/1.1 200 OK\r\n bad: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\na",
        "",
    ] {
        let upstream = Upstream::on_connection(move |wire| {
            wire.head();
            wire.write(answer.as_bytes());
        });
        let gateway = Gateway::start(&Setup::new(upstream.url()));
        assert_status(&gateway.send(&request("POST", "/orders/x", "", "")), 502);
        assert_eq!(upstream.connections(), 1, "{answer:?}");
    }
}

#[test]
fn an_answer_with_too_much_head_is_502() {
    let answer = format!("HTTP/1.1 200 OK\r\n{}\r\n", format!("a: {}\r\n", "x".repeat(10_000)).repeat(20));
    let upstream = Upstream::answering(answer);
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    assert_status(&gateway.send(&request("POST", "/orders/x", "", "")), 502);
}

#[test]
fn connections_are_kept_and_used_again() {
    let upstream = Upstream::answering(OK);
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    for _ in 0..5 {
        assert_eq!(gateway.get("/orders/x").status, 200);
        assert_eq!(gateway.send(&request("POST", "/orders/x", "", "body")).status, 200);
    }
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn a_connection_that_ends_is_not_used_again() {
    let upstream = Upstream::answering("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok");
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    for _ in 0..3 {
        assert_eq!(gateway.get("/orders/x").status, 200);
    }
    assert_eq!(upstream.connections(), 3);
}

#[test]
fn a_short_keep_alive_of_the_upstream_is_heeded() {
    let upstream = Upstream::answering("HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 2\r\n\r\nok");
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    for _ in 0..3 {
        assert_eq!(gateway.get("/orders/x").status, 200);
    }
    assert_eq!(upstream.connections(), 3);
}

#[test]
fn a_connection_that_the_upstream_closed_meanwhile_costs_no_post() {
    // Each connection serves one request and is closed without a word of warning, before the next request is made.
    let (tell, told) = mpsc::channel();
    let upstream = Upstream::on_request(move |_, wire| {
        wire.write(OK.as_bytes());
        wire.tcp.shutdown(Shutdown::Both).unwrap();
        tell.send(()).unwrap();
        false
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    for _ in 0..20 {
        assert_eq!(gateway.send(&request("POST", "/orders/x", "", "body")).status, 200);
        told.recv_timeout(crate::support::PATIENCE).unwrap();
    }
    assert_eq!(upstream.seen().len(), 20, "and none came twice");
}

/// Breaks the first connections off after the request's head, then answers.
fn breaking(times: usize) -> (Upstream, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let upstream = Upstream::on_connection(move |wire| {
        while wire.head().is_some() {
            if count.fetch_add(1, Ordering::SeqCst) < times {
                return;
            }
            wire.write(OK.as_bytes());
        }
    });
    (upstream, asked)
}

#[test]
fn an_idempotent_request_that_failed_unanswered_is_sent_once_more() {
    for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
        let (upstream, asked) = breaking(1);
        let gateway = Gateway::start(&Setup::new(upstream.url()));
        assert_eq!(gateway.send(&request(method, "/orders/x", "", "")).status, 200, "{method}");
        assert_eq!((asked.load(Ordering::SeqCst), upstream.connections()), (2, 2));
        assert_eq!(gateway.stop().calls, 1);
    }
}

#[test]
fn once_more_is_once() {
    let (upstream, asked) = breaking(2);
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    assert_status(&gateway.get("/orders/x"), 502);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn a_post_is_never_sent_twice() {
    for (method, body) in [("POST", ""), ("POST", "body"), ("PATCH", "")] {
        let (upstream, asked) = breaking(1);
        let gateway = Gateway::start(&Setup::new(upstream.url()));
        assert_status(&gateway.send(&request(method, "/orders/x", "", body)), 502);
        assert_eq!(asked.load(Ordering::SeqCst), 1, "{method}");
    }
}

#[test]
fn a_body_that_was_sent_is_never_sent_twice() {
    let (upstream, asked) = breaking(1);
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    assert_status(&gateway.send(&request("PUT", "/orders/x", "", "body")), 502);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn an_answer_that_had_begun_is_not_asked_for_again() {
    let (tell, told) = mpsc::channel();
    let upstream = Upstream::on_connection(move |wire| {
        wire.head();
        tell.send(()).unwrap();
        wire.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe");
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = gateway.connect();
    caller.write(get("/orders/x").as_bytes());
    assert_eq!(caller.head().status, 200);
    let _cut = caller.rest();
    assert_eq!(told.try_iter().count(), 1);
}

#[test]
fn an_early_answer_reaches_the_caller_while_it_still_sends() {
    let upstream = Upstream::on_connection(|wire| {
        wire.head().unwrap();
        wire.write(b"HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno");
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = gateway.connect();
    caller.write(request("POST", "/orders/x", "content-length: 1000000\r\n", "").as_bytes());
    let reply = caller.reply();
    assert_eq!((reply.status, reply.body.as_str()), (401, "no"));
}
