//! What the program hands to the gateway: bounds, and links to the rest of the process.

use crate::limits::LeaseKeeper;
use arc_swap::ArcSwap;
use domain::directory::Directory;
use domain::terms::KeySource;
use domain::time::Now;
use domain::usage::UsageCells;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// The directory that all workers decide on. A swap is in force for the next request of each.
pub type SharedDirectory = Arc<ArcSwap<Directory>>;

/// Bounds of the data plane. The defaults are the documented ones.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// For a caller to send the head of a request, from its first byte (or from connecting).
    pub head_read: Duration,
    /// For a caller's connection to stay open without a request.
    pub keep_alive: Duration,
    /// Between two parts of a request's body.
    pub request_body_idle: Duration,
    /// For a caller to take what was written to it.
    pub stream_idle: Duration,
    /// Requests in flight per worker; one more is refused as overloaded.
    pub in_flight_per_worker: usize,
    /// Idle connections that a worker keeps per upstream.
    pub idle_connections_per_upstream: usize,
    /// How long an idle upstream connection is kept, where the upstream does not say.
    pub upstream_keep_alive: Duration,
    /// Between the failing of readiness and the closing of the listeners.
    pub drain_delay: Duration,
    /// After this time a stopping gateway cuts what is left.
    pub drain_limit: Duration,
    /// Further addresses of this process that no upstream may lead to: the management listener.
    pub own_listeners: Vec<SocketAddr>,
    /// What callers are told the gateway's address is, without a slash at the end; `None`: `http://` and the listener.
    pub public_url: Option<String>,
    /// TLS towards upstreams; `None`: the system's roots.
    pub upstream_tls: Option<Arc<rustls::ClientConfig>>,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            head_read: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            request_body_idle: Duration::from_mins(1),
            stream_idle: Duration::from_mins(1),
            in_flight_per_worker: 4096,
            idle_connections_per_upstream: 256,
            upstream_keep_alive: Duration::from_secs(4),
            drain_delay: Duration::ZERO,
            drain_limit: Duration::from_secs(30),
            own_listeners: Vec::new(),
            public_url: None,
            upstream_tls: None,
        }
    }
}

/// What connects the gateway to the rest of the process.
#[derive(Debug, Clone)]
pub struct Links {
    /// What to decide on.
    pub directory: SharedDirectory,
    /// The program's clock.
    pub clock: fn() -> Now,
    /// Randomness that seeds the request ids of a worker: called once per worker.
    pub random: fn() -> [u8; 16],
    /// Where workers hand over what they counted, once a second and at their end.
    pub usage: mpsc::Sender<UsageCells>,
    /// Whom to ask for fresh keys of an issuer.
    pub keys: mpsc::Sender<KeyAsk>,
    /// Whom to ask for leases of quota calls.
    pub leases: LeaseKeeper,
}

/// A worker's wish for fresh keys.
#[derive(Debug)]
pub struct KeyAsk {
    /// Whose keys.
    pub source: KeySource,
    /// To be told when they are in force or cannot be had. Dropped means the same.
    pub done: oneshot::Sender<()>,
}
