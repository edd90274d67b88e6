//! API collections.

use crate::make::{actor, at, name, new_client, new_collection, new_endpoint, terms, upstream};
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use domain::api_collection::CollectionLimits;
use domain::cors::{Cors, HeaderName, Origin};
use domain::text::{Description, Slug, Version};
use domain::{CollectionId, ProjectId};
use store::{
    CollectionFilter, CollectionUpdate, DEFAULT_PROJECT, FaultKind, Named, NewClient, NewCollection, NewProject,
    PageQuery, RemovedFrom,
};

pub(crate) async fn made_collections_read_back(store: TestStore) {
    let new = NewCollection {
        description: Some(Description::parse("All orders").unwrap()),
        upstream: upstream("https://[::1]:8443/base"),
        limits: CollectionLimits { body_bytes: None, response_ms: Some(1500) },
        enabled: false,
        ..new_collection("Orders")
    };
    let endpoints = vec![new_endpoint("GET", "orders"), new_endpoint("ANY", "{rest...}")];
    let made = store.create_collection(&actor(), at(1), new.clone(), endpoints).await.unwrap();
    let revision = made.revision;
    let made = store.expect_event(made, "api_collection.created").await;
    assert_eq!((made.endpoints_count, made.active_endpoints_count), (2, 0));
    assert_eq!(store.get_collection(made.collection.id).await.unwrap(), made);
    assert_eq!(store.touched(revision).await, [format!("Collection {}", made.collection.id)]);
    let read = made.collection;
    assert_eq!((read.name, read.version, read.path), (new.name, new.version, new.path));
    assert_eq!((read.description, read.enabled, read.limits), (new.description, false, new.limits));
    assert_eq!((read.upstream, read.project_id), (new.upstream, DEFAULT_PROJECT));
    assert_eq!((read.created_at, read.updated_at), (at(1), at(1)));
}

pub(crate) async fn name_with_version_and_path_are_unique(store: TestStore) {
    store.a_collection("Orders").await;
    let refused = store.create_collection(&actor(), at(1), new_collection("ORDERS"), Vec::new()).await;
    assert_eq!(faults(refused), [fault("name", FaultKind::Conflict), fault("path", FaultKind::Conflict)]);

    let version = Version::parse("2.0").unwrap();
    let same_path = NewCollection { version: version.clone(), ..new_collection("Orders") };
    let refused = store.create_collection(&actor(), at(1), same_path.clone(), Vec::new()).await;
    assert_eq!(faults(refused), [fault("path", FaultKind::Conflict)]);

    let second = NewCollection { path: Slug::parse("orders-v2").unwrap(), ..same_path };
    let second = store.create_collection(&actor(), at(1), second, Vec::new()).await.unwrap().value.collection;
    let update = CollectionUpdate { version: Some(Version::parse("1.0").unwrap()), ..CollectionUpdate::default() };
    let refused = store.update_collection(&actor(), at(2), second.id, update).await;
    assert_eq!(faults(refused), [fault("name", FaultKind::Conflict)]);
}

pub(crate) async fn all_faults_come_at_once(store: TestStore) {
    store.a_collection("Orders").await;
    let new = NewCollection { project_id: ProjectId(99), ..new_collection("Orders") };
    let endpoints = vec![new_endpoint("GET", "a/{x}"), new_endpoint("GET", "a/{y}"), new_endpoint("POST", "a/{y}")];
    let refused = store.create_collection(&actor(), at(1), new, endpoints).await;
    let expected = [
        fault("project_id", FaultKind::Missing),
        fault("name", FaultKind::Conflict),
        fault("path", FaultKind::Conflict),
        fault("endpoints[1].path", FaultKind::Conflict),
    ];
    assert_eq!(faults(refused), expected);
}

pub(crate) async fn updates_touch_only_what_they_carry(store: TestStore) {
    let id = store.a_collection("Orders").await;
    let before = store.get_collection(id).await.unwrap().collection;
    let off = CollectionUpdate { enabled: Some(false), ..CollectionUpdate::default() };
    let changed = store.update_collection(&actor(), at(1), id, off).await.unwrap();
    let changed = store.expect_event(changed, "api_collection.disabled").await.collection;
    let mut expected = before.clone();
    (expected.enabled, expected.updated_at) = (false, at(1));
    assert_eq!(changed, expected);

    let update = CollectionUpdate {
        name: Some(name("Sales")),
        upstream: Some(upstream("http://10.0.0.5:81")),
        limits: Some(CollectionLimits { body_bytes: Some(1), response_ms: None }),
        ..CollectionUpdate::default()
    };
    let changed = store.update_collection(&actor(), at(2), id, update).await.unwrap();
    let changed = store.expect_event(changed, "api_collection.updated").await.collection;
    assert_eq!((changed.name.as_str(), changed.path), ("Sales", before.path));
    assert_eq!(changed.upstream, upstream("http://10.0.0.5:81"));
    assert_eq!(changed.limits.body_bytes, Some(1));
}

pub(crate) async fn deleting_takes_it_out_of_all_terms(store: TestStore) {
    let (orders, other) = (store.a_collection("Orders").await, store.a_collection("Other").await);
    store.an_endpoint(orders, "GET", "orders").await;
    let acme = store.a_client("Acme", Some(terms(&[orders, other]))).await;
    let beta = store.a_client("Beta", Some(terms(&[other]))).await;
    let own = store.a_profile(acme, "Own", Some(terms(&[orders])), 1).await;
    store.a_profile(acme, "Client's", None, 2).await;
    store.a_profile(beta, "Elsewhere", None, 3).await;

    let deleted = store.delete_collection(&actor(), at(9), orders).await.unwrap();
    let touched = store.touched(deleted.revision).await;
    assert_eq!(touched, [format!("Client {acme}"), format!("Collection {orders}"), format!("Profile {own}")]);
    let removed = store.expect_event(deleted, "api_collection.deleted").await;
    let expected = RemovedFrom {
        clients: vec![Named { id: acme, name: name("Acme") }],
        profiles: vec![Named { id: own, name: name("Own") }],
    };
    assert_eq!(removed, expected);

    expect_not_found(store.get_collection(orders).await, "API collection");
    assert_eq!(store.load_collection(orders).await.unwrap(), None);
    let client = store.get_client(acme).await.unwrap().client;
    assert_eq!((client.default_terms, client.updated_at), (Some(terms(&[other])), at(9)));
    let profile = store.get_profile(own).await.unwrap().profile;
    assert_eq!((profile.own_terms, profile.updated_at), (Some(terms(&[])), at(9)));
    assert_eq!(store.get_client(beta).await.unwrap().client.updated_at, at(0));
}

pub(crate) async fn unknown_collections_are_not_found(store: TestStore) {
    let id = CollectionId(99);
    expect_not_found(store.get_collection(id).await, "API collection");
    let update = CollectionUpdate::default();
    expect_not_found(store.update_collection(&actor(), at(1), id, update).await, "API collection");
    expect_not_found(store.delete_collection(&actor(), at(1), id).await, "API collection");
    expect_not_found(store.create_endpoint(&actor(), at(1), id, new_endpoint("GET", "a")).await, "API collection");
}

pub(crate) async fn counts_and_filters(store: TestStore) {
    let billing = store
        .create_project(&actor(), at(1), NewProject { name: name("Billing"), description: None })
        .await
        .unwrap()
        .value
        .id;
    let orders = store.a_collection_with("Orders", &[("GET", "a"), ("POST", "a"), ("GET", "b")]).await.collection.id;
    let off = NewCollection { project_id: billing, enabled: false, ..new_collection("Off") };
    let off = store.create_collection(&actor(), at(1), off, vec![]).await.unwrap().value.collection.id;
    let client = NewClient { project_id: billing, ..new_client("Acme") };
    store.create_client(&actor(), at(1), client, Vec::new()).await.unwrap();

    let ids = async |filter: CollectionFilter| -> Vec<_> {
        let page = store.list_collections(&PageQuery::default(), &filter).await.unwrap();
        page.items.into_iter().map(|row| (row.collection.id, row.endpoints_count)).collect()
    };
    assert_eq!(ids(CollectionFilter::default()).await, [(orders, 3), (off, 0)]);
    assert_eq!(ids(CollectionFilter { project_id: Some(billing), ..Default::default() }).await, [(off, 0)]);
    assert_eq!(ids(CollectionFilter { enabled: Some(true), ..Default::default() }).await, [(orders, 3)]);
    assert_eq!(ids(CollectionFilter { project_id: Some(billing), enabled: Some(true) }).await, []);
}

pub(crate) async fn cors_and_query_tokens_read_back_and_change(store: TestStore) {
    let cors = Cors {
        origins: vec![Origin::parse("https://app.example.com").unwrap()],
        headers: vec![HeaderName::parse("x-trace").unwrap()],
        expose: vec![],
        max_age_seconds: 60,
    };
    let new = NewCollection { cors: Some(cors.clone()), allow_query_token: true, ..new_collection("Orders") };
    let made = store.create_collection(&actor(), at(1), new, Vec::new()).await.unwrap().value.collection;
    assert_eq!((made.cors.as_ref(), made.allow_query_token), (Some(&cors), true));
    assert_eq!(store.load_collection(made.id).await.unwrap().unwrap().collection, made);
    assert_eq!(store.last_entry().await.after.unwrap()["cors"]["origins"][0], "https://app.example.com");
    let update = CollectionUpdate { allow_query_token: Some(false), ..CollectionUpdate::default() };
    let changed = store.update_collection(&actor(), at(2), made.id, update).await.unwrap().value.collection;
    assert_eq!((changed.cors, changed.allow_query_token), (Some(cors), false));
    let update = CollectionUpdate { cors: Some(None), ..CollectionUpdate::default() };
    let changed = store.update_collection(&actor(), at(3), made.id, update).await.unwrap().value.collection;
    assert_eq!(changed.cors, None);
}
