//! A caller's body on its way to an upstream: counted, bounded, and never waited for without end.
//!
//! Pulled by the upstream's side as fast as that takes it. When it breaks off, for whatever reason, the upstream
//! request breaks off too and is never completed; the reason stays here for whoever answers the caller.

use crate::headers;
use crate::seam::{BrokenBody, Chunk, ChunkStream, IncomingBody, RequestHead};
use bytes::Bytes;
use domain::denial::Denial;
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// A handle on the body: one with the connection that sends it, one with the request.
#[derive(Clone)]
pub(crate) struct Upload(Rc<RefCell<State>>);

struct State {
    /// `None`: there never was one.
    body: Option<IncomingBody>,
    /// Bytes that may still come; `None`: any number.
    left: Option<u64>,
    idle: Duration,
    idle_timer: Option<Pin<Box<Sleep>>>,
    pace: Option<Pace>,
    touched: bool,
    finished: bool,
    waits_for_caller: bool,
    /// When the upstream was asked, or took something last.
    progress: Option<Instant>,
    fault: Option<Denial>,
    /// A trailer of this name does not go on.
    credential: Option<Box<str>>,
}

/// How long each byte of a body with an announced length may be waited for, on average: 128 bytes a second.
const NANOS_PER_BYTE: u64 = 1_000_000_000 / 128;

/// The pace of a body with an announced length. One that comes in drops would hold its place for hours otherwise. A body
/// of unknown length may be a stream with pauses, so it is bound only by the wait between two parts.
struct Pace {
    /// How long the caller may still be waited for in all: the wait that is allowed once, and what came in time.
    left: Duration,
    wait_began: Option<Instant>,
}

impl Pace {
    /// How long the wait that begins, or goes on, may be at most.
    fn patience(&mut self, idle: Duration) -> Duration {
        self.wait_began.get_or_insert_with(Instant::now);
        self.left.min(idle)
    }

    fn wait_ended(&mut self, now: Instant) {
        if let Some(began) = self.wait_began.take() {
            self.left = self.left.saturating_sub(now - began);
        }
    }
}

impl Upload {
    /// At most `limit` bytes, at most `idle` between two parts.
    pub(crate) fn new(body: IncomingBody, limit: Option<u64>, idle: Duration) -> Self {
        Self::of(Some(body), limit, idle)
    }

    /// For a request of our own without a body.
    pub(crate) fn empty() -> Self {
        Self::of(None, None, Duration::ZERO)
    }

    fn of(body: Option<IncomingBody>, limit: Option<u64>, idle: Duration) -> Self {
        let finished = body.as_ref().is_none_or(ChunkStream::is_finished);
        let has_length = !finished && body.as_ref().is_some_and(|body| body.exact_length().is_some());
        let pace = has_length.then_some(Pace { left: idle, wait_began: None });
        Self(Rc::new(RefCell::new(State {
            body,
            left: limit,
            idle,
            idle_timer: None,
            pace,
            touched: false,
            finished,
            waits_for_caller: false,
            progress: None,
            fault: None,
            credential: None,
        })))
    }

    /// Keeps the header by which the gateway authenticates at the upstream out of the trailers too.
    pub(crate) fn without(self, credential: Option<&str>) -> Self {
        if !self.0.borrow().finished {
            self.0.borrow_mut().credential = credential.map(Into::into);
        }
        self
    }

    /// Why it broke off, if it did.
    pub(crate) fn fault(&self) -> Option<Denial> {
        self.0.borrow().fault
    }

    /// Whether nothing of it was asked for yet: the request could be sent once more.
    pub(crate) fn is_untouched(&self) -> bool {
        !self.0.borrow().touched
    }

    /// Whether the caller is the one to be waited for.
    pub(crate) fn waits_for_caller(&self) -> bool {
        self.0.borrow().waits_for_caller
    }

    /// Since when the upstream has been the one to be waited for; `None` while the caller is.
    pub(crate) fn upstream_waited_for_since(&self) -> Option<Instant> {
        let state = self.0.borrow();
        state.progress.filter(|_| !state.waits_for_caller)
    }

    /// The upstream is waited for since then.
    pub(crate) fn upstream_is_waited_for(&self, since: Instant) {
        self.0.borrow_mut().progress = Some(since);
    }
}

/// What has become of the body of a request that was answered early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// There is none, or it is read to its end, which is near.
    Nothing,
    /// It was left where it is: the connection must close.
    Left,
}

/// Bodies up to this length are read to their end, so that the connection can go on.
pub(crate) const DRAIN_BYTES: u64 = 64 * 1024;

/// For a request that is answered without its body: what is left of a short body is read away after the answer, a
/// long or endless one is left, and so is one that the caller asks leave to send.
pub(crate) fn leave_unread(head: &RequestHead<'_>, body: &impl ChunkStream) -> Unread {
    if body.is_finished() {
        return Unread::Nothing;
    }
    let is_short = body.exact_length().is_some_and(|length| length <= DRAIN_BYTES);
    if is_short && head.values("expect").next().is_none() { Unread::Nothing } else { Unread::Left }
}

impl State {
    fn poll_chunk(&mut self, ctx: &mut Context<'_>) -> Poll<Option<Result<Chunk, BrokenBody>>> {
        if self.fault.is_some() {
            return Poll::Ready(Some(Err(BrokenBody)));
        }
        let Some(body) = self.body.as_mut().filter(|_| !self.finished) else { return Poll::Ready(None) };
        self.touched = true;
        match body.poll_chunk(ctx) {
            Poll::Pending => {
                self.waits_for_caller = true;
                let idle = self.pace.as_mut().map_or(self.idle, |pace| pace.patience(self.idle));
                let timer = self.idle_timer.get_or_insert_with(|| Box::pin(sleep(idle)));
                let expired = timer.as_mut().poll(ctx);
                expired.map(|()| Some(self.broken(Denial::RequestTimeout)))
            }
            Poll::Ready(next) => {
                self.waits_for_caller = false;
                self.idle_timer = None;
                let now = Instant::now();
                self.progress = Some(now);
                if let Some(pace) = &mut self.pace {
                    pace.wait_ended(now);
                }
                Poll::Ready(match next {
                    None => {
                        self.finished = true;
                        None
                    }
                    Some(Ok(Chunk::Data(data))) => Some(self.counted(data)),
                    Some(Ok(Chunk::Trailers(fields))) => {
                        self.finished = true;
                        Some(Ok(Chunk::Trailers(headers::request::trailers(&fields, self.credential.as_deref()))))
                    }
                    Some(Err(BrokenBody)) => Some(self.broken(Denial::BadFraming)),
                })
            }
        }
    }

    fn counted(&mut self, data: Bytes) -> Result<Chunk, BrokenBody> {
        let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
        if let Some(pace) = &mut self.pace {
            pace.left += Duration::from_nanos(length.saturating_mul(NANOS_PER_BYTE));
        }
        if let Some(left) = self.left {
            match left.checked_sub(length) {
                Some(left) => self.left = Some(left),
                None => return self.broken(Denial::BodyTooLarge),
            }
        }
        self.finished = self.body.as_ref().is_none_or(ChunkStream::is_finished);
        Ok(Chunk::Data(data))
    }

    fn broken(&mut self, denial: Denial) -> Result<Chunk, BrokenBody> {
        self.fault = Some(denial);
        Err(BrokenBody)
    }
}

impl ChunkStream for Upload {
    fn poll_chunk(&mut self, ctx: &mut Context<'_>) -> Poll<Option<Result<Chunk, BrokenBody>>> {
        self.0.borrow_mut().poll_chunk(ctx)
    }

    fn is_finished(&self) -> bool {
        let state = self.0.borrow();
        state.finished && state.fault.is_none()
    }

    /// Unknown for a body that broke off: there is no telling what comes.
    fn exact_length(&self) -> Option<u64> {
        let state = self.0.borrow();
        match (state.fault, state.finished) {
            (Some(_), _) => None,
            (None, true) => Some(0),
            (None, false) => state.body.as_ref().and_then(ChunkStream::exact_length),
        }
    }
}
