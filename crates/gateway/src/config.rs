//! What the program hands to the gateway: bounds, and links to the rest of the process.

use crate::access_log::AccessLogWriter;
use crate::limits::LeaseKeeper;
use crate::upstream::Resolve;
use crate::upstream_tokens::UpstreamTokens;
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
    /// For a caller's connection to get through what comes before HTTP: PROXY header and TLS handshake together.
    pub handshake: Duration,
    /// Connections per worker that are not through that; one more takes the place of the oldest.
    pub handshakes_per_worker: usize,
    /// Between two parts of a request's body.
    pub request_body_idle: Duration,
    /// For a caller to take what was written to it.
    pub stream_idle: Duration,
    /// Requests in flight per worker; one more is refused as overloaded.
    pub in_flight_per_worker: usize,
    /// Open connections of callers per worker; one more is turned away.
    pub connections_per_worker: usize,
    /// How long a worker may be late before it sheds requests.
    pub lag_target: Duration,
    /// Where the access log goes; `None`: there is none.
    pub access_log: Option<AccessLogWriter>,
    /// Idle connections that a worker keeps per upstream.
    pub idle_connections_per_upstream: usize,
    /// How long an idle upstream connection is kept, where the upstream does not say.
    pub upstream_keep_alive: Duration,
    /// For an upstream's address that failed 5 times in a row to be left alone; doubled up to 6 times that.
    pub upstream_set_aside: Duration,
    /// How the names of upstreams are looked up.
    pub resolve: Resolve,
    /// How long what was found is good; then it is looked up again.
    pub resolve_again: Duration,
    /// Between the failing of readiness and the closing of the listeners.
    pub drain_delay: Duration,
    /// After this time a stopping gateway cuts what is left.
    pub drain_limit: Duration,
    /// Further addresses of this process that no upstream may lead to: the management listener.
    pub own_listeners: Vec<SocketAddr>,
    /// TLS towards upstreams; `None`: the system's roots.
    pub upstream_tls: Option<Arc<rustls::ClientConfig>>,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            head_read: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            handshake: Duration::from_secs(10),
            handshakes_per_worker: 2048,
            request_body_idle: Duration::from_mins(1),
            stream_idle: Duration::from_mins(1),
            in_flight_per_worker: 4096,
            connections_per_worker: 16_384,
            lag_target: Duration::from_millis(100),
            access_log: None,
            idle_connections_per_upstream: 256,
            upstream_keep_alive: Duration::from_secs(4),
            upstream_set_aside: Duration::from_secs(10),
            resolve: Resolve::default(),
            resolve_again: Duration::from_secs(30),
            drain_delay: Duration::ZERO,
            drain_limit: Duration::from_secs(30),
            own_listeners: Vec::new(),
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
    /// Access tokens for upstreams.
    pub upstream_tokens: UpstreamTokens,
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
