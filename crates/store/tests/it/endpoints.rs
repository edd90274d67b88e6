//! Endpoints.

use crate::make::{actor, at, name, new_endpoint};
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use domain::endpoint::{EndpointPath, UpstreamPath};
use domain::method::EndpointMethod;
use domain::text::Description;
use domain::{EndpointId, ProjectId};
use store::{DEFAULT_PROJECT, EndpointFilter, EndpointUpdate, FaultKind, NewEndpoint, PageQuery};

fn path(text: &str) -> EndpointPath {
    EndpointPath::parse(text).unwrap()
}

pub(crate) async fn made_endpoints_read_back(store: TestStore) {
    let collection = store.a_collection("Orders").await;
    let new = NewEndpoint {
        description: Some(Description::parse("One order").unwrap()),
        upstream_path: Some(UpstreamPath::parse("v1/{id}", &path("orders/{id}")).unwrap()),
        active: true,
        ..new_endpoint("DELETE", "orders/{id}")
    };
    let made = store.create_endpoint(&actor(), at(1), collection, new.clone()).await.unwrap();
    assert_eq!(store.touched(made.revision).await, [format!("Collection {collection}")]);
    let made = store.expect_event(made, "endpoint.created").await;
    assert_eq!(store.get_endpoint(made.endpoint.id).await.unwrap(), made);
    assert_eq!((made.collection_name.as_str(), made.collection_path.as_str()), ("Orders", "orders-v1"));
    let read = made.endpoint;
    assert_eq!((read.name, read.method, read.path), (new.name, new.method, new.path));
    assert_eq!((read.description, read.upstream_path, read.active), (new.description, new.upstream_path, true));

    let root = store.create_endpoint(&actor(), at(1), collection, new_endpoint("ANY", "")).await.unwrap().value;
    assert_eq!((root.endpoint.path.as_str(), root.endpoint.method), ("", EndpointMethod::Any));
}

pub(crate) async fn method_and_path_shape_are_unique_in_a_collection(store: TestStore) {
    let (orders, other) = (store.a_collection("Orders").await, store.a_collection("Other").await);
    store.an_endpoint(orders, "GET", "orders/{id}").await;
    let refused = store.create_endpoint(&actor(), at(1), orders, new_endpoint("GET", "orders/{number}")).await;
    assert_eq!(faults(refused), [fault("path", FaultKind::Conflict)]);
    store.an_endpoint(orders, "GET", "orders/{id}/").await;
    store.an_endpoint(orders, "ANY", "orders/{id}").await;
    store.an_endpoint(other, "GET", "orders/{id}").await;
    let post = store.an_endpoint(orders, "POST", "orders/{id}").await;
    let update = EndpointUpdate { method: EndpointMethod::parse("get"), ..EndpointUpdate::default() };
    let refused = store.update_endpoint(&actor(), at(2), post, update).await;
    assert_eq!(faults(refused), [fault("path", FaultKind::Conflict)]);
}

pub(crate) async fn updates_touch_only_what_they_carry(store: TestStore) {
    let collection = store.a_collection("Orders").await;
    let id = store.an_endpoint(collection, "GET", "orders").await;
    let before = store.get_endpoint(id).await.unwrap().endpoint;
    let on = EndpointUpdate { active: Some(true), ..EndpointUpdate::default() };
    let changed = store.update_endpoint(&actor(), at(1), id, on).await.unwrap();
    let changed = store.expect_event(changed, "endpoint.enabled").await.endpoint;
    let mut expected = before;
    (expected.active, expected.updated_at) = (true, at(1));
    assert_eq!(changed, expected);

    let update = EndpointUpdate { name: Some(name("List")), active: Some(false), ..EndpointUpdate::default() };
    let changed = store.update_endpoint(&actor(), at(2), id, update).await.unwrap();
    let changed = store.expect_event(changed, "endpoint.updated").await.endpoint;
    assert_eq!((changed.name.as_str(), changed.active, changed.path.as_str()), ("List", false, "orders"));
}

pub(crate) async fn a_rewrite_must_fit_the_path(store: TestStore) {
    let collection = store.a_collection("Orders").await;
    let old = path("orders/{id}");
    let rewrite = Some(UpstreamPath::parse("v1/{id}", &old).unwrap());
    let new = NewEndpoint { upstream_path: rewrite, ..new_endpoint("GET", "orders/{id}") };
    let id = store.create_endpoint(&actor(), at(1), collection, new).await.unwrap().value.endpoint.id;
    let update = EndpointUpdate { path: Some(path("orders/{number}")), ..EndpointUpdate::default() };
    let refused = store.update_endpoint(&actor(), at(2), id, update.clone()).await;
    assert_eq!(faults(refused), [fault("upstream_path", FaultKind::Bad)]);
    let update = EndpointUpdate { upstream_path: Some(None), ..update };
    let changed = store.update_endpoint(&actor(), at(2), id, update).await.unwrap().value.endpoint;
    assert_eq!((changed.path.as_str(), changed.upstream_path), ("orders/{number}", None));
}

pub(crate) async fn deleted_endpoints_are_gone(store: TestStore) {
    let collection = store.a_collection("Orders").await;
    let id = store.an_endpoint(collection, "GET", "orders").await;
    let deleted = store.delete_endpoint(&actor(), at(1), id).await.unwrap();
    assert_eq!(store.touched(deleted.revision).await, [format!("Collection {collection}")]);
    store.expect_event(deleted, "endpoint.deleted").await;
    expect_not_found(store.get_endpoint(id).await, "endpoint");
    expect_not_found(store.delete_endpoint(&actor(), at(1), id).await, "endpoint");
    let update = EndpointUpdate::default();
    expect_not_found(store.update_endpoint(&actor(), at(1), EndpointId(99), update).await, "endpoint");
}

pub(crate) async fn lists_filter_by_collection_project_and_state(store: TestStore) {
    let (orders, other) = (store.a_collection("Orders").await, store.a_collection("Other").await);
    let (a, b) = (store.an_endpoint(orders, "GET", "a").await, store.an_endpoint(other, "GET", "b").await);
    let on = EndpointUpdate { active: Some(true), ..EndpointUpdate::default() };
    store.update_endpoint(&actor(), at(1), b, on).await.unwrap();
    let ids = async |q: Option<&str>, filter: EndpointFilter| -> Vec<_> {
        let query = PageQuery { q: q.map(str::to_owned), ..PageQuery::default() };
        let page = store.list_endpoints(&query, &filter).await.unwrap();
        page.items.into_iter().map(|row| row.endpoint.id).collect()
    };
    let all = EndpointFilter::default();
    assert_eq!(ids(None, all).await, [a, b]);
    assert_eq!(ids(None, EndpointFilter { collection_id: Some(orders), ..all }).await, [a]);
    assert_eq!(ids(None, EndpointFilter { project_id: Some(DEFAULT_PROJECT), ..all }).await, [a, b]);
    assert_eq!(ids(None, EndpointFilter { project_id: Some(ProjectId(99)), ..all }).await, []);
    assert_eq!(ids(None, EndpointFilter { active: Some(true), ..all }).await, [b]);
    assert_eq!(ids(Some("GET B"), all).await, [b]);
}
