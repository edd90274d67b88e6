//! Certificate bundles, and terms that ask for client certificates.

use crate::make::{actor, at, fresh, name, new_client, terms};
use crate::test_store::{TestStore, expect_not_found, fault, faults};
use base64::Engine as _;
use domain::certificate::Authorities;
use domain::terms::AuthMethod;
use domain::validation_formula::ValidationFormula;
use domain::{CertBundleId, ClientId, CollectionId, ProfileId};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use store::{
    CertBundleUpdate, ClientUpdate, DefaultTermsUpdate, FaultKind, MtlsUpdate, NewCertBundle, NewClient,
    OwnTermsUpdate, PageQuery, ProfileUpdate, StoreError, TermsUpdate,
};

/// Authorities of these names.
fn authorities(names: &[&str]) -> Authorities {
    let one = |name: &&str| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, *name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let body = base64::engine::general_purpose::STANDARD.encode(made.der());
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    };
    let text: String = names.iter().map(one).collect();
    Authorities::parse(&text).unwrap()
}

fn new_bundle(text: &str) -> NewCertBundle {
    NewCertBundle { name: name(text), authorities: authorities(&[text]) }
}

async fn a_bundle(store: &TestStore, text: &str) -> CertBundleId {
    store.create_cert_bundle(&actor(), at(0), new_bundle(text)).await.unwrap().value.bundle.id
}

/// Terms for a collection that ask for certificates.
fn asking(collection: CollectionId, bundles: &[CertBundleId], rule: Option<&str>) -> TermsUpdate {
    let mtls = MtlsUpdate {
        enabled: Some(true),
        cert_bundle_ids: Some(bundles.to_vec()),
        validation_formula: rule.map(|rule| Some(formula(rule))),
    };
    TermsUpdate { mtls, ..TermsUpdate::new(vec![collection], None, AuthMethod::Token) }
}

fn formula(rule: &str) -> ValidationFormula {
    ValidationFormula::parse(rule).unwrap()
}

async fn a_client_with(store: &TestStore, text: &str, default_terms: TermsUpdate) -> ClientId {
    let new = NewClient { default_terms: Some(default_terms), ..new_client(text) };
    store.create_client(&actor(), at(0), new, Vec::new()).await.unwrap().value.client.client.id
}

async fn own_terms(store: &TestStore, profile: ProfileId, update: TermsUpdate) {
    let update = ProfileUpdate { own_terms: Some(OwnTermsUpdate::Change(update)), ..ProfileUpdate::default() };
    store.update_profile(&actor(), at(1), profile, update, fresh(900)).await.unwrap();
}

fn users<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Vec<String> {
    match result {
        Err(StoreError::InUse { what: "certificate bundle", users }) => users,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn made_bundles_read_back(store: TestStore) {
    let new = NewCertBundle { name: name("Partners"), authorities: authorities(&["One", "Two"]) };
    let made = store.create_cert_bundle(&actor(), at(1), new.clone()).await.unwrap();
    assert_eq!(store.touched(made.revision).await, [format!("CertBundle {}", made.value.bundle.id)]);
    let made = store.expect_event(made, "cert_bundle.created").await;
    assert_eq!(store.get_cert_bundle(made.bundle.id).await.unwrap(), made);
    assert_eq!(store.load_cert_bundle(made.bundle.id).await.unwrap(), Some(made.bundle.clone()));
    let after = store.last_entry().await.after.unwrap();
    assert_eq!((&after["name"], &after["certificates"][1]["subject"]), (&"Partners".into(), &"CN=Two".into()));
    assert_eq!((made.profiles_count, made.clients_count), (0, 0));
    let bundle = made.bundle;
    assert_eq!((bundle.name, bundle.authorities, bundle.created_at), (new.name, new.authorities, at(1)));

    let deleted = store.delete_cert_bundle(&actor(), at(2), bundle.id).await.unwrap();
    assert_eq!(store.touched(deleted.revision).await, [format!("CertBundle {}", bundle.id)]);
    store.expect_event(deleted, "cert_bundle.deleted").await;
    expect_not_found(store.get_cert_bundle(bundle.id).await, "certificate bundle");
    expect_not_found(store.delete_cert_bundle(&actor(), at(3), bundle.id).await, "certificate bundle");
    assert_eq!(store.load_cert_bundle(bundle.id).await.unwrap(), None);
}

pub(crate) async fn names_are_unique_case_aside(store: TestStore) {
    a_bundle(&store, "Partners").await;
    let other = a_bundle(&store, "Others").await;
    let refused = store.create_cert_bundle(&actor(), at(1), new_bundle(" PARTNERS ")).await;
    assert_eq!(faults(refused), [fault("name", FaultKind::Conflict)]);
    let update = CertBundleUpdate { name: Some(name("partners")), ..CertBundleUpdate::default() };
    let refused = store.update_cert_bundle(&actor(), at(1), other, update).await;
    assert_eq!(faults(refused), [fault("name", FaultKind::Conflict)]);
}

pub(crate) async fn updates_touch_only_what_they_carry(store: TestStore) {
    let id = a_bundle(&store, "Partners").await;
    let first = store.get_cert_bundle(id).await.unwrap().bundle;
    let update = CertBundleUpdate { name: Some(name("Friends")), ..CertBundleUpdate::default() };
    let renamed = store.update_cert_bundle(&actor(), at(5), id, update).await.unwrap();
    let renamed = store.expect_event(renamed, "cert_bundle.updated").await.bundle;
    assert_eq!((renamed.name.as_str(), &renamed.authorities), ("Friends", &first.authorities));
    let fresh = authorities(&["New"]);
    let update = CertBundleUpdate { authorities: Some(fresh.clone()), ..CertBundleUpdate::default() };
    let replaced = store.update_cert_bundle(&actor(), at(6), id, update).await.unwrap();
    assert_eq!(store.touched(replaced.revision).await, [format!("CertBundle {id}")]);
    let replaced = replaced.value.bundle;
    assert_eq!((replaced.name.as_str(), replaced.authorities, replaced.updated_at), ("Friends", fresh, at(6)));
    let nowhere = store.update_cert_bundle(&actor(), at(6), CertBundleId(99), CertBundleUpdate::default()).await;
    expect_not_found(nowhere, "certificate bundle");
}

pub(crate) async fn a_workspace_has_at_most_fifty(store: TestStore) {
    let same = authorities(&["CA"]);
    for number in 0..50 {
        let new = NewCertBundle { name: name(&format!("B{number}")), authorities: same.clone() };
        store.create_cert_bundle(&actor(), at(1), new).await.unwrap();
    }
    let more = NewCertBundle { name: name("B0"), authorities: same };
    let refused = store.create_cert_bundle(&actor(), at(1), more).await;
    assert_eq!(faults(refused), [fault("name", FaultKind::Conflict), fault("pem", FaultKind::Missing)]);
    let page = store.list_cert_bundles(&PageQuery { q: Some("b4".to_owned()), ..PageQuery::default() }).await.unwrap();
    assert_eq!(page.total, 11);
}

pub(crate) async fn a_bundle_in_use_names_up_to_twenty_users(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let bundle = a_bundle(&store, "Partners").await;
    let acme = a_client_with(&store, "Acme", asking(orders, &[bundle], None)).await;
    let own = store.a_profile(acme, "Own", Some(terms(&[orders])), 1).await;
    store.a_profile(acme, "Client's", None, 2).await;
    assert_eq!(users(store.delete_cert_bundle(&actor(), at(1), bundle).await), ["Acme"]);
    own_terms(&store, own, asking(orders, &[bundle], None)).await;
    // Kept while switched off, and so in use.
    let mtls = MtlsUpdate { enabled: Some(false), ..MtlsUpdate::default() };
    own_terms(&store, own, TermsUpdate { mtls, ..TermsUpdate::default() }).await;
    assert_eq!(users(store.delete_cert_bundle(&actor(), at(1), bundle).await), ["Acme", "Acme / Own"]);
    let many = store.a_client("Many", None).await;
    for number in 10..30 {
        let profile = store.a_profile(many, &format!("P{number}"), Some(terms(&[orders])), number).await;
        own_terms(&store, profile, asking(orders, &[bundle], None)).await;
    }
    assert_eq!(users(store.delete_cert_bundle(&actor(), at(1), bundle).await).len(), 20);
    assert!(store.get_cert_bundle(bundle).await.is_ok());
    store.delete_client(&actor(), at(2), many).await.unwrap();
    store.delete_client(&actor(), at(2), acme).await.unwrap();
    store.delete_cert_bundle(&actor(), at(3), bundle).await.unwrap();
}

pub(crate) async fn counts_follow_effective_terms(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let (one, two) = (a_bundle(&store, "One").await, a_bundle(&store, "Two").await);
    let acme = a_client_with(&store, "Acme", asking(orders, &[one, two], None)).await;
    store.a_profile(acme, "A", None, 1).await;
    store.a_profile(acme, "B", None, 2).await;
    let own = store.a_profile(acme, "C", Some(terms(&[orders])), 3).await;
    own_terms(&store, own, asking(orders, &[two], None)).await;
    let rows = store.list_cert_bundles(&PageQuery::default()).await.unwrap().items;
    let counts: Vec<_> = rows.iter().map(|row| (row.bundle.id, row.profiles_count, row.clients_count)).collect();
    assert_eq!(counts, [(one, 2, 1), (two, 3, 1)]);
}

pub(crate) async fn terms_ask_for_certificates_and_keep_what_they_asked(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let (one, two) = (a_bundle(&store, "One").await, a_bundle(&store, "Two").await);
    let rule = "O=Acme, SAN.DNS=*.acme.example";
    let acme = a_client_with(&store, "Acme", asking(orders, &[two, one, two], Some(rule))).await;
    let stored = |client: store::ClientRow| client.client.default_terms.unwrap();
    let terms = stored(store.get_client(acme).await.unwrap());
    assert_eq!((terms.mtls_enabled, &*terms.cert_bundle_ids), (true, &[one, two][..]));
    assert_eq!(terms.validation_formula.unwrap().as_str(), rule);
    let after = store.last_entry().await.after.unwrap();
    assert_eq!(after["default_terms"]["validation_formula"], rule);
    let change = async |update: TermsUpdate| {
        let default_terms = Some(DefaultTermsUpdate::Change(update));
        let update = ClientUpdate { default_terms, ..ClientUpdate::default() };
        stored(store.update_client(&actor(), at(2), acme, update).await.unwrap().value)
    };
    // Other fields leave it, and switching off forgets nothing.
    let other = change(TermsUpdate { collection_ids: Some(vec![orders]), ..TermsUpdate::default() }).await;
    assert_eq!((other.mtls_enabled, other.cert_bundle_ids.len()), (true, 2));
    let mtls = MtlsUpdate { enabled: Some(false), ..MtlsUpdate::default() };
    let off = change(TermsUpdate { mtls, ..TermsUpdate::default() }).await;
    assert_eq!((off.mtls_enabled, off.cert_bundle_ids.len(), off.validation_formula.is_some()), (false, 2, true));
    let mtls = MtlsUpdate { enabled: None, cert_bundle_ids: Some(Vec::new()), validation_formula: Some(None) };
    let cleared = change(TermsUpdate { mtls, ..TermsUpdate::default() }).await;
    assert_eq!((cleared.cert_bundle_ids.len(), cleared.validation_formula), (0, None));
    // Own terms begin with the client's.
    let mtls = MtlsUpdate { enabled: Some(true), cert_bundle_ids: Some(vec![one]), validation_formula: None };
    change(TermsUpdate { mtls, ..TermsUpdate::default() }).await;
    let profile = store.a_profile(acme, "A", None, 1).await;
    own_terms(&store, profile, TermsUpdate { policy_id: Some(None), ..TermsUpdate::default() }).await;
    let own = store.get_profile(profile).await.unwrap().profile.own_terms.unwrap();
    assert_eq!((own.mtls_enabled, &*own.cert_bundle_ids), (true, &[one][..]));
}

pub(crate) async fn faults_of_mutual_tls_stand_at_their_fields(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let mut six = Vec::new();
    for number in 0..6 {
        six.push(a_bundle(&store, &format!("B{number}")).await);
    }
    for (bundles, expected) in
        [(vec![], FaultKind::Bad), (six, FaultKind::Bad), (vec![CertBundleId(99)], FaultKind::Missing)]
    {
        let new = NewClient { default_terms: Some(asking(orders, &bundles, None)), ..new_client("Acme") };
        let refused = store.create_client(&actor(), at(1), new, Vec::new()).await;
        assert_eq!(faults(refused), [fault("cert_bundle_ids", expected)], "{bundles:?}");
    }
}

pub(crate) async fn bundles_are_loaded_with_everything(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let bundle = a_bundle(&store, "Partners").await;
    let acme = a_client_with(&store, "Acme", asking(orders, &[bundle], Some("CN=a"))).await;
    let store = store.reopen().await;
    let (_, loaded) = store.load_directory().await.unwrap();
    assert_eq!(loaded.cert_bundles, [store.load_cert_bundle(bundle).await.unwrap().unwrap()]);
    assert_eq!(loaded.clients, [store.load_client(acme).await.unwrap().unwrap()]);
    assert_eq!(loaded.clients[0].default_terms.as_ref().unwrap().validation_formula, Some(formula("CN=a")));
}
