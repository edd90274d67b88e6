//! A connection after an upgrade: bytes pass both ways as they are, until both sides have ended, one breaks, nothing has
//! passed for too long, or whoever asked for it may no longer call.
//!
//! Nothing the caller sent after its request's head has reached the upstream before (RFC 9110 7.8): it was kept.

use crate::answer::AnswerBody;
use crate::http1::UpstreamBody;
use crate::lazy_timer::LazyTimer;
use crate::upstream::Lease;
use crate::wire::Wire;
use bytes::{Buf, BytesMut};
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// Room for a read.
const READ_BYTES: usize = 16 * 1024;

/// The upstream's side.
pub(crate) struct Tunnel {
    body: UpstreamBody,
    /// The connection's place; never given back.
    _lease: Lease,
    /// How long nothing may pass.
    idle: Duration,
}

impl Tunnel {
    /// After the upstream's 101.
    pub(crate) fn new(body: UpstreamBody, lease: Lease, idle: Duration) -> Self {
        Self { body, _lease: lease, idle }
    }
}

/// One direction.
struct Way {
    from: Rc<Wire>,
    to: Rc<Wire>,
    buffer: BytesMut,
    saw_end: bool,
    passed_end: bool,
}

impl Way {
    fn new(from: &Rc<Wire>, to: &Rc<Wire>, buffer: BytesMut) -> Self {
        Self { from: Rc::clone(from), to: Rc::clone(to), buffer, saw_end: false, passed_end: false }
    }

    /// Passes on what there is. Says whether anything was.
    fn poll(&mut self, ctx: &mut Context<'_>) -> io::Result<bool> {
        let mut has_passed = false;
        loop {
            if !self.buffer.is_empty() {
                match self.to.poll_write(ctx, &self.buffer)? {
                    Poll::Ready(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Poll::Ready(written) => self.buffer.advance(written),
                    Poll::Pending => return Ok(has_passed),
                }
                has_passed = true;
            } else if self.passed_end {
                return Ok(has_passed);
            } else if self.saw_end {
                if self.to.poll_shutdown(ctx)?.is_pending() {
                    return Ok(has_passed);
                }
                self.passed_end = true;
            } else {
                if self.to.poll_flush(ctx)?.is_pending() {
                    return Ok(has_passed);
                }
                self.buffer.reserve(READ_BYTES);
                match self.from.poll_read(ctx, &mut self.buffer)? {
                    Poll::Ready(n) => self.saw_end = n == 0,
                    Poll::Pending => return Ok(has_passed),
                }
            }
        }
    }
}

/// Passes bytes on to the end. `ahead` is what the caller has sent already, `early` what it is to get first.
pub(crate) async fn run(caller: &Rc<Wire>, ahead: BytesMut, early: &[u8], tunnel: Tunnel, answer: &AnswerBody) {
    let Tunnel { body, _lease, idle } = tunnel;
    let (upstream, came) = body.into_wire();
    let mut first = BytesMut::from(early);
    first.extend_from_slice(&came);
    caller.set_write_limit(idle);
    let mut up = Way::new(caller, &upstream, ahead);
    let mut down = Way::new(&upstream, caller, first);
    let mut timer = LazyTimer::default();
    timer.set(Instant::now() + idle);
    poll_fn(|ctx| {
        let (Ok(went_up), Ok(came_down)) = (up.poll(ctx), down.poll(ctx)) else { return Poll::Ready(()) };
        if went_up || came_down {
            timer.set(Instant::now() + idle);
        }
        let is_over = (up.passed_end && down.passed_end) || answer.poll_cut(ctx).is_ready();
        if is_over { Poll::Ready(()) } else { timer.poll(ctx) }
    })
    .await;
}
