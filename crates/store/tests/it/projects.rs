//! Projects.

use crate::make::{actor, at, name, new_client};
use crate::members::{a_member, an_owner};
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use domain::ProjectId;
use domain::text::Description;
use store::{
    DEFAULT_PROJECT, FaultKind, MemberUpdate, NewClient, NewProject, PageQuery, ProjectUpdate, Role, Scope, StoreError,
};

fn new_project(text: &str) -> NewProject {
    NewProject { name: name(text), description: None }
}

pub(crate) async fn a_default_project_exists_and_stays(store: TestStore) {
    let projects = store.list_projects(&PageQuery::default()).await.unwrap();
    assert_eq!(projects.total, 1);
    let project = store.get_project(DEFAULT_PROJECT).await.unwrap();
    assert_eq!(project.name, name("Default"));
    assert!(project.created_at.0 > 1_700_000_000_000_000, "made at a real time: {:?}", project.created_at);
    let refused = store.delete_project(&actor(), at(1), DEFAULT_PROJECT).await;
    assert_eq!(faults(refused), [fault("id", FaultKind::Conflict)]);
}

pub(crate) async fn made_projects_read_back_and_change(store: TestStore) {
    let description = Some(Description::parse("All of billing").unwrap());
    let new = NewProject { name: name("Billing"), description: description.clone() };
    let made = store.create_project(&actor(), at(1), new).await.unwrap();
    let made = store.expect_event(made, "project.created").await;
    assert_eq!((made.created_at, made.description.clone()), (at(1), description.clone()));
    assert_eq!(store.get_project(made.id).await.unwrap(), made);

    let update = ProjectUpdate { name: Some(name("Finance")), ..ProjectUpdate::default() };
    let changed = store.update_project(&actor(), at(2), made.id, update).await.unwrap();
    let changed = store.expect_event(changed, "project.updated").await;
    assert_eq!((changed.name.as_str(), changed.description.clone()), ("Finance", description));
    assert_eq!((changed.created_at, changed.updated_at), (at(1), at(2)));

    let clear = ProjectUpdate { description: Some(None), ..ProjectUpdate::default() };
    let cleared = store.update_project(&actor(), at(3), made.id, clear).await.unwrap().value;
    assert_eq!(cleared.description, None);

    let deleted = store.delete_project(&actor(), at(4), made.id).await.unwrap();
    store.expect_event(deleted, "project.deleted").await;
    expect_not_found(store.get_project(made.id).await, "project");
    expect_not_found(store.update_project(&actor(), at(5), made.id, ProjectUpdate::default()).await, "project");
    expect_not_found(store.delete_project(&actor(), at(5), ProjectId(99)).await, "project");
}

pub(crate) async fn names_are_unique_case_aside(store: TestStore) {
    let refused = store.create_project(&actor(), at(1), new_project("DEFAULT")).await;
    assert_eq!(faults(refused), [fault("name", FaultKind::Conflict)]);
    let other = store.create_project(&actor(), at(1), new_project("Other")).await.unwrap().value;
    let update = ProjectUpdate { name: Some(name("default")), ..ProjectUpdate::default() };
    let refused = store.update_project(&actor(), at(2), other.id, update).await;
    assert_eq!(faults(refused), [fault("name", FaultKind::Conflict)]);
    let same = ProjectUpdate { name: Some(name("OTHER")), ..ProjectUpdate::default() };
    assert!(store.update_project(&actor(), at(3), other.id, same).await.is_ok());
}

pub(crate) async fn a_project_in_use_is_not_deleted(store: TestStore) {
    let project = store.create_project(&actor(), at(1), new_project("Billing")).await.unwrap().value.id;
    let client = NewClient { project_id: project, ..new_client("Acme") };
    store.create_client(&actor(), at(2), client, Vec::new()).await.unwrap();
    match store.delete_project(&actor(), at(3), project).await {
        Err(StoreError::InUse { what: "project", users }) => assert_eq!(users, ["client Acme"]),
        other => panic!("{other:?}"),
    }
    assert!(store.get_project(project).await.is_ok());
}

pub(crate) async fn a_project_that_somebody_is_confined_to_is_not_deleted(store: TestStore) {
    let project = store.create_project(&actor(), at(1), new_project("Billing")).await.unwrap().value.id;
    an_owner(&store).await;
    let member = a_member(&store, "m@example.com", Role::Viewer).await;
    let confine = MemberUpdate { scope: Some(Scope::only([project])), ..MemberUpdate::default() };
    store.update_member(&actor(), at(2), member.id, confine).await.unwrap();
    match store.delete_project(&actor(), at(3), project).await {
        Err(StoreError::InUse { what, users }) => {
            assert_eq!((what, users), ("project", vec!["member m@example.com".to_owned()]));
        }
        other => panic!("expected a project in use, got {other:?}"),
    }
    store.delete_member(&actor(), at(4), member.id).await.unwrap();
    store.delete_project(&actor(), at(5), project).await.unwrap();
}
