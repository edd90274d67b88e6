//! A body that goes out over HTTP/2, pulled as fast as the other side opens its window: one chunk is held, no more.

use super::head::into_map;
use crate::seam::{BrokenBody, Chunk, ChunkStream};
use bytes::Bytes;
use h2::SendStream;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::timeout;

/// How sending ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// All of it was handed to the library.
    Whole,
    /// The body broke off.
    Broken,
    /// The other side did not open its window in time.
    Stalled,
    /// The other side has reset the stream, or the connection is over.
    Gone,
}

/// Sends the body to its end. `patience`: for the window to open.
pub(super) async fn send(body: &mut impl ChunkStream, stream: &mut SendStream<Bytes>, patience: Duration) -> Sent {
    match pump(body, stream, patience).await {
        Ok(()) => Sent::Whole,
        Err(sent) => sent,
    }
}

async fn pump(body: &mut impl ChunkStream, stream: &mut SendStream<Bytes>, patience: Duration) -> Result<(), Sent> {
    loop {
        match poll_fn(|ctx| poll_next(body, stream, ctx)).await? {
            Some(Ok(Chunk::Data(data))) => {
                let is_last = body.is_finished() && !data.is_empty();
                send_data(stream, data, is_last, patience).await?;
                if is_last {
                    return Ok(());
                }
            }
            Some(Ok(Chunk::Trailers(fields))) => {
                return stream.send_trailers(into_map(&fields)).map_err(|_| Sent::Gone);
            }
            None => return stream.send_data(Bytes::new(), true).map_err(|_| Sent::Gone),
            Some(Err(BrokenBody)) => return Err(Sent::Broken),
        }
    }
}

/// The next chunk, unless the other side goes first.
fn poll_next(
    body: &mut impl ChunkStream,
    stream: &mut SendStream<Bytes>,
    ctx: &mut Context<'_>,
) -> Poll<Result<Option<Result<Chunk, BrokenBody>>, Sent>> {
    if stream.poll_reset(ctx).is_ready() {
        return Poll::Ready(Err(Sent::Gone));
    }
    body.poll_chunk(ctx).map(Ok)
}

async fn send_data(
    stream: &mut SendStream<Bytes>,
    mut data: Bytes,
    is_last: bool,
    patience: Duration,
) -> Result<(), Sent> {
    while !data.is_empty() {
        let room = wait_for_room(stream, data.len(), patience).await?;
        let part = data.split_to(room.min(data.len()));
        let ends = is_last && data.is_empty();
        stream.send_data(part, ends).map_err(|_| Sent::Gone)?;
    }
    Ok(())
}

/// Waits until at least one byte may be sent; gives how many may.
async fn wait_for_room(stream: &mut SendStream<Bytes>, wanted: usize, patience: Duration) -> Result<usize, Sent> {
    stream.reserve_capacity(wanted);
    if stream.capacity() > 0 {
        return Ok(stream.capacity());
    }
    let opened = timeout(patience, poll_fn(|ctx| poll_room(stream, ctx))).await;
    opened.unwrap_or(Err(Sent::Stalled))
}

fn poll_room(stream: &mut SendStream<Bytes>, ctx: &mut Context<'_>) -> Poll<Result<usize, Sent>> {
    loop {
        match ready!(stream.poll_capacity(ctx)) {
            Some(Ok(0)) => {}
            Some(Ok(room)) => return Poll::Ready(Ok(room)),
            Some(Err(_)) | None => return Poll::Ready(Err(Sent::Gone)),
        }
    }
}
