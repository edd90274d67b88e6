//! Answers of an upstream that are none, or that two readers could read differently: 502, or broken off where the head was
//! good already; and whatever follows on that connection answers nobody.

use crate::support::{Gateway, Setup, Upstream, get, request};
use domain::upstream::UpstreamTimeouts;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const GOOD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood";

/// What the caller gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    BadGateway,
    /// The head goes on, the body breaks off.
    BrokenOff,
    /// This status and body; only the connection is not used again.
    Whole(u16, &'static str),
}

/// The upstream answers the first request with `answer` and stays, all later ones with a good answer, each on whatever
/// connection it comes.
fn upstream(answer: Vec<u8>, closes: bool) -> Upstream {
    let asked = Arc::new(AtomicUsize::new(0));
    Upstream::on_connection(move |wire| {
        while wire.head().is_some() {
            if asked.fetch_add(1, Ordering::SeqCst) > 0 {
                wire.write(GOOD.as_bytes());
                continue;
            }
            wire.write(&answer);
            if closes {
                let _closed = wire.tcp.shutdown(std::net::Shutdown::Write);
                let _rest = wire.tcp.read_to_end(&mut Vec::new());
                return;
            }
        }
    })
}

#[track_caller]
fn check_request(name: &str, asked: &str, answer: &[u8], closes: bool, expected: Expected) {
    let upstream = upstream(answer.to_vec(), closes);
    let mut setup = Setup::new(upstream.url());
    setup.timeouts_ms = UpstreamTimeouts { response: 400, idle: 400, ..UpstreamTimeouts::default() };
    let gateway = Gateway::start(&setup);
    let mut caller = gateway.connect();
    caller.write(asked.as_bytes());
    match expected {
        Expected::BadGateway => {
            let reply = caller.reply();
            assert_eq!(reply.status, 502, "{name}: {reply:?}");
            assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{name}");
        }
        Expected::BrokenOff => {
            let head = caller.head();
            assert_eq!(head.status, 200, "{name}: {head:?}");
            let rest = String::from_utf8_lossy(&caller.rest().unwrap_or_default()).into_owned();
            assert!(!rest.ends_with("0\r\n\r\n"), "{name}: {rest:?} ends as if it were whole");
        }
        Expected::Whole(status, body) => {
            let reply = if asked.starts_with("HEAD") { caller.head() } else { caller.reply() };
            assert_eq!((reply.status, reply.body.as_str()), (status, body), "{name}: {reply:?}");
        }
    }
    assert_eq!(upstream.connections(), 1, "{name}: not asked for again");
    // Whoever comes next gets an answer of its own, on another connection.
    for _ in 0..2 {
        let next = gateway.get("/orders/next");
        assert_eq!((next.status, next.body.as_str()), (200, "good"), "{name}");
    }
    assert_eq!(upstream.connections(), 2, "{name}: the connection was used again");
}

#[track_caller]
fn check(name: &str, answer: &str, closes: bool, expected: Expected) {
    check_request(name, &get("/orders/x"), answer.as_bytes(), closes, expected);
}

#[test]
fn bad_status_lines() {
    for line in [
        "nonsense",
        "HTTP/1.1",
        "HTTP/1.1 ",
        "HTTP/1.1 abc OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 099 OK",
        "HTTP/1.1 000 OK",
        "HTTP/1.1 -20 OK",
        "HTTP/1.1  200 OK",
        "HTTP/1.1\t200 OK",
        " HTTP/1.1 200 OK",
        "http/1.1 200 OK",
        "HTTP/1.2 200 OK",
        "HTTP/2 200 OK",
        "HTTP/2.0 200 OK",
        "HTTP/0.9 200 OK",
        "HTTP/11 200 OK",
        "HTTP/1.1 200 O\0K",
        "HTTP/1.1 200 O\rK",
        "ICY 200 OK",
        "GET / HTTP/1.1",
    ] {
        check(line, &format!("{line}\r\ncontent-length: 2\r\n\r\nok"), false, Expected::BadGateway);
    }
}

#[test]
fn bad_heads() {
    for (name, head) in [
        ("bare LF after the status line", "HTTP/1.1 200 OK\ncontent-length: 2\r\n\r\n"),
        ("bare LF after a field", "HTTP/1.1 200 OK\r\ncontent-length: 2\n\r\n"),
        ("bare LF at the end", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\n"),
        ("all bare LF", "HTTP/1.1 200 OK\ncontent-length: 2\n\n"),
        ("bare CR in a value", "HTTP/1.1 200 OK\r\nx: a\rb\r\ncontent-length: 2\r\n\r\n"),
        ("obs-fold", "HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 2\r\n\r\n"),
        ("obs-fold with a tab", "HTTP/1.1 200 OK\r\nx: a\r\n\tb\r\ncontent-length: 2\r\n\r\n"),
        ("fold at the first field", "HTTP/1.1 200 OK\r\n x: a\r\ncontent-length: 2\r\n\r\n"),
        ("space before the colon", "HTTP/1.1 200 OK\r\ncontent-length : 2\r\n\r\n"),
        ("space in a name", "HTTP/1.1 200 OK\r\nx y: a\r\ncontent-length: 2\r\n\r\n"),
        ("no colon", "HTTP/1.1 200 OK\r\nnonsense\r\ncontent-length: 2\r\n\r\n"),
        ("no name", "HTTP/1.1 200 OK\r\n: a\r\ncontent-length: 2\r\n\r\n"),
        ("NUL in a value", "HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 2\r\n\r\n"),
        ("control character in a value", "HTTP/1.1 200 OK\r\nx: a\u{1}b\r\ncontent-length: 2\r\n\r\n"),
        ("a name beyond ASCII", "HTTP/1.1 200 OK\r\nx\u{e9}: a\r\ncontent-length: 2\r\n\r\n"),
    ] {
        check(name, &format!("{head}ok"), false, Expected::BadGateway);
    }
}

#[test]
fn lengths_that_say_different_things() {
    for fields in [
        "content-length: 2\r\ncontent-length: 3",
        "content-length: 2\r\ncontent-length: 2",
        "content-length: 2, 2",
        "content-length: 2,3",
        "content-length: +2",
        "content-length: -2",
        "content-length: 0x2",
        "content-length: 2 2",
        "content-length: 2;a",
        "content-length: two",
        "content-length:",
        "content-length: 99999999999999999999999",
        "transfer-encoding: chunked\r\ncontent-length: 2",
        "content-length: 2\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked, chunked",
        "transfer-encoding: chunked, gzip",
        "transfer-encoding: gzip, chunked",
        "transfer-encoding: gzip",
        "transfer-encoding: identity",
        "transfer-encoding: chunked;q=1",
        "transfer-encoding: xchunked",
        "transfer-encoding: \u{b}chunked",
        "transfer-encoding:",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity",
    ] {
        check(fields, &format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n2\r\nok\r\n0\r\n\r\n"), false, Expected::BadGateway);
    }
    let http10 = "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    check("HTTP/1.0 with chunks", http10, false, Expected::BadGateway);
}

#[test]
fn bad_chunks() {
    for chunks in [
        "x\r\nok\r\n0\r\n\r\n",
        "\r\nok\r\n0\r\n\r\n",
        "-2\r\nok\r\n0\r\n\r\n",
        "+2\r\nok\r\n0\r\n\r\n",
        "0x2\r\nok\r\n0\r\n\r\n",
        " 2\r\nok\r\n0\r\n\r\n",
        "2\nok\r\n0\r\n\r\n",
        "2\r\nok\n0\r\n\r\n",
        "2\r\nokay\r\n0\r\n\r\n",
        "2\r\nok0\r\n\r\n",
        "2\rok\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\nok\r\n0\r\n\r\n",
        "2;a\nb\r\nok\r\n0\r\n\r\n",
        "2;a\0\r\nok\r\n0\r\n\r\n",
        "2\r\nok\r\n0\r\nbad trailer\r\n\r\n",
        "2\r\nok\r\n0\r\n x: folded\r\n\r\n",
        "2\r\nok\r\n0\r\nx: a\n\r\n",
        "2\r\nok\r\n0\n\r\n",
    ] {
        check(
            chunks,
            &format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunks}"),
            false,
            Expected::BrokenOff,
        );
    }
}

#[test]
fn answers_that_end_early() {
    for head in
        ["H", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 200 OK\r\nx: y\r\n"]
    {
        check(head, head, true, Expected::BadGateway);
    }
    for body in [
        "content-length: 5\r\n\r\nok",
        "content-length: 5\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n2",
        "transfer-encoding: chunked\r\n\r\n2\r\no",
        "transfer-encoding: chunked\r\n\r\n2\r\nok\r\n",
        "transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n",
        "transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx: y\r\n",
    ] {
        check(body, &format!("HTTP/1.1 200 OK\r\n{body}"), true, Expected::BrokenOff);
    }
}

#[test]
fn heads_that_are_too_large() {
    let many = "x: y\r\n".repeat(200);
    check("200 fields", &format!("HTTP/1.1 200 OK\r\n{many}content-length: 2\r\n\r\nok"), false, Expected::BadGateway);
    let long = "y".repeat(70_000);
    check(
        "one long field",
        &format!("HTTP/1.1 200 OK\r\nx: {long}\r\ncontent-length: 2\r\n\r\nok"),
        false,
        Expected::BadGateway,
    );
    check("a long reason", &format!("HTTP/1.1 200 {long}\r\ncontent-length: 2\r\n\r\nok"), false, Expected::BadGateway);
    check(
        "no end of a head",
        &format!("HTTP/1.1 200 OK\r\n{}", "abcdefgh: y\r\n".repeat(20_000)),
        false,
        Expected::BadGateway,
    );
    check("no end of a line", &"H".repeat(200_000), false, Expected::BadGateway);
    let extension = "e".repeat(100_000);
    let chunk = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;{extension}\r\nok\r\n0\r\n\r\n");
    check("a long chunk extension", &chunk, false, Expected::BrokenOff);
    let trailers = "x: y\r\n".repeat(20_000);
    let trailing = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n{trailers}\r\n");
    check("trailers without end", &trailing, false, Expected::BrokenOff);
}

#[test]
fn informational_answers_without_end_or_unasked() {
    let hundred = "HTTP/1.1 100 Continue\r\n\r\n";
    check("100 without end", &hundred.repeat(500), false, Expected::BadGateway);
    check(
        "103 without end",
        &"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(500),
        false,
        Expected::BadGateway,
    );
    check("100 and the end", hundred, true, Expected::BadGateway);
    check("100 with a malformed answer", &format!("{hundred}nonsense\r\n\r\n"), false, Expected::BadGateway);
    let switching = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    check("101 that nobody asked for", switching, false, Expected::BadGateway);
    check("101 of another protocol", &switching.replace("websocket", "h2c"), false, Expected::BadGateway);
    check("199 without end", &"HTTP/1.1 199 X\r\n\r\n".repeat(500), false, Expected::BadGateway);
}

#[test]
fn answers_with_more_than_they_say() {
    let second = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison";
    let whole = Expected::Whole(200, "ok");
    for (name, answer, expected) in [
        ("a second answer", format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok{second}"), whole),
        ("one byte", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokx".to_owned(), whole),
        ("an empty line", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok\r\n".to_owned(), whole),
        (
            "after the last chunk",
            format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n{second}"),
            whole,
        ),
        ("after nothing", format!("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n{second}"), Expected::Whole(200, "")),
        ("a body on 204", format!("HTTP/1.1 204 No Content\r\n\r\n{second}"), Expected::Whole(204, "")),
        (
            "a length and a body on 204",
            "HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\nok".to_owned(),
            Expected::Whole(204, ""),
        ),
        (
            "chunks on 204",
            "HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n".to_owned(),
            Expected::Whole(204, ""),
        ),
        (
            "a body on 304",
            "HTTP/1.1 304 Not Modified\r\ncontent-length: 2\r\n\r\nok".to_owned(),
            Expected::Whole(304, ""),
        ),
    ] {
        check(name, &answer, false, expected);
    }
    let head = request("HEAD", "/orders/x", "", "");
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    check_request("a body on HEAD", &head, answer.as_bytes(), false, Expected::Whole(200, ""));
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    check_request("chunks on HEAD", &head, chunked.as_bytes(), false, Expected::Whole(200, ""));
}

#[test]
fn a_204_that_announces_a_body_is_the_last_on_its_connection() {
    for fields in ["content-length: 2", "transfer-encoding: chunked"] {
        check(fields, &format!("HTTP/1.1 204 No Content\r\n{fields}\r\n\r\n"), false, Expected::Whole(204, ""));
    }
}

#[test]
fn an_answer_that_nobody_waits_for_is_given_to_nobody() {
    // The second answer comes by itself, later, while the connection idles.
    let (tell, told) = std::sync::mpsc::channel();
    let asked = Arc::new(AtomicUsize::new(0));
    let upstream = Upstream::on_connection(move |wire| {
        while wire.head().is_some() {
            wire.write(GOOD.as_bytes());
            if asked.fetch_add(1, Ordering::SeqCst) == 0 {
                std::thread::sleep(std::time::Duration::from_millis(50));
                wire.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison");
                tell.send(()).unwrap();
            }
        }
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    assert_eq!(gateway.get("/orders/x").body, "good");
    told.recv_timeout(crate::support::PATIENCE).unwrap();
    for method in ["GET", "POST", "GET"] {
        assert_eq!(gateway.send(&request(method, "/orders/x", "", "")).body, "good", "{method}");
    }
    assert_eq!(upstream.connections(), 2);
}
