//! One kept connection to the gateway: many requests at little cost, for tests that need many.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// An HTTP/1.1 connection on which one request is under way at a time.
pub struct Connection {
    stream: TcpStream,
    gateway: SocketAddr,
    read: Vec<u8>,
    /// Whether it connects again when the gateway is about to close.
    goes_on: bool,
    /// Whether the gateway said that it closes.
    is_over: bool,
}

impl Connection {
    /// Connects.
    pub async fn open(gateway: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(gateway).await.context("connect to the gateway")?;
        stream.set_nodelay(true).context("no delay")?;
        Ok(Self { stream, gateway, read: Vec::new(), goes_on: true, is_over: false })
    }

    /// Connects for requests up to the one after which the gateway closes.
    pub async fn open_once(gateway: SocketAddr) -> Result<Self> {
        Ok(Self { goes_on: false, ..Self::open(gateway).await? })
    }

    /// Whether the gateway said that it closes after the last answer.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// The status of a GET with this header line, within a bound.
    pub async fn status(&mut self, path: &str, header: &str, bound: Duration) -> Result<u16> {
        timeout(bound, self.exchange(path, header))
            .await
            .with_context(|| format!("{path} took longer than {bound:?}"))?
    }

    /// Whether the last answer had `Retry-After`.
    pub fn says_when_to_retry(&self) -> bool {
        let end = self.read.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_default();
        let head = String::from_utf8_lossy(self.read.get(..end).unwrap_or_default()).to_ascii_lowercase();
        head.lines().any(|line| line.starts_with("retry-after:"))
    }

    async fn exchange(&mut self, path: &str, header: &str) -> Result<u16> {
        let head = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n{header}\r\n\r\n", self.gateway);
        self.stream.write_all(head.as_bytes()).await.context("send")?;
        self.read.clear();
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8_lossy(self.read.get(..end).unwrap_or_default()).to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("status")?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.context("an answer without a length")?.trim().parse().context("length")?;
        while self.read.len() < end + length {
            self.more().await?;
        }
        self.is_over = head.lines().any(|line| line == "connection: close");
        if self.is_over && self.goes_on {
            self.stream = TcpStream::connect(self.gateway).await.context("connect again")?;
        }
        Ok(status)
    }

    async fn more(&mut self) -> Result<()> {
        let mut block = [0; 4096];
        match self.stream.read(&mut block).await.context("read the answer")? {
            0 => bail!("the gateway closed a connection in the middle of an answer"),
            count => self.read.extend_from_slice(block.get(..count).unwrap_or_default()),
        }
        Ok(())
    }
}
