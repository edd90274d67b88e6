//! Starting and stopping the data plane.

use crate::config::{GatewayConfig, Links};
use crate::listen::Listeners;
use crate::recent::{LOOK_UPS, RecentRequests};
use crate::throttles::Throttles;
use crate::upstream::{TlsError, client_config};
use crate::worker;
use crate::worker_state::Parts;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use tokio::sync::{mpsc, watch};

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
    stop: watch::Sender<bool>,
    workers: Vec<JoinHandle<()>>,
    recent: RecentRequests,
}

/// Starts one worker per listener. The directory must be loaded: readiness is told from now on.
pub fn start(config: GatewayConfig, listeners: Listeners, links: Links) -> Result<GatewayHandle, StartError> {
    let address = listeners.address();
    let mut own_addresses = config.own_listeners.clone();
    own_addresses.push(address);
    let parts = Parts {
        tls: client_config(config.upstream_tls.as_ref())?,
        own_addresses: own_addresses.into(),
        throttles: Arc::new(Throttles::new()),
        public_url: config.public_url.clone().unwrap_or_else(|| format!("http://{address}")).into(),
        config: Arc::new(config),
        links,
    };
    let (stop, stopped) = watch::channel(false);
    let mut workers = Vec::new();
    let mut look_up = Vec::new();
    for (at, listener) in listeners.sockets.into_iter().enumerate() {
        let (parts, stopped) = (parts.clone(), stopped.clone());
        let (sender, look_ups) = mpsc::channel(LOOK_UPS);
        look_up.push(sender);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = Builder::new().name(format!("gateway-{at}"));
        let worker = thread.spawn(move || worker::run(&runtime, listener, parts, stopped, look_ups))?;
        workers.push(worker);
    }
    tracing::info!(%address, workers = workers.len(), "gateway listening");
    Ok(GatewayHandle { address, stop, workers, recent: RecentRequests::new(look_up) })
}

impl GatewayHandle {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Look-ups of recent requests. To be kept by whoever needs them, as waiting for the end takes the handle.
    pub fn recent(&self) -> RecentRequests {
        self.recent.clone()
    }

    /// Begins a graceful stop. Returns at once; may be called again.
    pub fn shutdown(&self) {
        self.stop.send_replace(true);
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
