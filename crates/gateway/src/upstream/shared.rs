//! What the workers of a node share about upstreams: which addresses are well, how many requests are in flight where a
//! collection bounds that, TLS configurations, counts for the metrics.
//!
//! Its locks are taken when a worker meets a collection, or a changed one, for the first time; never by a request after
//! that.

use super::health::{Health, Patience};
use super::tls::{TlsConfigs, TlsError};
use domain::ids::CollectionId;
use domain::upstream::{BaseUrl, Upstream};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// Shared by the workers.
#[derive(Debug)]
pub(crate) struct Upstreams {
    patience: Patience,
    health: Registry<(CollectionId, Box<str>), Health>,
    in_flight: Registry<CollectionId, AtomicUsize>,
    tls: TlsConfigs,
    counts: UpstreamCounts,
}

impl Upstreams {
    /// `set_aside`: the first time for which an address is set aside. `given`: TLS without the system's roots.
    pub(crate) fn new(set_aside: Duration, given: Option<&Arc<rustls::ClientConfig>>) -> Result<Self, TlsError> {
        Ok(Self {
            patience: Patience::new(set_aside),
            health: Registry::default(),
            in_flight: Registry::default(),
            tls: TlsConfigs::new(given)?,
            counts: UpstreamCounts::default(),
        })
    }

    pub(super) fn health(&self, collection: CollectionId, url: &BaseUrl) -> Arc<Health> {
        self.health.get((collection, url.to_string().into()), || Health::new(self.patience))
    }

    /// Requests in flight to a collection's upstream, on all workers.
    pub(super) fn in_flight(&self, collection: CollectionId) -> Arc<AtomicUsize> {
        self.in_flight.get(collection, || AtomicUsize::new(0))
    }

    /// The TLS configuration for a collection's upstream.
    pub(super) fn tls(&self, upstream: &Upstream) -> Result<Arc<rustls::ClientConfig>, TlsError> {
        self.tls.of(upstream)
    }

    pub(crate) fn counts(&self) -> &UpstreamCounts {
        &self.counts
    }
}

/// What befell requests to upstreams since the start, on all workers.
#[derive(Debug, Default)]
pub struct UpstreamCounts {
    /// Connections that could not be made.
    pub connect_failures: Count,
    /// Requests without an answer in time.
    pub timeouts: Count,
    /// Connections that broke, and malformed answers.
    pub resets: Count,
    /// Requests that were sent once more.
    pub resent: Count,
    /// Addresses that were set aside.
    pub set_aside: Count,
    /// Requests that were refused because no address was fit.
    pub unfit: Count,
    /// Requests that were refused because their upstream had enough in flight.
    pub full: Count,
}

/// A count that only rises.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    pub(crate) fn add_one(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// The count so far.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Things by name, kept while somebody uses them.
#[derive(Debug)]
struct Registry<K, V>(Mutex<HashMap<K, Weak<V>>>);

impl<K: Eq + Hash, V> Registry<K, V> {
    fn get(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = all.get(&key).and_then(Weak::upgrade) {
            return found;
        }
        all.retain(|_, one| one.strong_count() > 0);
        let new = Arc::new(make());
        all.insert(key, Arc::downgrade(&new));
        new
    }
}

impl<K, V> Default for Registry<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}
