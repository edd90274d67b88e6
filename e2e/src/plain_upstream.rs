//! A service that answers everything with 200 and remembers nothing, for tests that send many requests; paths that
//! begin with `/stream` get an answer that goes on until the gateway leaves.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// Bytes of the answer to `/large`.
const LARGE: usize = 2 * 1024 * 1024;
/// A part of it.
static PART: &[u8] = &[b'x'; 16 * 1024];

/// The running service; it stops when this is dropped.
pub struct PlainUpstream {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl PlainUpstream {
    /// Listens on a free port of loopback.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("upstream")?;
        let address = listener.local_addr().context("upstream address")?;
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(async move {
                    // A gateway that leaves is no matter here.
                    serve(connection).await.ok();
                });
            }
        });
        Ok(Self { address, task })
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for PlainUpstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut connection: TcpStream) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut read = Vec::new();
    let mut block = [0; 4096];
    loop {
        while let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let head: Vec<u8> = read.drain(..end + 4).collect();
            let mut body = length_of(&head);
            while body > 0 {
                let taken = body.min(read.len());
                read.drain(..taken);
                body -= taken;
                if body > 0 {
                    match connection.read(&mut block).await? {
                        0 => return Ok(()),
                        count => read.extend_from_slice(block.get(..count).unwrap_or_default()),
                    }
                }
            }
            if head.starts_with(b"GET /large") {
                connection.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: {LARGE}\r\n\r\n").as_bytes()).await?;
                for _ in 0..LARGE / PART.len() {
                    connection.write_all(PART).await?;
                }
                continue;
            }
            if head.starts_with(b"GET /stream") {
                return stream(connection).await;
            }
            connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await?;
        }
        match connection.read(&mut block).await? {
            0 => return Ok(()),
            count => read.extend_from_slice(block.get(..count).unwrap_or_default()),
        }
    }
}

/// Bytes of a request's body, where announced.
fn length_of(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    length.and_then(|length| length.trim().parse().ok()).unwrap_or_default()
}

async fn stream(mut connection: TcpStream) -> std::io::Result<()> {
    connection.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
    loop {
        connection.write_all(b"5\r\ntick\n\r\n").await?;
        sleep(Duration::from_millis(50)).await;
    }
}
