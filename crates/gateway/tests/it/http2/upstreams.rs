//! Upstreams that speak HTTP/2 badly: no bad answer is passed on as a good one, nothing that was sent is sent again, and
//! the next request is served.

use super::raw::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, Fate, GOAWAY, HEADERS, INTERNAL_ERROR, NO_ERROR, PING, PUSH_PROMISE,
    RST_STREAM, Raw, SETTINGS, WHOLE, WINDOW_UPDATE, block, code, frame, get, literal, post,
};
use crate::support::upstream::Wire;
use crate::support::{Gateway, PATIENCE, Setup, Upstream, request};
use domain::denial::Denial;
use domain::upstream::UpstreamHttp;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

const GOOD: &[u8] = &[0x88];

/// The serving side of a connection, frame by frame.
struct Server<'a> {
    wire: &'a mut Wire,
    buffer: Vec<u8>,
}

struct Came {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl<'a> Server<'a> {
    fn new(wire: &'a mut Wire) -> Self {
        wire.write(&frame(SETTINGS, 0, 0, &[]));
        let mut server = Self { wire, buffer: Vec::new() };
        server.take(24);
        server
    }

    fn take(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < length {
            self.buffer.extend(self.wire.some()?);
        }
        Some(self.buffer.drain(..length).collect())
    }

    /// The next frame; `None` at the end.
    fn next(&mut self) -> Option<Came> {
        let head = self.take(9)?;
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let payload = self.take(length)?;
        Some(Came { kind: head[3], flags: head[4], stream: code(&head, 5), payload })
    }

    /// The next request: its stream.
    fn request(&mut self) -> Option<u32> {
        loop {
            let came = self.next()?;
            match came.kind {
                HEADERS => return Some(came.stream),
                SETTINGS if came.flags == 0 => self.wire.write(&frame(SETTINGS, 1, 0, &[])),
                _ => {}
            }
        }
    }

    fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        self.wire.write(&frame(kind, flags, stream, payload));
    }

    fn answer(&mut self, stream: u32) {
        self.send(HEADERS, END_HEADERS, stream, GOOD);
        self.send(DATA, END_STREAM, stream, b"hello");
    }
}

/// An upstream whose first request gets `first`, and all others a good answer. Counts requests.
fn upstream(first: impl Fn(&mut Server<'_>, u32) + Send + Sync + 'static) -> (Upstream, Gateway, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let upstream = Upstream::on_connection(move |wire| {
        let mut server = Server::new(wire);
        while let Some(stream) = server.request() {
            if counted.fetch_add(1, Ordering::SeqCst) == 0 {
                first(&mut server, stream);
            } else {
                server.answer(stream);
            }
        }
    });
    let mut setup = Setup::new(upstream.url());
    setup.timeouts_ms.response = 3_000;
    setup.adjust = Arc::new(|_, upstream| upstream.http = UpstreamHttp::Http2);
    let gateway = Gateway::start(&setup);
    (upstream, gateway, requests)
}

/// What an upstream sends on a stream, and its name.
type Case = (&'static str, Box<dyn Fn(u32) -> Vec<u8> + Send + Sync>);

fn status(text: &str) -> Vec<u8> {
    literal(b":status", text.as_bytes())
}

#[test]
fn malformed_heads_are_no_answers() {
    let with = |field: &[u8]| [GOOD, field].concat();
    let cases: Vec<Case> = vec![
        ("no status", Box::new(|stream| frame(HEADERS, WHOLE, stream, &literal(b"a", b"b")))),
        ("no head at all", Box::new(|stream| frame(HEADERS, WHOLE, stream, &[]))),
        ("a status that is none", Box::new(|stream| frame(HEADERS, WHOLE, stream, &status("abc")))),
        ("a status of two digits", Box::new(|stream| frame(HEADERS, WHOLE, stream, &status("20")))),
        ("a status of four digits", Box::new(|stream| frame(HEADERS, WHOLE, stream, &status("2000")))),
        ("two", Box::new(|stream| frame(HEADERS, WHOLE, stream, &[0x88, 0x88]))),
        ("a path", Box::new(move |stream| frame(HEADERS, WHOLE, stream, &with(&literal(b":path", b"/"))))),
        (
            "a pseudo field at the end",
            Box::new(|stream| frame(HEADERS, WHOLE, stream, &[&*literal(b"a", b"b"), GOOD].concat())),
        ),
        ("connection", Box::new(move |stream| frame(HEADERS, WHOLE, stream, &with(&literal(b"connection", b"close"))))),
        (
            "chunked",
            Box::new(move |stream| frame(HEADERS, WHOLE, stream, &with(&literal(b"transfer-encoding", b"chunked")))),
        ),
        ("upper case", Box::new(move |stream| frame(HEADERS, WHOLE, stream, &with(&literal(b"Upper", b"x"))))),
        (
            "a line feed in a value",
            Box::new(move |stream| frame(HEADERS, WHOLE, stream, &with(&literal(b"a", b"b\r\nset-cookie: x=y")))),
        ),
        (
            "a bad length",
            Box::new(move |stream| frame(HEADERS, END_HEADERS, stream, &with(&literal(b"content-length", b"five")))),
        ),
        (
            "a length without a body",
            Box::new(move |stream| frame(HEADERS, WHOLE, stream, &with(&literal(b"content-length", b"5")))),
        ),
        (
            "two lengths",
            Box::new(move |stream| {
                let lengths = [literal(b"content-length", b"5"), literal(b"content-length", b"6")].concat();
                frame(HEADERS, END_HEADERS, stream, &with(&lengths))
            }),
        ),
        (
            "the same length twice",
            Box::new(move |stream| {
                let lengths = [literal(b"content-length", b"5"), literal(b"content-length", b"5")].concat();
                [frame(HEADERS, END_HEADERS, stream, &with(&lengths)), frame(DATA, END_STREAM, stream, b"hello")]
                    .concat()
            }),
        ),
        (
            "too many fields",
            Box::new(move |stream| frame(HEADERS, WHOLE, stream, &with(&literal(b"a", b"b").repeat(101)))),
        ),
        ("space around a value", Box::new(move |stream| frame(HEADERS, WHOLE, stream, &with(&literal(b"a", b" b"))))),
        ("data first", Box::new(|stream| frame(DATA, 0, stream, b"x"))),
        ("bad compression", Box::new(|stream| frame(HEADERS, WHOLE, stream, &[0x80]))),
        ("a push", Box::new(|stream| frame(PUSH_PROMISE, END_HEADERS, stream, &[&[0, 0, 0, 2], GOOD].concat()))),
        ("a head on another stream", Box::new(|stream| frame(HEADERS, WHOLE, stream + 1, GOOD))),
        ("a frame that is too long", Box::new(|stream| frame(HEADERS, WHOLE, stream, &vec![0; 17 * 1024]))),
        ("HTTP/1", Box::new(|_| b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec())),
        ("a cut head", Box::new(|stream| [frame(HEADERS, 0, stream, GOOD), frame(PING, 0, 0, &[0; 8])].concat())),
        (
            "endless continuation",
            Box::new(|stream| {
                [frame(HEADERS, 0, stream, GOOD), frame(CONTINUATION, 0, stream, &literal(b"a", b"b")).repeat(100)]
                    .concat()
            }),
        ),
        (
            "a list that is too long",
            Box::new(move |stream| {
                let field = literal(b"x", &[b'v'; 15 * 1024]);
                let head = frame(HEADERS, 0, stream, GOOD);
                let parts = frame(CONTINUATION, 0, stream, &field).repeat(4);
                [head, parts, frame(CONTINUATION, END_HEADERS, stream, &field)].concat()
            }),
        ),
    ];
    let mut faults = Vec::new();
    for (name, case) in cases {
        let (_upstream, gateway, requests) = upstream(move |server, stream| server.wire.write(&case(stream)));
        let reply = gateway.send(&request("POST", "/orders/x", "", ""));
        if (reply.status, gateway.recorded(&reply).denial) != (502, Some(Denial::UpstreamReset)) {
            faults.push(format!("{name}: {} {:?}", reply.status, gateway.recorded(&reply).denial));
        }
        if requests.load(Ordering::SeqCst) != 1 {
            faults.push(format!("{name}: sent again"));
        }
        let next = gateway.get("/orders/x");
        if (next.status, &*next.body) != (200, "hello") {
            faults.push(format!("{name}: then {next:?}"));
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn an_answer_that_breaks_off_is_not_made_whole() {
    let head = |stream: u32| frame(HEADERS, END_HEADERS, stream, &[GOOD, &literal(b"content-length", b"10")].concat());
    let cases: Vec<Case> = vec![
        (
            "short of its length",
            Box::new(move |stream| [head(stream), frame(DATA, END_STREAM, stream, b"four")].concat()),
        ),
        (
            "over its length",
            Box::new(move |stream| [head(stream), frame(DATA, END_STREAM, stream, b"eleven byte")].concat()),
        ),
        (
            "reset",
            Box::new(move |stream| {
                [head(stream), frame(DATA, 0, stream, b"four"), frame(RST_STREAM, 0, stream, &[0, 0, 0, 2])].concat()
            }),
        ),
        (
            "reset without an error",
            Box::new(|stream| {
                let data = frame(DATA, 0, stream, b"four");
                [frame(HEADERS, END_HEADERS, stream, GOOD), data, frame(RST_STREAM, 0, stream, &[0; 4])].concat()
            }),
        ),
        (
            "trailers that end nothing",
            Box::new(|stream| {
                let trailers = frame(HEADERS, END_HEADERS, stream, &literal(b"a", b"b"));
                [frame(HEADERS, END_HEADERS, stream, GOOD), frame(DATA, 0, stream, b"four"), trailers].concat()
            }),
        ),
        (
            "a bad frame",
            Box::new(move |stream| [head(stream), frame(DATA, 0, stream, b"x"), frame(PING, 0, 1, b"x")].concat()),
        ),
    ];
    for (name, case) in cases {
        let (_upstream, gateway, _) = upstream(move |server, stream| server.wire.write(&case(stream)));
        let mut raw = Raw::connect(&gateway);
        raw.send(HEADERS, WHOLE, 1, &get(&[]));
        let fate = raw.fate(1);
        if fate == Fate::Status(200) {
            // It has begun: it must not end as a good answer does.
            assert_eq!(raw.body(1), Err(INTERNAL_ERROR), "{name}");
        } else {
            assert!(matches!(fate, Fate::Status(502) | Fate::Reset(INTERNAL_ERROR)), "{name}: {fate:?}");
        }
        let mut caller = gateway.connect();
        caller.write(crate::support::get("/orders/x").as_bytes());
        assert_eq!(caller.reply().status, 200, "{name}");
    }
}

#[test]
fn an_early_answer_is_whole_though_the_stream_is_reset() {
    let (upstream, gateway, _) = upstream(|server, stream| {
        server.answer(stream);
        server.send(RST_STREAM, 0, stream, &NO_ERROR.to_be_bytes());
    });
    let mut raw = Raw::connect(&gateway);
    raw.send(HEADERS, END_HEADERS, 1, &post(&[])).send(DATA, 0, 1, b"a part");
    assert_eq!(raw.fate(1), Fate::Status(200));
    assert_eq!(raw.body(1), Ok(b"hello".to_vec()));
    // The caller is told that no more of the request is wanted.
    assert_eq!(raw.fate(1), Fate::Reset(NO_ERROR));
    assert_eq!(raw.get(3), Fate::Status(200));
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn a_request_goes_on_as_it_came_with_its_trailers() {
    let (told, came) = channel();
    let told = std::sync::Mutex::new(told);
    let (_upstream, gateway, _) = upstream(move |server, stream| {
        let mut body = Vec::new();
        loop {
            let came = server.next().unwrap();
            match came.kind {
                DATA => body.extend_from_slice(&came.payload),
                HEADERS => break,
                _ => {}
            }
        }
        told.lock().unwrap().send(body).unwrap();
        server.send(HEADERS, END_HEADERS, stream, GOOD);
        server.send(DATA, 0, stream, b"answer");
        server.send(HEADERS, WHOLE, stream, &block(&[("grpc-status", "0"), ("x-portcullis-x", "dropped")]));
    });
    let mut raw = Raw::connect(&gateway);
    raw.send(HEADERS, END_HEADERS, 1, &post(&[("te", Some("trailers"))])).send(DATA, 0, 1, b"one ");
    raw.send(DATA, 0, 1, b"two").send(HEADERS, WHOLE, 1, &block(&[("x-sum", "7")]));
    assert_eq!(raw.fate(1), Fate::Status(200));
    assert_eq!(came.recv_timeout(PATIENCE).unwrap(), b"one two");
    assert_eq!(raw.next_of(DATA).payload, b"answer");
    let trailers = raw.next_of(HEADERS);
    assert_eq!(trailers.flags & END_STREAM, END_STREAM);
    // One field: the name is long, so is no other that could be here.
    assert!(trailers.payload.len() < 20, "{:x?}", trailers.payload);
}

#[test]
fn the_upstreams_window_is_heeded() {
    let (told, came) = channel();
    let told = std::sync::Mutex::new(told);
    let upstream = Upstream::on_connection(move |wire| {
        wire.write(&frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 10]));
        let mut server = Server { wire, buffer: Vec::new() };
        server.take(24);
        let stream = server.request().unwrap();
        let mut lengths = Vec::new();
        let mut total = 0;
        while total < 100 {
            let came = server.next().unwrap();
            if came.kind == DATA {
                lengths.push(came.payload.len());
                total += came.payload.len();
                server.send(WINDOW_UPDATE, 0, stream, &10_u32.to_be_bytes());
            }
        }
        told.lock().unwrap().send(lengths).unwrap();
        server.answer(stream);
        while server.next().is_some() {}
    });
    let mut setup = Setup::new(upstream.url());
    setup.adjust = Arc::new(|_, upstream| upstream.http = UpstreamHttp::Http2);
    let gateway = Gateway::start(&setup);
    // The window is known once the settings have come: one request may be sent before.
    let reply = gateway.send(&request("POST", "/orders/x", "", &"x".repeat(100)));
    assert_eq!(reply.status, 200);
    let lengths = came.recv_timeout(PATIENCE).unwrap();
    assert!(lengths.iter().all(|&length| length <= 10) || lengths == [100], "{lengths:?}");
}

#[test]
fn floods_of_an_upstream_end_its_connection() {
    for (name, flood) in [
        ("ping", frame(PING, 0, 0, &[0; 8])),
        ("settings", frame(SETTINGS, 0, 0, &[])),
        ("windows", frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])),
        ("unknown", frame(0xbb, 0, 0, b"what")),
    ] {
        let (upstream, gateway, _) = upstream(move |server, _| {
            let part = flood.repeat(1000);
            // Until the gateway has closed.
            while server.wire.tcp.write_all(&part).is_ok() {}
        });
        let reply = gateway.send(&request("POST", "/orders/x", "", ""));
        assert_eq!(reply.status, 502, "{name}");
        assert_eq!(gateway.get("/orders/x").status, 200, "{name}");
        assert_eq!(upstream.connections(), 2, "{name}");
    }
}

#[test]
fn a_connection_that_is_left_idle_says_goodbye() {
    let (told, came) = channel();
    let told = std::sync::Mutex::new(told);
    let upstream = Upstream::on_connection(move |wire| {
        let mut server = Server::new(wire);
        let stream = server.request().unwrap();
        server.answer(stream);
        let mut goodbye = None;
        while let Some(came) = server.next() {
            if came.kind == GOAWAY {
                goodbye = Some(code(&came.payload, 4));
            }
        }
        told.lock().unwrap().send(goodbye).unwrap();
    });
    let mut setup = Setup::new(upstream.url());
    setup.adjust = Arc::new(|_, upstream| upstream.http = UpstreamHttp::Http2);
    let gateway = Gateway::start(&setup);
    assert_eq!(gateway.get("/orders/x").status, 200);
    assert_eq!(came.recv_timeout(PATIENCE).unwrap(), Some(NO_ERROR));
}
