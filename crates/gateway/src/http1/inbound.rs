//! What a caller sends: heads and bodies from one buffer, which never holds more than one message's worth ahead.

use super::framing::{Framing, Reading, Taken};
use crate::seam::{BrokenBody, Chunk, ChunkStream};
use crate::wire::Wire;
use bytes::BytesMut;
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

/// Room for a read of a head.
const HEAD_READ: usize = 4 * 1024;
/// Largest room for a read of a body.
const BODY_READ: u64 = 64 * 1024;
/// How much may come ahead while a request is answered.
const AHEAD_BYTES: usize = 64 * 1024;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// The reading side of a caller's connection: one request at a time.
pub(super) struct Inbound {
    wire: Rc<Wire>,
    state: RefCell<State>,
}

struct State {
    buffer: BytesMut,
    body: Reading,
    /// What is still to be written before the body is waited for.
    leave: &'static [u8],
    saw_end: bool,
}

impl Inbound {
    pub(super) fn new(wire: Rc<Wire>, buffer: BytesMut) -> Rc<Self> {
        let state = State { buffer, body: Reading::Length(0), leave: b"", saw_end: false };
        Rc::new(Self { wire, state: RefCell::new(state) })
    }

    /// Looks at what is buffered.
    pub(super) fn with_buffer<T>(&self, look: impl FnOnce(&mut BytesMut) -> T) -> T {
        look(&mut self.state.borrow_mut().buffer)
    }

    /// Reads more; 0: the caller has ended.
    pub(super) fn poll_more(&self, ctx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.state.borrow_mut().poll_more(&self.wire, ctx, HEAD_READ)
    }

    /// Begins a body.
    pub(super) fn begin(&self, framing: Framing, expects_continue: bool) {
        let mut state = self.state.borrow_mut();
        state.body = Reading::new(framing);
        let waits_for_leave = expects_continue && !state.body.is_done() && state.buffer.is_empty();
        state.leave = if waits_for_leave { CONTINUE } else { b"" };
    }

    /// From now on the answer is written: leave to send the body is no longer given. What of it was begun is given back
    /// to be written before the answer.
    pub(super) fn answer_begins(&self) -> &'static [u8] {
        let leave = std::mem::take(&mut self.state.borrow_mut().leave);
        if leave.len() == CONTINUE.len() { b"" } else { leave }
    }

    /// Whether the body was read to its end.
    pub(super) fn is_read(&self) -> bool {
        self.state.borrow().body.is_done()
    }

    /// Bytes of the body that were not read, where known.
    pub(super) fn unread(&self) -> Option<u64> {
        self.state.borrow().body.exact_length()
    }

    /// Whether the caller waits for leave to send the body.
    pub(super) fn waits_for_leave(&self) -> bool {
        !self.state.borrow().leave.is_empty()
    }

    /// Whether the caller has ended.
    pub(super) fn saw_end(&self) -> bool {
        self.state.borrow().saw_end
    }

    /// Ready once the caller has gone. Looks only after the body was read; what else comes is kept, within bounds.
    pub(super) fn poll_gone(&self, ctx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.borrow_mut();
        if !state.body.is_done() {
            return Poll::Pending;
        }
        while !state.saw_end && state.buffer.len() < AHEAD_BYTES {
            if ready!(state.poll_more(&self.wire, ctx, HEAD_READ)).is_err() {
                return Poll::Ready(());
            }
        }
        if state.saw_end { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl State {
    fn poll_more(&mut self, wire: &Wire, ctx: &mut Context<'_>, room: usize) -> Poll<io::Result<usize>> {
        self.buffer.reserve(room);
        let read = ready!(wire.poll_read(ctx, &mut self.buffer));
        self.saw_end |= !matches!(read, Ok(1..));
        Poll::Ready(read)
    }

    fn poll_chunk(&mut self, wire: &Wire, ctx: &mut Context<'_>) -> Poll<Option<Result<Chunk, BrokenBody>>> {
        loop {
            let wanted = match self.body.take(&mut self.buffer) {
                Ok(Taken::Chunk(chunk)) => return Poll::Ready(Some(Ok(chunk))),
                Ok(Taken::End) => return Poll::Ready(None),
                Ok(Taken::More(wanted)) => wanted,
                Err(_malformed) => return Poll::Ready(Some(Err(BrokenBody))),
            };
            while !self.leave.is_empty() {
                match ready!(wire.poll_write(ctx, self.leave)) {
                    Ok(written @ 1..) => self.leave = self.leave.get(written..).unwrap_or_default(),
                    Ok(0) | Err(_) => return Poll::Ready(Some(Err(BrokenBody))),
                }
            }
            let room = usize::try_from(wanted.min(BODY_READ)).unwrap_or(HEAD_READ).max(HEAD_READ);
            if !matches!(ready!(self.poll_more(wire, ctx, room)), Ok(1..)) {
                return Poll::Ready(Some(Err(BrokenBody)));
            }
        }
    }
}

/// The body of a request.
pub(crate) struct CallerBody(pub(super) Rc<Inbound>);

impl ChunkStream for CallerBody {
    fn poll_chunk(&mut self, ctx: &mut Context<'_>) -> Poll<Option<Result<Chunk, BrokenBody>>> {
        self.0.state.borrow_mut().poll_chunk(&self.0.wire, ctx)
    }

    fn is_finished(&self) -> bool {
        self.0.is_read()
    }

    fn exact_length(&self) -> Option<u64> {
        self.0.unread()
    }
}
