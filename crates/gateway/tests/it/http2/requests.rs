//! Requests over HTTP/2 as they should be: what reaches the upstream, what comes back, and how streams end.

use super::raw::{
    ACK, CANCEL, DATA, END_HEADERS, END_STREAM, Fate, GOAWAY, HEADERS, NO_ERROR, PING, RST_STREAM, Raw, SETTINGS,
    WHOLE, WINDOW_UPDATE, block, code, get, literal, post,
};
use crate::support::{Gateway, PATIENCE, Setup, Upstream, config, standing_clock, token};
use domain::denial::Denial;
use gateway::GatewayConfig;
use std::io::Write;
use std::sync::mpsc::channel;
use std::time::Duration;

fn gateway(upstream: &Upstream) -> Gateway {
    Gateway::start(&Setup::new(upstream.url()))
}

#[test]
fn a_request_reaches_the_upstream_as_it_was_sent() {
    let upstream = Upstream::plain();
    let gateway = gateway(&upstream);
    let mut raw = Raw::connect(&gateway);
    let head = get(&[
        (":path", Some("/orders/a;b=1/%7Ex?q=%2f&r=a+b")),
        ("cookie", Some("a=1")),
        ("x_y", Some("dropped")),
        ("x-portcullis-client-id", Some("999")),
        ("x-kept", Some("v")),
    ]);
    raw.send(HEADERS, WHOLE, 1, &[head, literal(b"cookie", b"b=2")].concat());
    assert_eq!(raw.fate(1), Fate::Status(200));
    assert_eq!(raw.body(1), Ok(b"hello".to_vec()));
    let seen = upstream.only();
    assert_eq!(seen.line, "GET /a;b=1/~x?q=%2f&r=a+b HTTP/1.1");
    assert_eq!(seen.header("cookie"), Some("a=1; b=2"));
    assert_eq!(seen.header("x-kept"), Some("v"));
    assert_eq!(seen.header("x-portcullis-client-id"), Some("11"));
    assert_eq!(seen.header("x-forwarded-host"), Some("gw.test"));
    assert_eq!(seen.header("via"), Some("2.0 portcullis"));
    for dropped in ["api-token", "x_y", ":path", "transfer-encoding"] {
        assert_eq!(seen.header(dropped), None, "{dropped}");
    }
}

#[test]
fn a_host_field_will_do_for_the_authority() {
    let upstream = Upstream::plain();
    let gateway = gateway(&upstream);
    let mut raw = Raw::connect(&gateway);
    raw.send(HEADERS, WHOLE, 1, &get(&[(":authority", None), ("host", Some("other.test"))]));
    assert_eq!(raw.fate(1), Fate::Status(200));
    raw.send(HEADERS, WHOLE, 3, &get(&[("host", Some("GW.test"))]));
    assert_eq!(raw.fate(3), Fate::Status(200));
    let hosts: Vec<_> =
        upstream.seen().iter().map(|seen| seen.header("x-forwarded-host").unwrap().to_owned()).collect();
    assert_eq!(hosts, ["other.test", "gw.test"]);
}

#[test]
fn a_body_and_its_trailers_go_on_and_come_back() {
    let upstream = Upstream::answering(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 7\r\n\r\n",
    );
    let gateway = gateway(&upstream);
    let mut raw = Raw::connect(&gateway);
    raw.send(HEADERS, END_HEADERS, 1, &post(&[("te", Some("trailers"))]))
        .send(DATA, 0, 1, b"one ")
        .send(DATA, 0, 1, b"two");
    raw.send(HEADERS, WHOLE, 1, &block(&[("x-check", "9")]));
    assert_eq!(raw.fate(1), Fate::Status(200));
    let data = raw.next_of(DATA);
    assert_eq!((&*data.payload, data.flags & END_STREAM), (&b"hello"[..], 0));
    let trailers = raw.next_of(HEADERS);
    assert_eq!(trailers.flags & END_STREAM, END_STREAM);
    let seen = upstream.only();
    assert_eq!(seen.body, b"one two");
    assert_eq!(seen.trailers, [("x-check".to_owned(), "9".to_owned())]);
    assert_eq!(seen.header("te"), Some("trailers"));
}

#[test]
fn a_known_length_is_told_on() {
    let upstream = Upstream::plain();
    let gateway = gateway(&upstream);
    let mut raw = Raw::connect(&gateway);
    raw.send(HEADERS, END_HEADERS, 1, &post(&[("content-length", Some("7"))])).send(DATA, END_STREAM, 1, b"one two");
    assert_eq!(raw.fate(1), Fate::Status(200));
    raw.send(HEADERS, WHOLE, 3, &post(&[("content-length", Some("0"))]));
    assert_eq!(raw.fate(3), Fate::Status(200));
    let lengths: Vec<_> =
        upstream.seen().iter().map(|seen| seen.header("content-length").unwrap().to_owned()).collect();
    assert_eq!(lengths, ["7", "0"]);
    assert_eq!(upstream.seen()[0].body, b"one two");
}

#[test]
fn answers_without_a_body_end_with_their_head() {
    for (answer, method, status) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", "HEAD", 200),
        ("HTTP/1.1 204 No Content\r\n\r\n", "GET", 204),
        ("HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", "GET", 304),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "GET", 200),
    ] {
        let upstream = Upstream::answering(answer);
        let gateway = gateway(&upstream);
        let mut raw = Raw::connect(&gateway);
        raw.send(HEADERS, WHOLE, 1, &get(&[(":method", Some(method))]));
        let head = raw.next_of(HEADERS);
        assert_eq!(super::raw::status(&head.payload), status, "{method} {answer}");
        assert_eq!(head.flags & END_STREAM, END_STREAM, "{method} {answer}");
        assert_eq!(raw.get(3), Fate::Status(status));
    }
}

#[test]
fn refusals_are_the_same_as_over_http_1() {
    let upstream = Upstream::plain();
    let gateway = gateway(&upstream);
    let mut raw = Raw::connect(&gateway);
    for (stream, changes, status, text) in [
        (1, &[("api-token", None)][..], 401, "urn:portcullis:problem:unauthorized"),
        (3, &[("api-token", Some("pc_wrong"))], 401, "urn:portcullis:problem:unauthorized"),
        (5, &[(":path", Some("/nowhere"))], 404, "urn:portcullis:problem:not-found"),
        (7, &[(":path", Some("/orders/#"))], 400, "urn:portcullis:problem:bad-request"),
    ] {
        raw.send(HEADERS, WHOLE, stream, &get(changes));
        assert_eq!(raw.fate(stream), Fate::Status(status));
        let body = String::from_utf8(raw.body(stream).unwrap()).unwrap();
        assert!(body.contains(text), "{body}");
        let id = body.split_once("request_id\":\"").unwrap().1.split_once('"').unwrap().0;
        let recorded = gateway.find_recorded(id).expect("on record");
        assert_eq!(recorded.status, status);
        if status == 400 {
            assert_eq!(recorded.denial, Some(Denial::BadFraming));
        }
    }
    assert_eq!(upstream.seen().len(), 0);
}

#[test]
fn a_hundred_streams_are_served_at_once_and_no_more() {
    let (told, waits) = channel::<()>();
    let waits = std::sync::Mutex::new(Some(waits));
    let upstream = Upstream::on_connection(move |wire| {
        while wire.head().is_some() {
            // The first that comes waits for all the others.
            if let Some(waits) = waits.lock().unwrap().take() {
                waits.recv_timeout(PATIENCE).unwrap();
            }
            wire.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let mut setup = Setup::new(upstream.url());
    setup.limits.response_ms = None;
    let gateway = Gateway::start(&setup);
    let mut raw = Raw::connect(&gateway);
    // Bodies that do not end keep all streams open.
    for at in 0..100 {
        raw.send(HEADERS, END_HEADERS, at * 2 + 1, &post(&[("expect", Some("100-continue"))]));
    }
    raw.send(HEADERS, END_HEADERS, 201, &post(&[]));
    assert_eq!(raw.fate(201), Fate::Reset(7), "refused, to be sent again");
    told.send(()).unwrap();
    let settings = {
        let mut other = Raw::connect(&gateway);
        other.next_of(SETTINGS)
    };
    let value = |name: u16| {
        let found = settings.payload.chunks(6).find(|entry| entry[..2] == name.to_be_bytes());
        found.map(|entry| code(entry, 2))
    };
    assert_eq!((value(3), value(6)), (Some(100), Some(64 * 1024)));
}

#[test]
fn leave_to_send_is_given_when_the_body_is_wanted() {
    let upstream = Upstream::plain();
    let gateway = gateway(&upstream);
    let mut raw = Raw::connect(&gateway);
    raw.send(HEADERS, END_HEADERS, 1, &post(&[("expect", Some("100-continue"))]));
    assert_eq!(raw.fate(1), Fate::Status(100));
    raw.send(DATA, END_STREAM, 1, b"now");
    assert_eq!(raw.fate(1), Fate::Status(200));
    assert_eq!(upstream.only().body, b"now");
    // A refused one is not asked for its body.
    raw.send(HEADERS, END_HEADERS, 3, &post(&[("expect", Some("100-continue")), ("api-token", None)]));
    assert_eq!(raw.fate(3), Fate::Status(401));
    assert!(raw.body(3).is_ok());
    assert_eq!(raw.fate(3), Fate::Reset(NO_ERROR));
}

#[test]
fn an_early_answer_ends_its_stream_and_no_other() {
    let upstream = Upstream::plain();
    let gateway = gateway(&upstream);
    let mut raw = Raw::connect(&gateway);
    raw.send(HEADERS, END_HEADERS, 1, &post(&[("api-token", None)])).send(DATA, 0, 1, b"unwanted");
    assert_eq!(raw.fate(1), Fate::Status(401));
    assert!(raw.body(1).is_ok());
    assert_eq!(raw.fate(1), Fate::Reset(NO_ERROR));
    assert_eq!(raw.get(3), Fate::Status(200));
}

#[test]
fn a_caller_that_resets_its_stream_ends_the_upstream_request() {
    let (told_came, came) = channel();
    let (told_gone, gone) = channel();
    let upstream = Upstream::on_connection(move |wire| {
        wire.head();
        told_came.send(()).unwrap();
        while wire.some().is_some() {}
        let _test_ended = told_gone.send(());
    });
    let gateway = gateway(&upstream);
    for (stream, flags) in [(1, WHOLE), (3, END_HEADERS)] {
        let mut raw = Raw::connect(&gateway);
        raw.send(HEADERS, flags, stream, &get(&[]));
        came.recv_timeout(PATIENCE).unwrap();
        raw.send(RST_STREAM, 0, stream, &CANCEL.to_be_bytes());
        gone.recv_timeout(PATIENCE).expect("the upstream request ends");
        // The connection is still there.
        assert_eq!(raw.send(HEADERS, WHOLE, 9, &get(&[(":path", Some("/nowhere"))])).fate(9), Fate::Status(404));
    }
}

#[test]
fn a_caller_that_goes_ends_the_upstream_request() {
    let (told_came, came) = channel();
    let (told_gone, gone) = channel();
    let upstream = Upstream::on_connection(move |wire| {
        wire.head();
        told_came.send(()).unwrap();
        while wire.some().is_some() {}
        let _test_ended = told_gone.send(());
    });
    let gateway = gateway(&upstream);
    let mut raw = Raw::connect(&gateway);
    raw.send(HEADERS, WHOLE, 1, &get(&[]));
    came.recv_timeout(PATIENCE).unwrap();
    drop(raw);
    gone.recv_timeout(PATIENCE).expect("the upstream request ends");
}

#[test]
fn the_window_is_heeded_both_ways() {
    let body = "x".repeat(200_000);
    let upstream = Upstream::answering(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()));
    let gateway = gateway(&upstream);
    // Windows of ten bytes to begin with.
    let mut raw = Raw::connect_with(&gateway, &[(4, 10)]);
    raw.send(HEADERS, WHOLE, 1, &get(&[]));
    assert_eq!(raw.fate(1), Fate::Status(200));
    assert_eq!(raw.next_of(DATA).payload.len(), 10);
    raw.send(PING, 0, 0, &[1; 8]);
    loop {
        let frame = raw.next().unwrap();
        assert_ne!(frame.kind, DATA, "data without a window");
        if frame.kind == PING && frame.payload == [1; 8] {
            break;
        }
    }
    raw.send(WINDOW_UPDATE, 0, 0, &1_000_000_u32.to_be_bytes()).send(WINDOW_UPDATE, 0, 1, &1_000_000_u32.to_be_bytes());
    assert_eq!(raw.body(1).unwrap().len(), body.len() - 10);
}

#[test]
fn an_upload_is_not_taken_faster_than_the_upstream_takes_it() {
    let (go_on, waits) = channel::<()>();
    let waits = std::sync::Mutex::new(waits);
    let upstream = Upstream::on_connection(move |wire| {
        wire.head();
        waits.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        let mut left = 8 * 1024 * 1024_usize;
        while left > 0 {
            left = left.saturating_sub(wire.some().unwrap().len());
        }
        wire.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
    let mut setup = Setup::new(upstream.url());
    setup.limits.body_bytes = None;
    let gateway = Gateway::start(&setup);
    let mut raw = Raw::connect(&gateway);
    let total = 8 * 1024 * 1024;
    // The window that the settings give is in force once they are confirmed.
    raw.next_of(SETTINGS);
    raw.send(SETTINGS, ACK, 0, &[]).send(
        HEADERS,
        END_HEADERS,
        1,
        &post(&[("content-length", Some(&total.to_string()))]),
    );
    let (mut window, mut sent) = (65_535_i64, 0_usize);
    let mut stream_window = 128 * 1024_i64;
    let mut released = false;
    raw.tcp.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let mut silences = 0;
    while sent < total {
        assert!(silences < 30, "stuck at {sent}");
        let part = 16 * 1024.min(total - sent);
        if window >= i64::try_from(part).unwrap() && stream_window >= i64::try_from(part).unwrap() {
            raw.send(DATA, u8::from(sent + part == total), 1, &vec![0; part]);
            sent += part;
            window -= i64::try_from(part).unwrap();
            stream_window -= i64::try_from(part).unwrap();
            continue;
        }
        match raw.next_within() {
            Some(frame) if frame.kind == WINDOW_UPDATE => {
                let more = i64::from(code(&frame.payload, 0));
                if frame.stream == 0 { window += more } else { stream_window += more }
            }
            Some(frame) => assert!(matches!(frame.kind, SETTINGS | PING), "{frame:?} after {sent}"),
            // Silence: all that stands between is full.
            None if !released => {
                assert!(sent < total, "all of it was taken");
                released = true;
                go_on.send(()).unwrap();
            }
            None => silences += 1,
        }
    }
    assert!(released, "the upload never waited");
    raw.tcp.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(raw.fate(1), Fate::Status(200));
}

#[test]
fn a_body_over_its_limit_is_refused() {
    let upstream = Upstream::on_connection(|wire| {
        wire.head();
        while wire.some().is_some() {}
    });
    let mut setup = Setup::new(upstream.url());
    setup.limits.body_bytes = Some(10);
    let gateway = Gateway::start(&setup);
    let mut raw = Raw::connect(&gateway);
    raw.send(HEADERS, END_HEADERS, 1, &post(&[("content-length", Some("11"))]));
    assert_eq!(raw.fate(1), Fate::Status(413));
    raw.send(HEADERS, END_HEADERS, 3, &post(&[])).send(DATA, 0, 3, b"eleven byte");
    assert_eq!(raw.fate(3), Fate::Status(413));
}

#[test]
fn waits_end() {
    let upstream = Upstream::plain();
    let short = Duration::from_millis(100);
    let config = GatewayConfig { head_read: short, keep_alive: short, request_body_idle: short, ..config() };
    let gateway = Gateway::start_with(&Setup::new(upstream.url()), config, standing_clock, 1);
    let mut raw = Raw::silent(&gateway);
    raw.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n");
    assert!(matches!(raw.ending(), Fate::Closed), "half a preface");
    let mut raw = Raw::connect(&gateway);
    assert_eq!(raw.ending(), Fate::GoAway(NO_ERROR), "an idle connection");
    let mut raw = Raw::connect(&gateway);
    raw.send(HEADERS, END_STREAM, 1, &get(&[]));
    assert_eq!(raw.ending(), Fate::GoAway(NO_ERROR), "a head that does not end");
    let mut raw = Raw::connect(&gateway);
    raw.write(&[0, 0, 8, 6, 0, 0, 0, 0]);
    assert_eq!(raw.ending(), Fate::GoAway(NO_ERROR), "a frame that does not end");
    let mut raw = Raw::connect(&gateway);
    raw.send(HEADERS, END_HEADERS, 1, &post(&[])).send(DATA, 0, 1, b"x");
    assert_eq!(raw.fate(1), Fate::Status(408), "a body that does not end");
}

#[test]
fn a_caller_that_takes_nothing_is_given_up() {
    let (told_gone, gone) = channel();
    let upstream = Upstream::on_connection(move |wire| {
        wire.head();
        wire.write(b"HTTP/1.1 200 OK\r\n\r\n");
        let part = vec![b'x'; 64 * 1024];
        while wire.tcp.write_all(&part).is_ok() {}
        let _test_ended = told_gone.send(());
    });
    let config = GatewayConfig { stream_idle: Duration::from_millis(200), ..config() };
    let gateway = Gateway::start_with(&Setup::new(upstream.url()), config, standing_clock, 1);
    let mut raw = Raw::connect(&gateway);
    raw.send(HEADERS, WHOLE, 1, &get(&[]));
    assert_eq!(raw.fate(1), Fate::Status(200));
    // Its window is never opened.
    gone.recv_timeout(PATIENCE).expect("the upstream request ends");
    assert_eq!(raw.body(1), Err(CANCEL));
    assert_eq!(raw.send(HEADERS, WHOLE, 3, &get(&[(":path", Some("/nowhere"))])).fate(3), Fate::Status(404));
}

#[test]
fn open_streams_of_the_revoked_are_reset_and_others_go_on() {
    let (told_came, came) = channel();
    let upstream = Upstream::on_connection(move |wire| {
        let request = wire.head().unwrap();
        if request.line.contains("/streamed") {
            wire.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        }
        told_came.send(()).unwrap();
        while wire.some().is_some() {}
    });
    let mut setup = Setup::new(upstream.url());
    let gateway = Gateway::start(&setup);
    let mut raw = Raw::connect(&gateway);
    raw.send(HEADERS, WHOLE, 1, &get(&[(":path", Some("/orders/streamed"))]));
    assert_eq!(raw.fate(1), Fate::Status(200));
    assert_eq!(raw.next_of(DATA).payload, b"first");
    raw.send(HEADERS, WHOLE, 3, &get(&[]));
    came.recv_timeout(PATIENCE).unwrap();
    came.recv_timeout(PATIENCE).unwrap();
    setup.client_enabled = false;
    gateway.change(setup.deltas());
    let mut cut = Vec::new();
    while cut.len() < 2 {
        let frame = raw.next().expect("both streams end");
        match (frame.kind, frame.stream) {
            (RST_STREAM, 1) => cut.push((1, code(&frame.payload, 0))),
            (HEADERS, 3) => cut.push((3, u32::from(super::raw::status(&frame.payload)))),
            _ => {}
        }
    }
    cut.sort_unstable();
    assert_eq!(cut, [(1, CANCEL), (3, 403)]);
    assert_eq!(raw.get(5), Fate::Status(403), "the connection goes on");
}

#[test]
fn a_gateway_that_stops_lets_streams_end() {
    let (told_came, came) = channel();
    let (answer, waits) = channel::<()>();
    let waits = std::sync::Mutex::new(waits);
    let upstream = Upstream::on_connection(move |wire| {
        wire.head();
        told_came.send(()).unwrap();
        waits.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        wire.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
    });
    let config = GatewayConfig { drain_limit: PATIENCE, ..config() };
    let mut gateway = Gateway::start_with(&Setup::new(upstream.url()), config, standing_clock, 1);
    let mut idle = Raw::connect(&gateway);
    idle.next_of(SETTINGS);
    let mut raw = Raw::connect(&gateway);
    raw.send(HEADERS, WHOLE, 1, &get(&[]));
    came.recv_timeout(PATIENCE).unwrap();
    gateway.shutdown();
    assert_eq!(code(&raw.next_of(GOAWAY).payload, 4), NO_ERROR);
    assert_eq!(code(&idle.next_of(GOAWAY).payload, 4), NO_ERROR);
    answer.send(()).unwrap();
    assert_eq!(raw.fate(1), Fate::Status(200));
    assert_eq!(raw.body(1), Ok(b"hello".to_vec()));
    drop(idle);
    drop(raw);
    assert_eq!(gateway.join().calls, 1);
}

#[test]
fn calls_are_counted_as_over_http_1() {
    let upstream = Upstream::plain();
    let gateway = gateway(&upstream);
    let mut raw = Raw::connect(&gateway);
    for at in 0..5 {
        assert_eq!(raw.get(at * 2 + 1), Fate::Status(200));
    }
    raw.send(HEADERS, WHOLE, 11, &get(&[("api-token", Some(&token().replace('a', "b")))]));
    assert_eq!(raw.fate(11), Fate::Status(401));
    raw.send(HEADERS, WHOLE, 13, &get(&[("host", Some("x"))]));
    assert_eq!(raw.fate(13), Fate::Status(400));
    let counted = gateway.stop();
    assert_eq!((counted.calls, counted.without_profile), (5, 2));
}
