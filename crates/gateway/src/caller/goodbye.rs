//! The end of a caller's connection: a last answer, if one is due, and a moment in which is read what the caller still
//! sends. Closing with unread bytes would make the caller's system throw the answer away.

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long, and how much, is still read.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1024 * 1024;

/// A socket on which HTTP has ended.
pub(crate) struct Goodbye {
    pub(super) tcp: TcpStream,
    pub(super) write_limit: Duration,
    pub(super) saw_end: bool,
}

impl Goodbye {
    /// Ends the connection.
    pub(crate) async fn say(self, last_answer: Option<Vec<u8>>) {
        let Self { mut tcp, write_limit, saw_end } = self;
        if let Some(answer) = last_answer {
            let written = timeout(write_limit, tcp.write_all(&answer)).await;
            if !matches!(written, Ok(Ok(()))) {
                return;
            }
        }
        if tcp.shutdown().await.is_err() || saw_end {
            return;
        }
        // Whatever ends it, the connection is over.
        let _over = timeout(LINGER, read_away(&mut tcp)).await;
    }
}

async fn read_away(tcp: &mut TcpStream) {
    let mut left = LINGER_BYTES;
    let mut waste = vec![0; 8192];
    while let Ok(n @ 1..) = tcp.read(&mut waste).await {
        left = left.saturating_sub(n);
        if left == 0 {
            return;
        }
    }
}
