//! An upstream that records what reaches it and answers as a test says.

use super::PATIENCE;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as it reached the upstream.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Vec<(String, String)>,
}

impl Seen {
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str()).collect()
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let values = self.values(name);
        assert!(values.len() < 2, "{name} is repeated: {values:?}");
        values.first().copied()
    }
}

/// The upstream. Ends with the test.
pub(crate) struct Upstream {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
}

/// A connection from the gateway.
pub(crate) struct Wire {
    pub(crate) tcp: TcpStream,
    buffer: Vec<u8>,
}

impl Upstream {
    /// Answers each request with 200 and a short body.
    pub(crate) fn plain() -> Self {
        Self::answering("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-type: text/plain\r\n\r\nhello")
    }

    /// The same on a socket that listens already.
    pub(crate) fn plain_on(listener: TcpListener) -> Self {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-type: text/plain\r\n\r\nhello";
        Self::on_requests_of(listener, |_, wire| {
            wire.write(answer);
            true
        })
    }

    /// Answers each request with these bytes, on connections that stay open.
    pub(crate) fn answering(answer: impl Into<String>) -> Self {
        let answer = answer.into();
        Self::on_request(move |_, wire| {
            wire.write(answer.as_bytes());
            true
        })
    }

    /// Reads each request whole, then calls `respond`; the connection stays open while that says so.
    pub(crate) fn on_request(respond: impl Fn(&Seen, &mut Wire) -> bool + Send + Sync + 'static) -> Self {
        Self::on_requests_of(TcpListener::bind("127.0.0.1:0").unwrap(), respond)
    }

    fn on_requests_of(
        listener: TcpListener,
        respond: impl Fn(&Seen, &mut Wire) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self::start(listener, move |wire, seen| {
            while let Some(mut request) = wire.head() {
                request.read_body(wire);
                seen.lock().unwrap().push(request.clone());
                if !respond(&request, wire) {
                    return;
                }
            }
        })
    }

    /// Leaves each connection to `handle`.
    pub(crate) fn on_connection(handle: impl Fn(&mut Wire) + Send + Sync + 'static) -> Self {
        Self::start(TcpListener::bind("127.0.0.1:0").unwrap(), move |wire, _| handle(wire))
    }

    fn start(listener: TcpListener, handle: impl Fn(&mut Wire, &Mutex<Vec<Seen>>) + Send + Sync + 'static) -> Self {
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(AtomicUsize::new(0));
        let (shared, count, handle) = (Arc::clone(&seen), Arc::clone(&connections), Arc::new(handle));
        thread::spawn(move || {
            for tcp in listener.incoming() {
                let tcp = tcp.unwrap();
                tcp.set_read_timeout(Some(PATIENCE)).unwrap();
                tcp.set_nodelay(true).unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let (shared, handle) = (Arc::clone(&shared), Arc::clone(&handle));
                thread::spawn(move || handle(&mut Wire { tcp, buffer: Vec::new() }, &shared));
            }
        });
        Self { address, seen, connections }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The one request so far.
    #[track_caller]
    pub(crate) fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }

    /// How many connections were made to it.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Wire {
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let _closed = self.tcp.write_all(bytes);
    }

    /// The head of the next request; `None` when the connection ends.
    pub(crate) fn head(&mut self) -> Option<Seen> {
        let line = self.line()?;
        Some(Seen { line, headers: self.fields()?, body: Vec::new(), trailers: Vec::new() })
    }

    /// Bytes that come; `None` when the connection ends or breaks.
    pub(crate) fn some(&mut self) -> Option<Vec<u8>> {
        if self.buffer.is_empty() {
            self.fill()?;
        }
        Some(std::mem::take(&mut self.buffer))
    }

    fn fields(&mut self) -> Option<Vec<(String, String)>> {
        let mut fields = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Some(fields);
            }
            let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("{line:?}"));
            fields.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }

    fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.buffer.drain(..end + 2).take(end).collect();
                return Some(String::from_utf8(line).unwrap());
            }
            self.fill()?;
        }
    }

    fn exactly(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < length {
            self.fill()?;
        }
        Some(self.buffer.drain(..length).collect())
    }

    fn fill(&mut self) -> Option<()> {
        let mut part = [0; 16_000];
        let n = self.tcp.read(&mut part).ok().filter(|&n| n > 0)?;
        self.buffer.extend_from_slice(&part[..n]);
        Some(())
    }
}

impl Seen {
    fn read_body(&mut self, wire: &mut Wire) {
        if let Some(length) = self.header("content-length") {
            self.body = wire.exactly(length.parse().unwrap()).unwrap_or_default();
        } else if self.header("transfer-encoding").is_some() {
            while let Some(length) = wire.line().and_then(|line| usize::from_str_radix(&line, 16).ok()) {
                if length == 0 {
                    self.trailers = wire.fields().unwrap_or_default();
                    return;
                }
                self.body.extend_from_slice(&wire.exactly(length).unwrap_or_default());
                wire.line();
            }
        }
    }
}
