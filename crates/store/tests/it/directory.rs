//! Loading what gateways are made of.

use crate::make::{actor, at, fresh, given, new_client, new_profile, secret, terms};
use crate::test_store::TestStore;
use domain::settings::Settings;
use domain::terms::Terms;
use store::{NewClient, Overlap, SettingsUpdate};

pub(crate) async fn everything_is_loaded_as_of_one_revision(store: TestStore) {
    let (_, empty) = store.load_directory().await.unwrap();
    assert_eq!((empty.clients, empty.profiles, empty.collections, empty.policies), (vec![], vec![], vec![], vec![]));
    assert_eq!((empty.settings, empty.revoked), (Settings::default(), vec![]));
    let orders = store.a_collection_with("Orders", &[("GET", "a"), ("POST", "a")]).await.collection.id;
    let empty = store.a_collection("Empty").await;
    let sales = store.a_collection_with("Sales", &[("GET", "b")]).await.collection.id;
    let late = store.an_endpoint(orders, "GET", "late").await;
    let policy = store.a_policy("Slow").await;
    let acme = store.a_client("Acme", Some(Terms { policy_id: Some(policy), ..terms(&[orders, sales]) })).await;
    let (a, b) =
        (store.a_profile(acme, "A", None, 1).await, store.a_profile(acme, "B", Some(terms(&[sales])), 2).await);
    let (revision, loaded) = store.load_directory().await.unwrap();
    assert_eq!(revision, store.current_revision().await.unwrap());
    let collections: Vec<_> =
        loaded.collections.iter().map(|loaded| (loaded.collection.id, loaded.endpoints.len())).collect();
    assert_eq!(collections, [(orders, 3), (empty, 0), (sales, 1)]);
    assert_eq!(loaded.collections[0].endpoints[2].id, late);
    assert_eq!(loaded.policies.iter().map(|policy| policy.id).collect::<Vec<_>>(), [policy]);
    assert_eq!(loaded.clients.iter().map(|client| client.id).collect::<Vec<_>>(), [acme]);
    assert_eq!(loaded.profiles.iter().map(|profile| profile.id).collect::<Vec<_>>(), [a, b]);
    assert_eq!(loaded.profiles[1].credentials[0].digest, secret(2).digest);
}

pub(crate) async fn settings_and_ended_credentials_are_loaded_too(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let profile = store.a_profile(client, "A", None, 1).await;
    store.refresh_credential(&actor(), at(1), profile, fresh(2), None).await.unwrap();
    store.refresh_credential(&actor(), at(2), profile, fresh(3), Overlap::new(60)).await.unwrap();
    let update = SettingsUpdate { rate_limit_headers: Some(true), ..SettingsUpdate::default() };
    let settings = store.update_settings(&actor(), at(3), update).await.unwrap().value;
    let (_, loaded) = store.load_directory().await.unwrap();
    assert_eq!((loaded.settings, loaded.revoked), (settings, vec![secret(1).digest]));
    assert_eq!(loaded.profiles[0].credentials.len(), 2);
}

pub(crate) async fn single_objects_load_like_the_whole(store: TestStore) {
    let orders = store.a_collection_with("Orders", &[("GET", "a/{x}"), ("ANY", "{rest...}")]).await.collection.id;
    let policy = store.a_policy("Slow").await;
    let client = store.a_client("Acme", Some(Terms { policy_id: Some(policy), ..terms(&[orders]) })).await;
    let profile = store.a_profile(client, "A", Some(terms(&[orders])), 1).await;
    let (_, whole) = store.load_directory().await.unwrap();
    assert_eq!(whole.clients, [store.load_client(client).await.unwrap().unwrap()]);
    assert_eq!(whole.profiles, [store.load_profile(profile).await.unwrap().unwrap()]);
    assert_eq!(whole.collections, [store.load_collection(orders).await.unwrap().unwrap()]);
    assert_eq!(whole.policies, [store.load_policy(policy).await.unwrap().unwrap()]);
    assert_eq!(whole.settings, store.get_settings().await.unwrap());
}

/// Enough profiles for a query per profile to be noticed, and for row order to matter.
pub(crate) async fn many_profiles_load_quickly(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    for client in 0..25 {
        let new = NewClient { default_terms: Some(given(&terms(&[orders]))), ..new_client(&format!("C{client}")) };
        let profiles = (0..20)
            .map(|n| {
                let own = (n % 2 == 0).then(|| terms(&[orders]));
                new_profile(&format!("P{n}"), own, client * 20 + n)
            })
            .collect();
        store.create_client(&actor(), at(1), new, profiles).await.unwrap();
    }
    let (_, loaded) = store.load_directory().await.unwrap();
    assert_eq!(loaded.profiles.len(), 500);
    for (at, profile) in loaded.profiles.iter().enumerate() {
        assert_eq!(profile.credentials.len(), 1);
        assert_eq!(profile.credentials[0].digest, secret(i64::try_from(at).unwrap()).digest);
        assert_eq!(profile.own_terms.is_some(), at % 2 == 0);
    }
}
