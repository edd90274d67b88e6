//! Search over everything that has a name.

use crate::make::{actor, at, name, new_client};
use crate::test_store::TestStore;
use store::{NewClient, NewProject, Scope, SearchKind, Store};

async fn found(store: &Store, text: &str) -> Vec<(SearchKind, String)> {
    let hits = store.search(text, 10).await.unwrap();
    hits.into_iter().map(|hit| (hit.kind, hit.name)).collect()
}

pub(crate) async fn names_and_paths_are_found_the_best_first(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Reorders", None).await;
    let terms = crate::make::terms(&[orders]);
    store.a_profile(client, "orders", Some(terms), 1).await;
    store.a_policy("Orders slow").await;
    let expected = [
        (SearchKind::Profile, "orders"),
        (SearchKind::Collection, "Orders"),
        (SearchKind::Policy, "Orders slow"),
        (SearchKind::Client, "Reorders"),
    ];
    let expected: Vec<_> = expected.into_iter().map(|(kind, name)| (kind, name.to_owned())).collect();
    assert_eq!(found(&store, " ORDERS ").await, expected);
    let profile = store.search("orders", 1).await.unwrap().remove(0);
    assert_eq!((profile.holder, profile.project_id), (Some((client.0, "Reorders".to_owned())), Some(1)));
    assert_eq!(store.search("orders", 2).await.unwrap().len(), 2);
    for nothing in ["%", "_", "\\", "ordersx"] {
        assert!(found(&store, nothing).await.is_empty(), "{nothing}");
    }
}

pub(crate) async fn confined_callers_find_what_they_see(store: TestStore) {
    let new = NewProject { name: name("Partners"), description: None };
    let project = store.create_project(&actor(), at(1), new).await.unwrap().value.id;
    store.a_client("Acme one", None).await;
    let own = NewClient { project_id: project, ..new_client("Acme two") };
    store.create_client(&actor(), at(1), own, Vec::new()).await.unwrap();
    let seen = store.within(&Scope::only([project]));
    assert_eq!(found(&seen, "acme").await, [(SearchKind::Client, "Acme two".to_owned())]);
    assert_eq!(found(&store, "acme").await.len(), 2);
    assert!(found(&store.within(&Scope::only([])), "acme").await.is_empty());
}
