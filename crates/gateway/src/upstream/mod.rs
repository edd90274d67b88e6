//! Upstreams: which address of one a request goes to, on which connection, and which are left alone.
//!
//! Per worker and collection there is a `Group` (`group.rs`) of addresses (`address.rs`), each with its open
//! connections: nothing of these is shared between threads. What is known of an address's health (`health.rs`) is
//! shared by the node's workers, in atomics (`shared.rs`).
//!
//! A request takes a place among those in flight to its upstream, or is refused at once: a slow upstream holds up its
//! own callers only. Then it chooses an address and leases a connection (`lease.rs`). A connection is fresh, or one that
//! an earlier request left in order. Names are looked up and renewed in the background (`names.rs`).

mod address;
mod checks;
mod connect;
mod group;
mod health;
mod lease;
mod names;
mod own_address;
mod shared;
mod tls;

pub(crate) use address::{Address, Reuse};
pub(crate) use connect::ConnectFault;
pub(crate) use group::{Choice, Group, Place, Tried};
pub(crate) use lease::Lease;
pub use names::Resolve;
pub(crate) use shared::Upstreams;
pub use shared::{Count, UpstreamCounts};
pub use tls::TlsError;

use crate::worker_state::Worker;
use domain::directory::CollectionEntry;
use domain::ids::{CollectionId, Revision};
use foldhash::fast::RandomState;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use tokio::time::Instant;

/// The upstreams of one worker.
#[derive(Default)]
pub(crate) struct Pool {
    groups: RefCell<HashMap<CollectionId, Rc<Group>, RandomState>>,
    /// The directory that the groups were last compared with.
    followed: Cell<Option<Revision>>,
}

impl Pool {
    /// The upstream of a collection in its present version. One probe of a table, as long as it has not changed.
    pub(crate) fn group(&self, worker: &Worker, collection: &CollectionEntry) -> Rc<Group> {
        let mut groups = self.groups.borrow_mut();
        let before = groups.get(&collection.id());
        if let Some(group) = before.filter(|group| Arc::ptr_eq(group.upstream(), collection.upstream())) {
            return Rc::clone(group);
        }
        let group = Rc::new(Group::new(worker, collection, before.map(|before| &**before)));
        if let Some(before) = groups.insert(collection.id(), Rc::clone(&group)) {
            // It may have requests in flight; its checks end now.
            before.checks().borrow_mut().clear();
        }
        group
    }

    /// Once a second: closes what has idled long enough, follows changes of collections, starts active checks.
    pub(crate) fn sweep(&self, worker: &Rc<Worker>) {
        self.follow(worker);
        let now = Instant::now();
        let groups = self.groups.borrow();
        for group in groups.values() {
            for address in group.addresses() {
                address.sweep(now);
            }
            checks::start(worker, group);
        }
    }

    /// Groups of collections that are no more go; those that are to be checked are there before the first request.
    fn follow(&self, worker: &Worker) {
        let directory = worker.directory();
        if self.followed.replace(Some(directory.revision())) == Some(directory.revision()) {
            return;
        }
        let mut former = std::mem::take(&mut *self.groups.borrow_mut());
        for collection in directory.collections() {
            let known = former.remove(&collection.id());
            let is_known = known.is_some();
            if let Some(known) = known {
                self.groups.borrow_mut().insert(collection.id(), known);
            }
            if is_known || collection.upstream().health_check.is_some() {
                self.group(worker, collection);
            }
        }
    }
}
