//! Floods: each ends its connection, after a bounded number of frames and bytes, while another connection is served.

use super::raw::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, Fate, HEADERS, PING, PRIORITY, RST_STREAM, Raw,
    SETTINGS, WHOLE, WINDOW_UPDATE, frame, get, literal, post,
};
use crate::support::{Gateway, Setup, Upstream};
use std::io::Write;
use std::thread;

/// How much of a flood is tried: far more than any bound, and than all sockets hold.
const FLOOD_BYTES: usize = 64 * 1024 * 1024;

/// An upstream that answers a GET and never a POST.
fn upstream() -> Upstream {
    Upstream::on_connection(|wire| {
        while let Some(request) = wire.head() {
            if request.line.starts_with("POST") {
                while wire.some().is_some() {}
                return;
            }
            wire.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
        }
    })
}

/// Sends `begin`, then the flood until the gateway takes no more. The connection must end as `expected` before the flood
/// does, and others must be served meanwhile.
#[track_caller]
fn flood(begin: &[u8], next: impl Fn(u32) -> Vec<u8> + Send + 'static, expected: &[Fate]) {
    let upstream = upstream();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut raw = Raw::connect(&gateway);
    raw.write(begin);
    let mut writing = raw.tcp.try_clone().unwrap();
    // Written by a thread of its own, as the gateway answers some of it.
    let flood = thread::spawn(move || {
        let (mut written, mut at) = (0, 0);
        while written < FLOOD_BYTES {
            let mut part = Vec::new();
            while part.len() < 16 * 1024 {
                part.extend(next(at));
                at += 1;
            }
            if writing.write_all(&part).is_err() {
                break;
            }
            written += part.len();
        }
        written
    });
    let mut other = Raw::connect(&gateway);
    assert_eq!(other.get(1), Fate::Status(200), "another connection, meanwhile");
    let fate = raw.ending();
    let written = flood.join().unwrap();
    assert!(expected.contains(&fate), "{fate:?} after {written} bytes");
    assert!(written < FLOOD_BYTES, "it was taken whole");
    assert_eq!(other.get(3), Fate::Status(200), "another connection, afterwards");
}

/// After `GOAWAY` the rest of a flood may make the system forget that frame.
const CALM: [Fate; 2] = [Fate::GoAway(ENHANCE_YOUR_CALM), Fate::Closed];

#[test]
fn a_ping_flood_ends() {
    flood(&[], |_| frame(PING, 0, 0, &[0; 8]), &CALM);
}

#[test]
fn a_settings_flood_ends() {
    flood(&[], |_| frame(SETTINGS, 0, 0, &[]), &CALM);
}

#[test]
fn a_flood_of_resets_ends() {
    flood(
        &[],
        |at| {
            let stream = at * 2 + 1;
            [frame(HEADERS, END_HEADERS, stream, &post(&[])), frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])].concat()
        },
        &CALM,
    );
}

#[test]
fn a_flood_of_streams_that_are_refused_ends() {
    flood(&[], |at| frame(HEADERS, END_HEADERS, at * 2 + 1, &post(&[])), &CALM);
}

#[test]
fn a_continuation_flood_ends() {
    let begin = frame(HEADERS, END_STREAM, 1, &get(&[]));
    flood(&begin, |_| frame(CONTINUATION, 0, 1, &literal(b"a", b"b")), &CALM);
    flood(&begin, |_| frame(CONTINUATION, 0, 1, &[]), &CALM);
}

#[test]
fn a_flood_of_empty_data_ends() {
    flood(&frame(HEADERS, END_HEADERS, 1, &post(&[])), |_| frame(DATA, 0, 1, &[]), &CALM);
}

#[test]
fn a_flood_of_padding_ends() {
    // Nothing but padding: empty to whoever reads it.
    flood(&frame(HEADERS, END_HEADERS, 1, &post(&[])), |_| frame(DATA, 8, 1, &[3, 0, 0, 0]), &CALM);
}

#[test]
fn a_flood_of_small_data_ends() {
    // An upstream that takes nothing: each byte stays here.
    let upstream = Upstream::on_connection(|wire| {
        wire.head();
        thread::park();
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut raw = Raw::connect(&gateway);
    raw.send(HEADERS, END_HEADERS, 1, &post(&[]));
    let mut sent = 0_u32;
    while sent < 2_000_000 && raw.tcp.write_all(&frame(DATA, 0, 1, b"x").repeat(100)).is_ok() {
        sent += 100;
    }
    assert!(sent < 2_000_000, "it was taken whole");
}

#[test]
fn a_flood_of_empty_heads_ends() {
    flood(&[], |at| frame(HEADERS, WHOLE, at * 2 + 1, &[]), &CALM);
}

#[test]
fn a_flood_of_trailers_ends() {
    let begin = frame(HEADERS, END_HEADERS, 1, &post(&[]));
    let any = [Fate::GoAway(ENHANCE_YOUR_CALM), Fate::GoAway(5), Fate::GoAway(1), Fate::Closed];
    flood(&begin, |_| frame(HEADERS, WHOLE, 1, &[]), &any);
}

#[test]
fn a_flood_of_windows_ends() {
    flood(&[], |_| frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]), &CALM);
}

#[test]
fn a_priority_flood_ends() {
    flood(&[], |at| frame(PRIORITY, 0, at * 2 + 1, &[0, 0, 0, 0, 9]), &CALM);
}

#[test]
fn a_flood_of_unknown_frames_ends() {
    flood(&[], |_| frame(0xbb, 0, 0, b"what"), &CALM);
}

#[test]
fn a_bomb_of_compressed_headers_ends() {
    // One large entry in the table, then a byte for each copy of it: 4 KiB become 16 MiB.
    let mut entry = literal(b"x", &[b'v'; 4000]);
    entry[0] = 0x40;
    let begin = frame(HEADERS, WHOLE, 1, &[get(&[]), entry].concat());
    flood(&begin, |at| frame(HEADERS, WHOLE, at * 2 + 3, &[&*get(&[]), &[0xbe; 4096]].concat()), &CALM);
}
