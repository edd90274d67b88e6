//! What happens at start and stop.
//!
//! Start: take the data directory, bind every listener (so that a busy port is found before anything is changed), open
//! the stores, load the directory with the key sets that were fetched before, start the gateway workers, then the
//! management side. Nothing is admitted before the directory is there. Stop (SIGTERM or SIGINT): the gateway drains,
//! then the management side ends, leases and last uses are given back, then the stores are closed.

use crate::clock;
use crate::config_feed::{self, ConfigFeed, Shared};
use crate::console;
use crate::control::{self, Control};
use crate::counters::LiveCounters;
use crate::data_dir::DataDir;
use crate::explanations::GatewayExplanations;
use crate::key_sets::{self, KeySets};
use crate::quota::FileAuthority;
use crate::settings::Settings;
use crate::{housekeeping, quota_changes};
use anyhow::Context as _;
use arc_swap::ArcSwap;
use domain::usage::UsageCells;
use gateway::{Explainer, GatewayConfig, GatewayHandle, Links};
use management::{Changes, ManagementState, Parts};
use outbound::{Fetcher, FetcherConfig};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::{Actor, QUOTA_DB, QuotaStore, Store};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use usage::Totals;

/// Hand-overs of usage that may wait at once; each worker sends one a second.
const USAGE_QUEUE: usize = 1024;
/// Wishes for fresh keys, and fetched key sets, that may wait at once.
const KEY_QUEUE: usize = 64;

/// Runs a node until it is told to stop.
pub(crate) async fn run(settings: Settings) -> anyhow::Result<()> {
    let stop = stop_signal()?;
    let data_dir = DataDir::take(&settings.data_dir)?;
    let workers = settings.worker_count();
    let listeners = gateway::bind(settings.gateway.listen, workers)?;
    let management_listener = TcpListener::bind(settings.management.listen)
        .await
        .map_err(|error| cannot_listen(error, settings.management.listen))?;
    let gateway_address = listeners.address();
    let management_address = management_listener.local_addr().context("cannot read the management address")?;
    warn_if_exposed(management_address);

    let store = control::open(data_dir.path()).await?;
    let counts = QuotaStore::open(&data_dir.path().join(QUOTA_DB))?;
    let (leases, quotas) = gateway::limits::start(FileAuthority(counts.clone()), clock::now);
    let restored = key_sets::restore(data_dir.path(), clock::wall());
    let loaded = config_feed::load(&store).await?;
    let loaded = loaded.apply(loaded.revision(), key_sets::restored_deltas(&restored, &loaded));
    // The periods on file may be of other settings than those that are loaded.
    quotas.changed(quota_changes::all(&loaded), loaded.revision()).await.context("cannot read the quota counts")?;
    let directory: Shared = Arc::new(ArcSwap::from_pointee(loaded));
    let totals = Totals::default();
    let (usage_sender, usage_receiver) = mpsc::channel(USAGE_QUEUE);
    let config = GatewayConfig {
        in_flight_per_worker: settings.gateway.max_in_flight as usize,
        drain_delay: Duration::from_secs(settings.gateway.drain_delay_seconds.into()),
        own_listeners: vec![management_address],
        ..GatewayConfig::default()
    };
    let (key_asks, keys_asked) = mpsc::channel(KEY_QUEUE);
    let links = Links {
        directory: Arc::clone(&directory),
        clock: clock::now,
        random: random_seed,
        usage: usage_sender,
        keys: key_asks,
        leases,
    };
    let explainer = Explainer::new(&links);
    let gateway = gateway::start(config, listeners, links).context("cannot start the gateway workers")?;
    tokio::spawn(count(usage_receiver, totals.clone()));

    let (changes, commits) = Changes::new();
    let (publisher, fetched_key_sets) = mpsc::channel(KEY_QUEUE);
    let feed = ConfigFeed { store: store.clone(), shared: Arc::clone(&directory), quotas: quotas.clone() };
    tokio::spawn(feed.run(commits, fetched_key_sets));
    let key_sets = KeySets::new(
        key_sets::Parts {
            directory: Arc::clone(&directory),
            fetcher: tokio::task::spawn_blocking(|| Fetcher::new(&FetcherConfig::default())).await??,
            limits: key_sets::LIMITS,
            publisher,
            data_dir: data_dir.path().to_owned(),
            clock: Arc::new(clock::now),
            random: random_seed,
            look_every: Duration::from_secs(1),
        },
        restored,
    );
    tokio::spawn(key_sets.run(keys_asked));
    let housekeeping = tokio::spawn(housekeeping::run(store.clone(), totals.clone()));
    let management_url = format!("http://{management_address}");
    let state = ManagementState::new(Parts {
        store: store.clone(),
        usage: totals.clone(),
        changes,
        counters: Arc::new(LiveCounters { directory: Arc::clone(&directory), quotas: quotas.clone() }),
        explanations: Arc::new(GatewayExplanations { explainer, recent: gateway.recent() }),
        gateway_url: format!("http://{gateway_address}"),
        management_url: management_url.clone(),
        clock: clock::wall,
    });
    let control_task =
        tokio::spawn(Control::bind(data_dir.path())?.run(store.clone(), management_url.clone(), state.clone()));
    let (end_management, management_ends) = oneshot::channel::<()>();
    let app = management::router(state, console::router()).into_make_service_with_connect_info::<SocketAddr>();
    let management = tokio::spawn(
        axum::serve(management_listener, app)
            .with_graceful_shutdown(async {
                let _ = management_ends.await;
            })
            .into_future(),
    );

    greet(&store, &settings, gateway_address, &management_url).await?;
    tracing::info!(gateway = %gateway_address, management = %management_address, workers, "serving");
    stop.await;
    tracing::info!("stopping");
    drain(gateway).await;
    let _ = end_management.send(());
    // Idle console connections would hold the stop up: open answers get a short while, then the rest is cut.
    let _ = tokio::time::timeout(Duration::from_secs(3), management).await;
    control_task.abort();
    housekeeping.abort();
    quotas.shutdown().await;
    counts.close().await;
    housekeeping::note_last_use(&store, &totals).await;
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Why the management listener could not be bound, in the words that the gateway's uses.
fn cannot_listen(error: io::Error, address: SocketAddr) -> anyhow::Error {
    if error.kind() == io::ErrorKind::AddrInUse {
        return anyhow::anyhow!("the management address {address} is in use");
    }
    anyhow::Error::new(error).context(format!("cannot listen on the management address {address}"))
}

/// Listens for SIGTERM and SIGINT from here on; ready when either comes.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Stops the gateway and waits until its workers ended.
async fn drain(gateway: GatewayHandle) {
    gateway.shutdown();
    if tokio::task::spawn_blocking(move || gateway.join()).await.is_err() {
        tracing::error!("waiting for the gateway workers failed");
    }
}

/// Randomness that seeds the request ids of one worker.
fn random_seed() -> [u8; 16] {
    let mut seed = [0; 16];
    if aws_lc_rs::rand::fill(&mut seed).is_err() {
        tracing::error!("the system gives no random bytes: request ids can be guessed");
    }
    seed
}

/// Merges what the workers counted.
async fn count(mut cells: mpsc::Receiver<UsageCells>, totals: Totals) {
    while let Some(cells) = cells.recv().await {
        totals.merge(&cells);
    }
}

fn warn_if_exposed(management: SocketAddr) {
    if !management.ip().is_loopback() {
        tracing::warn!(
            listen = %management,
            "the management listener is reachable from other machines without TLS: put a TLS proxy before it"
        );
    }
}

/// Says on standard output where everything is; at first start also the one-time set-up link.
async fn greet(store: &Store, settings: &Settings, gateway: SocketAddr, management_url: &str) -> anyhow::Result<()> {
    let mut text = format!(
        "Portcullis {}\n  gateway      http://{gateway}\n  console      {management_url}\n  data         {}\n",
        env!("CARGO_PKG_VERSION"),
        settings.data_dir.display(),
    );
    if store.needs_setup().await? {
        let actor = Actor::system("first start");
        let link = control::setup_link(store, &actor, clock::wall(), management_url, None).await?;
        text.push_str("  set-up link  ");
        text.push_str(link.expose());
        text.push_str(
            "\n               (once, within one hour: makes the owner; `portcullis setup-link` makes another)\n",
        );
    }
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_management_port_is_said_in_plain_words() {
        let address: SocketAddr = "127.0.0.1:8081".parse().unwrap();
        let busy = cannot_listen(io::ErrorKind::AddrInUse.into(), address);
        assert_eq!(format!("{busy:#}"), "the management address 127.0.0.1:8081 is in use");
        let other = cannot_listen(io::ErrorKind::PermissionDenied.into(), address);
        assert_eq!(format!("{other:#}"), "cannot listen on the management address 127.0.0.1:8081: permission denied");
    }
}
