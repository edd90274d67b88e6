//! One connection of the driver: a request out, its answer in.

use super::answer::AnswerReader;
use anyhow::{Context as _, Result, bail};
use mio::net::TcpStream;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// How long a single question may take.
const QUESTION_LIMIT: Duration = Duration::from_secs(10);

/// A connection with at most one request under way.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(super) stream: TcpStream,
    reader: AnswerReader,
    /// The number of its key, while a request is under way.
    pub(super) key: Option<usize>,
    /// From when the time of its answer counts.
    pub(super) since: Instant,
}

impl Connection {
    /// Connects, within 10 s.
    pub(super) fn open(address: SocketAddr, now: Instant) -> Result<Self> {
        let stream = std::net::TcpStream::connect_timeout(&address, QUESTION_LIMIT)
            .with_context(|| format!("connect to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream: TcpStream::from_std(stream), reader: AnswerReader::default(), key: None, since: now })
    }

    /// Sends a request. A small one goes into an empty socket at once.
    pub(super) fn send(&mut self, request: &[u8], key: usize, since: Instant) -> Result<()> {
        let written = self.stream.write(request).context("send a request")?;
        if written != request.len() {
            bail!("a request went out in parts");
        }
        (self.key, self.since) = (Some(key), since);
        Ok(())
    }

    /// Reads what is there. Gives status and key once the answer is complete.
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> Result<Option<(u16, usize)>> {
        loop {
            let count = match self.stream.read(buffer) {
                Ok(0) => bail!("a connection was closed"),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).context("read an answer"),
            };
            let Some(key) = self.key else { bail!("an answer that nobody asked for") };
            if let Some(status) = self.reader.take(buffer.get(..count).unwrap_or_default())? {
                self.key = None;
                return Ok(Some((status, key)));
            }
        }
    }
}

/// The status of one request from a source address, on a connection of its own.
pub(crate) fn status_of(address: SocketAddr, source: IpAddr, request: &[u8]) -> Result<u16> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.bind(&SockAddr::from(SocketAddr::new(source, 0)))?;
    socket.connect_timeout(&SockAddr::from(address), QUESTION_LIMIT)?;
    socket.set_read_timeout(Some(QUESTION_LIMIT))?;
    let mut stream: std::net::TcpStream = socket.into();
    stream.write_all(request)?;
    let mut start = [0; 12];
    stream.read_exact(&mut start).context("read a status line")?;
    let status = start.get(9..).and_then(|digits| std::str::from_utf8(digits).ok());
    status.and_then(|digits| digits.parse().ok()).context("no status line")
}
