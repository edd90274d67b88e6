//! The end of a caller's connection: a moment in which is read what the caller still sends. Closing with unread bytes
//! would make the caller's system throw the last answer away.

use crate::wire::Wire;
use bytes::BytesMut;
use std::future::poll_fn;
use std::time::Duration;
use tokio::time::timeout;

/// How long, and how much, is still read.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1024 * 1024;

/// Ends the writing side and waits for the caller to end its own.
pub(super) async fn say(wire: &Wire, mut buffer: BytesMut, saw_end: bool) {
    if poll_fn(|ctx| wire.poll_shutdown(ctx)).await.is_err() || saw_end {
        return;
    }
    let read_away = async {
        let mut left = LINGER_BYTES;
        while left > 0 {
            buffer.clear();
            buffer.reserve(8 * 1024);
            match poll_fn(|ctx| wire.poll_read(ctx, &mut buffer)).await {
                Ok(n @ 1..) => left = left.saturating_sub(n),
                Ok(0) | Err(_) => return,
            }
        }
    };
    // Whatever ends it, the connection is over.
    let _over = timeout(LINGER, read_away).await;
}
