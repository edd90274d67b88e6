//! Starting and stopping the data plane.

use crate::config::{GatewayConfig, Links};
use crate::counts::{Counts, GatewayCounts};
use crate::listen::{Listeners, ListeningSockets};
use crate::phase::{Cutter, Phase, PhaseSetter};
use crate::recent::{LOOK_UPS, RecentRequests};
use crate::throttles::Throttles;
use crate::tls::Certificates;
use crate::upstream::{TlsError, Upstreams};
use crate::worker;
use crate::worker_state::Parts;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use tokio::sync::mpsc;

/// Why the gateway could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// TLS towards upstreams cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A worker's thread or runtime cannot be made.
    #[error("cannot start a gateway worker: {0}")]
    Worker(#[from] io::Error),
}

/// The running gateway. Dropping it stops the gateway, without waiting for the end.
#[derive(Debug)]
pub struct GatewayHandle {
    address: SocketAddr,
    addresses: Vec<SocketAddr>,
    sockets: ListeningSockets,
    certificates: Certificates,
    phase: PhaseSetter,
    workers: Vec<JoinHandle<()>>,
    recent: RecentRequests,
    counts: GatewayCounts,
}

/// Starts the workers for which there are sockets. The directory must be loaded: readiness is told from now on.
pub fn start(config: GatewayConfig, listeners: Listeners, links: Links) -> Result<GatewayHandle, StartError> {
    let address = listeners.address();
    let mut own_addresses = config.own_listeners.clone();
    own_addresses.extend(listeners.addresses());
    let parts = Parts {
        upstreams: Arc::new(Upstreams::new(config.upstream_set_aside, config.upstream_tls.as_ref())?),
        own_addresses: own_addresses.into(),
        throttles: Arc::new(Throttles::new()),
        counts: Arc::default(),
        config: Arc::new(config),
        links,
    };
    let addresses = listeners.addresses().collect();
    let sockets = listeners.sockets();
    let certificates = Certificates(listeners.tls().cloned().collect());
    listeners.listen()?;
    let upstreams = Arc::clone(&parts.upstreams);
    let mut phase = PhaseSetter::new();
    let mut workers = Vec::new();
    let mut look_up = Vec::new();
    let mut counts = Vec::new();
    for (at, listeners) in listeners.into_workers().into_iter().enumerate() {
        let own = Arc::new(Counts::default());
        counts.push(Arc::clone(&own));
        let (parts, phases) = (Parts { counts: own, ..parts.clone() }, phase.follow());
        let (sender, look_ups) = mpsc::channel(LOOK_UPS);
        look_up.push(sender);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = Builder::new().name(format!("gateway-{at}"));
        let worker = thread.spawn(move || {
            worker::run(&runtime, listeners, parts, phases, look_ups);
            // A resolver that hangs does not hold up the end.
            runtime.shutdown_background();
        })?;
        workers.push(worker);
    }
    for address in &addresses {
        tracing::info!(%address, workers = workers.len(), "gateway listening");
    }
    Ok(GatewayHandle {
        address,
        addresses,
        sockets,
        certificates,
        phase,
        workers,
        recent: RecentRequests::new(look_up),
        counts: GatewayCounts::new(counts, upstreams),
    })
}

impl GatewayHandle {
    /// Where its first listener is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Its listening sockets, for handing them to another process.
    pub fn sockets(&self) -> ListeningSockets {
        self.sockets.clone()
    }

    /// Its certificates. To be kept by whoever looks at their files, as waiting for the end takes the handle.
    pub fn certificates(&self) -> Certificates {
        self.certificates.clone()
    }

    /// Look-ups of recent requests. To be kept by whoever needs them, as waiting for the end takes the handle.
    pub fn recent(&self) -> RecentRequests {
        self.recent.clone()
    }

    /// What the workers counted. To be kept by whoever needs it, as waiting for the end takes the handle.
    pub fn counts(&self) -> GatewayCounts {
        self.counts.clone()
    }

    /// Begins a graceful stop. Returns at once; may be called again.
    pub fn shutdown(&self) {
        self.phase.set(Phase::Stopping);
    }

    /// Begins to hand over: waits until no worker takes new connections (those that come wait in the sockets) and open
    /// ones are ending with their next answer.
    pub async fn pause(&self) {
        self.phase.pause().await;
    }

    /// Goes on after a pause, as if there had been none.
    pub fn resume(&self) {
        self.phase.set(Phase::Serving);
    }

    /// Hands over after a pause: another process has the sockets of these addresses; what waits in others is still
    /// taken. Then the workers drain and end, as at a stop.
    pub fn hand_over(&self, addresses: &[SocketAddr]) {
        self.phase.set(Phase::HandedOver(addresses.into()));
    }

    /// What ends the workers at once. To be kept by whoever may lose patience, as waiting for the end takes the handle.
    pub fn cutter(&self) -> Cutter {
        self.phase.cutter()
    }

    /// Waits until every worker has ended. Blocks the thread.
    pub fn join(self) {
        for worker in self.workers {
            if worker.join().is_err() {
                tracing::error!("a gateway worker ended by a panic");
            }
        }
    }
}
