//! Access profiles as API keys of the second version.

use crate::support::{TestApi, id};
use domain::ProfileId;
use domain::time::Timestamp;
use domain::token::{MASK, TokenDigest};
use domain::usage::UsageCells;
use serde_json::{Value, json};

async fn keys_of(api: &TestApi, client: &str) -> String {
    format!("/api/v2/api_clients/{}/api_keys", api.client(client).await)
}

#[tokio::test]
async fn a_profile_is_made_shown_changed_and_deleted() {
    let api = TestApi::start().await;
    let (one, two) = (api.collection("One").await, api.collection("Two").await);
    let policy = api.policy("Standard").await;
    let keys = keys_of(&api, "Partner").await;
    let body = json!({
        "name": " Web shop ", "active": false, "api_collection_ids": [one], "api_policy_id": policy,
        "ip_allow_list": ["106.226.100.3/20", "2001:db8::1"], "ip_deny_list": null, "labels": {"a": "b"},
    });
    let made = api.post(&keys, body).await.ok().body["data"].clone();
    let token = made["auth_token"].as_str().unwrap().to_owned();
    let masked = format!("{MASK}{}", &token[48..]);
    let expected = json!({
        "id": made["id"], "name": "Web shop", "auth_type": "token", "active": false,
        "ip_allow_list": ["106.226.100.3/20", "2001:db8::1"], "ip_deny_list": [],
        "active_since": "2026-11-24T06:00:00.000Z", "auth_token": token, "api_key": masked, "own_terms": true,
        "api_collection_ids": [one], "api_collections": [{"id": one, "name": "One"}], "api_policy_id": policy,
        "api_policies": [{"id": policy, "name": "Standard"}], "jwt_method": null, "jwt_key": null,
        "oidc_issuer": null, "oidc_jwks_uri": null, "access_profile_claim": null, "required_claims": [],
        "allowed_issuers": [], "allowed_audiences": [], "jwt_algorithms": [], "clock_leeway_seconds": 30,
        "mtls_enabled": false, "cert_bundle_ids": [], "validation_formula": null,
        "expires_at": null, "period_anchor": "2026-11-24", "labels": {"a": "b"}, "last_used_at": null, "calls_total": 0, "refused_total": 0,
        "previous_credential": null, "policy_state": {"rate": null, "quota": null},
        "created_at": "2026-11-24T06:00:00.000Z", "updated_at": "2026-11-24T06:00:00.000Z",
    });
    assert_eq!(made, expected);
    let path = format!("{keys}/{}", made["id"]);
    let shown = api.get(&path).await.ok().body["data"].clone();
    let mut expected = expected;
    expected["auth_token"] = json!(masked);
    assert_eq!(shown, expected, "the token is shown once");

    TestApi::pass(60);
    let body = json!({"name": "Shop", "ip_allow_list": null, "ip_deny_list": ["10.0.0.1"], "labels": null});
    let changed = api.put(&path, body).await.ok().body["data"].clone();
    assert_eq!((&changed["name"], &changed["ip_allow_list"]), (&json!("Shop"), &json!([])));
    assert_eq!((&changed["ip_deny_list"], &changed["labels"]), (&json!(["10.0.0.1"]), &json!({})));
    assert_eq!((&changed["auth_token"], &changed["own_terms"]), (&json!(masked), &json!(true)));
    let changed = api.put(&path, json!({"api_collection_ids": [two], "api_policy_id": null})).await.ok();
    let changed = changed.body["data"].clone();
    assert_eq!((&changed["api_collection_ids"], &changed["api_policy_id"]), (&json!([two]), &Value::Null));

    TestApi::pass(60);
    assert_eq!(api.put(&format!("{path}/enable"), Value::Null).await.ok().body, json!({"success": true}));
    let enabled = api.get(&path).await.ok().body["data"].clone();
    assert_eq!((&enabled["active"], &enabled["active_since"]), (&json!(true), &json!("2026-11-24T06:02:00.000Z")));
    assert_eq!(api.put(&format!("{path}/disable"), Value::Null).await.ok().body, json!({"success": true}));
    assert_eq!(api.get(&path).await.ok().body["data"]["active"], false);
    assert_eq!(api.put(&path, json!({"active": true})).await.ok().body["data"]["active"], true);

    assert_eq!(api.delete(&path).await.ok().body, json!({"success": true}));
    api.get(&path).await.problem(404);
}

#[tokio::test]
async fn a_refresh_replaces_the_token_and_nothing_else() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let client = api.client("Partner").await;
    let made = api.key(client, "Shop", one).await;
    let path = format!("/api/v2/api_clients/{client}/api_keys/{}", made["id"]);
    api.put(&format!("{path}/disable"), Value::Null).await.ok();
    let before = api.get(&path).await.ok().body["data"].clone();
    for body in [Value::Null, json!({}), json!({"overlap_seconds": 0}), json!({"overlap_seconds": null})] {
        let old = api.store.get_profile(ProfileId(id(&made))).await.unwrap().profile.credentials;
        let fresh = api.put(&format!("{path}/refresh_secret"), body).await.ok().body["data"].clone();
        let token = fresh["auth_token"].as_str().unwrap();
        let credentials = api.store.get_profile(ProfileId(id(&made))).await.unwrap().profile.credentials;
        assert_eq!(credentials.len(), 1, "the old one is gone");
        assert_eq!(credentials[0].digest, TokenDigest::of(token.as_bytes()));
        assert_ne!(credentials[0].id, old[0].id);
        let mut expected = before.clone();
        expected["auth_token"] = json!(token);
        expected["api_key"] = json!(format!("{MASK}{}", &token[48..]));
        assert_eq!(fresh, expected, "a disabled profile stays disabled");
    }
    api.send_raw("PUT", &format!("{path}/refresh_secret"), "application/json", "").await.ok();
}

#[tokio::test]
async fn terms_are_the_clients_or_all_its_own() {
    let api = TestApi::start().await;
    let (one, two) = (api.collection("One").await, api.collection("Two").await);
    let policy = api.policy("Standard").await;
    let terms = json!({"name": "Partner", "auth_type": "token", "api_collection_ids": [one], "api_policy_id": policy});
    let client = format!("/api/v2/api_clients/{}", id(&api.post("/api/v2/api_clients", terms).await.ok().body["data"]));
    let keys = format!("{client}/api_keys");
    let terms =
        |key: &Value| (key["own_terms"].clone(), key["api_collection_ids"].clone(), key["api_policy_id"].clone());

    for (name, body) in [
        ("A", json!({"own_terms": false})),
        ("B", json!({})),
        ("C", json!({"api_collection_ids": null, "mtls_enabled": false})),
    ] {
        let mut body = body;
        body["name"] = json!(name);
        body["active"] = json!(true);
        let key = api.post(&keys, body).await.ok().body["data"].clone();
        assert_eq!(terms(&key), (json!(false), json!([one]), json!(policy)), "{name}");
    }
    let own = json!({"name": "D", "active": true, "own_terms": true, "api_collection_ids": [two]});
    let own = api.post(&keys, own).await.ok().body["data"].clone();
    assert_eq!(terms(&own), (json!(true), json!([two]), Value::Null), "no policy means no limits, never inherit");
    let path = format!("{keys}/{}", own["id"]);

    let both = json!({"own_terms": false, "api_policy_id": policy});
    assert_eq!(
        api.put(&path, both).await.problem(400).fault("own_terms"),
        "can't be false together with terms of its own"
    );
    let back = api.put(&path, json!({"own_terms": false})).await.ok().body["data"].clone();
    assert_eq!(terms(&back), (json!(false), json!([one]), json!(policy)));
    assert_eq!(back["auth_token"], back["api_key"], "the method is the same: so is the credential");
    let again = api.put(&path, json!({"api_policy_id": null})).await.ok().body["data"].clone();
    assert_eq!(terms(&again), (json!(true), json!([one]), Value::Null), "any field of the terms makes them its own");
    let copied = api.put(&path, json!({"own_terms": true})).await.ok().body["data"].clone();
    assert_eq!(terms(&copied), terms(&again));

    for (body, field) in [
        (json!({"own_terms": false, "api_collection_ids": [one]}), "own_terms"),
        // A null policy means no limits: it never becomes the client's policy.
        (json!({"api_policy_id": null}), "api_collection_ids"),
        (json!({"own_terms": true}), "api_collection_ids"),
        (json!({"api_collection_ids": [], "own_terms": true}), "api_collection_ids"),
        (json!({"api_policy_id": policy}), "api_collection_ids"),
        (json!({"api_collection_ids": []}), "api_collection_ids"),
    ] {
        let mut body = body;
        body["name"] = json!("E");
        body["active"] = json!(true);
        assert!(!api.post(&keys, body).await.problem(400).fault(field).is_empty());
    }
    for (body, field) in [
        (json!({"api_collection_ids": []}), "api_collection_ids"),
        (json!({"api_collection_ids": null}), "api_collection_ids"),
        (json!({"auth_type": null}), "auth_type"),
        (json!({"own_terms": null}), "own_terms"),
    ] {
        assert!(!api.put(&path, body).await.problem(400).fault(field).is_empty());
    }
    assert_eq!(terms(&api.get(&path).await.ok().body["data"]), terms(&again));
}

#[tokio::test]
async fn a_profile_needs_terms_from_somewhere() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let client = api.client("Partner").await;
    let keys = format!("/api/v2/api_clients/{client}/api_keys");
    let none = "can't be blank: the client has no default terms";
    let answer = api.post(&keys, json!({"name": "A", "active": true})).await.problem(422);
    assert_eq!(answer.fault("api_collection_ids"), none);
    let made = api.key(client, "A", one).await;
    let answer = api.put(&format!("{keys}/{}", made["id"]), json!({"own_terms": false})).await.problem(422);
    assert_eq!(answer.fault("api_collection_ids"), none);
}

#[tokio::test]
async fn bad_profiles_are_refused_with_all_faults_at_once() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let keys = keys_of(&api, "Partner").await;
    let body = json!({
        "name": "n".repeat(300), "active": "yes", "own_terms": 1, "ip_allow_list": ["10.0.0.0/33", "10.0.0.1", "x"],
        "ip_deny_list": "10.0.0.1", "labels": {"a": 1}, "api_collection_ids": 7, "api_policy_id": [], "auth_type": "none",
        "surprise": 1,
    });
    let answer = api.post(&keys, body).await.problem(400);
    for (field, expected) in [
        ("name", "is too long (maximum is 255 characters)"),
        ("active", "must be true or false"),
        ("own_terms", "must be true or false"),
        ("ip_allow_list[0]", "\"10.0.0.0/33\" is not an IP address or CIDR network"),
        ("ip_allow_list[2]", "\"x\" is not an IP address or CIDR network"),
        ("ip_deny_list", "must be a list"),
        ("labels.a", "must be a string"),
        ("api_collection_ids", "must be a list"),
        ("api_policy_id", "must be an id: a whole number"),
        ("auth_type", "must be one of token, jwt, oauth2, oidc"),
        ("surprise", "is not a known field"),
    ] {
        assert_eq!(answer.fault(field), expected, "{field}: {}", answer.body);
    }
    let answer = api.post(&keys, json!({})).await.problem(400);
    assert_eq!((answer.fault("name"), answer.fault("active")), ("can't be blank", "can't be blank"));
    let many =
        json!({"name": "A", "active": true, "api_collection_ids": [one], "ip_allow_list": vec!["10.0.0.1"; 1001]});
    assert_eq!(
        api.post(&keys, many).await.problem(400).fault("ip_allow_list"),
        "has too many entries (maximum is 1000)"
    );
    let unknown = json!({"name": "A", "active": true, "api_collection_ids": [one, 98, 99], "api_policy_id": 97});
    let answer = api.post(&keys, unknown).await.problem(422);
    let at_collections = json!(["unknown collection 98", "unknown collection 99"]);
    assert_eq!(
        answer.body["errors"],
        json!({"api_collection_ids": at_collections, "api_policy_id": ["unknown policy 97"]})
    );
    assert_eq!(api.get(&keys).await.ok().body["count"], 0);
}

#[tokio::test]
async fn names_are_unique_in_their_client_and_20_are_enough() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let (client, other) = (api.client("Partner").await, api.client("Other").await);
    let keys = format!("/api/v2/api_clients/{client}/api_keys");
    let body = |name: String| json!({"name": name, "active": true, "api_collection_ids": [one]});
    api.key(client, "Shop", one).await;
    api.key(other, "Shop", one).await;
    assert_eq!(api.post(&keys, body("SHOP".into())).await.problem(409).fault("name"), "has already been taken");
    for number in 1..20 {
        api.post(&keys, body(number.to_string())).await.ok();
    }
    api.post(&keys, body("one too many".into())).await.problem(422);
    assert_eq!(api.get(&keys).await.ok().body["count"], 20);
}

#[tokio::test]
async fn a_profile_is_found_under_its_own_client_only() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let (client, other) = (api.client("Partner").await, api.client("Other").await);
    let key = id(&api.key(client, "Shop", one).await);
    let before = api.everything().await;
    let elsewhere = format!("/api/v2/api_clients/{other}/api_keys/{key}");
    api.get(&elsewhere).await.problem(404);
    api.put(&elsewhere, json!({"name": "Mine"})).await.problem(404);
    api.delete(&elsewhere).await.problem(404);
    for action in ["enable", "disable", "refresh_secret"] {
        api.put(&format!("{elsewhere}/{action}"), Value::Null).await.problem(404);
    }
    api.get("/api/v2/api_clients/99/api_keys").await.problem(404);
    api.post("/api/v2/api_clients/99/api_keys", json!({"name": "A", "active": true})).await.problem(404);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn profiles_are_listed_by_page_search_order_and_filter() {
    let api = TestApi::start().await;
    let (one, two) = (api.collection("One").await, api.collection("Two").await);
    let policy = api.policy("Standard").await;
    let terms = json!({"name": "Partner", "auth_type": "token", "api_collection_ids": [one], "api_policy_id": policy});
    let client = id(&api.post("/api/v2/api_clients", terms).await.ok().body["data"]);
    let keys = format!("/api/v2/api_clients/{client}/api_keys");
    api.post(&keys, json!({"name": "Alpha", "active": false})).await.ok();
    api.key(client, "Beta", two).await;
    let other = api.client("Other").await;
    api.key(other, "Gamma", one).await;
    let names = async |query: &str| {
        let body = api.get(&format!("{keys}?{query}")).await.ok().body;
        let rows = body["data"].as_array().unwrap();
        (rows.iter().map(|row| row["name"].as_str().unwrap()).collect::<Vec<_>>().join(" "), body["count"].clone())
    };
    assert_eq!(names("").await, ("Alpha Beta".to_owned(), json!(2)));
    assert_eq!(names("sort=-name&per_page=1").await, ("Beta".to_owned(), json!(2)));
    assert_eq!(names("q=ALP").await, ("Alpha".to_owned(), json!(1)));
    assert_eq!(names("active=true").await, ("Beta".to_owned(), json!(1)));
    assert_eq!(names(&format!("api_collection_id={one}")).await, ("Alpha".to_owned(), json!(1)), "effective terms");
    assert_eq!(names(&format!("api_policy_id={policy}&project_id=1")).await, ("Alpha".to_owned(), json!(1)));
    api.get(&format!("{keys}?sort=calls_total")).await.problem(400);
}

#[tokio::test]
async fn calls_are_shown_as_the_gateway_counted_them() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let client = api.client("Partner").await;
    let key = id(&api.key(client, "Shop", one).await);
    let mut cells = UsageCells::default();
    cells.count_call(ProfileId(key), None, Timestamp(1_795_500_001_000_000));
    cells.count_call(ProfileId(key), None, Timestamp(1_795_500_002_000_000));
    cells.count_refusal(Some(ProfileId(key)));
    api.usage.merge(&cells);
    let shown = api.get(&format!("/api/v2/api_clients/{client}/api_keys/{key}")).await.ok().body["data"].clone();
    assert_eq!((&shown["calls_total"], &shown["refused_total"]), (&json!(2), &json!(1)));
    assert_eq!(shown["last_used_at"], "2026-11-24T06:00:02.000Z");
}

#[tokio::test]
async fn no_token_is_in_the_audit_log() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let client = api.client("Partner").await;
    let made = api.key(client, "Shop", one).await;
    let path = format!("/api/v2/api_clients/{client}/api_keys/{}/refresh_secret", made["id"]);
    let fresh = api.put(&path, Value::Null).await.ok().body["data"].clone();
    let query = store::PageQuery::default();
    let audit = api.store.list_audit(&query, &store::AuditFilter::default()).await.unwrap();
    let text = format!("{:?}", audit.items);
    assert!(text.contains("access_profile.credential_replaced"));
    for token in [&made["auth_token"], &fresh["auth_token"]] {
        assert!(!text.contains(token.as_str().unwrap()));
    }
}
