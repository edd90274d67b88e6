//! Access profiles.

use crate::make::{actor, at, fresh, name, new_client, new_profile, secret, terms};
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use domain::access_profile::CredentialKind;
use domain::cidr::CidrEntry;
use domain::settings::Settings;
use domain::terms::Terms;
use domain::{ClientId, ProfileId};
use std::collections::BTreeMap;
use store::{DEFAULT_PROJECT, FaultKind, NewProfile, PageQuery, ProfileFilter, ProfileUpdate, SettingsUpdate};

fn addresses(texts: &[&str]) -> Vec<CidrEntry> {
    texts.iter().map(|text| CidrEntry::parse(text).unwrap()).collect()
}

pub(crate) async fn made_profiles_read_back(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", None).await;
    let new = NewProfile {
        ip_allow_list: addresses(&["106.226.100.3/20", "2001:db8::/32"]),
        ip_deny_list: addresses(&["106.226.100.3"]),
        labels: BTreeMap::from([("team".to_owned(), "a \"quoted\" one".to_owned())]),
        expires_at: Some(at(500)),
        period_anchor: Some("2025-12-31".parse().unwrap()),
        ..new_profile("Billing program", Some(terms(&[orders])), 42)
    };
    let made = store.create_profile(&actor(), at(1), client, new.clone()).await.unwrap();
    let revision = made.revision;
    let made = store.expect_event(made, "access_profile.created").await;
    assert_eq!(store.touched(revision).await, [format!("Profile {}", made.profile.id)]);
    assert_eq!(store.get_profile(made.profile.id).await.unwrap(), made);
    assert_eq!(store.load_profile(made.profile.id).await.unwrap(), Some(made.profile.clone()));
    assert_eq!((made.client_name.as_str(), made.client_enabled), ("Acme", true));
    assert_eq!(made.effective_terms, Some(terms(&[orders])));
    let read = made.profile;
    assert_eq!((read.client_id, read.name, read.own_terms), (client, new.name, Some(terms(&[orders]))));
    assert_eq!((read.expires_at, read.period_anchor.to_string().as_str()), (Some(at(500)), "2025-12-31"));
    assert_eq!((read.ip_allow_list, read.ip_deny_list), (new.ip_allow_list, new.ip_deny_list));
    assert_eq!((read.active, read.active_since, read.labels), (true, Some(at(1)), new.labels));
    assert_eq!(read.credentials.len(), 1);
    let stored = &read.credentials[0];
    assert_eq!((stored.id, stored.digest, stored.created_at), (secret(42).id, secret(42).digest, at(1)));
    assert_eq!((stored.last4.as_str(), stored.kind), ("0042", CredentialKind::Token));
    assert_eq!((&stored.identifier, stored.ends_at, stored.last_used_at), (&None, None, None));
}

pub(crate) async fn names_are_unique_in_a_client(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let acme = store.a_client("Acme", Some(terms(&[orders]))).await;
    let beta = store.a_client("Beta", Some(terms(&[orders]))).await;
    store.a_profile(acme, "Billing", None, 1).await;
    store.a_profile(beta, "Billing", None, 2).await;
    let refused = store.create_profile(&actor(), at(1), acme, new_profile("BILLING", None, 3)).await;
    assert_eq!(faults(refused), [fault("name", FaultKind::Conflict)]);
    let other = store.a_profile(acme, "Other", None, 4).await;
    let update = ProfileUpdate { name: Some(name("billing")), ..ProfileUpdate::default() };
    let refused = store.update_profile(&actor(), at(1), other, update, fresh(900)).await;
    assert_eq!(faults(refused), [fault("name", FaultKind::Conflict)]);
}

pub(crate) async fn updates_touch_only_what_they_carry(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let id = store.a_profile(client, "A", None, 1).await;
    let before = store.get_profile(id).await.unwrap().profile;
    let update = ProfileUpdate {
        name: Some(name("B")),
        ip_deny_list: Some(addresses(&["10.0.0.0/8"])),
        labels: Some(BTreeMap::from([("a".to_owned(), "b".to_owned())])),
        expires_at: Some(Some(at(77))),
        period_anchor: Some("2026-02-28".parse().unwrap()),
        ..ProfileUpdate::default()
    };
    let changed = store.update_profile(&actor(), at(5), id, update.clone(), fresh(900)).await.unwrap();
    assert_eq!(store.touched(changed.revision).await, [format!("Profile {id}")]);
    let changed = store.expect_event(changed, "access_profile.updated").await.profile;
    let mut expected = before;
    expected.name = name("B");
    expected.ip_deny_list = update.ip_deny_list.unwrap();
    expected.labels = update.labels.unwrap();
    expected.expires_at = Some(at(77));
    expected.period_anchor = "2026-02-28".parse().unwrap();
    expected.updated_at = at(5);
    assert_eq!(changed, expected);
    let cleared = ProfileUpdate { ip_deny_list: Some(Vec::new()), expires_at: Some(None), ..ProfileUpdate::default() };
    let cleared = store.update_profile(&actor(), at(6), id, cleared, fresh(900)).await.unwrap().value.profile;
    assert_eq!((cleared.ip_deny_list, cleared.labels), (Vec::new(), expected.labels));
    assert_eq!((cleared.expires_at, cleared.period_anchor), (None, expected.period_anchor));
}

pub(crate) async fn active_since_moves_only_when_switched_on(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let off = NewProfile { active: false, ..new_profile("A", None, 1) };
    let id = store.create_profile(&actor(), at(1), client, off).await.unwrap().value.profile.id;
    assert_eq!(store.get_profile(id).await.unwrap().profile.active_since, None);
    let switch = async |seconds: i64, active: bool, event: &'static str| {
        let update = ProfileUpdate { active: Some(active), ..ProfileUpdate::default() };
        let changed = store.update_profile(&actor(), at(seconds), id, update, fresh(900)).await.unwrap();
        let profile = store.expect_event(changed, event).await.profile;
        assert_eq!(profile.active, active);
        profile.active_since
    };
    assert_eq!(switch(2, true, "access_profile.enabled").await, Some(at(2)));
    assert_eq!(switch(3, true, "access_profile.enabled").await, Some(at(2)));
    assert_eq!(switch(4, false, "access_profile.disabled").await, Some(at(2)));
    assert_eq!(switch(5, true, "access_profile.enabled").await, Some(at(5)));
}

pub(crate) async fn deleted_profiles_are_gone(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let id = store.a_profile(client, "A", None, 1).await;
    let deleted = store.delete_profile(&actor(), at(1), id).await.unwrap();
    assert_eq!(store.touched(deleted.revision).await, [format!("Profile {id}")]);
    store.expect_event(deleted, "access_profile.deleted").await;
    expect_not_found(store.get_profile(id).await, "access profile");
    expect_not_found(store.delete_profile(&actor(), at(1), id).await, "access profile");
    let update = ProfileUpdate::default();
    expect_not_found(store.update_profile(&actor(), at(1), ProfileId(99), update, fresh(900)).await, "access profile");
    assert_eq!(store.get_client(client).await.unwrap().total_profiles, 0);
}

pub(crate) async fn a_client_has_at_most_twenty(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let most = i64::from(Settings::default().profiles_per_client);
    for number in 0..most {
        store.a_profile(client, &format!("P{number}"), None, number).await;
    }
    let refused = store.create_profile(&actor(), at(1), client, new_profile("One more", None, 99)).await;
    assert_eq!(faults(refused), [fault("name", FaultKind::Missing)]);
    let profiles = (0..=most).map(|n| new_profile(&format!("Q{n}"), Some(terms(&[orders])), 1000 + n)).collect();
    let refused = store.create_client(&actor(), at(1), new_client("Many"), profiles).await;
    assert_eq!(faults(refused), [fault("api_keys", FaultKind::Missing)]);
    let more = SettingsUpdate { profiles_per_client: Some(21), ..SettingsUpdate::default() };
    store.update_settings(&actor(), at(1), more).await.unwrap();
    store.create_profile(&actor(), at(1), client, new_profile("One more", None, 99)).await.unwrap();
    let refused = store.create_profile(&actor(), at(1), client, new_profile("And more", None, 100)).await;
    assert_eq!(faults(refused), [fault("name", FaultKind::Missing)]);
}

pub(crate) async fn profiles_belong_to_their_client(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    let other = store.a_client("Beta", None).await;
    let id = store.a_profile(client, "A", None, 1).await;
    assert_eq!(store.get_profile_of_client(client, id).await.unwrap().profile.id, id);
    expect_not_found(store.get_profile_of_client(other, id).await, "access profile");
    expect_not_found(store.get_profile_of_client(ClientId(99), id).await, "access profile");
}

pub(crate) async fn lists_filter_by_effective_terms(store: TestStore) {
    let (orders, sales) = (store.a_collection("Orders").await, store.a_collection("Sales").await);
    let policy = store.a_policy("Slow").await;
    let acme = store.a_client("Acme", Some(Terms { policy_id: Some(policy), ..terms(&[orders]) })).await;
    let beta = store.a_client("Beta", None).await;
    let inherits = store.a_profile(acme, "Inherits", None, 1).await;
    let own = store.a_profile(acme, "Own", Some(terms(&[sales])), 2).await;
    let both = store.a_profile(beta, "Both", Some(terms(&[orders, sales])), 3).await;
    let off = ProfileUpdate { active: Some(false), ..ProfileUpdate::default() };
    store.update_profile(&actor(), at(1), own, off, fresh(900)).await.unwrap();

    let ids = async |filter: ProfileFilter| -> Vec<_> {
        let page = store.list_profiles(&PageQuery::default(), &filter).await.unwrap();
        assert_eq!(usize::try_from(page.total).unwrap(), page.items.len());
        page.items.into_iter().map(|row| row.profile.id).collect()
    };
    let all = ProfileFilter::default();
    assert_eq!(ids(all).await, [inherits, own, both]);
    assert_eq!(ids(ProfileFilter { client_id: Some(acme), ..all }).await, [inherits, own]);
    assert_eq!(ids(ProfileFilter { project_id: Some(DEFAULT_PROJECT), ..all }).await, [inherits, own, both]);
    assert_eq!(ids(ProfileFilter { collection_id: Some(orders), ..all }).await, [inherits, both]);
    assert_eq!(ids(ProfileFilter { collection_id: Some(sales), ..all }).await, [own, both]);
    assert_eq!(ids(ProfileFilter { policy_id: Some(policy), ..all }).await, [inherits]);
    assert_eq!(ids(ProfileFilter { active: Some(false), ..all }).await, [own]);
}
