//! The body of an upstream's answer. While it is read, what is left of the request's body is sent.

use super::framing::{Reading, Taken};
use super::upstream::{Connection, UploadBroke};
use crate::seam::{BrokenBody, Chunk, ChunkStream};
use crate::upload::Upload;
use crate::wire::Wire;
use bytes::BytesMut;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

/// Least and largest room for a read.
const LEAST_READ: u64 = 4 * 1024;
const MOST_READ: u64 = 64 * 1024;

/// The body.
pub(crate) struct UpstreamBody {
    connection: Rc<Connection>,
    /// What is still to be sent.
    upload: Option<Upload>,
}

impl UpstreamBody {
    pub(super) fn new(connection: Rc<Connection>, upload: Upload) -> Self {
        Self { connection, upload: Some(upload) }
    }

    /// After a 101: the connection, and what came on it already.
    pub(crate) fn into_wire(self) -> (Rc<Wire>, BytesMut) {
        let mut state = self.connection.state.borrow_mut();
        state.persists_no_more();
        (Rc::clone(&self.connection.wire), std::mem::take(&mut state.buffer))
    }
}

impl ChunkStream for UpstreamBody {
    fn poll_chunk(&mut self, ctx: &mut Context<'_>) -> Poll<Option<Result<Chunk, BrokenBody>>> {
        let state = &mut *self.connection.state.borrow_mut();
        let wire = &*self.connection.wire;
        if let Some(upload) = &mut self.upload {
            match state.poll_send(wire, ctx, upload) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => self.upload = None,
                Poll::Ready(Err(UploadBroke)) => return Poll::Ready(Some(Err(BrokenBody))),
            }
        }
        loop {
            let wanted = match state.reading.take(&mut state.buffer) {
                Ok(Taken::Chunk(chunk)) => return Poll::Ready(Some(Ok(chunk))),
                Ok(Taken::End) => return Poll::Ready(None),
                Ok(Taken::More(wanted)) => wanted,
                Err(_malformed) => return state.broken(),
            };
            state.buffer.reserve(usize::try_from(wanted.clamp(LEAST_READ, MOST_READ)).unwrap_or(4096));
            match ready!(wire.poll_read(ctx, &mut state.buffer)) {
                Ok(1..) => {}
                Ok(0) if matches!(state.reading, Reading::UntilEnd) => state.reading = Reading::Length(0),
                Ok(0) | Err(_) => return state.broken(),
            }
        }
    }

    fn is_finished(&self) -> bool {
        self.connection.state.borrow().reading.is_done()
    }

    fn exact_length(&self) -> Option<u64> {
        self.connection.state.borrow().reading.exact_length()
    }
}
