//! From a committed change to the gateway: reads what changed, builds the next directory, swaps it in, and only then
//! lets the management call answer.
//!
//! One task does this, in order. A change names the objects it touched; their present state is read, so reading a
//! change twice or late does no harm. If the store cannot be read the task tries again until it can: a management
//! call whose change is not yet in force does not answer.

use arc_swap::ArcSwap;
use domain::directory::{Delta, Directory};
use domain::ids::{ClientId, CollectionId, PolicyId, ProfileId};
use management::Commit;
use std::sync::Arc;
use std::time::Duration;
use store::{Change, ChangeKind, Loaded, Store, StoreError};
use tokio::sync::mpsc;

const RETRY_AFTER: Duration = Duration::from_millis(100);

/// The directory that all gateway workers share.
pub(crate) type Shared = Arc<ArcSwap<Directory>>;

/// Loads the whole directory, at start.
pub(crate) async fn load(store: &Store) -> Result<Directory, StoreError> {
    let (revision, loaded) = store.load_directory().await?;
    Ok(Directory::empty().apply(revision, all(loaded)))
}

/// Applies changes until the management side is gone.
pub(crate) async fn run(store: Store, shared: Shared, mut requests: mpsc::Receiver<Commit>) {
    while let Some(first) = requests.recv().await {
        let mut waiting = vec![first];
        while let Ok(more) = requests.try_recv() {
            waiting.push(more);
        }
        let newest = waiting.iter().map(|request| request.revision).max();
        while newest.is_some_and(|newest| shared.load().revision() < newest) {
            match next(&store, &shared.load()).await {
                Ok(directory) => shared.store(Arc::new(directory)),
                Err(error) => {
                    tracing::error!(%error, "a committed change cannot be read; trying again");
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
        }
        for request in waiting {
            // The call may have been given up by its caller; the change is in force all the same.
            let _ = request.applied.send(());
        }
    }
}

/// The directory after everything that is committed by now.
async fn next(store: &Store, now: &Directory) -> Result<Directory, StoreError> {
    let target = store.current_revision().await?;
    let Some(changes) = store.changes_since(now.revision()).await? else {
        let (revision, loaded) = store.load_directory().await?;
        return Ok(now.reload(revision, all(loaded)));
    };
    let revision = changes.iter().map(|change| change.revision).max().unwrap_or(target).max(target);
    let mut touched: Vec<(ChangeKind, i64)> = changes.iter().map(|Change { kind, id, .. }| (*kind, *id)).collect();
    touched.sort_unstable();
    touched.dedup();
    let mut deltas = Vec::with_capacity(touched.len());
    for (kind, id) in touched {
        deltas.push(delta(store, kind, id).await?);
    }
    Ok(now.apply(revision, deltas))
}

async fn delta(store: &Store, kind: ChangeKind, id: i64) -> Result<Delta, StoreError> {
    Ok(match kind {
        ChangeKind::Client => Delta::Client(ClientId(id), store.load_client(ClientId(id)).await?.map(Box::new)),
        ChangeKind::Profile => Delta::Profile(ProfileId(id), store.load_profile(ProfileId(id)).await?.map(Box::new)),
        ChangeKind::Policy => Delta::Policy(PolicyId(id), store.load_policy(PolicyId(id)).await?.map(Box::new)),
        ChangeKind::Collection => {
            let loaded = store.load_collection(CollectionId(id)).await?;
            Delta::Collection(CollectionId(id), loaded.map(|found| Box::new((found.collection, found.endpoints))))
        }
    })
}

fn all(loaded: Loaded) -> impl Iterator<Item = Delta> {
    let clients = loaded.clients.into_iter().map(|client| Delta::Client(client.id, Some(Box::new(client))));
    let profiles = loaded.profiles.into_iter().map(|profile| Delta::Profile(profile.id, Some(Box::new(profile))));
    let policies = loaded.policies.into_iter().map(|policy| Delta::Policy(policy.id, Some(Box::new(policy))));
    let collections = loaded
        .collections
        .into_iter()
        .map(|found| Delta::Collection(found.collection.id, Some(Box::new((found.collection, found.endpoints)))));
    clients.chain(policies).chain(collections).chain(profiles)
}
