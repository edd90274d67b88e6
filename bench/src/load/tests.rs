use super::*;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An upstream that counts requests by their line `k: N` and answers all alike, one thread per connection.
struct Upstream {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<u32>>>,
}

impl Upstream {
    fn start(answer: &'static str, keys: usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(vec![0; keys]));
        let counts = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let counts = Arc::clone(&counts);
                std::thread::spawn(move || serve(stream.unwrap(), answer, &counts));
            }
        });
        Self { address, seen }
    }
}

fn serve(mut stream: TcpStream, answer: &str, counts: &Mutex<Vec<u32>>) {
    stream.set_nodelay(true).unwrap();
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while let Ok(count) = stream.read(&mut buffer)
        && count > 0
    {
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        if let Some(request) = text.strip_suffix("\r\n\r\n") {
            let key: usize = request.rsplit_once("k: ").unwrap().1.parse().unwrap();
            counts.lock().unwrap()[key] += 1;
            text.clear();
            // In two parts: a driver must wait for the whole answer.
            let (first, second) = answer.split_at(answer.len() / 2);
            stream.write_all(first.as_bytes()).unwrap();
            stream.write_all(second.as_bytes()).unwrap();
        }
    }
}

fn keys(count: usize) -> Keys {
    let lines: Vec<String> = (0..count).map(|number| format!("k: {number}")).collect();
    Keys::new("/x", lines.iter().map(String::as_str))
}

const GOOD: &str = "HTTP/1.1 200 OK\r\nserver: x\r\nContent-Length: 5\r\n\r\nhello";

#[test]
fn the_closed_loop_sends_exactly_what_it_counts() {
    let upstream = Upstream::start(GOOD, 50);
    let drawn = Order::Drawn(3001, Draw::new(7));
    let figures = closed_loop(upstream.address, &keys(50), drawn, 8).unwrap();
    assert_eq!(figures.answers, 3001);
    assert_eq!(figures.by_key, *upstream.seen.lock().unwrap());
    assert!(figures.p50 <= figures.p99 && figures.p99 <= figures.elapsed);
    let once = closed_loop(upstream.address, &keys(50), Order::EachOnce, 100).unwrap();
    assert_eq!(once.by_key, vec![1; 50]);
}

#[test]
fn the_open_loop_keeps_its_rate_and_counts_exactly() {
    let upstream = Upstream::start(GOOD, 10);
    let figures = open_loop(upstream.address, &keys(10), Draw::new(1), 4, (300, 1000)).unwrap();
    assert_eq!(figures.answers, 300);
    assert_eq!(figures.by_key, *upstream.seen.lock().unwrap());
    assert!(figures.elapsed >= Duration::from_millis(299), "the last is not due before");
}

#[test]
fn another_answer_than_200_voids_a_run() {
    for (answer, said) in [
        ("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n", "429"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "Content-Length"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", "more than"),
    ] {
        let upstream = Upstream::start(answer, 3);
        let error = closed_loop(upstream.address, &keys(3), Order::EachOnce, 2).unwrap_err();
        assert!(format!("{error:#}").contains(said), "{error:#}");
    }
}

#[test]
fn a_question_comes_from_the_address_that_it_is_told() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let answered = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&answered);
    let asked = std::thread::spawn(move || {
        let (mut stream, peer) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").unwrap();
        count.fetch_add(1, Ordering::SeqCst);
        peer.ip()
    });
    let source = IpAddr::from([127, 9, 9, 9]);
    assert_eq!(status_of(address, source, b"GET / HTTP/1.1\r\n\r\n").unwrap(), 403);
    assert_eq!(asked.join().unwrap(), source);
    assert_eq!(answered.load(Ordering::SeqCst), 1);
}

#[test]
fn draws_are_repeatable_and_reach_every_key() {
    let draw = |seed| {
        let mut draw = Draw::new(seed);
        (0..2000).map(|_| draw.below(100)).collect::<Vec<_>>()
    };
    assert_eq!(draw(3), draw(3));
    assert_ne!(draw(3), draw(4));
    let mut seen = draw(3);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
}
