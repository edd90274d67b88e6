//! A caller's body on its way to an upstream: counted, bounded, and never waited for without end.
//!
//! Pulled by the upstream's side as fast as that takes it. When it breaks off, for whatever reason, the upstream
//! request breaks off too and is never completed; the reason stays here for whoever answers the caller.

use crate::headers;
use crate::http1_hyper::IncomingBody;
use crate::seam::{BrokenBody, Chunk, ChunkStream, RequestHead};
use bytes::Bytes;
use domain::denial::Denial;
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep, timeout};

/// A handle on the body: one with the connection that sends it, one with the request.
#[derive(Clone)]
pub(crate) struct Upload(Rc<RefCell<State>>);

struct State {
    body: IncomingBody,
    /// Bytes that may still come; `None`: any number.
    left: Option<u64>,
    idle: Duration,
    idle_timer: Option<Pin<Box<Sleep>>>,
    touched: bool,
    finished: bool,
    waits_for_caller: bool,
    progress: Instant,
    fault: Option<Denial>,
}

impl Upload {
    /// At most `limit` bytes, at most `idle` between two parts.
    pub(crate) fn new(body: IncomingBody, limit: Option<u64>, idle: Duration) -> Self {
        let finished = body.is_finished();
        Self(Rc::new(RefCell::new(State {
            body,
            left: limit,
            idle,
            idle_timer: None,
            touched: false,
            finished,
            waits_for_caller: false,
            progress: Instant::now(),
            fault: None,
        })))
    }

    /// Why it broke off, if it did.
    pub(crate) fn fault(&self) -> Option<Denial> {
        self.0.borrow().fault
    }

    /// Whether nothing of it was asked for yet: the request could be sent once more.
    pub(crate) fn is_untouched(&self) -> bool {
        !self.0.borrow().touched
    }

    /// Since when the upstream has been the one to be waited for; `None` while the caller is.
    pub(crate) fn upstream_waited_for_since(&self) -> Option<Instant> {
        let state = self.0.borrow();
        (!state.waits_for_caller).then_some(state.progress)
    }

    /// From now on the upstream is waited for.
    pub(crate) fn upstream_is_waited_for(&self) {
        self.0.borrow_mut().progress = Instant::now();
    }
}

/// What has become of the body of a request that was answered early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// There is none, or it is being read to its end, which is near.
    Nothing,
    /// It was left where it is: the connection must close.
    Left,
}

/// Bodies up to this length are read to their end, so that the connection can go on.
const DRAIN_BYTES: u64 = 64 * 1024;
const DRAIN_WAIT: Duration = Duration::from_secs(2);

/// For a request that is answered without its body: what is left of a short body is read away beside the answer, a
/// long or endless one is left, and so is one that the caller asks leave to send.
pub(crate) fn leave_unread(head: &RequestHead<'_>, mut body: impl ChunkStream + 'static) -> Unread {
    if body.is_finished() {
        return Unread::Nothing;
    }
    let is_short = body.exact_length().is_some_and(|length| length <= DRAIN_BYTES);
    if !is_short || head.values("expect").next().is_some() {
        return Unread::Left;
    }
    tokio::task::spawn_local(timeout(DRAIN_WAIT, async move {
        while let Some(Ok(_)) = poll_fn(|ctx| body.poll_chunk(ctx)).await {}
    }));
    Unread::Nothing
}

impl State {
    fn poll_chunk(&mut self, ctx: &mut Context<'_>) -> Poll<Option<Result<Chunk, BrokenBody>>> {
        if self.fault.is_some() {
            return Poll::Ready(Some(Err(BrokenBody)));
        }
        if self.finished {
            return Poll::Ready(None);
        }
        self.touched = true;
        match self.body.poll_chunk(ctx) {
            Poll::Pending => {
                self.waits_for_caller = true;
                let idle = self.idle;
                let timer = self.idle_timer.get_or_insert_with(|| Box::pin(sleep(idle)));
                let expired = timer.as_mut().poll(ctx);
                expired.map(|()| Some(self.broken(Denial::RequestTimeout)))
            }
            Poll::Ready(next) => {
                self.waits_for_caller = false;
                self.idle_timer = None;
                self.progress = Instant::now();
                Poll::Ready(match next {
                    None => {
                        self.finished = true;
                        None
                    }
                    Some(Ok(Chunk::Data(data))) => Some(self.counted(data)),
                    Some(Ok(Chunk::Trailers(fields))) => {
                        self.finished = true;
                        Some(Ok(Chunk::Trailers(headers::request::trailers(&fields))))
                    }
                    Some(Err(BrokenBody)) => Some(self.broken(Denial::BadFraming)),
                })
            }
        }
    }

    fn counted(&mut self, data: Bytes) -> Result<Chunk, BrokenBody> {
        let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
        if let Some(left) = self.left {
            match left.checked_sub(length) {
                Some(left) => self.left = Some(left),
                None => return self.broken(Denial::BodyTooLarge),
            }
        }
        self.finished = self.body.is_finished();
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
            (None, false) => state.body.exact_length(),
        }
    }
}
