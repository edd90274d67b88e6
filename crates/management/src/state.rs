//! What every operation works with.

use crate::answer::Changed;
use crate::auth::{Passwords, Throttle};
use crate::changes::Changes;
use crate::counters::CounterSource;
use crate::error::ApiError;
use crate::explain::ExplanationSource;
use domain::time::Timestamp;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use store::{Committed, Store};

/// What the program gives to the management API.
pub struct Parts {
    /// The control database.
    pub store: Store,
    /// Counters handed over by the gateway workers.
    pub usage: usage::Totals,
    /// The way to the configuration feed.
    pub changes: Changes,
    /// What is counted against limits.
    pub counters: Arc<dyn CounterSource>,
    /// Explanations of requests.
    pub explanations: Arc<dyn ExplanationSource>,
    /// The text of `/metrics`.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
    /// The gateway's first listener, as in `http://127.0.0.1:8080`; no slash at the end.
    pub gateway_url: String,
    /// Where the management API is reached, as in `http://127.0.0.1:8081`; no slash at the end.
    pub management_url: String,
    /// All addresses on which this program listens: no upstream may lead there.
    pub own_listeners: Vec<SocketAddr>,
    /// The wall clock.
    pub clock: fn() -> Timestamp,
}

/// Where callers find the collections: public address and prefix, no slash at the end.
pub(crate) struct CollectionsUrl(String);

impl CollectionsUrl {
    /// Where they find one collection.
    pub(crate) fn of(&self, collection_path: &str) -> String {
        format!("{}/{collection_path}", self.0)
    }
}

/// Shared by all operations; cheap to clone.
#[derive(Clone)]
pub struct ManagementState(Arc<Shared>);

/// What is shared.
pub struct Shared {
    pub(crate) parts: Parts,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
}

impl ManagementState {
    /// Takes what the program gives.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Shared { parts, passwords: Passwords::default(), throttle: Throttle::default() }))
    }

    /// The wall clock now.
    pub(crate) fn now(&self) -> Timestamp {
        (self.parts.clock)()
    }

    /// The store.
    pub(crate) fn store(&self) -> &Store {
        &self.parts.store
    }

    /// Where callers find the collections now.
    pub(crate) async fn collections_url(&self) -> Result<CollectionsUrl, ApiError> {
        Ok(CollectionsUrl(self.store().get_settings().await?.collections_url(&self.parts.gateway_url)))
    }

    /// Ends a change: waits until the local gateway workers use it, then makes its answer.
    pub(crate) async fn answer<T, B>(
        &self,
        committed: Committed<T>,
        make: impl FnOnce(T) -> B,
    ) -> Result<Changed<B>, ApiError> {
        self.parts.changes.applied(committed.revision).await?;
        Ok(Changed { revision: committed.revision, body: make(committed.value) })
    }

    /// Ends a change that does not concern the gateway: nothing to wait for.
    pub(crate) fn answer_at_once<T, B>(committed: Committed<T>, make: impl FnOnce(T) -> B) -> Changed<B> {
        Changed { revision: committed.revision, body: make(committed.value) }
    }
}

impl Deref for ManagementState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
