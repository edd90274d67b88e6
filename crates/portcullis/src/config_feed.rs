//! From a committed change to the gateway: reads what changed, builds the next directory, swaps it in, and only then
//! lets the management call answer. Fetched key sets come the same way: nothing else writes to the directory.
//!
//! One task does this, in order; in a takeover the other process may ask for it too, and is asked before a call answers. A change names the objects it touched; their present state is read, so reading a
//! change twice or late does no harm. If the store cannot be read the task tries again until it can: a management
//! call whose change is not yet in force does not answer. Where a quota changed, the lease keeper is told after the
//! swap and before the answer.

use crate::clock;
use crate::quota_changes;
use crate::takeover::Neighbour;
use arc_swap::ArcSwap;
use domain::directory::{Delta, Directory};
use domain::ids::{CertBundleId, ClientId, CollectionId, PolicyId, ProfileId, Revision};
use gateway::limits::QuotaControl;
use management::Commit;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{Change, ChangeKind, Loaded, Store, StoreError};
use tokio::sync::{mpsc, oneshot};

const RETRY_AFTER: Duration = Duration::from_millis(100);
const LOOK_EVERY: Duration = Duration::from_secs(1);

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
    Ok(Directory::empty().apply(revision, all(loaded)))
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
    /// Held by whoever reads changes: older ones never come after newer ones.
    reading: tokio::sync::Mutex<()>,
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
    pub(crate) fn new(store: Store, shared: Shared, quotas: QuotaControl, neighbour: Neighbour) -> Arc<Self> {
        let (reading, writing) = (tokio::sync::Mutex::default(), Mutex::default());
        Arc::new(Self { store, shared, quotas, neighbour, reading, writing })
    }

    /// Applies changes until the management side is gone. Besides what it is told it looks once a second by itself: a
    /// management call that was given up between its commit and its request here must not leave its change unapplied.
    pub(crate) async fn run(self: Arc<Self>, mut commits: mpsc::Receiver<Commit>, published: mpsc::Receiver<Publish>) {
        let publishing = tokio::spawn(Arc::clone(&self).publish_all(published));
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
        }
        publishing.abort();
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
                tracing::error!(%error, "committed changes cannot be read; trying again until they can");
            }
            failed = true;
            tokio::time::sleep(RETRY_AFTER).await;
        }
        if failed {
            tracing::info!("committed changes are in force again");
        }
    }

    async fn step(&self) -> Result<(), StoreError> {
        let _only_one = self.reading.lock().await;
        let known = self.shared.load().revision();
        let target = self.store.current_revision().await?;
        if target == known {
            return Ok(());
        }
        let (old, new, touched) = match read(&self.store, known, target).await? {
            News::Some { revision, touched, deltas } => {
                let (old, new) = self.replace(|now| now.apply(revision, deltas));
                (old, new, Some(touched))
            }
            News::All(revision, loaded) => {
                let (old, new) = self.replace(|now| now.reload(revision, all(*loaded)));
                (old, new, None)
            }
        };
        self.tell_quotas(&old, &new, touched.as_deref()).await;
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

/// What was committed since a revision.
enum News {
    /// These objects, as they are now.
    Some { revision: Revision, touched: Vec<(ChangeKind, i64)>, deltas: Vec<Delta> },
    /// So much that everything was read.
    All(Revision, Box<Loaded>),
}

async fn read(store: &Store, known: Revision, target: Revision) -> Result<News, StoreError> {
    let Some(changes) = store.changes_since(known).await? else {
        let (revision, loaded) = store.load_directory().await?;
        return Ok(News::All(revision, Box::new(loaded)));
    };
    let revision = changes.iter().map(|change| change.revision).max().unwrap_or(target).max(target);
    let mut touched: Vec<(ChangeKind, i64)> = changes.iter().map(|Change { kind, id, .. }| (*kind, *id)).collect();
    touched.sort_unstable();
    touched.dedup();
    let mut deltas = Vec::with_capacity(touched.len());
    for &(kind, id) in &touched {
        deltas.push(delta(store, kind, id).await?);
    }
    Ok(News::Some { revision, touched, deltas })
}

async fn delta(store: &Store, kind: ChangeKind, id: i64) -> Result<Delta, StoreError> {
    Ok(match kind {
        ChangeKind::Client => Delta::Client(ClientId(id), store.load_client(ClientId(id)).await?.map(Box::new)),
        ChangeKind::Profile => Delta::Profile(ProfileId(id), store.load_profile(ProfileId(id)).await?.map(Box::new)),
        ChangeKind::Policy => Delta::Policy(PolicyId(id), store.load_policy(PolicyId(id)).await?.map(Box::new)),
        ChangeKind::Collection => {
            let loaded = store.load_collection(CollectionId(id)).await?;
            Delta::Collection(CollectionId(id), loaded.map(|found| Arc::new((found.collection, found.endpoints))))
        }
        ChangeKind::CertBundle => {
            let bundle = store.load_cert_bundle(CertBundleId(id)).await?;
            Delta::CertBundle(CertBundleId(id), bundle.map(Box::new))
        }
        ChangeKind::Settings => Delta::Settings(Box::new(store.get_settings().await?)),
        ChangeKind::AccessTokenKeys => Delta::AccessTokenKeys(store.load_access_token_keys(clock::wall()).await?),
    })
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
mod tests {
    use super::*;
    use domain::text::Name;
    use domain::time::Timestamp;
    use management::Changes;
    use store::{Actor, NewClient, SecretKey};

    #[tokio::test]
    async fn a_change_whose_call_was_given_up_is_applied_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let key = SecretKey::load_or_create(folder.path()).unwrap();
        let store = Store::open(&folder.path().join("control.db"), &key).await.unwrap();
        let shared: Shared = Arc::new(ArcSwap::from_pointee(load(&store).await.unwrap()));
        let counts = store::QuotaStore::open(&folder.path().join(store::QUOTA_DB)).unwrap();
        let (_keeper, quotas) = gateway::limits::start(crate::quota::FileAuthority(counts), clock::now);
        let (_changes, commits) = Changes::new();
        let (_publisher, published) = mpsc::channel(1);
        let feed = ConfigFeed::new(store.clone(), Arc::clone(&shared), quotas, Neighbour::default());
        tokio::spawn(feed.run(commits, published));
        let new = NewClient {
            project_id: store::DEFAULT_PROJECT,
            name: Name::parse("Acme").unwrap(),
            description: None,
            email: None,
            enabled: true,
            default_terms: None,
            shared_policy_id: None,
        };
        let made = store.create_client(&Actor::system("test"), Timestamp(0), new, vec![]).await.unwrap();
        let id = made.value.client.client.id;
        for _ in 0..200 {
            if shared.load().client(id).is_some() {
                assert_eq!(shared.load().revision(), made.revision);
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the change was not applied within ten seconds");
    }
}
