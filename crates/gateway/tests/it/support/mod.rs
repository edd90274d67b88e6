//! A gateway, an upstream and a caller for tests.

pub(crate) mod authority;
pub(crate) mod caller;
pub(crate) mod directory;
pub(crate) mod faults;
pub(crate) mod http2_upstream;
pub(crate) mod tls;
pub(crate) mod upstream;

pub(crate) use authority::{Authority, Mood};
pub(crate) use caller::{Caller, Reply};
pub(crate) use directory::{CLIENT, KEY_ID, PROFILE, Setup, token, token_of};
pub(crate) use faults::{FaultProxy, Trouble};
pub(crate) use http2_upstream::Http2Upstream;
pub(crate) use upstream::Upstream;

use arc_swap::ArcSwap;
use domain::directory::Delta;
use domain::ids::Revision;
use domain::time::{Monotonic, Now, Timestamp};
use domain::usage::UsageCells;
use gateway::{
    Certificates, Explainer, GatewayConfig, GatewayHandle, KeyAsk, Links, ListenerConfig, Listeners, RecentRequests,
    Recorded, SharedDirectory, TokenAsk, UpstreamTokens,
};
use gateway::{GatewayCounts, WorkerCounts};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// No test waits longer than this for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until something holds, but not for ever.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !holds() {
        assert!(tokio::time::Instant::now() < deadline, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A clock that stands still: limits do not recover by themselves.
pub(crate) fn standing_clock() -> Now {
    Now { monotonic: Monotonic(1_000_000_000), wall: Timestamp(1_700_000_000_000_000) }
}

/// Other bytes for each worker.
fn random() -> [u8; 16] {
    static NEXT: AtomicU64 = AtomicU64::new(7);
    u128::from(NEXT.fetch_add(1, Ordering::Relaxed)).to_be_bytes()
}

/// A running gateway. Stops when dropped.
pub(crate) struct Gateway {
    /// Of its first listener.
    pub(crate) address: SocketAddr,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) certificates: Certificates,
    pub(crate) directory: SharedDirectory,
    pub(crate) usage: mpsc::Receiver<UsageCells>,
    /// Wishes for keys. Whoever takes it answers them.
    pub(crate) keys: Option<mpsc::Receiver<KeyAsk>>,
    pub(crate) upstream_tokens: UpstreamTokens,
    /// Wishes for access tokens for upstreams. Whoever takes it answers them.
    pub(crate) token_asks: Option<mpsc::Receiver<TokenAsk>>,
    pub(crate) authority: Authority,
    pub(crate) explainer: Explainer,
    recent: RecentRequests,
    counts: GatewayCounts,
    /// Where leases are kept and explanations run.
    pub(crate) runtime: tokio::runtime::Runtime,
    handle: Option<GatewayHandle>,
}

/// A configuration with no patience for leftovers; a busy machine sheds nothing.
pub(crate) fn config() -> GatewayConfig {
    GatewayConfig {
        drain_limit: Duration::from_millis(200),
        lag_target: Duration::from_mins(1),
        ..GatewayConfig::default()
    }
}

impl Gateway {
    /// One worker, the documented bounds.
    pub(crate) fn start(setup: &Setup) -> Self {
        Self::start_with(setup, config(), standing_clock, 1)
    }

    pub(crate) fn start_with(setup: &Setup, config: GatewayConfig, clock: fn() -> Now, workers: usize) -> Self {
        let any = "127.0.0.1:0".parse().unwrap();
        Self::start_on(setup, config, clock, workers, vec![ListenerConfig::plain(any)])
    }

    /// With listeners of the test's own.
    pub(crate) fn start_on(
        setup: &Setup,
        config: GatewayConfig,
        clock: fn() -> Now,
        workers: usize,
        listeners: Vec<ListenerConfig>,
    ) -> Self {
        let listeners = gateway::bind(listeners, NonZeroUsize::new(workers).unwrap()).unwrap();
        Self::start_from(setup, config, clock, listeners)
    }

    /// On sockets that are there.
    pub(crate) fn start_from(setup: &Setup, config: GatewayConfig, clock: fn() -> Now, listeners: Listeners) -> Self {
        let directory: SharedDirectory = Arc::new(ArcSwap::from_pointee(setup.directory()));
        let (sender, usage) = mpsc::channel(64);
        let (asks, keys) = mpsc::channel(16);
        let authority = Authority::default();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (leases, _) = runtime.block_on(async { gateway::limits::start(authority.clone(), clock) });
        let (upstream_tokens, token_asks) = UpstreamTokens::new();
        let links = Links {
            directory: Arc::clone(&directory),
            clock,
            random,
            usage: sender,
            keys: asks,
            upstream_tokens: upstream_tokens.clone(),
            leases,
        };
        let explainer = Explainer::new(&links);
        let handle = gateway::start(config, listeners, links).unwrap();
        Self {
            address: handle.address(),
            addresses: handle.addresses().to_vec(),
            certificates: handle.certificates(),
            directory,
            usage,
            keys: Some(keys),
            upstream_tokens,
            token_asks: Some(token_asks),
            authority,
            explainer,
            recent: handle.recent(),
            counts: handle.counts(),
            runtime,
            handle: Some(handle),
        }
    }

    /// Changes the directory as the program does: in force when it returns.
    pub(crate) fn change(&self, deltas: impl IntoIterator<Item = Delta>) {
        let directory = self.directory.load();
        let revision = Revision(directory.revision().0 + 1);
        self.directory.store(Arc::new(directory.apply(revision, deltas)));
    }

    /// What was recorded of an answered request.
    #[track_caller]
    pub(crate) fn recorded(&self, reply: &Reply) -> Recorded {
        let id = reply.header("x-request-id").unwrap();
        self.find_recorded(id).unwrap_or_else(|| panic!("{id} is not on record: {reply:?}"))
    }

    pub(crate) fn find_recorded(&self, request_id: &str) -> Option<Recorded> {
        self.runtime.block_on(self.recent.find(request_id))
    }

    /// What its only worker has counted.
    pub(crate) fn worker_counts(&self) -> WorkerCounts {
        self.counts.read().remove(0)
    }

    /// How often something of this kind befell requests to upstreams.
    pub(crate) fn upstream_count(&self, kind: &str) -> u64 {
        let counts = self.counts.upstreams();
        counts.into_iter().find(|(own, _)| *own == kind).unwrap().1
    }

    /// A new connection.
    pub(crate) fn connect(&self) -> Caller {
        Caller::connect(self.address)
    }

    /// One request on a connection of its own.
    pub(crate) fn send(&self, request: &str) -> Reply {
        let mut caller = self.connect();
        caller.write(request.as_bytes());
        caller.reply()
    }

    /// A GET with the good token.
    pub(crate) fn get(&self, target: &str) -> Reply {
        self.send(&get(target))
    }

    /// For pausing, handing over and cutting.
    pub(crate) fn handle(&self) -> &GatewayHandle {
        self.handle.as_ref().unwrap()
    }

    pub(crate) fn shutdown(&self) {
        self.handle.as_ref().unwrap().shutdown();
    }

    /// Stops and waits; gives all that was counted.
    pub(crate) fn stop(mut self) -> Counted {
        self.shutdown();
        self.join()
    }

    /// Waits for the end; gives all that was counted.
    pub(crate) fn join(&mut self) -> Counted {
        self.handle.take().unwrap().join();
        let mut counted = Counted::default();
        while let Some(cells) = self.usage.blocking_recv() {
            counted.without_profile += cells.refused_without_profile;
            for (_, calls) in cells.profiles() {
                counted.calls += calls.calls;
                counted.refused += calls.refused;
            }
        }
        counted
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(handle) = self.handle.take() {
            handle.shutdown();
            handle.join();
        }
    }
}

/// Usage, summed up.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) calls: u64,
    pub(crate) refused: u64,
    pub(crate) without_profile: u64,
}

/// The text of a GET with the good token.
pub(crate) fn get(target: &str) -> String {
    request("GET", target, "", "")
}

/// The text of a request with the good token; `headers` end in CR LF.
pub(crate) fn request(method: &str, target: &str, headers: &str, body: &str) -> String {
    let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    format!("{method} {target} HTTP/1.1\r\nhost: gw.test\r\napi-token: {}\r\n{length}{headers}\r\n{body}", token())
}
