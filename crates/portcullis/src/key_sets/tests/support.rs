//! The task under test, a feed that applies what it publishes, and a clock that the test moves.

use crate::config_feed::{Publish, Shared};
use crate::key_sets::fault::KeySetFault;
use crate::key_sets::status::{KeySetStatus, KeySetStatuses};
use crate::key_sets::{self, KeySets, Parts};
use arc_swap::ArcSwap;
use domain::cidr::CidrEntry;
use domain::client::Client;
use domain::directory::{Delta, Directory};
use domain::ids::{ClientId, ProjectId, Revision};
use domain::jwt::Algorithm;
use domain::settings::Settings;
use domain::terms::{AuthMethod, JwtTerms, KeySource, Terms};
use domain::text::Name;
use domain::time::{Monotonic, Now, Timestamp};
use gateway::KeyAsk;
use outbound::{Fetcher, FetcherConfig, Limits};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// When the test's clock begins, in seconds since 1970.
const BEGIN: u64 = 1_800_000_000;

/// A source at a URL.
pub(super) fn jwks(url: &str) -> KeySource {
    KeySource::JwksUri(url.into())
}

/// A clock that only the test moves: seconds since [`BEGIN`].
#[derive(Clone, Default)]
pub(super) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(super) fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_secs(), Ordering::SeqCst);
    }

    pub(super) fn wall(&self) -> Timestamp {
        Timestamp(i64::try_from((BEGIN + self.0.load(Ordering::SeqCst)) * 1_000_000).unwrap())
    }

    fn now(&self) -> Now {
        Now { monotonic: Monotonic(self.0.load(Ordering::SeqCst) * 1_000_000_000), wall: self.wall() }
    }
}

/// The task, running.
pub(super) struct Running {
    pub(super) directory: Shared,
    pub(super) clock: Clock,
    pub(super) statuses: KeySetStatuses,
    pub(super) asks: mpsc::Sender<KeyAsk>,
    /// How many changes were published.
    pub(super) published: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

/// A directory in which these sources are needed, one client each; fetches to 127.0.0.1 are allowed.
pub(super) fn directory(sources: &[KeySource]) -> Directory {
    let settings = Settings { outbound_allowed: vec![CidrEntry::parse("127.0.0.1").unwrap()], ..Settings::default() };
    let clients = (1..).zip(sources).map(|(id, source)| {
        let mut jwt = JwtTerms::default();
        match source {
            KeySource::JwksUri(url) => jwt.oidc_jwks_uri = Some(Arc::clone(url)),
            KeySource::Issuer(url) => jwt.oidc_issuer = Some(Arc::clone(url)),
        }
        let mut terms = Terms::new(Vec::new(), None, AuthMethod::Oidc);
        terms.jwt = Some(Box::new(jwt));
        Delta::Client(ClientId(id), Some(Box::new(client(id, terms))))
    });
    let first = Directory::empty().apply(Revision(1), [Delta::Settings(Box::new(settings))]);
    first.apply(Revision(1), clients)
}

fn client(id: i64, terms: Terms) -> Client {
    Client {
        id: ClientId(id),
        project_id: ProjectId(1),
        name: Name::parse(&format!("Client {id}")).unwrap(),
        description: None,
        email: None,
        enabled: true,
        default_terms: Some(terms),
        shared_policy_id: None,
        logo_version: None,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}

impl Running {
    /// For one test: its data directory is gone at once, so nothing is copied.
    pub(super) fn start(sources: &[KeySource]) -> Self {
        let folder = TempDir::new().unwrap();
        Self::start_in(folder.path(), Clock::default(), sources)
    }

    /// As at a start of the program.
    pub(super) fn start_in(data_dir: &Path, clock: Clock, sources: &[KeySource]) -> Self {
        let restored = key_sets::restore(data_dir, clock.wall());
        let empty = directory(sources);
        let deltas = key_sets::restored_deltas(&restored, &empty);
        let directory: Shared = Arc::new(ArcSwap::from_pointee(empty.apply(empty.revision(), deltas)));
        let (to_feed, to_apply) = mpsc::channel(16);
        let published = Arc::new(AtomicU64::new(0));
        tokio::spawn(feed(Arc::clone(&directory), to_apply, Arc::clone(&published)));
        let ticking = clock.clone();
        let parts = Parts {
            directory: Arc::clone(&directory),
            fetcher: Fetcher::new(&FetcherConfig::default()).unwrap(),
            limits: Limits { total: Duration::from_mins(10), ..key_sets::LIMITS },
            publisher: to_feed,
            data_dir: data_dir.to_owned(),
            clock: Arc::new(move || ticking.now()),
            random: || [0; 16],
            look_every: Duration::from_millis(5),
        };
        let key_sets = KeySets::new(parts, restored);
        let statuses = key_sets.statuses();
        let (asks, asked) = mpsc::channel(64);
        let task = tokio::spawn(key_sets.run(asked));
        Self { directory, clock, statuses, asks, published, task }
    }

    /// As at a stop of the program.
    pub(super) async fn stop(self) {
        drop(self.asks);
        self.task.await.unwrap();
    }

    /// Replaces what is needed.
    pub(super) fn need(&self, sources: &[KeySource]) {
        let now = self.directory.load();
        let next = Revision(now.revision().0 + 1);
        let gone = now.clients().map(|client| Delta::Client(client.id(), None));
        let bare = now.apply(next, gone.collect::<Vec<_>>());
        let clients = directory(sources);
        let jwt_of = |id| clients.client(id).and_then(|client| client.default_terms().cloned());
        let ids = clients.clients().map(|client| client.id());
        let needed = ids.map(|id| Delta::Client(id, Some(Box::new(client(id.0, jwt_of(id).unwrap())))));
        self.directory.store(Arc::new(bare.apply(next, needed.collect::<Vec<_>>())));
    }

    /// Asks as a worker does; done when answered.
    pub(super) async fn ask(&self, source: &KeySource) {
        let (done, answer) = oneshot::channel();
        self.asks.send(KeyAsk { source: source.clone(), done }).await.unwrap();
        let _ = tokio::time::timeout(Duration::from_secs(20), answer).await.expect("an ask was never answered");
    }

    /// Whether the directory's set has a key with this id.
    pub(super) fn has_key(&self, source: &KeySource, kid: &str) -> bool {
        let directory = self.directory.load();
        directory.key_set(source).is_some_and(|entry| entry.set.select(Some(kid), Algorithm::EdDsa).is_ok())
    }

    pub(super) fn has_set(&self, source: &KeySource) -> bool {
        self.directory.load().key_set(source).is_some()
    }

    pub(super) fn status(&self, source: &KeySource) -> KeySetStatus {
        self.statuses.find(source).unwrap()
    }

    pub(super) fn fault(&self, source: &KeySource) -> Option<KeySetFault> {
        self.statuses.find(source)?.last_error
    }

    pub(super) fn published(&self) -> u64 {
        self.published.load(Ordering::SeqCst)
    }
}

/// Applies what is published, as the configuration feed does.
async fn feed(directory: Shared, mut publish: mpsc::Receiver<Publish>, published: Arc<AtomicU64>) {
    while let Some(Publish { deltas, applied }) = publish.recv().await {
        directory.rcu(|now| now.apply(now.revision(), deltas.clone()));
        published.fetch_add(1, Ordering::SeqCst);
        let _ = applied.send(());
    }
}

/// Waits until something is so.
pub(super) async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..2000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within twenty seconds: {what}");
}
