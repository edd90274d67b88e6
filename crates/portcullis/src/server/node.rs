//! The parts of a node and how they are connected. What is loaded first serves nothing; then everything starts to serve at
//! once.

use super::management_server::ManagementServer;
use super::opening::{self, Opened};
use crate::clock;
use crate::config_feed::{ConfigFeed, Publish, Shared};
use crate::console;
use crate::control::{Control, Executive};
use crate::counters::LiveCounters;
use crate::data_dir::DataDir;
use crate::explanations::GatewayExplanations;
use crate::key_sets::{self, KeySets, Restored};
use crate::quota::FileAuthority;
use crate::settings::Settings;
use crate::snapshot::Keeper;
use crate::takeover::{Asked, Duties, Neighbour};
use crate::webhooks::{HealthWatch, Signs};
use crate::{access_log, certificates, file_limit, housekeeping, metrics, quota_changes, upstream_tokens, webhooks};
use anyhow::Context as _;
use arc_swap::ArcSwap;
use domain::usage::UsageCells;
use gateway::limits::LeaseKeeper;
use gateway::{
    AccessLogWriter, Explainer, GatewayConfig, GatewayCounts, GatewayHandle, Links, Listeners, UpstreamTokens,
};
use management::{Changes, ManagementState, NodeFacts, Parts};
use outbound::{Fetcher, FetcherConfig, OwnGateway};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::{QUOTA_DB, QuotaStore, Store};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use usage::Totals;

/// Hand-overs of usage that may wait at once; each worker sends one a second.
const USAGE_QUEUE: usize = 1024;
/// Wishes for fresh keys, and fetched key sets, that may wait at once.
const KEY_QUEUE: usize = 64;

/// What is known of the process that worked on the data directory before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// It has ended.
    Ended,
    /// It still serves, and hands over to this one.
    Serving,
}

/// What a node listens on.
pub(super) struct Sockets {
    /// The gateway's.
    pub(super) gateway: Listeners,
    /// Of management API and console.
    pub(super) management: TcpListener,
    /// Of commands; `None`: it is made when everything else serves.
    pub(super) control: Option<Control>,
}

/// A node that is loaded and serves nothing yet.
pub(super) struct Prepared {
    pub(super) data_dir: DataDir,
    /// What it does for the other process of a takeover.
    pub(super) duties: Duties,
    pub(super) neighbour: Neighbour,
    store: Store,
    counts: QuotaStore,
    leases: LeaseKeeper,
    restored: Vec<Restored>,
    fetcher: Fetcher,
}

/// A node that serves.
pub(super) struct Node {
    pub(super) data_dir: DataDir,
    pub(super) duties: Duties,
    pub(super) neighbour: Neighbour,
    pub(super) store: Store,
    pub(super) counts: QuotaStore,
    pub(super) gateway: GatewayHandle,
    pub(super) management: ManagementServer,
    pub(super) control: Control,
    pub(super) executive: Executive,
    /// Merges what the workers count; ends after them.
    pub(super) counting: JoinHandle<()>,
    /// What is done beside serving; not in a process that hands over.
    pub(super) housekeeping: JoinHandle<()>,
    pub(super) fetcher: Fetcher,
    pub(super) access_log: Option<AccessLogWriter>,
    /// Processes that want to take over.
    pub(super) takeovers: mpsc::Receiver<Asked>,
}

impl Prepared {
    /// Opens the stores and loads the directory, with the key sets that were fetched before.
    pub(super) async fn load(data_dir: DataDir, before: Before) -> anyhow::Result<Self> {
        let Opened { store, directory: loaded, age } = opening::open(data_dir.path()).await?;
        let quota_file = data_dir.path().join(QUOTA_DB);
        let counts = match before {
            Before::Ended => QuotaStore::open(&quota_file),
            Before::Serving => QuotaStore::open_beside(&quota_file),
        };
        // Serving without them would open every quota anew.
        let counts = counts.with_context(|| format!("cannot use {}", quota_file.display()))?;
        let (leases, quotas) = gateway::limits::start(FileAuthority(counts.clone()), clock::now);
        let restored = key_sets::restore(data_dir.path(), clock::wall());
        let loaded = loaded.apply(loaded.revision(), key_sets::restored_deltas(&restored, &loaded));
        // The periods on file may be of other settings than those that are loaded.
        quotas.changed(quota_changes::all(&loaded), loaded.revision()).await.context("cannot read the quota counts")?;
        let directory: Shared = Arc::new(ArcSwap::from_pointee(loaded));
        let neighbour = Neighbour::default();
        let copy = Keeper::new(data_dir.path());
        let feed = ConfigFeed::new(store.clone(), Arc::clone(&directory), quotas.clone(), neighbour.clone(), copy, age);
        feed.judge_age();
        let fetcher = tokio::task::spawn_blocking(|| Fetcher::new(&FetcherConfig::default())).await??;
        let duties = Duties { feed, quotas, totals: Totals::default(), directory };
        Ok(Self { data_dir, duties, neighbour, store, counts, leases, restored, fetcher })
    }

    /// Serves from now on: the gateway first, then the management side.
    pub(super) async fn serve(self, settings: &Settings, sockets: Sockets) -> anyhow::Result<Node> {
        let Self { data_dir, duties, neighbour, store, counts, leases, restored, fetcher } = self;
        let Sockets { gateway, management, control } = sockets;
        let management_address = management.local_addr().context("cannot read the management address")?;
        let Duties { feed, quotas, totals, directory } = duties.clone();
        // Before anybody is let in by what is loaded: a start from the copy must not find less than was served.
        feed.take_copy().await;
        let (feed_of_metrics, feed_of_readiness) = (Arc::clone(&feed), Arc::clone(&feed));
        let gateway_address = gateway.address();
        let access_log = access_log::start(&settings.access_log.output)?;
        let config = gateway_config(settings, access_log.clone(), management_address);
        let (usage_sender, usage_receiver) = mpsc::channel(USAGE_QUEUE);
        let (key_asks, keys_asked) = mpsc::channel(KEY_QUEUE);
        let (upstream_tokens, tokens_asked) = UpstreamTokens::new();
        let links = Links {
            directory: Arc::clone(&directory),
            clock: clock::now,
            random: random_seed,
            usage: usage_sender,
            keys: key_asks,
            upstream_tokens: upstream_tokens.clone(),
            leases,
        };
        let explainer = Explainer::new(&links);
        let gateway = gateway::start(config, gateway, links).context("cannot start the gateway workers")?;
        tokio::spawn(certificates::keep_fresh(gateway.certificates()));
        let counting = tokio::spawn(count(usage_receiver, totals.clone()));

        if let Some(writer) = &access_log {
            tokio::spawn(access_log::reopen_on_hang_up(writer.clone()));
        }

        let (changes, commits) = Changes::new();
        let (publisher, fetched_key_sets) = mpsc::channel(KEY_QUEUE);
        tokio::spawn(feed.run(commits, fetched_key_sets));
        tokio::spawn(upstream_token_keeper(&directory, &fetcher, upstream_tokens).run(tokens_asked));
        let key_sets = key_set_parts(&directory, fetcher.clone(), publisher, data_dir.path());
        tokio::spawn(KeySets::new(key_sets, restored).run(keys_asked));
        let housekeeping = do_chores(&duties, &store, &fetcher, &gateway);

        let management_url = format!("http://{management_address}");
        let sources = metrics::Sources {
            gateway: gateway.counts(),
            directory: Arc::clone(&directory),
            access_log: access_log.clone(),
            store: store.clone(),
            feed: feed_of_metrics,
        };
        let node = node_facts(settings, &gateway, &directory);
        let own_gateway = OwnGateway::new(gateway_address)?;
        let counters = LiveCounters { directory, quotas, counts: counts.clone(), neighbour: neighbour.clone() };
        let state = ManagementState::new(Parts {
            store: store.clone(),
            usage: totals,
            changes,
            counters: Arc::new(counters),
            explanations: Arc::new(GatewayExplanations { explainer, recent: gateway.recent() }),
            metrics: Box::new(metrics::text_of(sources)),
            directory: Box::new(move || feed_of_readiness.state()),
            gateway_url: format!("http://{gateway_address}"),
            management_url: management_url.clone(),
            own_gateway,
            node,
            fetcher: fetcher.clone(),
            own_listeners: gateway.addresses().iter().copied().chain([management_address]).collect(),
            clock: clock::wall,
        });
        let app = management::router(state.clone(), console::router());
        let management = ManagementServer::start(management, app)?;
        let (tell_takeovers, takeovers) = mpsc::channel(1);
        let executive = Executive { store: store.clone(), management_url, state, takeovers: tell_takeovers };
        let mut control = match control {
            Some(control) => control,
            None => Control::bind(data_dir.path())?,
        };
        control.start(executive.clone())?;
        Ok(Node {
            data_dir,
            duties,
            neighbour,
            store,
            counts,
            gateway,
            management,
            control,
            executive,
            counting,
            housekeeping,
            fetcher,
            access_log,
            takeovers,
        })
    }
}

/// Housekeeping, messages to webhooks and the watch over the gateway's health, until it is aborted.
pub(super) fn do_chores(duties: &Duties, store: &Store, fetcher: &Fetcher, gateway: &GatewayHandle) -> JoinHandle<()> {
    let Duties { totals, directory, .. } = duties;
    let webhooks = webhook_sender(directory, fetcher, store);
    let health = HealthWatch::new(store.clone(), signs_of(gateway.counts(), Arc::clone(directory)), clock::wall);
    let housekeeping = housekeeping::run(store.clone(), totals.clone());
    tokio::spawn(async move {
        tokio::join!(housekeeping, webhooks.run(), health.run());
    })
}

/// What this node says of itself.
fn node_facts(settings: &Settings, gateway: &GatewayHandle, directory: &Shared) -> NodeFacts {
    let applied = Arc::clone(directory);
    // Where there is none it is only a name less.
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    NodeFacts {
        name: Some(name.trim()).filter(|name| !name.is_empty()).unwrap_or("this node").to_owned(),
        version: env!("CARGO_PKG_VERSION"),
        started_at: clock::wall(),
        workers: settings.worker_count().get(),
        listeners: gateway.addresses().to_vec(),
        applied_revision: Box::new(move || applied.load().revision()),
    }
}

/// The settings as the gateway takes them.
fn gateway_config(
    settings: &Settings,
    access_log: Option<AccessLogWriter>,
    management_address: SocketAddr,
) -> GatewayConfig {
    let seconds = |seconds: u16| Duration::from_secs(seconds.into());
    let gateway = &settings.gateway;
    let files = file_limit::raise();
    GatewayConfig {
        in_flight_per_worker: gateway.max_in_flight as usize,
        connections_per_worker: match gateway.max_connections {
            0 => file_limit::connections_per_worker(files, settings.worker_count()),
            given => given as usize,
        },
        head_read: seconds(gateway.head_timeout_seconds),
        request_body_idle: seconds(gateway.body_timeout_seconds),
        stream_idle: seconds(gateway.write_timeout_seconds),
        keep_alive: seconds(gateway.keep_alive_seconds),
        access_log,
        drain_delay: seconds(gateway.drain_delay_seconds),
        own_listeners: vec![management_address],
        ..GatewayConfig::default()
    }
}

/// What keeps access tokens for upstreams fresh.
fn upstream_token_keeper(directory: &Shared, fetcher: &Fetcher, tokens: UpstreamTokens) -> upstream_tokens::Keeper {
    upstream_tokens::Keeper::new(upstream_tokens::Parts {
        directory: Arc::clone(directory),
        fetcher: fetcher.clone(),
        tokens,
        clock: Arc::new(clock::now),
        look_every: Duration::from_secs(1),
    })
}

/// What sends messages to webhooks.
fn webhook_sender(directory: &Shared, fetcher: &Fetcher, store: &Store) -> webhooks::Sender {
    webhooks::Sender::new(webhooks::Parts {
        store: store.clone(),
        directory: Arc::clone(directory),
        fetcher: fetcher.clone(),
        limits: webhooks::LIMITS,
        clock: clock::wall,
        random: random_seed,
        look_every: Duration::from_secs(1),
    })
}

/// What the health of the gateway is judged by.
fn signs_of(counts: GatewayCounts, directory: Shared) -> impl Fn() -> Signs {
    move || {
        let workers = counts.read();
        Signs {
            applied: directory.load().revision().0,
            shed: workers.iter().map(|worker| worker.shed).sum(),
            accept_failures: workers.iter().map(|worker| worker.accept_failures).sum(),
            lag_micros: workers.iter().map(|worker| worker.lag_micros).max().unwrap_or(0),
        }
    }
}

/// What key sets are kept fresh with.
fn key_set_parts(
    directory: &Shared,
    fetcher: Fetcher,
    publisher: mpsc::Sender<Publish>,
    data_dir: &Path,
) -> key_sets::Parts {
    key_sets::Parts {
        directory: Arc::clone(directory),
        fetcher,
        limits: key_sets::LIMITS,
        publisher,
        data_dir: data_dir.to_owned(),
        clock: Arc::new(clock::now),
        random: random_seed,
        look_every: Duration::from_secs(1),
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
