//! A connection too many: it is told so and closed.
//!
//! Callers who wait for a request of theirs to be answered keep their places, whatever comes. Who is turned away costs one
//! accept, one write and a moment; on a listener with TLS or the PROXY protocol nothing can be said in clear, so the
//! connection is closed without a word.

use crate::listen::{ListenerConfig, ProxyProtocol};
use crate::worker_state::Worker;
use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::spawn_local;
use tokio::time::timeout;

/// Connections that may be told at once; the others are closed without a word. Their file descriptors are not counted
/// among those of the bound.
pub(crate) const TOLD_AT_ONCE: usize = 64;
/// How long a caller may take to read it.
const LINGER: Duration = Duration::from_secs(1);
/// How much of what the caller sends is read, so that the system does not throw the answer away.
const READ_BYTES: usize = 16 * 1024;

/// What refused callers see of status 503 (`respond.rs`), without an id: nothing was read of a request.
const BODY: &str = r#"{"type":"urn:portcullis:problem:unavailable","title":"Service unavailable","status":503,"detail":"the service is temporarily unavailable","error":"the service is temporarily unavailable"}"#;

/// How many are being told.
#[derive(Debug, Default)]
pub(crate) struct Crowd(Cell<usize>);

struct Telling(Rc<Worker>);

impl Drop for Telling {
    fn drop(&mut self) {
        let telling = &self.0.crowd().0;
        telling.set(telling.get().saturating_sub(1));
    }
}

/// Turns a connection away.
pub(crate) fn turn_away(worker: &Rc<Worker>, listener: &ListenerConfig, tcp: TcpStream) {
    worker.counts().turned_away.add(1);
    let telling = worker.crowd().0.get();
    let is_plain = listener.tls.is_none() && matches!(listener.proxy_protocol, ProxyProtocol::Off);
    if !is_plain || telling >= TOLD_AT_ONCE {
        return;
    }
    worker.crowd().0.set(telling + 1);
    let telling = Telling(Rc::clone(worker));
    spawn_local(async move {
        let _telling = telling;
        // Whatever ends it, the connection is over.
        let _over = timeout(LINGER, tell(tcp)).await;
    });
}

async fn tell(mut tcp: TcpStream) -> io::Result<()> {
    let length = BODY.len();
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\n\
         retry-after: 1\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{BODY}"
    );
    tcp.write_all(answer.as_bytes()).await?;
    tcp.shutdown().await?;
    let mut left = READ_BYTES;
    let mut block = [0; 1024];
    while left > 0 {
        tcp.readable().await?;
        match tcp.try_read(&mut block) {
            Ok(0) => break,
            Ok(read) => left = left.saturating_sub(read),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
