//! What a handle that is confined to projects sees and may change.

use crate::make::{actor, at, fresh, given, name, new_client, new_collection, new_endpoint, new_profile, terms};
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use domain::{ClientId, CollectionId, EndpointId, ProfileId, ProjectId};
use serde_json::json;
use store::{
    AuditFilter, ClientFilter, ClientUpdate, CollectionFilter, CollectionUpdate, DefaultTermsUpdate, EndpointFilter,
    EndpointUpdate, FaultKind, NewClient, NewCollection, NewProject, OwnTermsUpdate, PageQuery, ProfileFilter,
    ProfileUpdate, Prune, Scope, Store, TermsUpdate,
};

/// A project with a collection, an endpoint, a client with default terms, and a profile.
struct Part {
    project: ProjectId,
    collection: CollectionId,
    endpoint: EndpointId,
    client: ClientId,
    profile: ProfileId,
}

async fn a_part(store: &TestStore, text: &str, number: i64) -> Part {
    let new = NewProject { name: name(text), description: None };
    let project_id = store.create_project(&actor(), at(0), new).await.unwrap().value.id;
    let new = NewCollection { project_id, ..new_collection(text) };
    let made = store.create_collection(&actor(), at(0), new, Vec::new()).await.unwrap().value;
    let collection = made.collection.id;
    let endpoint = store.an_endpoint(collection, "GET", "a").await;
    let default_terms = Some(given(&terms(&[collection])));
    let new = NewClient { project_id, default_terms, ..new_client(text) };
    let made = store.create_client(&actor(), at(0), new, Vec::new()).await.unwrap().value;
    let client = made.client.client.id;
    let profile = store.a_profile(client, text, None, number).await;
    Part { project: project_id, collection, endpoint, client, profile }
}

/// Two of them, and a handle that sees the first one.
async fn two_parts(store: &TestStore) -> (Part, Part, Store) {
    let (ours, theirs) = (a_part(store, "Ours", 1).await, a_part(store, "Theirs", 2).await);
    let confined = store.within(&Scope::only([ours.project]));
    (ours, theirs, confined)
}

pub(crate) async fn lists_hold_what_is_seen(store: TestStore) {
    let (ours, theirs, confined) = two_parts(&store).await;
    let query = PageQuery::default();
    let projects = confined.list_projects(&query).await.unwrap();
    assert_eq!((projects.total, projects.items[0].id), (1, ours.project));
    let clients = confined.list_clients(&query, &ClientFilter::default()).await.unwrap();
    assert_eq!((clients.total, clients.items[0].client.id), (1, ours.client));
    let collections = confined.list_collections(&query, &CollectionFilter::default()).await.unwrap();
    assert_eq!((collections.total, collections.items[0].collection.id), (1, ours.collection));
    let endpoints = confined.list_endpoints(&query, &EndpointFilter::default()).await.unwrap();
    assert_eq!((endpoints.total, endpoints.items[0].endpoint.id), (1, ours.endpoint));
    let profiles = confined.list_profiles(&query, &ProfileFilter::default()).await.unwrap();
    assert_eq!((profiles.total, profiles.items[0].profile.id), (1, ours.profile));

    let elsewhere = ProfileFilter { project_id: Some(theirs.project), ..ProfileFilter::default() };
    assert_eq!(confined.list_profiles(&query, &elsewhere).await.unwrap().total, 0);
    let nothing = store.within(&Scope::only([]));
    assert_eq!(nothing.list_clients(&query, &ClientFilter::default()).await.unwrap().total, 0);
    assert_eq!(nothing.list_endpoints(&query, &EndpointFilter::default()).await.unwrap().total, 0);
}

pub(crate) async fn the_unseen_is_not_found(store: TestStore) {
    let (_, theirs, confined) = two_parts(&store).await;
    let before = store.current_revision().await.unwrap();
    let (me, now) = (actor(), at(1));
    expect_not_found(confined.get_project(theirs.project).await, "project");
    expect_not_found(confined.delete_project(&me, now, theirs.project).await, "project");

    expect_not_found(confined.get_client(theirs.client).await, "client");
    expect_not_found(confined.update_client(&me, now, theirs.client, ClientUpdate::default()).await, "client");
    expect_not_found(confined.delete_client(&me, now, theirs.client).await, "client");
    expect_not_found(confined.delete_logo(&me, now, theirs.client).await, "client");
    let new = new_profile("New", None, 9);
    expect_not_found(confined.create_profile(&me, now, theirs.client, new).await, "client");

    let id = theirs.profile;
    expect_not_found(confined.get_profile(id).await, "access profile");
    expect_not_found(confined.get_profile_of_client(theirs.client, id).await, "access profile");
    let update = confined.update_profile(&me, now, id, ProfileUpdate::default(), fresh(9)).await;
    expect_not_found(update, "access profile");
    expect_not_found(confined.refresh_credential(&me, now, id, fresh(9), None).await, "access profile");
    expect_not_found(confined.finish_overlap(&me, now, id).await, "access profile");
    expect_not_found(confined.note_counter_grant(&me, now, id, 5).await, "access profile");
    expect_not_found(confined.note_counter_reset(&me, now, id).await, "access profile");
    expect_not_found(confined.delete_profile(&me, now, id).await, "access profile");

    let id = theirs.collection;
    expect_not_found(confined.get_collection(id).await, "API collection");
    let update = confined.update_collection(&me, now, id, CollectionUpdate::default()).await;
    expect_not_found(update, "API collection");
    expect_not_found(confined.import_endpoints(&me, now, id, Vec::new(), Prune::Delete).await, "API collection");
    expect_not_found(confined.create_endpoint(&me, now, id, new_endpoint("GET", "b")).await, "API collection");
    expect_not_found(confined.delete_collection(&me, now, id).await, "API collection");

    let id = theirs.endpoint;
    expect_not_found(confined.get_endpoint(id).await, "endpoint");
    expect_not_found(confined.update_endpoint(&me, now, id, EndpointUpdate::default()).await, "endpoint");
    expect_not_found(confined.delete_endpoint(&me, now, id).await, "endpoint");
    assert_eq!(store.current_revision().await.unwrap(), before);
}

pub(crate) async fn what_is_not_seen_cannot_be_granted_but_may_stay(store: TestStore) {
    let (ours, theirs, confined) = two_parts(&store).await;
    let grant = |ids: &[CollectionId]| TermsUpdate { collection_ids: Some(ids.to_vec()), ..TermsUpdate::default() };
    let update = |ids: &[CollectionId]| ClientUpdate {
        default_terms: Some(DefaultTermsUpdate::Change(grant(ids))),
        ..ClientUpdate::default()
    };
    let both = [ours.collection, theirs.collection];
    let refused = confined.update_client(&actor(), at(1), ours.client, update(&both)).await;
    assert_eq!(faults(refused), [fault("api_collection_ids", FaultKind::Missing)]);
    let own = ProfileUpdate { own_terms: Some(OwnTermsUpdate::Change(grant(&both))), ..ProfileUpdate::default() };
    let refused = confined.update_profile(&actor(), at(1), ours.profile, own, fresh(9)).await;
    assert_eq!(faults(refused), [fault("api_collection_ids", FaultKind::Missing)]);
    let refused =
        confined.create_profile(&actor(), at(1), ours.client, new_profile("New", Some(terms(&both)), 9)).await;
    assert_eq!(faults(refused), [fault("api_collection_ids", FaultKind::Missing)]);

    // Granted by somebody who sees both; then it may stay, and be taken away.
    store.update_client(&actor(), at(2), ours.client, update(&both)).await.unwrap();
    confined.update_client(&actor(), at(3), ours.client, update(&both)).await.unwrap();
    let left = confined.update_client(&actor(), at(4), ours.client, update(&[ours.collection])).await.unwrap().value;
    assert_eq!(left.collections.len(), 1);
    let refused = confined.update_client(&actor(), at(5), ours.client, update(&both)).await;
    assert_eq!(faults(refused), [fault("api_collection_ids", FaultKind::Missing)]);

    // Whose terms lost a collection is told as far as it is seen.
    let grant_ours = ClientUpdate {
        default_terms: Some(DefaultTermsUpdate::Change(grant(&[ours.collection]))),
        ..ClientUpdate::default()
    };
    store.update_client(&actor(), at(6), theirs.client, grant_ours).await.unwrap();
    let removed = confined.delete_collection(&actor(), at(7), ours.collection).await.unwrap().value;
    let names: Vec<_> = removed.clients.iter().map(|client| client.name.as_str()).collect();
    assert_eq!(names, ["Ours"]);
    assert_eq!(store.get_client(theirs.client).await.unwrap().collections, []);

    // So does the audit log.
    let filter = AuditFilter { event_type: Some("api_collection.deleted".to_owned()), ..AuditFilter::default() };
    let seen = confined.list_audit(&PageQuery::default(), &filter).await.unwrap().items;
    let expected = json!({ "removed_from": { "clients": ["Ours"], "access_profiles": [] } });
    assert_eq!(seen.iter().map(|entry| entry.after.clone()).collect::<Vec<_>>(), [Some(expected)]);
    let all = store.list_audit(&PageQuery::default(), &filter).await.unwrap().items;
    let elsewhere = &all[0].after.as_ref().unwrap()["in_other_projects"];
    assert_eq!(elsewhere, &json!({ "clients": ["Theirs"], "access_profiles": [] }));
}

pub(crate) async fn uses_of_a_policy_are_counted_as_far_as_they_are_seen(store: TestStore) {
    let (ours, theirs, confined) = two_parts(&store).await;
    let policy = store.a_policy("Gold").await;
    let by_policy = TermsUpdate { policy_id: Some(Some(policy)), ..TermsUpdate::default() };
    for client in [ours.client, theirs.client] {
        let change = DefaultTermsUpdate::Change(by_policy.clone());
        // Both ways of naming it: the client counts once.
        let update = ClientUpdate {
            default_terms: Some(change),
            shared_policy_id: Some(Some(policy)),
            ..ClientUpdate::default()
        };
        store.update_client(&actor(), at(1), client, update).await.unwrap();
    }
    let own = ProfileUpdate { own_terms: Some(OwnTermsUpdate::Change(by_policy)), ..ProfileUpdate::default() };
    store.update_profile(&actor(), at(2), theirs.profile, own, fresh(9)).await.unwrap();
    for (handle, count) in [(&*store, 2), (&confined, 1), (&store.within(&Scope::only([])), 0)] {
        let row = handle.get_policy(policy).await.unwrap();
        assert_eq!((row.clients_count, row.profiles_count), (count, count));
        let listed = handle.list_policies(&PageQuery::default()).await.unwrap().items;
        assert_eq!(listed, [row]);
    }
}

pub(crate) async fn things_move_only_between_projects_that_are_seen(store: TestStore) {
    let (ours, theirs, confined) = two_parts(&store).await;
    let there = ClientUpdate { project_id: Some(theirs.project), ..ClientUpdate::default() };
    let refused = confined.update_client(&actor(), at(1), ours.client, there.clone()).await;
    assert_eq!(faults(refused), [fault("project_id", FaultKind::Missing)]);
    let move_it = CollectionUpdate { project_id: Some(theirs.project), ..CollectionUpdate::default() };
    let refused = confined.update_collection(&actor(), at(1), ours.collection, move_it).await;
    assert_eq!(faults(refused), [fault("project_id", FaultKind::Missing)]);
    let new = NewClient { project_id: theirs.project, ..new_client("New") };
    let refused = confined.create_client(&actor(), at(1), new, Vec::new()).await;
    assert_eq!(faults(refused), [fault("project_id", FaultKind::Missing)]);
    let new = NewCollection { project_id: theirs.project, ..new_collection("New") };
    let refused = confined.create_collection(&actor(), at(1), new, Vec::new()).await;
    assert_eq!(faults(refused), [fault("project_id", FaultKind::Missing)]);

    let both = store.within(&Scope::only([ours.project, theirs.project]));
    both.update_client(&actor(), at(2), ours.client, there).await.unwrap();
    expect_not_found(confined.get_client(ours.client).await, "client");
}

pub(crate) async fn the_audit_log_shows_changes_of_seen_projects(store: TestStore) {
    let (ours, theirs, confined) = two_parts(&store).await;
    store.a_policy("Slow").await;
    store.update_client(&actor(), at(1), theirs.client, ClientUpdate::default()).await.unwrap();
    store.refresh_credential(&actor(), at(2), ours.profile, fresh(8), None).await.unwrap();
    store.delete_client(&actor(), at(3), ours.client).await.unwrap();
    let page = confined.list_audit(&PageQuery::default(), &AuditFilter::default()).await.unwrap();
    let mut seen: Vec<_> = page.items.iter().map(|entry| entry.event_type.as_str()).collect();
    seen.sort_unstable();
    let expected = [
        "access_profile.created",
        "access_profile.credential_replaced",
        "api_collection.created",
        "client.created",
        "client.deleted",
        "endpoint.created",
        "project.created",
    ];
    assert_eq!(seen, expected);
    assert!(page.items.iter().all(|entry| entry.resource_name != "Theirs"));
}
