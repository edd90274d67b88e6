//! Importing endpoints again.

use crate::make::{actor, at, name, new_endpoint};
use crate::test_store::{TestStore, fault, faults};
use domain::endpoint::{EndpointPath, UpstreamPath};
use store::{EndpointFilter, EndpointUpdate, FaultKind, NewEndpoint, PageQuery, Prune};

pub(crate) async fn new_endpoints_are_added_and_present_ones_updated(store: TestStore) {
    let id = store.a_collection_with("Orders", &[("GET", "a"), ("GET", "b/{x}"), ("GET", "c")]).await.collection.id;
    let renamed = NewEndpoint { name: name("All of b"), ..new_endpoint("GET", "b/{y}") };
    let imported = vec![new_endpoint("GET", "a"), renamed, new_endpoint("POST", "a")];
    let done = store.import_endpoints(&actor(), at(5), id, imported, Prune::Keep).await.unwrap();
    assert_eq!(store.touched(done.revision).await, [format!("Collection {id}")]);
    let difference = store.expect_event(done, "api_collection.imported").await;
    assert_eq!(difference.unchanged, 2);
    assert_eq!(difference.deleted, []);
    assert_eq!(difference.added.len(), 1);
    assert_eq!((difference.added[0].path.as_str(), difference.added[0].active), ("a", false));
    assert_eq!(difference.updated.len(), 1);
    let updated = &difference.updated[0];
    assert_eq!((updated.name.as_str(), updated.path.as_str(), updated.updated_at), ("All of b", "b/{y}", at(5)));
    let loaded = store.load_collection(id).await.unwrap().unwrap();
    assert_eq!(loaded.endpoints.len(), 4);
}

pub(crate) async fn what_owners_set_stays(store: TestStore) {
    let id = store.a_collection("Orders").await;
    let rewrite = UpstreamPath::parse("v1/{id}", &EndpointPath::parse("a/{id}").unwrap()).unwrap();
    let new = NewEndpoint { upstream_path: Some(rewrite.clone()), ..new_endpoint("GET", "a/{id}") };
    let endpoint = store.create_endpoint(&actor(), at(0), id, new).await.unwrap().value.endpoint.id;
    let on = EndpointUpdate { active: Some(true), ..EndpointUpdate::default() };
    store.update_endpoint(&actor(), at(1), endpoint, on).await.unwrap();
    let imported = vec![NewEndpoint { name: name("New name"), ..new_endpoint("GET", "a/{number}") }];
    let done = store.import_endpoints(&actor(), at(2), id, imported, Prune::Delete).await.unwrap().value;
    assert_eq!(done.updated.len(), 1);
    let now = store.get_endpoint(endpoint).await.unwrap().endpoint;
    assert_eq!((now.name.as_str(), now.active, now.path.as_str()), ("New name", true, "a/{id}"));
    assert_eq!(now.upstream_path, Some(rewrite));
}

pub(crate) async fn prune_deletes_what_is_not_named(store: TestStore) {
    let id = store.a_collection_with("Orders", &[("GET", "a"), ("GET", "b")]).await.collection.id;
    let imported = vec![new_endpoint("GET", "b")];
    let done = store.import_endpoints(&actor(), at(2), id, imported, Prune::Delete).await.unwrap().value;
    assert_eq!((done.added.len(), done.updated.len(), done.unchanged), (0, 0, 1));
    assert_eq!(done.deleted.len(), 1);
    assert_eq!(done.deleted[0].path.as_str(), "a");
    let left = store.list_endpoints(&PageQuery::default(), &EndpointFilter::default()).await.unwrap();
    assert_eq!(left.total, 1);
}

pub(crate) async fn repeated_endpoints_are_refused(store: TestStore) {
    let id = store.a_collection_with("Orders", &[("GET", "a")]).await.collection.id;
    let imported = vec![new_endpoint("PUT", "a/{x}"), new_endpoint("PUT", "a/{y}")];
    let refused = store.import_endpoints(&actor(), at(2), id, imported, Prune::Delete).await;
    assert_eq!(faults(refused), [fault("endpoints[1].path", FaultKind::Conflict)]);
    assert_eq!(store.load_collection(id).await.unwrap().unwrap().endpoints.len(), 1);
}
