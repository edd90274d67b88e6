//! Malformed HTTP/2, frame by frame: nothing of it reaches the upstream, and each gets the end that it deserves. Where
//! only a stream is at fault the connection goes on.

use super::raw::{
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, Fate, GOAWAY, HAS_PRIORITY,
    HEADERS, PADDED, PING, PREFACE, PRIORITY, PROTOCOL_ERROR, PUSH_PROMISE, RST_STREAM, Raw, SETTINGS, WHOLE,
    WINDOW_UPDATE, block, frame, get, literal, post,
};
use crate::support::{Gateway, Setup, Upstream, token};
use std::cell::RefCell;

const COMPRESSION_ERROR: u32 = 9;

/// A gateway, and what went other than it should.
struct Tried {
    upstream: Upstream,
    gateway: Gateway,
    faults: RefCell<Vec<String>>,
}

impl Tried {
    fn new() -> Self {
        let upstream = Upstream::plain();
        let gateway = Gateway::start(&Setup::new(upstream.url()));
        Self { upstream, gateway, faults: RefCell::default() }
    }

    fn note(&self, name: &str, found: &Fate, expected: &Fate) {
        if found != expected {
            self.faults.borrow_mut().push(format!("{name}: {found:?} instead of {expected:?}"));
        }
    }

    /// A head on stream 1 with this fate; afterwards the connection serves a good request.
    fn head(&self, name: &str, head: &[u8], expected: &Fate) {
        let mut raw = Raw::connect(&self.gateway);
        raw.send_head(END_STREAM, 1, head);
        let found = raw.fate(1);
        self.note(name, &found, expected);
        if !matches!(found, Fate::GoAway(_) | Fate::Closed) {
            let next = raw.send(HEADERS, WHOLE, 3, &get(&[(":path", Some("/nowhere"))])).fate(3);
            self.note(&format!("{name}, then a good one"), &next, &Fate::Status(404));
        }
    }

    /// Frames after the settings that end the connection.
    fn frames(&self, name: &str, frames: &[Vec<u8>], expected: u32) {
        let mut raw = Raw::connect(&self.gateway);
        raw.write(&frames.concat());
        self.note(name, &raw.ending(), &Fate::GoAway(expected));
    }

    #[track_caller]
    fn assert_good(&self) {
        assert_eq!(*self.faults.borrow(), Vec::<String>::new());
        assert_eq!(self.upstream.seen().len(), 0, "something reached the upstream");
    }
}

#[test]
fn malformed_heads_reach_nobody() {
    let tried = Tried::new();
    let reset = Fate::Reset(PROTOCOL_ERROR);
    let long = "x".repeat(17 * 1024);
    for (name, changes) in [
        ("no method", &[(":method", None)][..]),
        ("no scheme", &[(":scheme", None)]),
        ("no path", &[(":path", None)]),
        ("an empty path", &[(":path", Some(""))]),
        ("a status", &[(":status", Some("200"))]),
        ("a protocol", &[(":protocol", Some("websocket"))]),
        ("a scheme that is none", &[(":scheme", Some("h ttp"))]),
        ("a path without a slash", &[(":path", Some("orders/x"))]),
        ("an absolute path", &[(":path", Some("http://gw.test/orders/x"))]),
        ("a space in the path", &[(":path", Some("/orders/x y"))]),
        ("a control character in the path", &[(":path", Some("/orders/\u{7f}"))]),
        ("an empty authority", &[(":authority", Some(""))]),
        ("a space in the authority", &[(":authority", Some("gw test"))]),
        ("a path in the authority", &[(":authority", Some("gw.test/orders"))]),
        ("connection", &[("connection", Some("close"))]),
        ("connection naming ours", &[("connection", Some("x-portcullis-client-id"))]),
        ("keep-alive", &[("keep-alive", Some("timeout=5"))]),
        ("proxy-connection", &[("proxy-connection", Some("keep-alive"))]),
        ("transfer-encoding", &[("transfer-encoding", Some("chunked"))]),
        ("upgrade", &[("upgrade", Some("h2c"))]),
        ("te", &[("te", Some("gzip"))]),
        ("te with more", &[("te", Some("trailers, deflate"))]),
        ("a length that is no number", &[("content-length", Some("five"))]),
        ("a negative length", &[("content-length", Some("-5"))]),
        ("a signed length", &[("content-length", Some("+5"))]),
        ("two lengths in one", &[("content-length", Some("5, 5"))]),
        ("a huge length", &[("content-length", Some("99999999999999999999"))]),
        ("a body that does not come", &[("content-length", Some("5"))]),
        ("connect with a path", &[(":method", Some("CONNECT"))]),
    ] {
        tried.head(name, &get(changes), &reset);
    }
    let bad = Fate::Status(400);
    for (name, changes) in [
        ("another scheme", &[(":scheme", Some("ftp"))][..]),
        ("an empty scheme", &[(":scheme", Some(""))]),
        (
            "another scheme, without authority",
            &[(":scheme", Some("ftp")), (":authority", None), ("host", Some("gw.test"))],
        ),
        ("no host at all", &[(":authority", None)]),
        ("another host", &[("host", Some("other.test"))]),
        ("a host that is empty", &[("host", Some(""))]),
        ("a user", &[(":authority", Some("root@gw.test"))]),
        ("a port that is none", &[(":authority", Some("gw.test:99999"))]),
        ("a host that is none", &[(":authority", None), ("host", Some("gw test"))]),
        ("a fragment", &[(":path", Some("/orders/x#y"))]),
        ("nothing but a fragment", &[(":path", Some("#/orders/x"))]),
        ("a fragment in the query", &[(":path", Some("/orders/x?a#b"))]),
        ("a query without a path", &[(":path", Some("?/orders/x"))]),
        ("a star", &[(":path", Some("*"))]),
        ("a back slash", &[(":path", Some("/orders\\x"))]),
        ("dots", &[(":path", Some("/orders/../x"))]),
        ("escaped dots", &[(":path", Some("/orders/%2e%2e/x"))]),
        ("an escaped slash", &[(":path", Some("/orders/a%2fb"))]),
        ("no ASCII", &[(":path", Some("/orders/\u{e9}"))]),
        ("a bad escape", &[(":path", Some("/orders/%zz"))]),
        ("space before a value", &[("a", Some(" b"))]),
        ("space after a value", &[("a", Some("b "))]),
        ("a tab before a value", &[("a", Some("\tb"))]),
        ("an empty length", &[("content-length", Some(""))]),
    ] {
        tried.head(name, &get(changes), &bad);
    }
    for (name, changes) in [
        ("trace", [(":method", Some("TRACE"))]),
        ("another method", [(":method", Some("BREW"))]),
        ("a method in lower case", [(":method", Some("get"))]),
    ] {
        tried.head(name, &get(&changes), &Fate::Status(501));
    }
    tried.head("connect", &block(&[(":method", "CONNECT"), (":authority", "gw.test")]), &Fate::Status(501));
    tried.head("a long field", &get(&[("x", Some(&long))]), &Fate::Status(431));
    for (name, extra, expected) in [
        ("a path twice", literal(b":path", b"/orders/y"), &reset),
        ("a method twice", literal(b":method", b"GET"), &reset),
        ("an authority twice", literal(b":authority", b"gw.test"), &reset),
        ("a scheme twice", literal(b":scheme", b"http"), &reset),
        ("the host twice", [literal(b"host", b"gw.test"), literal(b"host", b"gw.test")].concat(), &bad),
        ("a length twice", [literal(b"content-length", b"0"), literal(b"content-length", b"0")].concat(), &bad),
        ("two lengths", [literal(b"content-length", b"0"), literal(b"content-length", b"1")].concat(), &reset),
        ("a token twice", literal(b"api-token", token().as_bytes()), &Fate::Status(401)),
        ("two kinds", literal(b"authorization", b"Bearer x"), &Fate::Status(401)),
        ("too many fields", literal(b"a", b"b").repeat(100), &Fate::Status(431)),
    ] {
        tried.head(name, &[get(&[]), extra].concat(), expected);
    }
    tried.assert_good();
}

#[test]
fn fields_that_cannot_be_read_end_the_connection() {
    let tried = Tried::new();
    for (name, field) in [
        ("upper case", literal(b"X-Upper", b"a")),
        ("an unknown pseudo field", literal(b":foo", b"a")),
        ("an empty name", literal(b"", b"a")),
        ("a space in a name", literal(b"a b", b"a")),
        ("a colon in a name", literal(b"a:b", b"a")),
        ("a name that is no ASCII", literal(b"a\xe9", b"a")),
        ("a zero in a value", literal(b"a", b"b\0c")),
        ("a line feed in a value", literal(b"a", b"b\nc: d")),
        ("a carriage return in a value", literal(b"a", b"b\rc")),
        ("a method that is none", literal(b":method", b"GE T")),
        ("an empty method", literal(b":method", b"")),
        ("a path that is no text", literal(b":path", b"/orders/\xff")),
    ] {
        tried.frames(name, &[frame(HEADERS, WHOLE, 1, &[get(&[]), field].concat())], PROTOCOL_ERROR);
    }
    for (name, field) in [
        ("index 0", &[0x80][..]),
        ("an index that is not there", &[0xff, 0x20]),
        ("bad huffman padding", &[0x04, 0x81, 0x00]),
        ("the end of the code", &[0x04, 0x84, 0xff, 0xff, 0xff, 0xff]),
        ("a value that is cut", &[0x04, 0x05, b'/']),
        ("an endless number", &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("a table that is too large", &[0x3f, 0xe2, 0x1f]),
        ("a new table size in the middle", &[0x82, 0x20]),
    ] {
        tried.frames(name, &[frame(HEADERS, WHOLE, 1, field)], COMPRESSION_ERROR);
    }
    tried.assert_good();
}

#[test]
fn frames_out_of_order_end_the_connection() {
    let tried = Tried::new();
    let good = get(&[(":path", Some("/nowhere"))]);
    let head = |flags, stream| frame(HEADERS, flags, stream, &good);
    for (name, frames) in [
        ("data on stream 0", vec![frame(DATA, 0, 0, b"x")]),
        ("a head on stream 0", vec![head(WHOLE, 0)]),
        ("a head on an even stream", vec![head(WHOLE, 2)]),
        ("a stream below the last", vec![head(WHOLE, 5), head(WHOLE, 3)]),
        ("data on an idle stream", vec![frame(DATA, 0, 7, b"x")]),
        ("reset of stream 0", vec![frame(RST_STREAM, 0, 0, &[0; 4])]),
        ("reset of an idle stream", vec![frame(RST_STREAM, 0, 7, &[0; 4])]),
        ("settings on a stream", vec![frame(SETTINGS, 0, 1, &[])]),
        ("a push setting that is none", vec![frame(SETTINGS, 0, 0, &[0, 2, 0, 0, 0, 2])]),
        ("a frame size that is too small", vec![frame(SETTINGS, 0, 0, &[0, 5, 0, 0, 0, 100])]),
        ("a ping on a stream", vec![frame(PING, 0, 1, &[0; 8])]),
        ("goaway on a stream", vec![frame(GOAWAY, 0, 1, &[0; 8])]),
        ("a window that does not open", vec![frame(WINDOW_UPDATE, 0, 0, &[0; 4])]),
        ("a window on an idle stream", vec![frame(WINDOW_UPDATE, 0, 9, &[0, 0, 0, 1])]),
        ("continuation of nothing", vec![frame(CONTINUATION, END_HEADERS, 1, &good)]),
        ("data within a head", vec![head(END_STREAM, 1), frame(DATA, 0, 1, b"x")]),
        ("a ping within a head", vec![head(END_STREAM, 1), frame(PING, 0, 0, &[0; 8])]),
        ("another head within a head", vec![head(END_STREAM, 1), head(WHOLE, 3)]),
        ("another stream's continuation", vec![head(END_STREAM, 1), frame(CONTINUATION, END_HEADERS, 3, &[])]),
        ("a push", vec![frame(PUSH_PROMISE, END_HEADERS, 1, &[&[0, 0, 0, 2], &*good].concat())]),
        ("padding that does not fit data", vec![head(END_HEADERS, 1), frame(DATA, PADDED, 1, &[9, 1, 2])]),
        ("padding that does not fit a head", vec![frame(HEADERS, WHOLE | PADDED, 1, &[200, 0x82])]),
        ("a head without its priority", vec![frame(HEADERS, WHOLE | HAS_PRIORITY, 1, &[0, 0])]),
    ] {
        tried.frames(name, &frames, PROTOCOL_ERROR);
    }
    // The library calls it a protocol error, which is allowed: RFC 9113 4.2 has a better name.
    for (name, frames) in [
        ("a short reset", vec![head(WHOLE, 1), frame(RST_STREAM, 0, 1, &[0; 3])]),
        ("short settings", vec![frame(SETTINGS, 0, 0, &[0; 5])]),
        ("a confirmation with settings", vec![frame(SETTINGS, ACK, 0, &[0; 6])]),
        ("a short ping", vec![frame(PING, 0, 0, &[0; 7])]),
        ("a long ping", vec![frame(PING, 0, 0, &[0; 9])]),
        ("short goaway", vec![frame(GOAWAY, 0, 0, &[0; 7])]),
        ("a short window", vec![frame(WINDOW_UPDATE, 0, 0, &[0; 3])]),
        ("a short priority", vec![frame(PRIORITY, 0, 1, &[0; 4])]),
        ("a window setting that is too large", vec![frame(SETTINGS, 0, 0, &[0, 4, 0x80, 0, 0, 0])]),
    ] {
        tried.frames(name, &frames, PROTOCOL_ERROR);
    }
    let long = vec![head(END_HEADERS, 1), frame(DATA, 0, 1, &vec![0; 16 * 1024 + 1])];
    tried.frames("a frame that is too long", &long, FRAME_SIZE_ERROR);
    let overflow = [frame(WINDOW_UPDATE, 0, 0, &[0x7f, 0xff, 0xff, 0xff])];
    tried.frames("a window that overflows", &overflow, FLOW_CONTROL_ERROR);
    tried.assert_good();
}

#[test]
fn a_connection_that_begins_badly_ends() {
    let tried = Tried::new();
    let mut raw = Raw::silent(&tried.gateway);
    raw.write(PREFACE).send(HEADERS, WHOLE, 1, &get(&[]));
    assert_eq!(raw.ending(), Fate::GoAway(PROTOCOL_ERROR), "no settings");
    let mut raw = Raw::silent(&tried.gateway);
    raw.write(PREFACE).send(SETTINGS, ACK, 0, &[]);
    assert_eq!(raw.ending(), Fate::GoAway(PROTOCOL_ERROR), "a confirmation first");
    let mut raw = Raw::silent(&tried.gateway);
    raw.write(PREFACE).write(b"GET /orders/x HTTP/1.1\r\nhost: gw.test\r\n\r\n");
    assert!(matches!(raw.ending(), Fate::GoAway(_)), "HTTP/1 after the preface");
    tried.assert_good();
}

/// A body that goes wrong, after its request has begun. The upstream never gets it whole.
#[test]
fn malformed_bodies_break_the_request_off() {
    let begun = |gateway: &Gateway, fields: &[(&str, Option<&str>)]| {
        let mut raw = Raw::connect(gateway);
        raw.send(HEADERS, END_HEADERS, 1, &post(fields));
        raw
    };
    let length = &[("content-length", Some("5"))][..];
    for (name, fields, frames) in [
        ("short of its length", length, vec![frame(DATA, END_STREAM, 1, b"four")]),
        ("over its length", length, vec![frame(DATA, 0, 1, b"six six")]),
        (
            "short of its length, with trailers",
            length,
            vec![frame(DATA, 0, 1, b"four"), frame(HEADERS, WHOLE, 1, &literal(b"a", b"b"))],
        ),
        ("trailers that end nothing", &[], vec![frame(HEADERS, END_HEADERS, 1, &literal(b"a", b"b"))]),
        (
            "trailers with a path",
            &[],
            vec![frame(DATA, 0, 1, b"x"), frame(HEADERS, WHOLE, 1, &literal(b":path", b"/orders/y"))],
        ),
        ("trailers with a connection", &[], vec![frame(HEADERS, WHOLE, 1, &literal(b"connection", b"close"))]),
        ("trailers with padding", &[], vec![frame(HEADERS, WHOLE, 1, &literal(b"a", b" b"))]),
        ("more than its window", &[], (0..9).map(|_| frame(DATA, 0, 1, &[0; 16 * 1024])).collect()),
    ] {
        // It takes nothing of a body, and never answers.
        let upstream = Upstream::on_connection(|wire| {
            wire.head();
            while wire.some().is_some_and(|some| !some.windows(7).any(|end| end == b"\r\n0\r\n\r\n")) {}
            wire.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        });
        let gateway = Gateway::start(&Setup::new(upstream.url()));
        let mut raw = begun(&gateway, fields);
        raw.write(&frames.concat());
        let fate = raw.fate(1);
        let expected = match name {
            "trailers with a path" | "trailers with padding" => Fate::Status(400),
            // The connection's window may not have been opened yet.
            "more than its window" if fate == Fate::GoAway(FLOW_CONTROL_ERROR) => fate.clone(),
            "more than its window" => Fate::Reset(FLOW_CONTROL_ERROR),
            _ => Fate::Reset(PROTOCOL_ERROR),
        };
        assert_eq!(fate, expected, "{name}");
        if !matches!(fate, Fate::GoAway(_)) {
            let next = raw.send(HEADERS, WHOLE, 3, &get(&[(":path", Some("/nowhere"))])).fate(3);
            assert_eq!(next, Fate::Status(404), "{name}");
        }
    }
}

#[test]
fn frames_on_a_stream_that_has_ended_are_refused() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    for (name, late) in [
        ("data", frame(DATA, END_STREAM, 1, b"x")),
        ("a head", frame(HEADERS, WHOLE, 1, &get(&[]))),
        ("trailers", frame(HEADERS, WHOLE, 1, &literal(b"a", b"b"))),
    ] {
        let mut raw = Raw::connect(&gateway);
        assert_eq!(raw.get(1), Fate::Status(200), "{name}");
        let before = upstream.seen().len();
        raw.write(&late).end_writing();
        let fate = raw.ending();
        assert!(matches!(fate, Fate::GoAway(code) if code != 0) || fate == Fate::Closed, "{name}: {fate:?}");
        assert_eq!(upstream.seen().len(), before, "{name}");
    }
}

#[test]
fn a_priority_of_itself_is_refused() {
    let tried = Tried::new();
    let itself = [&[0, 0, 0, 1, 0], &*get(&[])].concat();
    let mut raw = Raw::connect(&tried.gateway);
    raw.send(HEADERS, WHOLE | HAS_PRIORITY, 1, &itself);
    assert_eq!(raw.fate(1), Fate::Reset(PROTOCOL_ERROR));
    tried.assert_good();
}

#[test]
fn a_list_that_is_too_long_is_refused() {
    let tried = Tried::new();
    // Many fields of 15 KiB: each is good by itself.
    let field = literal(b"x", "v".repeat(15 * 1024).as_bytes());
    for (count, expected) in [(3, Fate::Status(404)), (5, Fate::Status(431))] {
        let mut raw = Raw::connect(&tried.gateway);
        raw.send(HEADERS, END_STREAM, 1, &get(&[(":path", Some("/nowhere"))]));
        for at in 1..=count {
            raw.send(CONTINUATION, if at == count { END_HEADERS } else { 0 }, 1, &field);
        }
        assert_eq!(raw.fate(1), expected, "{count}");
    }
}
