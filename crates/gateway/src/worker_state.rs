//! What the requests of one worker share. Lives on the worker's thread; nothing in it is locked.

use crate::access_log::{AccessLog, Line};
use crate::config::{GatewayConfig, Links, SharedDirectory};
use crate::counts::Counts;
use crate::crowd::Crowd;
use crate::handshakes::Handshakes;
use crate::in_flight::InFlight;
use crate::limits::UsedLease;
use crate::overload::Overload;
use crate::recent::{Recorded, Ring};
use crate::request_ids::RequestIds;
use crate::seam::Version;
use crate::throttles::Throttles;
use crate::upstream::{Pool, Upstreams};
use crate::upstream_tokens::UpstreamTokens;
use crate::verified::Verified;
use crate::waits::Waits;
use arc_swap::Guard;
use domain::directory::Directory;
use domain::ids::{CredentialId, ProfileId};
use domain::permit::Permit;
use domain::time::{Now, Timestamp};
use domain::usage::UsageCells;
use jiff::fmt::rfc2822::DateTimePrinter;
use std::cell::{Cell, RefCell, RefMut};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::sync::mpsc::{self, error::TrySendError};

/// So many used leases are told of at once, if they come before the next look.
const USED_AT_ONCE: usize = 1024;

/// One worker.
pub(crate) struct Worker {
    config: Arc<GatewayConfig>,
    directory: SharedDirectory,
    clock: fn() -> Now,
    ids: RequestIds,
    pool: Pool,
    waits: Waits,
    upstream_tokens: UpstreamTokens,
    verified: RefCell<Verified>,
    throttles: Arc<Throttles>,
    admitted: InFlight,
    handshakes: Rc<Handshakes>,
    recent: Ring,
    upstreams: Arc<Upstreams>,
    own_addresses: Arc<[SocketAddr]>,
    cells: RefCell<UsageCells>,
    usage: mpsc::Sender<UsageCells>,
    /// Leases whose use is to be reported.
    used: RefCell<Vec<UsedLease>>,
    counts: Arc<Counts>,
    access_log: Option<AccessLog>,
    overload: Overload,
    crowd: Crowd,
    all_closed: Notify,
    end: Cell<End>,
    end_begun: Notify,
    http_date: RefCell<Rc<str>>,
    http_date_is_old: Cell<bool>,
}

/// Whether a worker is about to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It is not.
    No,
    /// Another process takes the connections from now on; callers need not know.
    HandedOver,
    /// The program stops: callers are to go elsewhere.
    Stopping,
}

/// What all workers are made of.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) config: Arc<GatewayConfig>,
    pub(crate) links: Links,
    pub(crate) upstreams: Arc<Upstreams>,
    pub(crate) own_addresses: Arc<[SocketAddr]>,
    pub(crate) throttles: Arc<Throttles>,
    /// Of one worker alone.
    pub(crate) counts: Arc<Counts>,
}

impl Worker {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { config, links, upstreams, own_addresses, throttles, counts } = parts;
        Self {
            handshakes: Handshakes::new(config.handshakes_per_worker),
            access_log: config.access_log.clone().map(AccessLog::new),
            overload: Overload::new(config.in_flight_per_worker, config.lag_target),
            crowd: Crowd::default(),
            counts,
            config,
            waits: Waits::new(&links),
            upstream_tokens: links.upstream_tokens.clone(),
            verified: RefCell::new(Verified::new(Arc::clone(&throttles))),
            throttles,
            admitted: InFlight::default(),
            recent: Ring::default(),
            directory: links.directory,
            clock: links.clock,
            ids: RequestIds::new((links.random)()),
            pool: Pool::default(),
            upstreams,
            own_addresses,
            cells: RefCell::default(),
            usage: links.usage,
            used: RefCell::default(),
            all_closed: Notify::new(),
            end: Cell::new(End::No),
            end_begun: Notify::new(),
            http_date: RefCell::new(http_date((links.clock)().wall)),
            http_date_is_old: Cell::new(false),
        }
    }

    pub(crate) fn config(&self) -> &GatewayConfig {
        &self.config
    }

    /// The directory as it is now. Not to be held over a wait.
    pub(crate) fn directory(&self) -> Guard<Arc<Directory>> {
        self.directory.load()
    }

    pub(crate) fn now(&self) -> Now {
        (self.clock)()
    }

    pub(crate) fn ids(&self) -> &RequestIds {
        &self.ids
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Those who can be asked for what a request waits for.
    pub(crate) fn waits(&self) -> &Waits {
        &self.waits
    }

    /// Access tokens for upstreams.
    pub(crate) fn upstream_tokens(&self) -> &UpstreamTokens {
        &self.upstream_tokens
    }

    /// What this worker remembers of verified tokens. Not to be held over a wait.
    pub(crate) fn verified(&self) -> RefMut<'_, Verified> {
        self.verified.borrow_mut()
    }

    pub(crate) fn throttles(&self) -> &Throttles {
        &self.throttles
    }

    /// The connections that have yet to show who they are.
    pub(crate) fn handshakes(&self) -> &Rc<Handshakes> {
        &self.handshakes
    }

    /// The admitted requests that are not answered to their end.
    pub(crate) fn in_flight(&self) -> &InFlight {
        &self.admitted
    }

    /// Cuts requests of those who may no longer call.
    pub(crate) fn cut_revoked(&self) {
        if self.admitted.are_any() {
            self.admitted.sweep(&self.directory(), self.now().wall);
        }
    }

    pub(crate) fn recent(&self) -> &Ring {
        &self.recent
    }

    /// Keeps what was found out about a request whose answer is made. The line of the access log, if there is one, is for
    /// the answer to hold. `version` is `None` if the head could not be read.
    pub(crate) fn record(self: &Rc<Self>, recorded: Rc<Recorded>, version: Option<Version>, at: Now) -> Option<Line> {
        self.counts.count_answer(recorded.status, recorded.denial);
        self.recent.push(Rc::clone(&recorded));
        self.access_log.as_ref().map(|_| Line::new(Rc::clone(self), recorded, version, at.monotonic))
    }

    pub(crate) fn access_log(&self) -> Option<&AccessLog> {
        self.access_log.as_ref()
    }

    /// Hands over the lines of the access log that there are.
    pub(crate) fn hand_over_log(&self) {
        if let Some(log) = &self.access_log {
            log.hand_over(&self.counts);
        }
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(crate) fn overload(&self) -> &Overload {
        &self.overload
    }

    pub(crate) fn crowd(&self) -> &Crowd {
        &self.crowd
    }

    /// Requests that are not answered to their end.
    pub(crate) fn requests_in_flight(&self) -> usize {
        usize::try_from(self.counts.in_flight.get()).unwrap_or(usize::MAX)
    }

    /// Whether there are more connections than can be attended to.
    pub(crate) fn is_crowded(&self) -> bool {
        self.overload.is_crowded(usize::try_from(self.counts.connections.get()).unwrap_or(usize::MAX))
    }

    /// Whether there is a place for one more connection.
    pub(crate) fn has_room_for_connection(&self) -> bool {
        usize::try_from(self.counts.connections.get()).is_ok_and(|open| open < self.config.connections_per_worker)
    }

    /// What all workers know of upstreams.
    pub(crate) fn upstreams(&self) -> &Upstreams {
        &self.upstreams
    }

    /// Addresses that no upstream may lead to.
    pub(crate) fn own_addresses(&self) -> &[SocketAddr] {
        &self.own_addresses
    }

    /// The time for the field `Date`, at most a second old.
    pub(crate) fn http_date(&self) -> Rc<str> {
        if self.http_date_is_old.replace(false) {
            self.http_date.replace(http_date(self.now().wall));
        }
        Rc::clone(&self.http_date.borrow())
    }

    /// A second has passed: the next to ask for [`Worker::http_date`] reads the clock.
    pub(crate) fn renew_http_date(&self) {
        self.http_date_is_old.set(true);
    }

    /// Whether connections are to end with their next answer.
    pub(crate) fn is_stopping(&self) -> bool {
        self.end.get() != End::No
    }

    /// Whether a load balancer may send callers here: also while another process takes over.
    pub(crate) fn is_ready(&self) -> bool {
        self.end.get() != End::Stopping
    }

    /// Waits until connections are to end. Ready at once when they are.
    pub(crate) async fn stopping(&self) {
        while !self.is_stopping() {
            self.end_begun.notified().await;
        }
    }

    /// Sets whether the worker is about to end. A hand-over that failed goes back to [`End::No`].
    pub(crate) fn set_end(&self, end: End) {
        self.end.set(end);
        if end != End::No {
            self.end_begun.notify_waiters();
        }
    }

    pub(crate) fn count_call(&self, permit: &Permit, at: Timestamp) {
        self.cells.borrow_mut().count_call(permit.profile_id(), permit.credential_id(), at);
    }

    /// Notes whose leases were used.
    pub(crate) fn note_used(&self, used: impl Iterator<Item = UsedLease>) {
        let is_full = {
            let mut all = self.used.borrow_mut();
            all.extend(used);
            all.len() >= USED_AT_ONCE
        };
        if is_full {
            self.report_use();
        }
    }

    /// Has the use of leases reported. With a full queue it is kept for the next time.
    pub(crate) fn report_use(&self) {
        let used = self.used.take();
        if !used.is_empty()
            && let Some(kept) = self.waits.report(used)
        {
            self.used.replace(kept);
        }
    }

    /// Notes the use of a credential that is no call.
    pub(crate) fn note_use(&self, credential: CredentialId, at: Timestamp) {
        self.cells.borrow_mut().note_use(credential, at);
    }

    pub(crate) fn count_refusal(&self, profile: Option<ProfileId>) {
        self.cells.borrow_mut().count_refusal(profile);
    }

    /// Hands over what was counted. With a full queue it is kept for the next time.
    pub(crate) fn hand_over(&self) {
        let next = UsageCells::with_room_of(&self.cells.borrow());
        let cells = self.cells.replace(next);
        if cells.is_empty() {
            return;
        }
        if let Err(TrySendError::Full(kept)) = self.usage.try_send(cells) {
            self.cells.replace(kept);
        }
    }

    /// The last hand-over, which waits for room.
    pub(crate) async fn hand_over_last(&self) {
        let cells = self.cells.take();
        if !cells.is_empty() {
            // Nobody listens any more: the process ends without its last second.
            let _closed = self.usage.send(cells).await;
        }
    }

    /// A place among the requests in flight, if there is one.
    pub(crate) fn take_slot(self: &Rc<Self>) -> Option<Slot> {
        (self.requests_in_flight() < self.overload.room()).then(|| {
            self.counts.in_flight.add(1);
            Slot(Rc::clone(self))
        })
    }

    /// Counts an open connection.
    pub(crate) fn count_connection(self: &Rc<Self>) -> OpenConnection {
        self.counts.accepted.add(1);
        self.counts.connections.add(1);
        OpenConnection(Rc::clone(self))
    }

    /// Waits until no connection is open.
    pub(crate) async fn all_closed(&self) {
        while self.counts.connections.get() > 0 {
            self.all_closed.notified().await;
        }
    }
}

/// One request in flight, until it is dropped.
pub(crate) struct Slot(Rc<Worker>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.counts.in_flight.take(1);
    }
}

/// One open connection, until it is dropped.
pub(crate) struct OpenConnection(Rc<Worker>);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.counts.connections.take(1);
        self.0.all_closed.notify_one();
    }
}

/// RFC 9110 5.6.7.
fn http_date(at: Timestamp) -> Rc<str> {
    let timestamp = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    // A time of the years 1 to 9999 can always be written.
    DateTimePrinter::new().timestamp_to_rfc9110_string(&timestamp).unwrap_or_default().into()
}
