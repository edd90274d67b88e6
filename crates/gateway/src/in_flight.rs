//! Admitted requests in flight, looked up again every second: one whose client or profile was switched off or deleted,
//! or whose credential was revoked or has ended, is cut. One whose access token or profile merely ran out goes on, and so
//! does one whose address list changed.
//!
//! A request that waits for its answer is refused, as a new one would be; a streamed answer breaks off; a connection
//! whose caller does not take what is written is closed.

use domain::denial::Denial;
use domain::directory::Directory;
use domain::ids::{ClientId, CredentialId, ProfileId};
use domain::permit::Permit;
use domain::time::Timestamp;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

/// Who sent a request.
#[derive(Debug, Clone, Copy)]
struct Sender {
    profile: ProfileId,
    client: ClientId,
    credential: Option<CredentialId>,
}

impl Sender {
    /// Why the request may not go on, if it may not.
    fn denial(self, directory: &Directory, now: Timestamp) -> Option<Denial> {
        let Some(client) = directory.client(self.client) else { return Some(Denial::CredentialRevoked) };
        let Some(profile) = directory.profile(self.profile) else { return Some(Denial::CredentialRevoked) };
        if self.credential.is_some_and(|id| profile.live_credential(id, now).is_none()) {
            return Some(Denial::CredentialRevoked);
        }
        if !client.is_enabled() {
            return Some(Denial::ClientDisabled);
        }
        (!profile.is_active()).then_some(Denial::ProfileDisabled)
    }
}

/// An admitted request: held by whatever works on it, to its end.
#[derive(Debug)]
pub(crate) struct Admitted {
    sender: Sender,
    cut: Cell<Option<Denial>>,
    waker: RefCell<Option<Waker>>,
}

impl Admitted {
    /// Ready once the request is cut.
    pub(crate) fn poll_cut(&self, ctx: &Context<'_>) -> Poll<Denial> {
        if let Some(denial) = self.cut.get() {
            return Poll::Ready(denial);
        }
        let mut waker = self.waker.borrow_mut();
        match &mut *waker {
            Some(known) => known.clone_from(ctx.waker()),
            None => *waker = Some(ctx.waker().clone()),
        }
        Poll::Pending
    }

    /// Waits until the request is cut; the reason.
    pub(crate) async fn cut(&self) -> Denial {
        poll_fn(|ctx| self.poll_cut(ctx)).await
    }
}

/// The admitted requests of one worker.
#[derive(Debug, Default)]
pub(crate) struct InFlight(RefCell<Vec<Weak<Admitted>>>);

/// Below this many, those that are over are not worth clearing away at each admission.
const CLEAR_FROM: usize = 64;

impl InFlight {
    /// Puts an admitted request on record.
    pub(crate) fn admit(&self, permit: &Permit) -> Rc<Admitted> {
        let sender =
            Sender { profile: permit.profile_id(), client: permit.client_id(), credential: permit.credential_id() };
        let admitted = Rc::new(Admitted { sender, cut: Cell::new(None), waker: RefCell::default() });
        let mut all = self.0.borrow_mut();
        // Cleared away when the list would grow, so that each request pays for its own place only.
        if all.len() == all.capacity() && all.len() >= CLEAR_FROM {
            all.retain(|one| one.strong_count() > 0);
            let room = all.len();
            all.reserve(room);
        }
        all.push(Rc::downgrade(&admitted));
        admitted
    }

    /// Whether there are any. Those that are over are cleared away.
    pub(crate) fn are_any(&self) -> bool {
        let mut all = self.0.borrow_mut();
        all.retain(|one| one.strong_count() > 0);
        // A burst does not keep its memory for good.
        let twice = all.len() * 2;
        all.shrink_to(twice.max(CLEAR_FROM));
        !all.is_empty()
    }

    /// Cuts those that may not go on.
    pub(crate) fn sweep(&self, directory: &Directory, now: Timestamp) {
        let mut all = self.0.borrow_mut();
        all.retain(|one| {
            let Some(admitted) = one.upgrade() else { return false };
            let Some(denial) = admitted.sender.denial(directory, now) else { return true };
            admitted.cut.set(Some(denial));
            if let Some(waker) = admitted.waker.take() {
                waker.wake();
            }
            false
        });
    }
}
