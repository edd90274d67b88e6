//! A body that comes in over HTTP/2: a caller's, or an upstream's.

use super::client::Exchange;
use super::guard::Seen;
use super::head::{from_map, is_padded};
use crate::seam::{BrokenBody, Chunk, ChunkStream, Fields};
use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{Response, StatusCode};
use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

/// Where the answer to a caller's stream goes.
pub(super) type Responder = Rc<RefCell<SendResponse<Bytes>>>;

/// The body.
pub(crate) struct Http2Body {
    recv: RecvStream,
    /// Bytes to come, where known.
    left: Option<u64>,
    is_finished: bool,
    from: From,
}

/// Who sends it.
enum From {
    /// A caller: what was seen of it; it may wait for leave to send.
    Caller(Rc<Seen>, Option<Responder>),
    /// An upstream: what it has ended, and the request that it answers, which is over with the body.
    Upstream(Rc<Seen>, Option<Box<Exchange>>),
}

impl Http2Body {
    /// A caller's body. `waiting`: where to say that it may come, once it is asked for.
    pub(super) fn of_caller(recv: RecvStream, left: Option<u64>, seen: Rc<Seen>, waiting: Option<Responder>) -> Self {
        let is_finished = recv.is_end_stream();
        Self { recv, left, is_finished, from: From::Caller(seen, waiting) }
    }

    /// An upstream's body. `exchange` is dropped at its end.
    pub(super) fn of_upstream(recv: RecvStream, left: Option<u64>, seen: Rc<Seen>, exchange: Exchange) -> Self {
        let is_finished = recv.is_end_stream();
        let exchange = (!is_finished).then(|| Box::new(exchange));
        Self { recv, left, is_finished, from: From::Upstream(seen, exchange) }
    }

    fn poll_library(&mut self, ctx: &mut Context<'_>) -> Poll<Option<Result<Chunk, h2::Error>>> {
        while let Some(data) = ready!(self.recv.poll_data(ctx)?) {
            let length = data.len();
            if length > 0 {
                // It was asked for: as much may follow. With a stream that is gone there is nothing to open.
                let _gone = self.recv.flow_control().release_capacity(length);
                self.left = self.left.map(|left| left.saturating_sub(u64::try_from(length).unwrap_or(left)));
                return Poll::Ready(Some(Ok(Chunk::Data(data))));
            }
        }
        let trailers = ready!(self.recv.poll_trailers(ctx)?);
        Poll::Ready(trailers.map(|trailers| Ok(Chunk::Trailers(from_map(&trailers)))))
    }

    /// Whether trailers are well formed as far as the library does not see to it.
    fn are_good(&self, trailers: &Fields) -> bool {
        let (From::Caller(seen, _) | From::Upstream(seen, _)) = &self.from;
        !seen.take_altered(self.recv.stream_id().as_u32()) && !trailers.iter().any(|(_, value)| is_padded(value))
    }

    fn finish(&mut self) {
        self.is_finished = true;
        if let From::Upstream(_, exchange) = &mut self.from {
            *exchange = None;
        }
    }

    /// Whether an upstream reset a stream that it had ended: it wants no more of the request (RFC 9113 8.1).
    fn ended_before(&self, error: &h2::Error) -> bool {
        match &self.from {
            From::Caller(..) => false,
            From::Upstream(seen, _) => {
                error.is_remote()
                    && error.reason() == Some(Reason::NO_ERROR)
                    && seen.has_ended(self.recv.stream_id().as_u32())
            }
        }
    }
}

impl ChunkStream for Http2Body {
    fn poll_chunk(&mut self, ctx: &mut Context<'_>) -> Poll<Option<Result<Chunk, BrokenBody>>> {
        if self.is_finished {
            return Poll::Ready(None);
        }
        match &mut self.from {
            From::Caller(_, waiting) => {
                if let Some(responder) = waiting.take() {
                    say_continue(&responder);
                }
            }
            From::Upstream(_, exchange) => {
                if let Some(exchange) = exchange {
                    exchange.poll_sent(ctx);
                }
            }
        }
        Poll::Ready(match ready!(self.poll_library(ctx)) {
            Some(Ok(Chunk::Trailers(fields))) if !self.are_good(&fields) => Some(Err(BrokenBody)),
            Some(Ok(chunk)) => {
                if matches!(chunk, Chunk::Trailers(_)) || self.recv.is_end_stream() {
                    self.finish();
                }
                Some(Ok(chunk))
            }
            None => {
                self.finish();
                None
            }
            Some(Err(error)) if self.ended_before(&error) => {
                self.finish();
                None
            }
            Some(Err(_)) => Some(Err(BrokenBody)),
        })
    }

    fn is_finished(&self) -> bool {
        self.is_finished
    }

    fn exact_length(&self) -> Option<u64> {
        if self.is_finished { Some(0) } else { self.left }
    }
}

/// With a stream that is gone, or answered already, it is said to nobody.
fn say_continue(responder: &Responder) {
    let mut interim = Response::new(());
    *interim.status_mut() = StatusCode::CONTINUE;
    let _gone = responder.borrow_mut().send_informational(interim);
}
