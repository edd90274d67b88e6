//! From a committed change to the gateway: reads what changed, builds the next directory, swaps it in, and only then
//! lets the management call answer. Fetched key sets come the same way: nothing else writes to the directory.
//!
//! One task does this, in order; in a takeover the other process may ask for it too, and is asked before a call answers. A change names the objects it touched; their present state is read, so reading a
//! change twice or late does no harm; all that one look brings is read in one transaction. After the swap it is written
//! to the copy on the disk (`snapshot/`), then a management call may answer. If the store cannot be read the task tries
//! again until it can, and the gateway goes on with the directory that it has; a store that was gone is loaded whole when
//! it is found again. Where a quota changed, the lease keeper is told after the swap and before the answer.
//!
//! The age of the directory is judged each second and after every look that found it as new as the store: past what the
//! settings allow, a directory that says so takes its place and every call is refused, until it is new again.

use crate::clock;
use crate::quota_changes;
use crate::snapshot::{Keeper, Kept, Wish};
use crate::takeover::Neighbour;
use arc_swap::ArcSwap;
use domain::directory::{Delta, Directory, Freshness};
use domain::ids::Revision;
use domain::time::Monotonic;
use gateway::limits::QuotaControl;
use management::{Commit, DirectoryState};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{ChangeKind, Loaded, News, Store, StoreError};
use tokio::sync::{mpsc, oneshot};

const RETRY_AFTER: Duration = Duration::from_millis(100);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two writes of the time at which the directory was as new as the store.
const TOUCH_EVERY: Duration = Duration::from_secs(10);
/// After a copy that could not be made.
const COPY_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// The directory that all gateway workers share.
pub(crate) type Shared = Arc<ArcSwap<Directory>>;

/// Something for the directory that does not come from the store: fetched key sets.
#[derive(Debug)]
pub(crate) struct Publish {
    /// What is new.
    pub(crate) deltas: Vec<Delta>,
    /// To be answered once all workers use it.
    pub(crate) applied: oneshot::Sender<()>,
}

/// Loads the whole directory, at start. Makes the key for access tokens if there is none.
pub(crate) async fn load(store: &Store) -> Result<Directory, StoreError> {
    store.load_access_token_keys(clock::wall()).await?;
    let (revision, loaded) = store.load_directory().await?;
    Ok(compiled(revision, loaded))
}

/// A directory of these objects.
pub(crate) fn compiled(revision: Revision, loaded: Loaded) -> Directory {
    Directory::empty().apply(revision, all(loaded))
}

/// What the feed works with.
pub(crate) struct ConfigFeed {
    /// Where changes are read from.
    store: Store,
    /// What it writes.
    shared: Shared,
    /// Who must know of changed quotas.
    quotas: QuotaControl,
    /// Where changes must be in force too.
    neighbour: Neighbour,
    /// The copy on the disk.
    copy: Keeper,
    /// Held by whoever reads changes: older ones never come after newer ones.
    reading: tokio::sync::Mutex<()>,
    /// Held by whoever makes a copy.
    copying: Arc<tokio::sync::Mutex<()>>,
    /// When the directory was last known to be as new as the store, in monotonic nanoseconds.
    as_new_at: AtomicU64,
    /// When that was last written down.
    touched_at: AtomicU64,
    /// A copy is not tried before.
    copy_not_before: AtomicU64,
    /// Held from taking the directory until its successor is in its place.
    writing: Mutex<()>,
}

impl std::fmt::Debug for ConfigFeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfigFeed").finish_non_exhaustive()
    }
}

impl ConfigFeed {
    /// A feed that does nothing yet.
    /// `age`: how long ago the directory was as new as the store.
    pub(crate) fn new(
        store: Store,
        shared: Shared,
        quotas: QuotaControl,
        neighbour: Neighbour,
        copy: Keeper,
        age: Duration,
    ) -> Arc<Self> {
        let as_new_at = clock::now().monotonic.0.saturating_sub(nanos(age));
        Arc::new(Self {
            store,
            shared,
            quotas,
            neighbour,
            copy,
            reading: tokio::sync::Mutex::default(),
            copying: Arc::default(),
            as_new_at: AtomicU64::new(as_new_at),
            touched_at: AtomicU64::new(0),
            copy_not_before: AtomicU64::new(0),
            writing: Mutex::default(),
        })
    }

    /// How long ago the directory was as new as the store, for certain.
    pub(crate) fn age(&self) -> Duration {
        Duration::from_nanos(clock::now().monotonic.0.saturating_sub(self.as_new_at.load(Ordering::Relaxed)))
    }

    /// What is in force, and how old it may be.
    pub(crate) fn state(&self) -> DirectoryState {
        let directory = self.shared.load();
        DirectoryState { revision: directory.revision(), age: self.age(), freshness: directory.freshness() }
    }

    /// What is kept on the disk.
    pub(crate) fn kept(&self) -> Kept {
        self.copy.kept()
    }

    /// Keeps the copy on the disk from now on.
    pub(crate) async fn take_copy(&self) {
        self.copy.take();
        // Without the store nothing changes: what is there goes on to be true.
        if self.store.is_closed() {
            return;
        }
        if let Err(error) = self.begin_copy().await {
            tracing::error!(%error, "the former copy of the directory cannot be removed; trying again");
        }
    }

    /// Begins a generation of the copy. Where the present one ends at an older revision of this store, the new one goes on
    /// from there with what was touched since.
    async fn begin_copy(&self) -> io::Result<()> {
        let revision = self.shared.load().revision();
        let schema = Store::schema_version();
        let news = match tokio::task::block_in_place(|| self.copy.last_kept()) {
            Some(kept) if kept < revision => {
                let news = self.store.news_since(kept).await;
                news.ok().flatten().map(|news| (kept, news))
            }
            Some(_) | None => None,
        };
        tokio::task::block_in_place(|| match news {
            Some((kept, News { revision, rows, .. })) => {
                self.copy.begin(kept, schema)?;
                self.copy.append(kept, revision, &rows)
            }
            None => self.copy.begin(revision, schema).map(drop),
        })
    }

    /// Leaves the copy to another process.
    pub(crate) fn let_go_of_copy(&self) {
        self.copy.let_go();
    }

    /// Applies changes until the management side is gone. Besides what it is told it looks once a second by itself: a
    /// management call that was given up between its commit and its request here must not leave its change unapplied.
    pub(crate) async fn run(self: Arc<Self>, mut commits: mpsc::Receiver<Commit>, published: mpsc::Receiver<Publish>) {
        let publishing = tokio::spawn(Arc::clone(&self).publish_all(published));
        let judging = tokio::spawn(Arc::clone(&self).judge_each_second());
        loop {
            let mut waiting = Vec::new();
            tokio::select! {
                first = commits.recv() => match first {
                    Some(first) => waiting.push(first),
                    None => break,
                },
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            while let Ok(more) = commits.try_recv() {
                waiting.push(more);
            }
            self.catch_up().await;
            if !waiting.is_empty()
                && let Err(silent) = self.neighbour.apply().await
            {
                tracing::error!(%silent, "a change is not confirmed");
                continue;
            }
            for request in waiting {
                // The call may have been given up by its caller; the change is in force all the same.
                let _ = request.applied.send(());
            }
            self.look_after_copy();
        }
        publishing.abort();
        judging.abort();
    }

    async fn judge_each_second(self: Arc<Self>) {
        loop {
            self.judge_age();
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Marks the directory as too old to be decided by, or as no longer so, by its age and its settings.
    pub(crate) fn judge_age(&self) {
        let judged = |directory: &Directory| match directory.settings().max_staleness {
            Some(most) if self.age() > most => Freshness::Stale,
            Some(_) | None => Freshness::Fresh,
        };
        let present = self.shared.load();
        if judged(&present) == present.freshness() {
            return;
        }
        // Once more where nobody else writes: what is marked last was judged last.
        let (old, new) = self.replace(|now| now.apply(now.revision(), [Delta::Freshness(judged(now))]));
        let (age_seconds, revision) = (self.age().as_secs(), new.revision().0);
        match new.freshness() {
            Freshness::Stale if old.freshness() == Freshness::Fresh => tracing::error!(
                age_seconds,
                revision,
                "the directory is older than max_staleness_seconds: every call is refused until the store can be read"
            ),
            Freshness::Fresh if old.freshness() == Freshness::Stale => {
                tracing::info!(revision, "the directory is new enough again: calls are let in");
            }
            Freshness::Stale | Freshness::Fresh => {}
        }
    }

    /// Puts what is published in force. Fetched key sets do not wait for the store.
    async fn publish_all(self: Arc<Self>, mut published: mpsc::Receiver<Publish>) {
        while let Some(Publish { deltas, applied }) = published.recv().await {
            self.replace(|now| now.apply(now.revision(), deltas));
            // Whoever fetched may have given up; what was fetched is in force all the same.
            let _ = applied.send(());
        }
    }

    /// Brings the directory to the store's revision, however often reading fails on the way.
    pub(crate) async fn catch_up(&self) {
        let mut failed = false;
        while let Err(error) = self.step().await {
            if !failed {
                let revision = self.shared.load().revision().0;
                tracing::error!(%error, revision, "the store cannot be followed; the gateway goes on with what it has");
            }
            failed = true;
            tokio::time::sleep(if self.store.is_closed() { LOOK_EVERY } else { RETRY_AFTER }).await;
        }
        if failed {
            let revision = self.shared.load().revision().0;
            tracing::info!(revision, "the store is followed again");
        }
    }

    async fn step(&self) -> Result<(), StepError> {
        let _only_one = self.reading.lock().await;
        self.copy.settle()?;
        if self.store.is_closed() {
            self.recover().await?;
        } else {
            let known = self.shared.load().revision();
            if self.store.look().await? != known {
                self.follow(known).await?;
            }
        }
        self.note_as_new();
        Ok(())
    }

    /// Follows the store from a revision that is not its present one.
    async fn follow(&self, known: Revision) -> Result<(), StepError> {
        let lost = |error: &StoreError| self.store.lose(error);
        let Some(news) = self.store.news_since(known).await.inspect_err(lost)? else {
            let (revision, loaded) = self.store.load_directory().await.inspect_err(lost)?;
            let (old, new) = self.replace(|now| now.reload(revision, all(loaded)));
            self.begin_copy().await?;
            self.tell_quotas(&old, &new, None).await;
            return Ok(());
        };
        let News { revision, touched, deltas, rows } = news;
        let (old, new) = self.replace(|now| now.apply(revision, deltas));
        tokio::task::block_in_place(|| self.copy.append(known, revision, &rows))?;
        self.tell_quotas(&old, &new, Some(&touched)).await;
        Ok(())
    }

    /// Takes up a store that was gone, if it is there again. It may be another one or an older one: it is loaded whole.
    async fn recover(&self) -> Result<(), StepError> {
        let Monotonic(began) = clock::now().monotonic;
        let (revision, loaded, found) = self.store.find_again().await?;
        let known = self.shared.load().revision();
        if revision < known {
            let (store, served) = (revision.0, known.0);
            tracing::warn!(
                store,
                served,
                "the store that was found is older than what was served: it is the truth now"
            );
        }
        let (old, new) = self.replace(|now| now.reload(revision, all(loaded)));
        self.as_new_at.store(began, Ordering::Relaxed);
        self.judge_age();
        // A change that is made from here on is answered when this step is over.
        self.store.adopt(found);
        self.begin_copy().await?;
        self.tell_quotas(&old, &new, None).await;
        Ok(())
    }

    fn note_as_new(&self) {
        let Monotonic(now) = clock::now().monotonic;
        self.as_new_at.store(now, Ordering::Relaxed);
        self.judge_age();
        if now.saturating_sub(self.touched_at.load(Ordering::Relaxed)) > nanos(TOUCH_EVERY) {
            self.touched_at.store(now, Ordering::Relaxed);
            self.copy.touch(clock::of_files());
        }
    }

    /// Makes a copy beside everything else, if one is wanted.
    fn look_after_copy(self: &Arc<Self>) {
        let wish = self.copy.wants();
        let is_early = clock::now().monotonic.0 < self.copy_not_before.load(Ordering::Relaxed);
        if wish == Wish::Nothing || is_early || self.store.away_since_look().is_some() {
            return;
        }
        let Ok(only_one) = Arc::clone(&self.copying).try_lock_owned() else { return };
        let feed = Arc::clone(self);
        tokio::spawn(async move {
            let _only_one = only_one;
            if let Err(error) = feed.make_copy(wish).await {
                let again = clock::now().monotonic.0.saturating_add(nanos(COPY_AGAIN_AFTER));
                feed.copy_not_before.store(again, Ordering::Relaxed);
                tracing::warn!(%error, "no copy of the directory could be made; trying again");
            }
        });
    }

    async fn make_copy(&self, wish: Wish) -> Result<(), StepError> {
        let generation = match wish {
            Wish::Nothing => None,
            Wish::Complete(generation) => Some(generation),
            Wish::Begin => {
                let _only_one = self.reading.lock().await;
                self.begin_copy().await?;
                if self.copy.wants() == Wish::Begin {
                    return Err(io::Error::other("it still cannot be written").into());
                }
                None
            }
            Wish::GoOn => {
                let _only_one = self.reading.lock().await;
                tokio::task::block_in_place(|| self.copy.go_on_anew(Store::schema_version()))?
            }
        };
        let Some(generation) = generation else { return Ok(()) };
        let copy = self.store.copy_directory().await?;
        tokio::task::block_in_place(|| self.copy.complete(generation, &copy))?;
        Ok(())
    }

    /// Puts a successor of the directory in its place. Gives both.
    fn replace(&self, successor: impl FnOnce(&Directory) -> Directory) -> (Arc<Directory>, Arc<Directory>) {
        let _only_one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.shared.load_full();
        let new = Arc::new(successor(&old));
        self.shared.store(Arc::clone(&new));
        (old, new)
    }

    /// `touched`: `None` after a reload of everything.
    async fn tell_quotas(&self, old: &Directory, new: &Directory, touched: Option<&[(ChangeKind, i64)]>) {
        let (changed, gone) = match touched {
            Some(touched) => {
                let changes = quota_changes::between(old, new, touched);
                (changes.changed, changes.gone)
            }
            None => (quota_changes::all(new), Vec::new()),
        };
        if !changed.is_empty()
            && let Err(error) = self.quotas.changed(changed, new.revision()).await
        {
            tracing::error!(%error, "open leases could not be called back; the next lease is of the new limit");
        }
        if !gone.is_empty()
            && let Err(error) = self.quotas.forget(gone).await
        {
            tracing::warn!(%error, "counts of deleted profiles could not be removed");
        }
    }
}

/// Why a step could not be made.
#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the copy of the directory: {0}")]
    Copy(#[from] io::Error),
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn all(loaded: Loaded) -> impl Iterator<Item = Delta> {
    let clients = loaded.clients.into_iter().map(|client| Delta::Client(client.id, Some(Box::new(client))));
    let profiles = loaded.profiles.into_iter().map(|profile| Delta::Profile(profile.id, Some(Box::new(profile))));
    let policies = loaded.policies.into_iter().map(|policy| Delta::Policy(policy.id, Some(Box::new(policy))));
    let bundles = loaded.cert_bundles.into_iter();
    let bundles = bundles.map(|bundle| Delta::CertBundle(bundle.id, Some(Box::new(bundle))));
    let collections = loaded
        .collections
        .into_iter()
        .map(|found| Delta::Collection(found.collection.id, Some(Arc::new((found.collection, found.endpoints)))));
    let workspace = [
        Delta::Settings(Box::new(loaded.settings)),
        Delta::AccessTokenKeys(loaded.access_token_keys),
        Delta::Revoked(loaded.revoked),
    ];
    workspace.into_iter().chain(bundles).chain(clients).chain(policies).chain(collections).chain(profiles)
}

#[cfg(test)]
mod tests;
