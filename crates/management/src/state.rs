//! What every operation works with.

use crate::answer::Changed;
use crate::auth::{Caller, Passwords, Scrapers, Throttle};
use crate::changes::Changes;
use crate::counters::CounterSource;
use crate::error::ApiError;
use crate::explain::ExplanationSource;
use crate::idempotency::UnderWay;
use crate::nodes::NodeFacts;
use crate::sessions::oidc::Providers;
use axum::extract::FromRequestParts;
use axum::http::request::Parts as HttpParts;
use domain::Revision;
use domain::directory::Freshness;
use domain::time::Timestamp;
use outbound::{Fetcher, OwnGateway};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use store::{Committed, Scope, Store};

/// What the gateway decides by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectoryState {
    /// The revision in force.
    pub revision: Revision,
    /// How long ago it was as new as the control database, for certain.
    pub age: Duration,
    /// Whether the gateway decides by it, or refuses everybody as it is too old.
    pub freshness: Freshness,
}

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
    /// What the gateway decides by now.
    pub directory: Box<dyn Fn() -> DirectoryState + Send + Sync>,
    /// The text of `/metrics`.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
    /// The gateway's first listener, as in `http://127.0.0.1:8080`; no slash at the end.
    pub gateway_url: String,
    /// Where the management API is reached, as in `http://127.0.0.1:8081`; no slash at the end.
    pub management_url: String,
    /// The gateway as callers reach it.
    pub own_gateway: OwnGateway,
    /// For fetches to addresses that people typed.
    pub fetcher: Fetcher,
    /// This node.
    pub node: NodeFacts,
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

/// Shared by all operations; cheap to clone. Handlers get one whose store shows only what their caller sees: see
/// [`State`].
#[derive(Clone)]
pub struct ManagementState {
    shared: Arc<Shared>,
    store: Store,
}

/// What is shared.
pub struct Shared {
    pub(crate) parts: Parts,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) scrapers: Scrapers,
    pub(crate) providers: Providers,
    pub(crate) under_way: UnderWay,
}

impl ManagementState {
    /// Takes what the program gives.
    pub fn new(parts: Parts) -> Self {
        let store = parts.store.clone();
        let shared = Shared {
            parts,
            passwords: Passwords::default(),
            throttle: Throttle::default(),
            scrapers: Scrapers::default(),
            providers: Providers::default(),
            under_way: UnderWay::default(),
        };
        Self { shared: Arc::new(shared), store }
    }

    /// The wall clock now.
    pub(crate) fn now(&self) -> Timestamp {
        (self.parts.clock)()
    }

    /// The store, as far as the caller sees it.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// The newest revision that this program knows of: what it committed, or what its gateway decides by.
    pub(crate) fn newest_known_revision(&self) -> Revision {
        (*self.parts.store.watch_revision().borrow()).max((self.parts.directory)().revision)
    }

    /// The same with what somebody sees of the store.
    fn within(&self, scope: &Scope) -> Self {
        Self { shared: Arc::clone(&self.shared), store: self.store.within(scope) }
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
        &self.shared
    }
}

/// The state as routes have it, with all of the store. Operations get at it by [`State`] only: axum's own does not
/// compile for them.
#[derive(Clone)]
pub(crate) struct Whole(pub(crate) ManagementState);

/// What an operation works with, confined to what its caller sees; the argument of every handler. The guard has put the
/// caller there, on every operation that is not open.
pub(crate) struct State<T>(pub(crate) T);

impl FromRequestParts<Whole> for State<ManagementState> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut HttpParts, Whole(state): &Whole) -> Result<Self, Infallible> {
        let caller = parts.extensions.get::<Caller>();
        Ok(Self(caller.map_or_else(|| state.clone(), |caller| state.within(&caller.scope))))
    }
}
