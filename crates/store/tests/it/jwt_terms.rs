//! Terms that verify JSON Web Tokens: what they need, how they change, and that their secrets stay secret.

use crate::make::{HMAC_SECRET, actor, at, fresh, given, jwt_terms, new_client, new_profile, terms};
use crate::test_store::{TestStore, fault, faults};
use domain::jwt::{Algorithm, ClaimRules, KeyFamily};
use domain::secret::Secret;
use domain::terms::{AuthMethod, JwtTerms, KeySource};
use domain::{ClientId, CollectionId};
use store::{
    AuditFilter, ClientRow, ClientUpdate, Committed, DefaultTermsUpdate, FaultKind, JwtUpdate, NewClient, NewProfile,
    OwnTermsUpdate, PageQuery, ProfileUpdate, StoreError, TermsUpdate,
};

/// The public key of RFC 8037, A.2.
pub(crate) const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn list(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn with(ids: &[CollectionId], method: AuthMethod, jwt: JwtUpdate) -> TermsUpdate {
    TermsUpdate { jwt, ..TermsUpdate::new(ids.to_vec(), None, method) }
}

async fn make(store: &TestStore, name: &str, default_terms: TermsUpdate) -> Result<ClientId, StoreError> {
    let new = NewClient { default_terms: Some(default_terms), ..new_client(name) };
    Ok(store.create_client(&actor(), at(1), new, Vec::new()).await?.value.client.client.id)
}

async fn change(store: &TestStore, id: ClientId, jwt: JwtUpdate) -> Result<Committed<ClientRow>, StoreError> {
    let change = DefaultTermsUpdate::Change(TermsUpdate { jwt, ..TermsUpdate::default() });
    let update = ClientUpdate { default_terms: Some(change), ..ClientUpdate::default() };
    store.update_client(&actor(), at(9), id, update).await
}

async fn jwt_of(store: &TestStore, id: ClientId) -> JwtTerms {
    *store.get_client(id).await.unwrap().client.default_terms.unwrap().jwt.unwrap()
}

pub(crate) async fn all_fields_read_back(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let jwt = JwtUpdate {
        family: Some(Some(KeyFamily::Hmac)),
        secret: Some(Some(secret(&format!("  {HMAC_SECRET}\n")))),
        oidc_issuer: Some(Some(text("https://id.example"))),
        oidc_jwks_uri: Some(Some(text("https://id.example/keys"))),
        access_profile_claim: Some(Some(text("client_id"))),
        required_claims: Some(list(&["exp", "jti"])),
        allowed_issuers: Some(list(&["https://a.example", "https://b.example"])),
        allowed_audiences: Some(list(&["orders"])),
        algorithms: Some(vec![Algorithm::Hs256]),
        clock_leeway_seconds: Some(5),
    };
    let id = make(&store, "Acme", with(&[orders], AuthMethod::Jwt, jwt)).await.unwrap();
    let store = store.reopen().await;
    let read = jwt_of(&store, id).await;
    let key = domain::jwt::VerifyingKey::parse(KeyFamily::Hmac, HMAC_SECRET).unwrap();
    assert_eq!((read.family, read.key.as_ref()), (Some(KeyFamily::Hmac), Some(&key)));
    assert_eq!(read.oidc_issuer.as_deref(), Some("https://id.example"));
    assert_eq!(read.oidc_jwks_uri.as_deref(), Some("https://id.example/keys"));
    assert_eq!((read.key_source(), read.access_profile_claim.as_deref()), (None, Some("client_id")));
    let rules = ClaimRules {
        required_claims: vec!["exp".to_owned(), "jti".to_owned()],
        allowed_issuers: vec!["https://a.example".to_owned(), "https://b.example".to_owned()],
        allowed_audiences: vec!["orders".to_owned()],
        algorithms: vec![Algorithm::Hs256],
        leeway_seconds: 5,
    };
    assert_eq!(read.rules, rules);
    let (_, loaded) = store.load_directory().await.unwrap();
    assert_eq!(loaded.clients, [store.load_client(id).await.unwrap().unwrap()]);
}

pub(crate) async fn updates_touch_only_what_they_carry(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let id = make(&store, "Acme", jwt_terms(&[orders])).await.unwrap();
    let before = jwt_of(&store, id).await;
    assert_eq!(before.rules.leeway_seconds, 30);
    change(&store, id, JwtUpdate { required_claims: Some(list(&["exp"])), ..JwtUpdate::default() }).await.unwrap();
    let mut expected = before;
    expected.rules.required_claims = vec!["exp".to_owned()];
    assert_eq!(jwt_of(&store, id).await, expected);

    let jwks = JwtUpdate {
        family: Some(None),
        secret: Some(None),
        oidc_jwks_uri: Some(Some(text("https://id.example/keys"))),
        ..JwtUpdate::default()
    };
    change(&store, id, jwks).await.unwrap();
    let read = jwt_of(&store, id).await;
    assert_eq!((read.family, read.key.clone()), (None, None));
    assert_eq!(read.key_source(), Some(KeySource::JwksUri("https://id.example/keys".into())));
    assert_eq!(read.rules, expected.rules);

    let refused = change(&store, id, JwtUpdate { oidc_jwks_uri: Some(None), ..JwtUpdate::default() }).await;
    assert_eq!(faults(refused), [fault("jwt_secret", FaultKind::Bad)]);
    let update = JwtUpdate { required_claims: Some(Vec::new()), clock_leeway_seconds: Some(0), ..JwtUpdate::default() };
    change(&store, id, update).await.unwrap();
    assert_eq!(jwt_of(&store, id).await.rules, ClaimRules { leeway_seconds: 0, ..ClaimRules::default() });
}

pub(crate) async fn a_method_needs_its_keys(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let none = JwtUpdate::default;
    let cases = [
        (AuthMethod::Jwt, none(), "jwt_secret"),
        (AuthMethod::Jwt, JwtUpdate { oidc_issuer: Some(Some(text("https://id.example"))), ..none() }, "jwt_secret"),
        (AuthMethod::Jwt, JwtUpdate { family: Some(Some(KeyFamily::Rsa)), ..none() }, "jwt_secret"),
        (AuthMethod::Jwt, JwtUpdate { secret: Some(Some(secret(HMAC_SECRET))), ..none() }, "jwt_method"),
        (
            AuthMethod::Jwt,
            JwtUpdate { family: Some(Some(KeyFamily::Hmac)), secret: Some(Some(secret("short"))), ..none() },
            "jwt_secret",
        ),
        (
            AuthMethod::Jwt,
            JwtUpdate { family: Some(Some(KeyFamily::Hmac)), secret: Some(Some(secret(ED25519))), ..none() },
            "jwt_secret",
        ),
        (
            AuthMethod::Jwt,
            JwtUpdate { family: Some(Some(KeyFamily::Rsa)), secret: Some(Some(secret(ED25519))), ..none() },
            "jwt_secret",
        ),
        (
            AuthMethod::Jwt,
            JwtUpdate {
                family: Some(Some(KeyFamily::Hmac)),
                oidc_jwks_uri: Some(Some(text("https://id.example/keys"))),
                ..none()
            },
            "jwt_secret",
        ),
        (AuthMethod::Oidc, none(), "oidc_issuer"),
        (AuthMethod::Oidc, JwtUpdate { family: Some(Some(KeyFamily::Rsa)), ..none() }, "oidc_issuer"),
    ];
    for (at, (method, jwt, field)) in cases.into_iter().enumerate() {
        let refused = make(&store, "Acme", with(&[orders], method, jwt)).await;
        assert_eq!(faults(refused), [fault(field, FaultKind::Bad)], "case {at}");
    }
    let good = [
        (
            AuthMethod::Jwt,
            JwtUpdate { family: Some(Some(KeyFamily::Eddsa)), secret: Some(Some(secret(ED25519))), ..none() },
        ),
        (AuthMethod::Jwt, JwtUpdate { oidc_jwks_uri: Some(Some(text("https://id.example/keys"))), ..none() }),
        (AuthMethod::Oidc, JwtUpdate { oidc_issuer: Some(Some(text("https://id.example"))), ..none() }),
        (AuthMethod::Oidc, JwtUpdate { oidc_jwks_uri: Some(Some(text("https://id.example/keys"))), ..none() }),
        (
            AuthMethod::Oidc,
            JwtUpdate { family: Some(Some(KeyFamily::Hmac)), secret: Some(Some(secret(HMAC_SECRET))), ..none() },
        ),
    ];
    for (at, (method, jwt)) in good.into_iter().enumerate() {
        make(&store, &format!("Good {at}"), with(&[orders], method, jwt)).await.unwrap();
    }
}

pub(crate) async fn another_kind_of_key_needs_a_key_that_fits(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let id = make(&store, "Acme", jwt_terms(&[orders])).await.unwrap();
    let eddsa = || JwtUpdate { family: Some(Some(KeyFamily::Eddsa)), ..JwtUpdate::default() };
    assert_eq!(faults(change(&store, id, eddsa()).await), [fault("jwt_method", FaultKind::Bad)]);
    let nothing = JwtUpdate { family: Some(None), ..JwtUpdate::default() };
    assert_eq!(faults(change(&store, id, nothing).await), [fault("jwt_method", FaultKind::Bad)]);
    change(&store, id, JwtUpdate { secret: Some(Some(secret(ED25519))), ..eddsa() }).await.unwrap();
    // The key alone is read with the kind that is there.
    change(&store, id, JwtUpdate { secret: Some(Some(secret(ED25519))), ..JwtUpdate::default() }).await.unwrap();
    let hmac = JwtUpdate { secret: Some(Some(secret(HMAC_SECRET))), ..JwtUpdate::default() };
    assert_eq!(faults(change(&store, id, hmac).await), [fault("jwt_secret", FaultKind::Bad)]);
    assert_eq!(jwt_of(&store, id).await.key.unwrap().family(), KeyFamily::Eddsa);
}

pub(crate) async fn algorithms_fit_the_key(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let id = make(&store, "Acme", jwt_terms(&[orders])).await.unwrap();
    let only = |algorithms: &[Algorithm]| JwtUpdate { algorithms: Some(algorithms.to_vec()), ..JwtUpdate::default() };
    for algorithm in [Algorithm::Rs256, Algorithm::EdDsa, Algorithm::Hs512] {
        let refused = change(&store, id, only(&[Algorithm::Hs256, algorithm])).await;
        assert_eq!(faults(refused), [fault("jwt_algorithms", FaultKind::Bad)], "{algorithm:?}");
    }
    change(&store, id, only(&[Algorithm::Hs256])).await.unwrap();
    // The key that replaces it must permit them as well.
    let eddsa =
        JwtUpdate { family: Some(Some(KeyFamily::Eddsa)), secret: Some(Some(secret(ED25519))), ..JwtUpdate::default() };
    assert_eq!(faults(change(&store, id, eddsa).await), [fault("jwt_algorithms", FaultKind::Bad)]);
    let fetched = JwtUpdate { oidc_issuer: Some(Some(text("https://id.example"))), ..only(&[Algorithm::Hs256]) };
    let refused = make(&store, "Beta", with(&[orders], AuthMethod::Oidc, fetched)).await;
    assert_eq!(faults(refused), [fault("jwt_algorithms", FaultKind::Bad)]);
    let fetched = JwtUpdate {
        oidc_issuer: Some(Some(text("https://id.example"))),
        ..only(&[Algorithm::Es256, Algorithm::Ps512])
    };
    make(&store, "Beta", with(&[orders], AuthMethod::Oidc, fetched)).await.unwrap();
}

pub(crate) async fn other_methods_take_no_jwt_fields(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    for method in [AuthMethod::Token, AuthMethod::Oauth2] {
        let jwt = JwtUpdate {
            secret: Some(Some(secret(HMAC_SECRET))),
            allowed_audiences: Some(list(&["a"])),
            clock_leeway_seconds: Some(31),
            ..JwtUpdate::default()
        };
        let expected = ["jwt_secret", "allowed_audiences", "clock_leeway_seconds"].map(|at| fault(at, FaultKind::Bad));
        assert_eq!(faults(make(&store, "Acme", with(&[orders], method, jwt)).await), expected);
    }
    let says_nothing = JwtUpdate {
        family: Some(None),
        secret: Some(None),
        required_claims: Some(Vec::new()),
        clock_leeway_seconds: Some(30),
        ..JwtUpdate::default()
    };
    make(&store, "Acme", with(&[orders], AuthMethod::Token, says_nothing)).await.unwrap();
}

pub(crate) async fn leaving_the_method_forgets_the_key(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let id = make(&store, "Acme", jwt_terms(&[orders])).await.unwrap();
    let to = async |method: AuthMethod| {
        let change = TermsUpdate { method: Some(method), ..TermsUpdate::default() };
        let change = DefaultTermsUpdate::Change(change);
        let update = ClientUpdate { default_terms: Some(change), ..ClientUpdate::default() };
        store.update_client(&actor(), at(9), id, update).await
    };
    let token = to(AuthMethod::Token).await.unwrap().value.client.default_terms.unwrap();
    assert_eq!(token, terms(&[orders]));
    assert_eq!(faults(to(AuthMethod::Jwt).await), [fault("jwt_secret", FaultKind::Bad)]);
}

pub(crate) async fn own_terms_begin_with_the_clients_key(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = make(&store, "Acme", jwt_terms(&[orders])).await.unwrap();
    let profile = store.a_profile(client, "A", None, 1).await;
    let jwt = JwtUpdate { required_claims: Some(list(&["exp"])), ..JwtUpdate::default() };
    let own = OwnTermsUpdate::Change(TermsUpdate { jwt, ..TermsUpdate::default() });
    let update = ProfileUpdate { own_terms: Some(own), ..ProfileUpdate::default() };
    let row = store.update_profile(&actor(), at(2), profile, update, fresh(9)).await.unwrap().value;
    let mut expected = jwt_of(&store, client).await;
    expected.rules.required_claims = vec!["exp".to_owned()];
    assert_eq!(*row.profile.own_terms.unwrap().jwt.unwrap(), expected);
    // Each has its own copy from then on.
    change(&store, client, JwtUpdate { secret: Some(Some(secret(&"x".repeat(40)))), ..JwtUpdate::default() })
        .await
        .unwrap();
    let own = store.get_profile(profile).await.unwrap().profile.own_terms.unwrap().jwt.unwrap();
    assert_eq!(*own, expected);
    assert_ne!(jwt_of(&store, client).await.key, own.key);
}

pub(crate) async fn a_claim_needs_an_issuer(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let id = make(&store, "Acme", jwt_terms(&[orders])).await.unwrap();
    let claim = || JwtUpdate { access_profile_claim: Some(Some(text("cid"))), ..JwtUpdate::default() };
    assert_eq!(faults(change(&store, id, claim()).await), [fault("access_profile_claim", FaultKind::Bad)]);
    // Beside a key an OpenID Connect issuer is not in use.
    let unused = JwtUpdate { oidc_issuer: Some(Some(text("https://id.example"))), ..claim() };
    assert_eq!(faults(change(&store, id, unused).await), [fault("access_profile_claim", FaultKind::Bad)]);
    change(&store, id, JwtUpdate { allowed_issuers: Some(list(&["https://a.example"])), ..claim() }).await.unwrap();
    let cleared = JwtUpdate { allowed_issuers: Some(Vec::new()), ..JwtUpdate::default() };
    assert_eq!(faults(change(&store, id, cleared).await), [fault("access_profile_claim", FaultKind::Bad)]);
    let oidc = JwtUpdate { oidc_issuer: Some(Some(text("https://id.example"))), ..claim() };
    make(&store, "Beta", with(&[orders], AuthMethod::Oidc, oidc)).await.unwrap();
}

pub(crate) async fn one_issuer_has_one_claim_name(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let named = |claim: &str, issuers: &[&str]| {
        let jwt = jwt_terms(&[orders]).jwt;
        let jwt =
            JwtUpdate { access_profile_claim: Some(Some(text(claim))), allowed_issuers: Some(list(issuers)), ..jwt };
        with(&[orders], AuthMethod::Jwt, jwt)
    };
    let by_discovery = |claim: &str, issuer: &str| {
        let jwt = JwtUpdate {
            access_profile_claim: Some(Some(text(claim))),
            oidc_issuer: Some(Some(text(issuer))),
            ..JwtUpdate::default()
        };
        with(&[orders], AuthMethod::Oidc, jwt)
    };
    let conflict = [fault("access_profile_claim", FaultKind::Conflict)];
    let acme = make(&store, "Acme", named("cid", &["https://a.example", "https://b.example"])).await.unwrap();
    assert_eq!(faults(make(&store, "Beta", named("other", &["https://b.example"])).await), conflict);
    assert_eq!(faults(make(&store, "Beta", by_discovery("other", "https://a.example")).await), conflict);
    make(&store, "Beta", by_discovery("cid", "https://a.example")).await.unwrap();
    make(&store, "Gamma", by_discovery("other", "https://c.example")).await.unwrap();
    assert_eq!(faults(make(&store, "Delta", named("cid", &["https://c.example"])).await), conflict);

    // Its own present terms do not count against a change; other ones do.
    let rename = |claim: &str| JwtUpdate { access_profile_claim: Some(Some(text(claim))), ..JwtUpdate::default() };
    assert_eq!(faults(change(&store, acme, rename("new")).await), conflict);
    let issuers = JwtUpdate { allowed_issuers: Some(list(&["https://b.example"])), ..rename("new") };
    change(&store, acme, issuers).await.unwrap();

    // Within one change, and for own terms of profiles.
    let new = NewClient { default_terms: Some(named("x", &["https://x.example"])), ..new_client("Epsilon") };
    let own = NewProfile { own_terms: Some(named("y", &["https://x.example"])), ..new_profile("A", None, 1) };
    let refused = store.create_client(&actor(), at(1), new, vec![own]).await;
    assert_eq!(faults(refused), [fault("api_keys[0].access_profile_claim", FaultKind::Conflict)]);
    let own = NewProfile { own_terms: Some(named("y", &["https://b.example"])), ..new_profile("A", None, 1) };
    assert_eq!(faults(store.create_profile(&actor(), at(1), acme, own).await), conflict);
}

pub(crate) async fn secrets_are_sealed_and_never_in_the_audit_log(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let client = make(&store, "Acme", jwt_terms(&[orders])).await.unwrap();
    let second = "another secret of more than thirty-two bytes";
    change(&store, client, JwtUpdate { secret: Some(Some(secret(second))), ..JwtUpdate::default() }).await.unwrap();
    let entry = store.last_entry().await;
    let (before, after) = (entry.before.unwrap(), entry.after.unwrap());
    let fingerprint = |state: &serde_json::Value| state["default_terms"]["jwt_key"]["fingerprint"].clone();
    assert!(fingerprint(&before).is_string());
    assert_ne!(fingerprint(&before), fingerprint(&after));
    store.delete_client(&actor(), at(20), client).await.unwrap();
    let page = store.list_audit(&PageQuery::default(), &AuditFilter::default()).await.unwrap();
    for entry in page.items {
        let text = serde_json::json!([entry.before, entry.after]).to_string();
        assert!(!text.contains(HMAC_SECRET) && !text.contains(second), "{text}");
    }
    let debug = format!("{:?}", jwt_terms(&[orders]));
    assert!(!debug.contains(HMAC_SECRET), "{debug}");
    let folder = store.into_folder().await;
    let bytes = std::fs::read(folder.path().join(store::CONTROL_DB)).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("Acme") && !holds(HMAC_SECRET) && !holds(second));
}

pub(crate) async fn faults_of_profiles_stand_at_their_fields(store: TestStore) {
    let orders = store.a_collection("Orders").await;
    let bad = |jwt: JwtUpdate| Some(with(&[orders], AuthMethod::Jwt, jwt));
    let short =
        JwtUpdate { family: Some(Some(KeyFamily::Hmac)), secret: Some(Some(secret("short"))), ..JwtUpdate::default() };
    let profiles = vec![
        NewProfile { own_terms: bad(JwtUpdate::default()), ..new_profile("A", None, 1) },
        NewProfile { own_terms: bad(short), ..new_profile("B", None, 2) },
    ];
    let new = NewClient { default_terms: Some(given(&terms(&[orders]))), ..new_client("Acme") };
    let expected = [fault("api_keys[0].jwt_secret", FaultKind::Bad), fault("api_keys[1].jwt_secret", FaultKind::Bad)];
    assert_eq!(faults(store.create_client(&actor(), at(1), new, profiles).await), expected);
}
