//! Clients.

use crate::make::{actor, at, email, fresh, given, name, new_client, new_profile, terms};
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use domain::terms::Terms;
use domain::text::Description;
use domain::{ClientId, CollectionId, PolicyId, ProjectId};
use store::{
    ClientFilter, ClientUpdate, FaultKind, Named, NewClient, NewProject, PageQuery, ProfileFilter, ProfileUpdate,
};

pub(crate) async fn made_clients_read_back(store: TestStore) {
    let (orders, sales) = (store.a_collection("Orders").await, store.a_collection("Sales").await);
    let policy = store.a_policy("Slow").await;
    let default_terms = Terms { policy_id: Some(policy), ..terms(&[sales, orders, sales]) };
    let new = NewClient {
        description: Some(Description::parse("Our best").unwrap()),
        email: Some(email("it@acme.example")),
        enabled: false,
        default_terms: Some(given(&default_terms)),
        ..new_client("Acme")
    };
    let made = store.create_client(&actor(), at(1), new.clone(), Vec::new()).await.unwrap();
    let revision = made.revision;
    let made = store.expect_event(made, "client.created").await.client;
    assert_eq!(store.touched(revision).await, [format!("Client {}", made.client.id)]);
    assert_eq!(store.get_client(made.client.id).await.unwrap(), made);
    assert_eq!(store.load_client(made.client.id).await.unwrap(), Some(made.client.clone()));
    let read = made.client;
    assert_eq!((read.name, read.description, read.email), (new.name, new.description, new.email));
    assert_eq!((read.enabled, read.default_terms, read.logo_version), (false, Some(default_terms), None));
    assert_eq!((read.created_at, read.updated_at), (at(1), at(1)));
    assert_eq!(made.policy, Some(Named { id: policy, name: name("Slow") }));
    let collections = [Named { id: orders, name: name("Orders") }, Named { id: sales, name: name("Sales") }];
    assert_eq!(made.collections, collections);
    assert_eq!((made.active_profiles, made.total_profiles), (0, 0));
}

pub(crate) async fn client_and_profiles_are_made_together(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let before = store.current_revision().await.unwrap();
    let new = NewClient { default_terms: Some(given(&terms(&[orders]))), ..new_client("Acme") };
    let mut second = new_profile("B", Some(terms(&[orders])), 2);
    second.active = false;
    let made = store.create_client(&actor(), at(1), new, vec![new_profile("A", None, 1), second]).await.unwrap();
    assert_eq!(made.revision.0, before.0 + 1);
    let made = store.expect_event(made, "client.created").await;
    let names: Vec<_> = made.profiles.iter().map(|row| row.profile.name.as_str()).collect();
    assert_eq!(names, ["A", "B"]);
    assert_eq!((made.client.active_profiles, made.client.total_profiles), (1, 2));
    for row in &made.profiles {
        assert_eq!(store.get_profile(row.profile.id).await.unwrap(), *row);
    }
}

pub(crate) async fn all_faults_of_a_new_client_come_at_once(store: TestStore) {
    store.a_client("Acme", None).await;
    let bad = Terms { policy_id: Some(PolicyId(98)), ..terms(&[CollectionId(99)]) };
    let new = NewClient { project_id: ProjectId(77), default_terms: None, ..new_client("acme") };
    let profiles =
        vec![new_profile("A", Some(bad), 1), new_profile("a", None, 2), new_profile("C", Some(terms(&[])), 3)];
    let refused = store.create_client(&actor(), at(1), new, profiles).await;
    let expected = [
        fault("project_id", FaultKind::Missing),
        fault("name", FaultKind::Conflict),
        fault("api_keys[0].api_collection_ids", FaultKind::Missing),
        fault("api_keys[0].api_policy_id", FaultKind::Missing),
        fault("api_keys[1].name", FaultKind::Conflict),
        fault("api_keys[1].api_collection_ids", FaultKind::Missing),
        fault("api_keys[2].api_collection_ids", FaultKind::Bad),
    ];
    assert_eq!(faults(refused), expected);
    assert_eq!(store.list_clients(&PageQuery::default(), &ClientFilter::default()).await.unwrap().total, 1);
}

pub(crate) async fn names_are_unique_case_aside(store: TestStore) {
    store.a_client("Ärzte GmbH", None).await;
    let refused = store.create_client(&actor(), at(1), new_client("ÄRZTE gmbh"), Vec::new()).await;
    assert_eq!(faults(refused), [fault("name", FaultKind::Conflict)]);
    let other = store.a_client("Other", None).await;
    let update = ClientUpdate { name: Some(name("ärzte gmbh")), ..ClientUpdate::default() };
    let refused = store.update_client(&actor(), at(1), other, update).await;
    assert_eq!(faults(refused), [fault("name", FaultKind::Conflict)]);
}

pub(crate) async fn updates_touch_only_what_they_carry(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let id = store.a_client("Acme", Some(terms(&[orders]))).await;
    let before = store.get_client(id).await.unwrap().client;
    let update = ClientUpdate {
        description: Some(Some(Description::parse("text").unwrap())),
        email: Some(Some(email("a@b"))),
        ..ClientUpdate::default()
    };
    let changed = store.update_client(&actor(), at(1), id, update).await.unwrap();
    assert_eq!(store.touched(changed.revision).await, [format!("Client {id}")]);
    let changed = store.expect_event(changed, "client.updated").await.client;
    assert_eq!((changed.name.clone(), changed.default_terms.clone()), (before.name, before.default_terms));
    assert_eq!((changed.created_at, changed.updated_at), (at(0), at(1)));
    let clear = ClientUpdate { description: Some(None), email: Some(None), ..ClientUpdate::default() };
    let cleared = store.update_client(&actor(), at(2), id, clear).await.unwrap().value.client;
    assert_eq!((cleared.description, cleared.email), (None, None));

    let unknown = ClientUpdate { project_id: Some(ProjectId(99)), ..ClientUpdate::default() };
    let refused = store.update_client(&actor(), at(3), id, unknown).await;
    assert_eq!(faults(refused), [fault("project_id", FaultKind::Missing)]);
}

pub(crate) async fn switching_a_client_leaves_its_profiles(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let id = store.a_client("Acme", Some(terms(&[orders]))).await;
    let (on, off) = (store.a_profile(id, "On", None, 1).await, store.a_profile(id, "Off", None, 2).await);
    let update = ProfileUpdate { active: Some(false), ..ProfileUpdate::default() };
    store.update_profile(&actor(), at(1), off, update, fresh(900)).await.unwrap();
    let profiles = [store.get_profile(on).await.unwrap().profile, store.get_profile(off).await.unwrap().profile];

    let disable = ClientUpdate { enabled: Some(false), ..ClientUpdate::default() };
    let disabled = store.update_client(&actor(), at(2), id, disable).await.unwrap();
    assert!(!store.expect_event(disabled, "client.disabled").await.client.enabled);
    assert!(!store.get_profile(on).await.unwrap().client_enabled);
    let enable = ClientUpdate { enabled: Some(true), ..ClientUpdate::default() };
    let enabled = store.update_client(&actor(), at(3), id, enable).await.unwrap();
    assert!(store.expect_event(enabled, "client.enabled").await.client.enabled);
    assert_eq!(store.get_profile(on).await.unwrap().profile, profiles[0]);
    assert_eq!(store.get_profile(off).await.unwrap().profile, profiles[1]);
}

pub(crate) async fn deleting_a_client_takes_its_profiles(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let id = store.a_client("Acme", Some(terms(&[orders]))).await;
    let profile = store.a_profile(id, "A", Some(terms(&[orders])), 1).await;
    let deleted = store.delete_client(&actor(), at(1), id).await.unwrap();
    assert_eq!(store.touched(deleted.revision).await, [format!("Client {id}"), format!("Profile {profile}")]);
    store.expect_event(deleted, "client.deleted").await;
    let entry = store.last_entry().await;
    assert_eq!(entry.before.unwrap()["access_profiles"], serde_json::json!(["A"]));
    expect_not_found(store.get_client(id).await, "client");
    expect_not_found(store.get_profile(profile).await, "access profile");
    assert_eq!(store.load_client(id).await.unwrap(), None);
    assert_eq!(store.load_profile(profile).await.unwrap(), None);
    // Its terms and credentials went too: the collection is free, the token can be used again.
    assert_eq!(store.delete_collection(&actor(), at(2), orders).await.unwrap().value, store::RemovedFrom::default());
    let other = store.a_collection("Other").await;
    let again = store.a_client("Acme", Some(terms(&[other]))).await;
    store.a_profile(again, "A", None, 1).await;
}

pub(crate) async fn unknown_clients_are_not_found(store: TestStore) {
    let id = ClientId(99);
    expect_not_found(store.get_client(id).await, "client");
    expect_not_found(store.update_client(&actor(), at(1), id, ClientUpdate::default()).await, "client");
    expect_not_found(store.delete_client(&actor(), at(1), id).await, "client");
    expect_not_found(store.create_profile(&actor(), at(1), id, new_profile("A", None, 1)).await, "client");
}

pub(crate) async fn lists_filter_by_project_state_collection_and_policy(store: TestStore) {
    let billing = NewProject { name: name("Billing"), description: None };
    let billing = store.create_project(&actor(), at(0), billing).await.unwrap().value.id;
    let (orders, sales) = (store.a_collection("Orders").await, store.a_collection("Sales").await);
    let policy = store.a_policy("Slow").await;
    let limited = Terms { policy_id: Some(policy), ..terms(&[sales]) };
    let by_default = store.a_client("By default", Some(terms(&[orders]))).await;
    let by_profile = store.a_client("By profile", None).await;
    store.a_profile(by_profile, "A", Some(terms(&[orders])), 1).await;
    store.a_profile(by_profile, "B", Some(limited.clone()), 2).await;
    let off =
        NewClient { project_id: billing, enabled: false, default_terms: Some(given(&limited)), ..new_client("Off") };
    let off = store.create_client(&actor(), at(0), off, Vec::new()).await.unwrap().value.client.client.id;

    let ids = async |filter: ClientFilter| -> Vec<_> {
        let page = store.list_clients(&PageQuery::default(), &filter).await.unwrap();
        assert_eq!(usize::try_from(page.total).unwrap(), page.items.len());
        page.items.into_iter().map(|row| row.client.id).collect()
    };
    let all = ClientFilter::default();
    assert_eq!(ids(all).await, [by_default, by_profile, off]);
    assert_eq!(ids(ClientFilter { project_id: Some(billing), ..all }).await, [off]);
    assert_eq!(ids(ClientFilter { enabled: Some(true), ..all }).await, [by_default, by_profile]);
    assert_eq!(ids(ClientFilter { collection_id: Some(orders), ..all }).await, [by_default, by_profile]);
    assert_eq!(ids(ClientFilter { policy_id: Some(policy), ..all }).await, [by_profile, off]);
    let both = ClientFilter { collection_id: Some(orders), policy_id: Some(policy), ..all };
    assert_eq!(ids(both).await, [by_profile]);
    let profiles = store.list_profiles(&PageQuery::default(), &ProfileFilter::default()).await.unwrap();
    assert_eq!(profiles.total, 2);
}

pub(crate) async fn a_shared_policy_must_be_there(store: TestStore) {
    let policy = store.a_policy("Slow").await;
    let expected = [fault("shared_api_policy_id", FaultKind::Missing)];
    let new = NewClient { shared_policy_id: Some(PolicyId(99)), ..new_client("Acme") };
    assert_eq!(faults(store.create_client(&actor(), at(1), new, Vec::new()).await), expected);
    let new = NewClient { shared_policy_id: Some(policy), ..new_client("Acme") };
    let row = store.create_client(&actor(), at(1), new, Vec::new()).await.unwrap().value.client;
    assert_eq!(row.shared_policy, Some(Named { id: policy, name: name("Slow") }));
    assert_eq!(store.load_client(row.client.id).await.unwrap().unwrap().shared_policy_id, Some(policy));
    let update = ClientUpdate { shared_policy_id: Some(Some(PolicyId(99))), ..ClientUpdate::default() };
    assert_eq!(faults(store.update_client(&actor(), at(1), row.client.id, update).await), expected);
}
