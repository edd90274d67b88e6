//! The connection between the two processes of a takeover, from the moment at which the windows are handed over until the
//! old one has ended: changes and recalls that must hold in both, and what the old one counted.
//!
//! Either side may ask the other to bring its directory to a revision; the new one also to give leases back. An ask is
//! obeyed by reading the store, so asking twice or late does no harm. When the other side is gone there is nobody left
//! to ask: every ask is answered.

use super::frames::{self, Frame, Say};
use super::usage_report::UsageReport;
use crate::config_feed::{ConfigFeed, Shared};
use crate::quota_changes::{of_client, of_profile};
use arc_swap::ArcSwapOption;
use domain::ids::{ClientId, ProfileId};
use domain::limits::SubjectKey;
use domain::usage::UsageCells;
use gateway::limits::{QuotaControl, QuotaSubject};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use usage::Totals;

/// Longest wait for the other process. Below the ten seconds after which a management call is answered as unconfirmed.
const OBEY_WITHIN: Duration = Duration::from_secs(8);
/// Messages that may wait to be sent.
const QUEUE: usize = 1024;

/// What this process does for the other one.
#[derive(Clone)]
pub(crate) struct Duties {
    /// Follows the store.
    pub(crate) feed: Arc<ConfigFeed>,
    /// Holds leases.
    pub(crate) quotas: QuotaControl,
    /// Counts calls.
    pub(crate) totals: Totals,
    /// Knows the subjects.
    pub(crate) directory: Shared,
}

/// What becomes of a process that does not obey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// The old one is ended: it must not go on with what was revoked.
    Kill(Pid),
    /// The new one: a change is answered as unconfirmed.
    Report,
}

/// The other process did not obey in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the other process of the takeover did not answer in time")]
pub(crate) struct Silent;

/// How far the hand-over is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Progress {
    Begun,
    /// The new process serves, at these addresses.
    Serving(Vec<SocketAddr>),
    /// The old one ends.
    Committed,
}

/// What is known of the other process.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Other {
    progress: Progress,
    is_gone: bool,
}

/// The connection.
#[derive(Debug)]
pub(crate) struct Link {
    outgoing: mpsc::Sender<Frame>,
    asked: Arc<Asked>,
    next_ask: AtomicU64,
    other: watch::Receiver<Other>,
    silence: Silence,
}

/// Asks that the other side has not obeyed yet; `None` when it is gone.
#[derive(Debug)]
struct Asked(Mutex<Option<HashMap<u64, oneshot::Sender<()>>>>);

impl Link {
    /// Starts to serve the other side. Nothing is sent before `first`, if there is such a message to come. The task ends
    /// when all was sent that is to be sent.
    pub(super) fn start(
        stream: UnixStream,
        duties: Duties,
        silence: Silence,
        first: Option<oneshot::Receiver<Frame>>,
    ) -> (Arc<Self>, JoinHandle<()>) {
        let (read, write) = stream.into_split();
        let (outgoing, to_send) = mpsc::channel(QUEUE);
        let (tell, other) = watch::channel(Other { progress: Progress::Begun, is_gone: false });
        let asked = Arc::new(Asked(Mutex::new(Some(HashMap::new()))));
        let reader = Reader { duties, asked: Arc::clone(&asked), answers: outgoing.downgrade(), other: tell };
        let reading = tokio::spawn(reader.run(read));
        let sending = tokio::spawn(async move {
            if write_all(write, first, to_send).await.is_ok() {
                // Whoever has nothing to say any more does not listen either.
                reading.abort();
            }
        });
        (Arc::new(Self { outgoing, asked, next_ask: AtomicU64::new(0), other, silence }), sending)
    }

    pub(super) async fn send(&self, frame: Frame) {
        // The other side is gone: there is nobody to tell.
        let _gone = self.outgoing.send(frame).await;
    }

    /// Waits until the hand-over has come to a point, or until the other process is gone: says how far it came.
    pub(super) async fn wait_for(&self, reached: impl Fn(&Progress) -> bool) -> Progress {
        let mut other = self.other.clone();
        // An error says that the reader is gone, and with it the other process.
        drop(other.wait_for(|other| other.is_gone || reached(&other.progress)).await);
        other.borrow().progress.clone()
    }

    /// Whether the other process is gone.
    pub(crate) fn is_gone(&self) -> bool {
        self.other.borrow().is_gone
    }

    /// Waits until the other process is gone.
    pub(crate) async fn gone(&self) {
        let mut other = self.other.clone();
        drop(other.wait_for(|other| other.is_gone).await);
    }

    /// Reports calls, once.
    pub(crate) async fn report(&self, cells: &UsageCells) {
        for report in UsageReport::of(cells) {
            self.send(Frame::Say(Say::Usage(report))).await;
        }
    }

    async fn apply(&self) -> Result<(), Silent> {
        self.ask(|ask| Say::Apply { ask }).await
    }

    async fn recall(&self, subjects: &[SubjectKey]) -> Result<(), Silent> {
        let (mut profiles, mut clients) = (Vec::new(), Vec::new());
        for subject in subjects {
            match subject {
                SubjectKey::Profile(id) => profiles.push(id.0),
                SubjectKey::Client(id) => clients.push(id.0),
            }
        }
        self.ask(|ask| Say::Recall { ask, profiles, clients }).await
    }

    async fn ask(&self, say: impl FnOnce(u64) -> Say) -> Result<(), Silent> {
        let ask = self.next_ask.fetch_add(1, Ordering::Relaxed);
        let (done, is_done) = oneshot::channel();
        if !self.asked.note(ask, done) {
            return Ok(());
        }
        let asking = async {
            self.send(Frame::Say(say(ask))).await;
            // Dropped: the other process is gone.
            let _gone = is_done.await;
        };
        if timeout(OBEY_WITHIN, asking).await.is_ok() {
            return Ok(());
        }
        match self.silence {
            Silence::Kill(pid) => {
                tracing::error!("the former process does not take a change: it is ended");
                if let Err(error) = kill_process(pid, Signal::KILL) {
                    tracing::warn!(%error, "the former process cannot be ended");
                }
                timeout(OBEY_WITHIN, self.gone()).await.map_err(|_| Silent)
            }
            Silence::Report => Err(Silent),
        }
    }
}

impl Asked {
    /// False: the other side is gone.
    fn note(&self, ask: u64, done: oneshot::Sender<()>) -> bool {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.as_mut().map(|asked| asked.insert(ask, done)).is_some()
    }

    fn done(&self, ask: u64) {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(done) = asked.as_mut().and_then(|asked| asked.remove(&ask)) {
            // Whoever asked may have given up.
            let _ = done.send(());
        }
    }

    fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

async fn write_all(
    mut write: OwnedWriteHalf,
    first: Option<oneshot::Receiver<Frame>>,
    mut to_send: mpsc::Receiver<Frame>,
) -> anyhow::Result<()> {
    if let Some(first) = first {
        // Dropped: the hand-over was given up, and all of it ends here.
        let Ok(first) = first.await else { return Ok(()) };
        frames::send(&mut write, &first).await?;
    }
    while let Some(frame) = to_send.recv().await {
        frames::send(&mut write, &frame).await?;
    }
    Ok(())
}

/// Listens to the other side.
struct Reader {
    duties: Duties,
    asked: Arc<Asked>,
    answers: mpsc::WeakSender<Frame>,
    other: watch::Sender<Other>,
}

impl Reader {
    async fn run(self, mut read: OwnedReadHalf) {
        while let Ok(Frame::Say(say)) = frames::receive(&mut read).await {
            self.hear(say);
        }
        self.asked.close();
        self.other.send_modify(|other| other.is_gone = true);
    }

    fn hear(&self, say: Say) {
        match say {
            Say::Apply { ask } => {
                let feed = Arc::clone(&self.duties.feed);
                self.obey(ask, async move { feed.catch_up().await });
            }
            Say::Recall { ask, profiles, clients } => {
                let (quotas, subjects) = (self.duties.quotas.clone(), self.subjects(profiles, clients));
                self.obey(ask, async move {
                    if let Err(error) = quotas.recall(subjects).await {
                        tracing::error!(%error, "leases could not be given back for the new process");
                    }
                });
            }
            Say::Done { ask } => self.asked.done(ask),
            Say::Usage(report) => self.duties.totals.merge(&report.cells()),
            Say::Serving { addresses } => self.reached(Progress::Serving(addresses)),
            Say::Committed => self.reached(Progress::Committed),
            Say::Offer { .. } | Say::Ready => {}
        }
    }

    fn reached(&self, progress: Progress) {
        self.other.send_modify(|other| other.progress = progress);
    }

    fn obey(&self, ask: u64, work: impl Future<Output = ()> + Send + 'static) {
        let answers = self.answers.clone();
        tokio::spawn(async move {
            work.await;
            if let Some(answers) = answers.upgrade() {
                let _gone = answers.send(Frame::Say(Say::Done { ask })).await;
            }
        });
    }

    fn subjects(&self, profiles: Vec<i64>, clients: Vec<i64>) -> Vec<QuotaSubject> {
        let directory = self.duties.directory.load();
        let profiles = profiles.into_iter().filter_map(|id| directory.profile(ProfileId(id)));
        let clients = clients.into_iter().filter_map(|id| directory.client(ClientId(id)));
        let of_profiles = profiles.filter_map(|profile| of_profile(&directory, profile));
        of_profiles.chain(clients.filter_map(|client| of_client(&directory, client))).collect()
    }
}

/// The other process of a takeover, while there is one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Neighbour(Arc<ArcSwapOption<Link>>);

impl Neighbour {
    pub(crate) fn set(&self, link: &Arc<Link>) {
        self.0.store(Some(Arc::clone(link)));
    }

    pub(crate) fn clear(&self) {
        self.0.store(None);
    }

    /// The connection to it.
    pub(crate) fn link(&self) -> Option<Arc<Link>> {
        self.0.load_full()
    }

    /// Waits until the neighbour works with all that is committed, too.
    pub(crate) async fn apply(&self) -> Result<(), Silent> {
        match self.link() {
            Some(link) => link.apply().await,
            None => Ok(()),
        }
    }

    /// Waits until the neighbour has given the leases of these subjects back.
    pub(crate) async fn recall(&self, subjects: &[SubjectKey]) -> Result<(), Silent> {
        match self.link() {
            Some(link) => link.recall(subjects).await,
            None => Ok(()),
        }
    }
}
