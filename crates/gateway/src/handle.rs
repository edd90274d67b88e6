//! Starting and stopping the data plane.

use crate::config::{GatewayConfig, Links};
use crate::listen::Listeners;
use crate::upstream::{TlsError, client_config};
use crate::worker;
use crate::worker_state::Parts;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use tokio::sync::watch;

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
}

/// Starts one worker per listener. The directory must be loaded: readiness is told from now on.
pub fn start(config: GatewayConfig, listeners: Listeners, links: Links) -> Result<GatewayHandle, StartError> {
    let address = listeners.address();
    let mut own_addresses = config.own_listeners.clone();
    own_addresses.push(address);
    let parts = Parts {
        tls: client_config(config.upstream_tls.as_ref())?,
        own_addresses: own_addresses.into(),
        config: Arc::new(config),
        links,
    };
    let (stop, stopped) = watch::channel(false);
    let mut handle = GatewayHandle { address, stop, workers: Vec::new() };
    for (at, listener) in listeners.sockets.into_iter().enumerate() {
        let (parts, stopped) = (parts.clone(), stopped.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = Builder::new().name(format!("gateway-{at}"));
        let worker = thread.spawn(move || worker::run(&runtime, listener, parts, stopped))?;
        handle.workers.push(worker);
    }
    tracing::info!(%address, workers = handle.workers.len(), "gateway listening");
    Ok(handle)
}

impl GatewayHandle {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
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
