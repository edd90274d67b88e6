//! From a committed change to the gateway: reads what changed, builds the next directory, swaps it in, and only then
//! lets the management call answer.
//!
//! One task does this, in order. A change names the objects it touched; their present state is read, so reading a
//! change twice or late does no harm. If the store cannot be read the task tries again until it can: a management
//! call whose change is not yet in force does not answer.

use arc_swap::ArcSwap;
use domain::directory::{Delta, Directory};
use domain::ids::{ClientId, CollectionId, PolicyId, ProfileId, Revision};
use management::Commit;
use std::sync::Arc;
use std::time::Duration;
use store::{Change, ChangeKind, Loaded, Store, StoreError};
use tokio::sync::mpsc;

const RETRY_AFTER: Duration = Duration::from_millis(100);
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The directory that all gateway workers share.
pub(crate) type Shared = Arc<ArcSwap<Directory>>;

/// Loads the whole directory, at start.
pub(crate) async fn load(store: &Store) -> Result<Directory, StoreError> {
    let (revision, loaded) = store.load_directory().await?;
    Ok(Directory::empty().apply(revision, all(loaded)))
}

/// Applies changes until the management side is gone. Besides what it is told it looks once a second by itself: a
/// management call that was given up between its commit and its request here must not leave its change unapplied.
pub(crate) async fn run(store: Store, shared: Shared, mut requests: mpsc::Receiver<Commit>) {
    loop {
        let mut waiting = Vec::new();
        tokio::select! {
            first = requests.recv() => match first {
                Some(first) => waiting.push(first),
                None => return,
            },
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        while let Ok(more) = requests.try_recv() {
            waiting.push(more);
        }
        catch_up(&store, &shared).await;
        for request in waiting {
            // The call may have been given up by its caller; the change is in force all the same.
            let _ = request.applied.send(());
        }
    }
}

/// Brings the directory to the store's revision, however often reading fails on the way.
async fn catch_up(store: &Store, shared: &Shared) {
    let mut failed = false;
    while let Err(error) = step(store, shared).await {
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

async fn step(store: &Store, shared: &Shared) -> Result<(), StoreError> {
    let now = shared.load_full();
    let target = store.current_revision().await?;
    if target != now.revision() {
        shared.store(Arc::new(next(store, &now, target).await?));
    }
    Ok(())
}

/// The directory after everything that is committed by now.
async fn next(store: &Store, now: &Directory, target: Revision) -> Result<Directory, StoreError> {
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
        let (_changes, commits) = Changes::new();
        tokio::spawn(run(store.clone(), Arc::clone(&shared), commits));
        let new = NewClient {
            project_id: store::DEFAULT_PROJECT,
            name: Name::parse("Acme").unwrap(),
            description: None,
            email: None,
            enabled: true,
            default_terms: None,
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
