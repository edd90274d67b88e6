//! What stands between a connection and the HTTP/2 library: it sees every byte that comes and looks at the frames.
//!
//! 1. Bytes that were read already are given first.
//! 2. Frames that make no progress are counted (`budget.rs`); with too many of them nothing more is read, and whoever
//!    drives the connection ends it with `GOAWAY`.
//! 3. Heads that the library would show altered are remembered by their stream (`hpack.rs`).
//! 4. A head or frame that was begun must end in time. (How long a peer may take nothing is the wire's business.)

mod budget;
mod frames;
mod hpack;
mod huffman;

pub(super) use frames::Side;

use budget::Budget;
use bytes::{Buf, BytesMut};
use frames::{FrameScan, Note};
use h2::Reason;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// Reads in a row before others get their turn.
const READS_IN_A_ROW: u32 = 32;

/// Streams of which something is remembered: more than a caller can begin at once (`budget.rs`).
const REMEMBERED: usize = 256;

/// What the guard has seen, for whoever drives the connection.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Why the connection must end.
    verdict: Cell<Option<Reason>>,
    /// Streams whose heads or trailers the library shows altered, and that were not asked for yet.
    altered: RefCell<VecDeque<u32>>,
    /// Streams that were answered since the last look.
    answered: Cell<u32>,
    /// Streams that an upstream has ended, the youngest last.
    ended: RefCell<VecDeque<u32>>,
}

impl Seen {
    /// Why the connection must end, if it must.
    pub(super) fn verdict(&self) -> Option<Reason> {
        self.verdict.get()
    }

    /// Whether the head, or the trailers, of this stream are not as they were sent.
    pub(super) fn take_altered(&self, stream: u32) -> bool {
        let mut altered = self.altered.borrow_mut();
        let found = altered.iter().position(|&other| other == stream);
        found.map(|at| altered.remove(at)).is_some()
    }

    /// Whether the upstream has ended this stream, whatever it said about it afterwards.
    pub(super) fn has_ended(&self, stream: u32) -> bool {
        self.ended.borrow().contains(&stream)
    }

    fn note(&self, note: Note) {
        match note {
            Note::Altered(stream) => remember(&mut self.altered.borrow_mut(), stream),
            Note::Ended(stream) => remember(&mut self.ended.borrow_mut(), stream),
        }
    }

    /// An answer was begun.
    pub(super) fn note_answer(&self) {
        self.answered.set(self.answered.get().saturating_add(1));
    }
}

fn remember(streams: &mut VecDeque<u32>, stream: u32) {
    if streams.contains(&stream) {
        return;
    }
    if streams.len() == REMEMBERED {
        streams.pop_front();
    }
    streams.push_back(stream);
}

/// The guarded connection.
pub(super) struct Guard<T> {
    io: T,
    read_already: BytesMut,
    scan: FrameScan,
    budget: Budget,
    seen: Rc<Seen>,
    /// For what has begun to come to its end.
    head_limit: Duration,
    head_timer: Option<Pin<Box<Sleep>>>,
    reads: u32,
}

impl<T> Guard<T> {
    pub(super) fn new(io: T, read_already: BytesMut, side: Side, head_limit: Duration, seen: Rc<Seen>) -> Self {
        Self {
            io,
            read_already,
            scan: FrameScan::new(side),
            budget: Budget::new(Instant::now()),
            seen,
            head_limit,
            head_timer: None,
            reads: 0,
        }
    }

    /// Looks at what was just read. An error: nothing of it is to be handed up.
    fn look(&mut self, bytes: &[u8]) -> Result<(), Reason> {
        self.budget.refill(Instant::now());
        self.budget.answered(self.seen.answered.take());
        let seen = &self.seen;
        self.scan.advance(bytes, &mut self.budget, &mut |note| seen.note(note))?;
        if !self.scan.is_mid_head() {
            self.head_timer = None;
        }
        Ok(())
    }

    /// Nothing has come: is something overdue?
    fn poll_overdue(&mut self, ctx: &mut Context<'_>) -> Poll<()> {
        if !self.scan.is_mid_head() {
            return Poll::Pending;
        }
        let limit = self.head_limit;
        self.head_timer.get_or_insert_with(|| Box::pin(sleep(limit))).as_mut().poll(ctx)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Guard<T> {
    fn poll_read(self: Pin<&mut Self>, ctx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.seen.verdict().is_some() {
            return Poll::Pending;
        }
        if this.reads == READS_IN_A_ROW {
            this.reads = 0;
            ctx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = out.filled().len();
        if this.read_already.is_empty() {
            match Pin::new(&mut this.io).poll_read(ctx, out)? {
                Poll::Ready(()) => {}
                Poll::Pending => {
                    this.reads = 0;
                    ready!(this.poll_overdue(ctx));
                    this.seen.verdict.set(Some(Reason::NO_ERROR));
                    return Poll::Pending;
                }
            }
        } else {
            let n = this.read_already.len().min(out.remaining());
            out.put_slice(this.read_already.get(..n).unwrap_or_default());
            this.read_already.advance(n);
        }
        this.reads += 1;
        if let Err(reason) = this.look(out.filled().get(before..).unwrap_or_default()) {
            out.set_filled(before);
            this.seen.verdict.set(Some(reason));
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Guard<T> {
    fn poll_write(self: Pin<&mut Self>, ctx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(Pin::new(&mut this.io).poll_write(ctx, data))?;
        this.budget.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(Pin::new(&mut this.io).poll_write_vectored(ctx, parts))?;
        this.budget.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(ctx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(ctx)
    }
}
