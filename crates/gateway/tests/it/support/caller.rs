//! A caller that writes bytes and reads answers: nothing of it is forgiving.

use super::PATIENCE;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

/// A connection to the gateway.
pub(crate) struct Caller {
    tcp: TcpStream,
    buffer: Vec<u8>,
}

/// A plain connection on which nothing lasts for ever.
pub(crate) fn tcp(address: SocketAddr) -> TcpStream {
    let tcp = TcpStream::connect(address).unwrap();
    tcp.set_read_timeout(Some(PATIENCE)).unwrap();
    tcp.set_write_timeout(Some(PATIENCE)).unwrap();
    tcp.set_nodelay(true).unwrap();
    tcp
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) trailers: Vec<(String, String)>,
}

impl Reply {
    /// The value of a header that is there once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(own, _)| own == name);
        let first = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} is repeated: {self:?}");
        first
    }
}

impl Caller {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self { tcp: tcp(address), buffer: Vec::new() }
    }

    /// Writes all of it; a gateway that closes meanwhile is no error here.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> &mut Self {
        let _closed = self.tcp.write_all(bytes);
        self
    }

    /// The same connection, for another thread to write on.
    pub(crate) fn try_clone(&self) -> Self {
        Self { tcp: self.tcp.try_clone().unwrap(), buffer: Vec::new() }
    }

    pub(crate) fn end_writing(&self) {
        let _closed = self.tcp.shutdown(Shutdown::Write);
    }

    /// The next answer to anything but HEAD.
    pub(crate) fn reply(&mut self) -> Reply {
        let mut reply = self.head();
        if matches!(reply.status, 204 | 304) {
            return reply;
        }
        let body = match (reply.header("transfer-encoding"), reply.header("content-length")) {
            (Some("chunked"), None) => {
                let mut body = Vec::new();
                while let Some(chunk) = self.chunk() {
                    body.extend_from_slice(&chunk);
                }
                reply.trailers = self.fields();
                body
            }
            (None, Some(length)) => self.exactly(length.parse().unwrap()),
            (None, None) => self.rest().expect("the end of the answer"),
            other => panic!("framing {other:?}"),
        };
        reply.body = String::from_utf8_lossy(&body).into_owned();
        reply
    }

    /// The head of the next answer.
    pub(crate) fn head(&mut self) -> Reply {
        let line = self.line();
        let mut words = line.splitn(3, ' ');
        let version = words.next().unwrap();
        assert!(matches!(version, "HTTP/1.1" | "HTTP/1.0"), "{line:?}");
        let status = words.next().unwrap_or_default().parse().unwrap_or_else(|_| panic!("{line:?}"));
        Reply { status, headers: self.fields(), body: String::new(), trailers: Vec::new() }
    }

    /// The next chunk of a chunked answer; `None` for the last.
    pub(crate) fn chunk(&mut self) -> Option<Vec<u8>> {
        let length = usize::from_str_radix(&self.line(), 16).unwrap();
        if length == 0 {
            return None;
        }
        let chunk = self.exactly(length);
        assert_eq!(self.line(), "");
        Some(chunk)
    }

    /// Whether the gateway has closed; nothing more may have come.
    #[track_caller]
    pub(crate) fn assert_closed(&mut self) {
        let rest = self.rest().unwrap_or_default();
        assert!(rest.is_empty(), "more came: {:?}", String::from_utf8_lossy(&rest));
    }

    /// All that comes until the gateway closes; an error if it resets or is silent.
    pub(crate) fn rest(&mut self) -> std::io::Result<Vec<u8>> {
        let mut rest = std::mem::take(&mut self.buffer);
        self.tcp.read_to_end(&mut rest)?;
        Ok(rest)
    }

    fn fields(&mut self) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        loop {
            let line = self.line();
            if line.is_empty() {
                return fields;
            }
            let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("{line:?}"));
            fields.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }

    fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.buffer.drain(..end + 2).take(end).collect();
                return String::from_utf8(line).unwrap();
            }
            self.fill();
        }
    }

    pub(crate) fn exactly(&mut self, length: usize) -> Vec<u8> {
        while self.buffer.len() < length {
            self.fill();
        }
        self.buffer.drain(..length).collect()
    }

    #[track_caller]
    fn fill(&mut self) {
        let mut part = [0; 16_000];
        let n = self.tcp.read(&mut part).expect("something from the gateway");
        assert!(n > 0, "the gateway closed; so far: {:?}", String::from_utf8_lossy(&self.buffer));
        self.buffer.extend_from_slice(&part[..n]);
    }
}
