//! One request, as many attempts as it may have: which address is next, on what kind of connection, and what is held
//! against an address that failed.

use super::fault::Fault;
use super::{Message, Outbound, millis};
use crate::headers;
use crate::seam::{ChunkStream, IncomingBody, ResponseHead, SendFault};
use crate::upstream::{Address, Choice, Lease, Place, Reuse, Tried};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A request goes to at most so many addresses that cannot be connected to.
const MOST_CONNECTS: u8 = 3;

/// An answer's head, its body, and the connection that it comes on.
pub(super) type Answered = (ResponseHead, IncomingBody, Lease);

/// What was tried so far.
struct Attempts {
    tried: Tried,
    connects_left: u8,
    /// Whether the request may still go out a second time.
    may_resend: bool,
    reuse: Reuse,
}

impl Outbound<'_> {
    /// Tries until there is an answer, or no further attempt is allowed. A fault comes with the address that it is of.
    pub(super) async fn exchange(&self, place: Place) -> Result<Answered, (Fault, Option<Rc<Address>>)> {
        // A request that can go out a second time needs no system call to see whether its connection is alive.
        let may_repeat = self.called.call.method.is_idempotent() && self.upload.is_finished();
        let reuse = if may_repeat { Reuse::Seeming } else { Reuse::Certain };
        let mut attempts = Attempts { tried: Tried::default(), connects_left: MOST_CONNECTS, may_resend: true, reuse };
        let Some(mut choice) = self.group.choose(attempts.tried) else {
            self.counts().unfit.add_one();
            return Err((Fault::Unfit, None));
        };
        let mut message = self.message(choice.address.url());
        loop {
            let fault = match self.attempt(&choice, &message, attempts.reuse).await {
                Ok((head, body, lease)) => {
                    choice.address.health().answered();
                    return Ok((head, body, lease.holding(place)));
                }
                Err(fault) => fault,
            };
            self.note(&choice, &fault);
            let address = Rc::clone(&choice.address);
            let Some(next) = self.next(&mut attempts, choice, &fault) else { return Err((fault, Some(address))) };
            if !Rc::ptr_eq(&next.address, &address) {
                message = self.message(next.address.url());
            }
            choice = next;
        }
    }

    /// Where the request goes after a fault, if anywhere.
    fn next(&self, attempts: &mut Attempts, failed: Choice, fault: &Fault) -> Option<Choice> {
        let goes_again = match fault {
            Fault::Connect(_) => {
                attempts.connects_left = attempts.connects_left.saturating_sub(1);
                attempts.connects_left > 0
            }
            Fault::Send(SendFault::Unsent) => attempts.may_resend,
            Fault::Send(SendFault::Broken) => attempts.may_resend && self.called.call.method.is_idempotent(),
            Fault::Send(SendFault::BadAnswer) | Fault::Timeout | Fault::Full | Fault::Unfit => false,
        };
        if !goes_again || !self.upload.is_untouched() || self.upload.fault().is_some() {
            return None;
        }
        attempts.tried.add(&failed);
        drop(failed);
        let other = self.group.choose(attempts.tried);
        if matches!(fault, Fault::Connect(_)) {
            return other;
        }
        attempts.may_resend = false;
        attempts.reuse = Reuse::Never;
        self.counts().resent.add_one();
        other.or_else(|| self.group.choose(Tried::default()))
    }

    async fn attempt(&self, choice: &Choice, message: &Message, reuse: Reuse) -> Result<Answered, Fault> {
        let timeouts = self.group.upstream().timeouts_ms;
        let mut lease = match choice.address.lease_open(reuse) {
            Some(lease) => lease,
            // Apart, so that a request on an open connection does not carry the room for it about.
            None => Box::pin(self.fresh(choice, reuse)).await?,
        };
        self.upload.upstream_is_waited_for(lease.since());
        let call = &self.called.call;
        let answered = {
            let (connection, timer) = lease.parts();
            let mut sent = pin!(connection.send(call.method, &message.target, &message.fields, self.upload.clone()));
            let answered = poll_fn(|ctx| {
                if let Poll::Ready(sent) = sent.as_mut().poll(ctx) {
                    return Poll::Ready(sent.map_err(Fault::Send));
                }
                timer.set(self.overdue_at(millis(timeouts.response)));
                timer.poll(ctx).map(|()| Err(Fault::Timeout))
            });
            let answered = answered.await;
            timer.clear();
            answered
        };
        let (head, body) = match answered {
            Ok(answered) => answered,
            Err(fault) => {
                if self.upload.fault().is_none() {
                    lease.give_up();
                }
                return Err(fault);
            }
        };
        let is_asked_for = call.upgrades && headers::upgrade::is_to_websocket(head.fields.values("upgrade"));
        if head.status == 101 && !is_asked_for {
            return Err(Fault::Send(SendFault::BadAnswer));
        }
        Ok((head, body, lease))
    }

    async fn fresh(&self, choice: &Choice, reuse: Reuse) -> Result<Lease, Fault> {
        let lease = choice.address.lease_fresh(self.worker, self.group.upstream().timeouts_ms, reuse);
        let lease = match self.deadline {
            Some(deadline) => timeout_at(deadline, lease).await.map_err(|_| Fault::Timeout)?,
            None => lease.await,
        };
        lease.map_err(Fault::Connect)
    }

    /// When the upstream was waited for too long. While the caller is the one to be waited for, that is later.
    fn overdue_at(&self, wait: Duration) -> Instant {
        let patience = self.upload.upstream_waited_for_since().unwrap_or_else(Instant::now) + wait;
        self.deadline.map_or(patience, |deadline| deadline.min(patience))
    }

    /// Counts a fault, and holds it against the address if it is one of those.
    fn note(&self, choice: &Choice, fault: &Fault) {
        let counts = self.counts();
        let is_callers = self.upload.fault().is_some() || self.upload.waits_for_caller();
        let is_against = match fault {
            Fault::Connect(_) => {
                counts.connect_failures.add_one();
                true
            }
            Fault::Timeout if !is_callers => {
                counts.timeouts.add_one();
                true
            }
            Fault::Send(SendFault::Broken | SendFault::BadAnswer) if !is_callers => {
                counts.resets.add_one();
                false
            }
            Fault::Timeout | Fault::Send(_) | Fault::Full | Fault::Unfit => false,
        };
        if is_against && choice.address.health().failed(choice.trial.as_ref()) {
            counts.set_aside.add_one();
            let (collection, address) = (self.permit.collection().id().0, choice.address.url().authority());
            tracing::warn!(collection, address, "an upstream's address is set aside");
        }
    }
}
