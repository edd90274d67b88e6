//! What happens at start and stop.
//!
//! Start: take the data directory, bind every listener (so that a busy port is found before anything is changed), open
//! the stores, load the directory (from the copy on the disk while the database cannot be used: `server/opening.rs`) with the key sets that were fetched before and the rate windows that were saved, start
//! the gateway workers, then the management side. Nothing is admitted before the directory is there. With `--takeover`
//! lock, listeners and rate windows come from the running process instead (`takeover/`).
//!
//! Stop (SIGTERM or SIGINT): the gateway drains, then the management side ends, rate windows are saved, leases and last
//! uses are given back, then the stores are closed. How the parts are connected stands in `server/node.rs`.

mod greeting;
mod hand_over;
mod management_server;
mod node;
mod opening;
mod stop;
mod stop_signal;

use crate::control::Control;
use crate::data_dir::{Busy, DataDir};
use crate::settings::Settings;
use crate::{clock, rate_windows, takeover};
use anyhow::{Context as _, anyhow};
use gateway::{ListenerConfig, Listeners};
use node::{Before, Node, Prepared, Sockets};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use stop_signal::StopSignal;
use tokio::time::timeout;

/// For the last look at the store, while callers wait. Below the time after which the former process goes on.
const CAUGHT_UP_WITHIN: Duration = Duration::from_secs(5);

/// How a node starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// On a data directory that nobody holds.
    Alone,
    /// In the place of the process that holds the data directory.
    Takeover,
}

/// Runs a node until it is told to stop.
pub(crate) async fn run(settings: Settings, listeners: Vec<ListenerConfig>, start: Start) -> anyhow::Result<()> {
    let stop = StopSignal::listen()?;
    let node = match start {
        Start::Alone => alone(&settings, listeners).await?,
        Start::Takeover => take_over(&settings, listeners).await?,
    };
    let (gateway, management_url) = (node.gateway.address(), node.executive.management_url.clone());
    if let Err(error) = greeting::greet(&node.store, &settings, gateway, &management_url).await {
        match start {
            Start::Alone => return Err(error),
            // The former process is about to end: this one must go on.
            Start::Takeover => tracing::warn!(error = format!("{error:#}"), "the start could not be told"),
        }
    }
    tracing::info!(%gateway, management = %management_url, "serving");
    node.run(stop).await;
    Ok(())
}

async fn alone(settings: &Settings, listeners: Vec<ListenerConfig>) -> anyhow::Result<Node> {
    let data_dir = DataDir::take(&settings.data_dir).map_err(|error| {
        if error.is::<Busy>() { anyhow!("{error}; `serve --takeover` takes its place") } else { error }
    })?;
    let gateway = gateway::bind(listeners, settings.worker_count())?;
    let management = management_server::bind(settings.management.listen)?;
    warn_if_exposed(management.local_addr().context("cannot read the management address")?);
    let prepared = Prepared::load(data_dir, Before::Ended).await?;
    rate_windows::load(prepared.data_dir.path(), &prepared.duties.directory.load());
    let node = prepared.serve(settings, Sockets { gateway, management, control: None }).await?;
    rate_windows::forget(node.data_dir.path());
    Ok(node)
}

async fn take_over(settings: &Settings, listeners: Vec<ListenerConfig>) -> anyhow::Result<Node> {
    let (former, offer) = takeover::ask(&settings.data_dir).await?;
    let data_dir = DataDir::inherited(&settings.data_dir, offer.lock);
    let gateway = Listeners::from_inherited(listeners, settings.worker_count(), offer.gateway)?;
    let management = inherited_or_bound(settings.management.listen, offer.management)?;
    let management_address = management.local_addr().context("cannot read the management address")?;
    warn_if_exposed(management_address);
    let addresses: Vec<SocketAddr> = gateway.addresses().chain([management_address]).collect();
    let control = Some(Control::inherited(&settings.data_dir, offer.control));
    let prepared = Prepared::load(data_dir, Before::Serving).await?;

    // From here on callers wait.
    let (paused, windows) = former.pause().await?;
    let windows = rate_windows::parse(&windows, &clock::uptime()).context("the rate windows cannot be taken over")?;
    let arrival = paused.link(prepared.duties.clone());
    prepared.neighbour.set(arrival.link());
    timeout(CAUGHT_UP_WITHIN, prepared.duties.feed.catch_up()).await.context("the store cannot be read")?;
    windows.restore(&prepared.duties.directory.load());
    let mut node = prepared.serve(settings, Sockets { gateway, management, control }).await?;
    if let Err(error) = arrival.serving(addresses).await {
        node.abandon().await;
        return Err(error);
    }
    node.control.keep_file();
    if let Err(error) = node.data_dir.sign() {
        tracing::warn!(error = format!("{error:#}"), "the lock does not say who holds it");
    }
    let (neighbour, link) = (node.neighbour.clone(), arrival.into_link());
    tokio::spawn(async move {
        link.gone().await;
        neighbour.clear();
        tracing::info!("the former process has ended");
    });
    Ok(node)
}

/// The management listener of the former process, if it is where this one is to listen.
fn inherited_or_bound(listen: SocketAddr, inherited: TcpListener) -> anyhow::Result<TcpListener> {
    let address = inherited.local_addr().context("cannot read the management address")?;
    if address == listen { Ok(inherited) } else { management_server::bind(listen) }
}

fn warn_if_exposed(management: SocketAddr) {
    if !management.ip().is_loopback() {
        tracing::warn!(
            listen = %management,
            "the management listener is reachable from other machines without TLS: put a TLS proxy before it"
        );
    }
}
