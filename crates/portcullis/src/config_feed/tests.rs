//! Changes reach the directory however they come, and its age is judged.

use super::*;
use domain::text::Name;
use domain::time::Timestamp;
use management::Changes;
use store::{Actor, NewClient, SecretKey, SettingsUpdate};
use tempfile::TempDir;

/// A feed on a new database, with a directory that was last as new as that so long ago.
async fn feed(age: Duration) -> (TempDir, Store, Shared, Arc<ConfigFeed>) {
    let folder = tempfile::tempdir().unwrap();
    let key = SecretKey::load_or_create(folder.path()).unwrap();
    let store = Store::open(&folder.path().join("control.db"), &key).await.unwrap();
    let shared: Shared = Arc::new(ArcSwap::from_pointee(load(&store).await.unwrap()));
    let counts = store::QuotaStore::open(&folder.path().join(store::QUOTA_DB)).unwrap();
    let (_keeper, quotas) = gateway::limits::start(crate::quota::FileAuthority(counts), clock::now);
    let copy = Keeper::new(folder.path());
    let feed = ConfigFeed::new(store.clone(), Arc::clone(&shared), quotas, Neighbour::default(), copy, age);
    (folder, store, shared, feed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_whose_call_was_given_up_is_applied_all_the_same() {
    let (_folder, store, shared, feed) = feed(Duration::ZERO).await;
    let (_changes, commits) = Changes::new();
    let (_publisher, published) = mpsc::channel(1);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_older_than_the_settings_allow_is_marked_until_the_store_is_read_again() {
    let hour = Duration::from_hours(1);
    let (_folder, store, shared, feed) = feed(hour).await;
    feed.judge_age();
    assert_eq!(shared.load().freshness(), Freshness::Fresh, "no age is too much without the setting");
    for (most, expected) in [(3599, Freshness::Stale), (7200, Freshness::Fresh)] {
        let update = SettingsUpdate { max_staleness_seconds: Some(Some(most)), ..SettingsUpdate::default() };
        let changed = store.update_settings(&Actor::system("test"), Timestamp(0), update).await.unwrap();
        let settings = Delta::Settings(Box::new(changed.value));
        let before = shared.load().revision();
        feed.replace(|now| now.apply(now.revision(), [settings]));
        feed.judge_age();
        assert_eq!((shared.load().freshness(), shared.load().revision()), (expected, before), "{most}");
        assert_eq!(feed.state().freshness, expected);
    }
    let update = SettingsUpdate { max_staleness_seconds: Some(Some(10)), ..SettingsUpdate::default() };
    store.update_settings(&Actor::system("test"), Timestamp(0), update).await.unwrap();
    feed.replace(|now| now.apply(now.revision(), [Delta::Freshness(Freshness::Stale)]));
    feed.catch_up().await;
    assert_eq!(shared.load().freshness(), Freshness::Fresh);
    assert!(feed.age() < hour);
}
