//! Upstreams over HTTP/2 and TLS: one connection for many requests, when it is left, and whose certificate is trusted.

use crate::support::{Gateway, Http2Upstream, Reply, Setup, config, get, request, standing_clock, wait_until};
use domain::denial::Denial;
use domain::upstream::{CaCertificates, ServerName, UpstreamHttp, UpstreamTls};
use std::sync::Arc;

fn setup(url: String, http: UpstreamHttp, tls: UpstreamTls) -> Setup {
    let mut setup = Setup::new(url);
    setup.timeouts_ms.response = 1_000;
    setup.adjust = Arc::new(move |_, upstream| (upstream.http, upstream.tls) = (http, tls.clone()));
    setup
}

fn plain(upstream: &Http2Upstream) -> Gateway {
    let url = format!("http://127.0.0.1:{}", upstream.port);
    Gateway::start(&setup(url, UpstreamHttp::Http2, UpstreamTls::default()))
}

fn trusting(certificate: &str) -> UpstreamTls {
    UpstreamTls { ca: Some(CaCertificates::parse(certificate).unwrap()), server_name: None }
}

#[track_caller]
fn assert_denied(gateway: &Gateway, reply: &Reply, denial: Denial) {
    assert_eq!((reply.status, gateway.recorded(reply).denial), (denial.status(), Some(denial)), "{reply:?}");
}

#[test]
fn many_requests_at_once_share_one_connection() {
    let upstream = Http2Upstream::start(&[]);
    let gateway = plain(&upstream);
    let mut callers: Vec<_> = (0..60).map(|_| gateway.connect()).collect();
    for _ in 0..3 {
        for caller in &mut callers {
            caller.write(request("POST", "/orders/x", "", "body").as_bytes());
        }
        for caller in &mut callers {
            let reply = caller.reply();
            assert_eq!((reply.status, reply.body.as_str()), (200, "body"));
        }
    }
    assert_eq!((upstream.count("connection"), upstream.count("POST /x")), (1, 180));
}

#[test]
fn more_requests_than_a_connection_takes_open_another() {
    let upstream = Http2Upstream::start(&[]);
    let gateway = plain(&upstream);
    let mut callers: Vec<_> = (0..150).map(|_| gateway.connect()).collect();
    for caller in &mut callers {
        caller.write(get("/orders/hang").as_bytes());
    }
    wait_until("all have come", || upstream.count("GET /hang") == 150);
    assert_eq!((upstream.count("connection"), upstream.count("GET /hang")), (2, 150));
}

#[test]
fn after_a_wait_that_ran_out_no_request_goes_on_that_connection() {
    let upstream = Http2Upstream::start(&[]);
    let gateway = plain(&upstream);
    assert_eq!(gateway.get("/orders/x").status, 200);
    for (method, connections) in [("GET", 1), ("POST", 2)] {
        let reply = gateway.send(&request(method, "/orders/hang", "", ""));
        assert_denied(&gateway, &reply, Denial::UpstreamTimeout);
        assert_eq!(upstream.count("connection"), connections);
        assert_eq!(gateway.get("/orders/x").status, 200);
    }
    assert_eq!((upstream.count("GET /hang"), upstream.count("POST /hang")), (1, 1));
}

#[test]
fn an_upstream_that_says_goaway_gets_the_next_request_on_another_connection() {
    let upstream = Http2Upstream::start(&[]);
    let gateway = plain(&upstream);
    for round in 1..4 {
        assert_eq!(gateway.send(&request("POST", "/orders/goaway", "", "")).status, 200);
        let used = upstream.count("connection");
        assert!(used == round || used == round + 1, "{used}");
        assert_eq!(gateway.send(&request("POST", "/orders/x", "", "")).status, 200);
    }
    assert_eq!(upstream.count("POST /goaway"), 3);
}

#[test]
fn a_refused_stream_was_not_begun_and_goes_out_once_more_whatever_its_method() {
    for method in ["GET", "POST"] {
        let upstream = Http2Upstream::start(&[]);
        let gateway = plain(&upstream);
        assert_eq!(gateway.send(&request(method, "/orders/refuse", "", "")).status, 200, "{method}");
        assert_eq!(upstream.count(&format!("{method} /refuse")), 2);
    }
}

#[test]
fn a_sent_post_is_not_repeated_on_http2_either() {
    for path in ["reset", "abrupt"] {
        for body in ["", "body"] {
            let upstream = Http2Upstream::start(&[]);
            let gateway = plain(&upstream);
            let reply = gateway.send(&request("POST", &format!("/orders/{path}"), "", body));
            assert_denied(&gateway, &reply, Denial::UpstreamReset);
            assert_eq!(upstream.count(&format!("POST /{path}")), 1);
            assert_eq!(gateway.get("/orders/x").status, 200);
        }
    }
}

#[test]
fn a_collections_own_authority_is_trusted_for_it_and_http2_is_agreed_on() {
    let upstream = Http2Upstream::start(&["h2", "http/1.1"]);
    let url = format!("https://localhost:{}", upstream.port);
    let gateway = Gateway::start(&setup(url.clone(), UpstreamHttp::Http2, trusting(&upstream.certificate)));
    for _ in 0..3 {
        assert_eq!(gateway.get("/orders/x").body, "h2");
    }
    assert_eq!(upstream.count("connection"), 1);
    let gateway = Gateway::start(&setup(url.clone(), UpstreamHttp::Http1, trusting(&upstream.certificate)));
    assert_eq!(gateway.get("/orders/x").body, "http/1.1");
    // Neither the system's roots nor another authority will do.
    let other = Http2Upstream::start(&["h2"]).certificate;
    for tls in [UpstreamTls::default(), trusting(&other)] {
        let gateway = Gateway::start(&setup(url.clone(), UpstreamHttp::Http2, tls));
        assert_denied(&gateway, &gateway.get("/orders/x"), Denial::UpstreamRefused);
    }
    assert_eq!(upstream.count("connection"), 2);
}

#[test]
fn an_upstream_that_knows_only_http1_is_spoken_to_so() {
    for alpn in [&["http/1.1"][..], &["h2-unknown", "http/1.1"]] {
        let upstream = Http2Upstream::start(alpn);
        let url = format!("https://localhost:{}", upstream.port);
        let gateway = Gateway::start(&setup(url, UpstreamHttp::Http2, trusting(&upstream.certificate)));
        assert_eq!(gateway.get("/orders/x").body, "http/1.1");
    }
}

#[test]
fn the_certificate_is_for_the_name_that_the_collection_says() {
    let upstream = Http2Upstream::start(&["h2"]);
    let url = format!("https://127.0.0.1:{}", upstream.port);
    let gateway = Gateway::start(&setup(url.clone(), UpstreamHttp::Http2, trusting(&upstream.certificate)));
    assert_denied(&gateway, &gateway.get("/orders/x"), Denial::UpstreamRefused);
    let named = UpstreamTls { server_name: ServerName::parse("localhost").ok(), ..trusting(&upstream.certificate) };
    gateway.change(setup(url, UpstreamHttp::Http2, named).deltas());
    assert_eq!(gateway.get("/orders/x").body, "h2");
}

#[test]
fn sessions_are_resumed() {
    let upstream = Http2Upstream::start(&["http/1.1"]);
    let url = format!("https://localhost:{}", upstream.port);
    let setup = setup(url, UpstreamHttp::Http1, trusting(&upstream.certificate));
    let gateway = Gateway::start_with(&setup, config(), standing_clock, 2);
    for _ in 0..6 {
        assert_eq!(gateway.get("/orders/x").status, 200);
    }
    // The first connection of each worker at most is a whole handshake, and those share what they learn.
    assert_eq!(upstream.count("connection"), 6);
    assert!(upstream.count("resumed") >= 4, "{}", upstream.count("resumed"));
}
