//! What the requests of one worker share. Lives on the worker's thread; nothing in it is locked.

use crate::config::{GatewayConfig, Links, SharedDirectory};
use crate::in_flight::InFlight;
use crate::recent::Ring;
use crate::request_ids::RequestIds;
use crate::throttles::Throttles;
use crate::upstream::Pool;
use crate::verified::Verified;
use crate::waits::Waits;
use arc_swap::Guard;
use domain::directory::Directory;
use domain::ids::{CredentialId, ProfileId};
use domain::permit::Permit;
use domain::time::{Now, Timestamp};
use domain::usage::UsageCells;
use std::cell::{Cell, RefCell, RefMut};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::sync::mpsc::{self, error::TrySendError};

/// One worker.
pub(crate) struct Worker {
    config: Arc<GatewayConfig>,
    directory: SharedDirectory,
    clock: fn() -> Now,
    ids: RequestIds,
    pool: Pool,
    waits: Waits,
    verified: RefCell<Verified>,
    throttles: Arc<Throttles>,
    admitted: InFlight,
    recent: Ring,
    public_url: Arc<str>,
    tls: Arc<rustls::ClientConfig>,
    own_addresses: Arc<[SocketAddr]>,
    cells: RefCell<UsageCells>,
    usage: mpsc::Sender<UsageCells>,
    in_flight: Cell<usize>,
    connections: Cell<usize>,
    all_closed: Notify,
    stopping: Cell<bool>,
}

/// What all workers are made of.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) config: Arc<GatewayConfig>,
    pub(crate) links: Links,
    pub(crate) tls: Arc<rustls::ClientConfig>,
    pub(crate) own_addresses: Arc<[SocketAddr]>,
    pub(crate) throttles: Arc<Throttles>,
    pub(crate) public_url: Arc<str>,
}

impl Worker {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { config, links, tls, own_addresses, throttles, public_url } = parts;
        Self {
            config,
            waits: Waits::new(&links),
            verified: RefCell::new(Verified::new(Arc::clone(&throttles))),
            throttles,
            admitted: InFlight::default(),
            recent: Ring::default(),
            public_url,
            directory: links.directory,
            clock: links.clock,
            ids: RequestIds::new((links.random)()),
            pool: Pool::default(),
            tls,
            own_addresses,
            cells: RefCell::default(),
            usage: links.usage,
            in_flight: Cell::new(0),
            connections: Cell::new(0),
            all_closed: Notify::new(),
            stopping: Cell::new(false),
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

    /// What this worker remembers of verified tokens. Not to be held over a wait.
    pub(crate) fn verified(&self) -> RefMut<'_, Verified> {
        self.verified.borrow_mut()
    }

    pub(crate) fn throttles(&self) -> &Throttles {
        &self.throttles
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

    /// What callers are told the gateway's address is.
    pub(crate) fn public_url(&self) -> &str {
        &self.public_url
    }

    pub(crate) fn tls(&self) -> Arc<rustls::ClientConfig> {
        Arc::clone(&self.tls)
    }

    /// Addresses that no upstream may lead to.
    pub(crate) fn own_addresses(&self) -> &[SocketAddr] {
        &self.own_addresses
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.get()
    }

    pub(crate) fn begin_to_stop(&self) {
        self.stopping.set(true);
    }

    pub(crate) fn count_call(&self, permit: &Permit, at: Timestamp) {
        self.cells.borrow_mut().count_call(permit.profile_id(), permit.credential_id(), at);
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
        let cells = self.cells.take();
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
        let taken = self.in_flight.get();
        (taken < self.config.in_flight_per_worker).then(|| {
            self.in_flight.set(taken + 1);
            Slot(Rc::clone(self))
        })
    }

    /// Counts an open connection.
    pub(crate) fn count_connection(self: &Rc<Self>) -> OpenConnection {
        self.connections.set(self.connections.get() + 1);
        OpenConnection(Rc::clone(self))
    }

    /// Waits until no connection is open.
    pub(crate) async fn all_closed(&self) {
        while self.connections.get() > 0 {
            self.all_closed.notified().await;
        }
    }
}

/// One request in flight, until it is dropped.
pub(crate) struct Slot(Rc<Worker>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.in_flight.set(self.0.in_flight.get().saturating_sub(1));
    }
}

/// One open connection, until it is dropped.
pub(crate) struct OpenConnection(Rc<Worker>);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.connections.set(self.0.connections.get().saturating_sub(1));
        self.0.all_closed.notify_one();
    }
}
