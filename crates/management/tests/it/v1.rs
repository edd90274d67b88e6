//! The older API: another view of the same rows.

use crate::support::{TestApi, id};
use domain::token::TokenDigest;
use serde_json::{Value, json};

const CLIENTS: &str = "/api/api_clients";
const PROFILES: &str = "/api/api_access_profiles";

#[tokio::test]
async fn clients_are_made_and_listed() {
    let api = TestApi::start().await;
    let made = api.post(CLIENTS, json!({"name": " Partner ", "project_id": "1"})).await.ok().body;
    let expected = json!({
        "id": made["id"], "name": "Partner", "project_id": 1,
        "created_at": "2026-11-24T06:00:00.000Z", "updated_at": "2026-11-24T06:00:00.000Z",
    });
    assert_eq!(made, expected);
    let second = api.client("Other").await;
    let listed = api.get(&format!("{CLIENTS}?sort=-name")).await.ok();
    assert_eq!(listed.header("x-total-count"), "2");
    assert_eq!(listed.body.as_array().unwrap().iter().map(id).collect::<Vec<_>>(), [id(&made), second]);
    assert_eq!(api.get(&format!("{CLIENTS}?q=oth")).await.ok().header("x-total-count"), "1");
    assert_eq!(api.get(&format!("/api/v2/api_clients/{}", made["id"])).await.ok().body["data"]["is_legacy"], true);

    let answer = api.post(CLIENTS, json!({"project_id": "x", "auth_type": "token"})).await.problem(400);
    assert_eq!(answer.fault("name"), "can't be blank");
    assert_eq!(answer.fault("project_id"), "must be an id: a whole number");
    assert_eq!(answer.fault("auth_type"), "is not a known field");
    assert_eq!(
        api.post(CLIENTS, json!({"name": "PARTNER"})).await.problem(409).fault("name"),
        "has already been taken"
    );
    assert_eq!(
        api.post(CLIENTS, json!({"name": "New", "project_id": 9})).await.problem(422).fault("project_id"),
        "unknown project 9"
    );
    api.get(&format!("{CLIENTS}?page=0")).await.problem(400);
}

#[tokio::test]
async fn a_profile_is_made_disabled_shown_changed_and_deleted() {
    let api = TestApi::start().await;
    let (one, two) = (api.collection("One").await, api.collection("Two").await);
    let policy = api.policy("Standard").await;
    let client = api.client("Partner").await;
    let body = json!({
        "api_client_id": client.to_string(), "name": "Shop", "auth_type": "token", "api_collection_ids": [one],
        "api_policy_id": policy, "ip_allow_list": ["10.0.0.0/8"], "mtls_enabled": false,
    });
    let made = api.post(PROFILES, body).await.ok().body;
    let secret = made["secret"].as_str().unwrap().to_owned();
    let mut expected = json!({
        "id": made["id"], "name": "Shop", "api_client_id": client, "api_collection_ids": [one], "api_policy_id": policy,
        "ip_allow_list": ["10.0.0.0/8"], "ip_deny_list": [], "auth_type": "token", "jwt_method": null, "active": false,
        "secret": secret, "created_at": "2026-11-24T06:00:00.000Z", "updated_at": "2026-11-24T06:00:00.000Z",
    });
    assert_eq!(made, expected);
    let path = format!("{PROFILES}/{}", made["id"]);
    expected.as_object_mut().unwrap().remove("secret");
    assert_eq!(api.get(&path).await.ok().body, expected, "the secret is shown once");
    let v2 = api.get(&format!("/api/v2/api_clients/{client}/api_keys/{}", made["id"])).await.ok().body["data"].clone();
    assert_eq!((&v2["own_terms"], &v2["name"]), (&json!(true), &json!("Shop")));

    let changed =
        api.put(&path, json!({"api_collection_ids": [two], "api_policy_id": null, "ip_allow_list": null})).await;
    let changed = changed.ok().body;
    assert_eq!((&changed["api_collection_ids"], &changed["api_policy_id"]), (&json!([two]), &Value::Null));
    assert_eq!((&changed["ip_allow_list"], &changed["name"]), (&json!([]), &json!("Shop")));
    assert_eq!(api.put(&format!("{path}/enable"), Value::Null).await.ok().body, json!({"success": true}));
    assert_eq!(api.get(&path).await.ok().body["active"], true);
    assert_eq!(api.put(&format!("{path}/disable"), Value::Null).await.ok().body, json!({"success": true}));
    assert_eq!(api.get(&path).await.ok().body["active"], false);

    let fresh = api.put(&format!("{path}/refresh_secret"), Value::Null).await.ok().body;
    assert_ne!(fresh["secret"], json!(secret));
    assert_eq!(fresh["active"], false);
    let profile = api.store.get_profile(domain::ProfileId(id(&made))).await.unwrap().profile;
    assert_eq!(profile.credentials[0].digest, TokenDigest::of(fresh["secret"].as_str().unwrap().as_bytes()));
    let overlapped = api.put(&format!("{path}/refresh_secret"), json!({"overlap_seconds": 3600})).await.ok().body;
    assert_ne!(overlapped["secret"], fresh["secret"]);
    let profile = api.store.get_profile(domain::ProfileId(id(&made))).await.unwrap().profile;
    assert_eq!(profile.credentials.len(), 2);

    assert_eq!(api.delete(&path).await.ok().body, json!({"success": true}));
    api.get(&path).await.problem(404);
}

#[tokio::test]
async fn profiles_are_listed_of_one_client_or_of_all() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let (client, other) = (api.client("Partner").await, api.client("Other").await);
    api.key(client, "Alpha", one).await;
    api.key(other, "Beta", one).await;
    let names = async |query: &str| {
        let answer = api.get(&format!("{PROFILES}?{query}")).await.ok();
        let rows = answer.body.as_array().unwrap().clone();
        assert!(rows.iter().all(|row| row.get("secret").is_none()));
        rows.iter().map(|row| row["name"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("").await, "Alpha Beta");
    assert_eq!(names(&format!("api_client_id={client}")).await, "Alpha");
    assert_eq!(names(&format!("api_collection_id={one}&sort=-name&active=true")).await, "Beta Alpha");
    assert_eq!(names("active=false").await, "");
    api.get(&format!("{PROFILES}?api_client_id=x")).await.problem(400);
}

#[tokio::test]
async fn bad_profiles_are_refused_with_all_faults_at_once() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let client = api.client("Partner").await;
    let answer = api.post(PROFILES, json!({"ip_allow_list": ["x"], "active": true})).await.problem(400);
    for (field, expected) in [
        ("api_client_id", "can't be blank"),
        ("name", "can't be blank"),
        ("api_collection_ids", "can't be blank"),
        ("ip_allow_list[0]", "\"x\" is not an IP address or CIDR network"),
        ("active", "is not a known field"),
    ] {
        assert_eq!(answer.fault(field), expected, "{}", answer.body);
    }
    let nobody = json!({"api_client_id": 99, "name": "A", "api_collection_ids": [one]});
    assert_eq!(api.post(PROFILES, nobody).await.problem(422).fault("api_client_id"), "unknown client 99");
    let unknown = json!({"api_client_id": client, "name": "A", "api_collection_ids": [99]});
    assert_eq!(api.post(PROFILES, unknown).await.problem(422).fault("api_collection_ids"), "unknown collection 99");
    let made = id(&api.key(client, "Shop", one).await);
    let path = format!("{PROFILES}/{made}");
    let before = api.get(&path).await.ok().body;
    for (body, field) in [
        (json!({"name": null}), "name"),
        (json!({"api_collection_ids": []}), "api_collection_ids"),
        (json!({"auth_type": null}), "auth_type"),
        (json!({"api_client_id": client}), "api_client_id"),
        (json!({"name": "B", "ip_deny_list": ["10.0.0.0/99"]}), "ip_deny_list[0]"),
    ] {
        assert!(!api.put(&path, body).await.problem(400).fault(field).is_empty());
    }
    assert_eq!(api.get(&path).await.ok().body, before);
}

#[tokio::test]
async fn a_profile_may_verify_tokens_and_its_key_id_is_its_secret() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let client = api.client("Partner").await;
    let body = json!({
        "api_client_id": client, "name": "Shop", "auth_type": "jwt", "api_collection_ids": [one], "jwt_method": "hmac",
        "jwt_secret": "0123456789abcdef0123456789abcdef",
    });
    let made = api.post(PROFILES, body).await.ok();
    assert!(!String::from_utf8_lossy(&made.bytes).contains("0123456789abcdef"), "the key is never shown");
    assert_eq!((&made.body["auth_type"], &made.body["jwt_method"]), (&json!("jwt"), &json!("hmac")));
    assert!(made.body["secret"].as_str().unwrap().starts_with("pk_"));
    let path = format!("{PROFILES}/{}", made.body["id"]);
    let kept = api.put(&path, json!({"name": "Store"})).await.ok().body;
    assert_eq!(kept.get("secret"), None, "the credential is the same");
    let changed = api.put(&path, json!({"auth_type": "token"})).await.ok().body;
    assert!(changed["secret"].as_str().unwrap().starts_with("pc_"), "another method brings another credential");
    assert_eq!(changed["jwt_method"], Value::Null);
    let answer = api.put(&path, json!({"jwt_secret": "0123456789abcdef0123456789abcdef"})).await.problem(400);
    assert_eq!(answer.fault("jwt_secret"), "is for the methods jwt and oidc only");
}

#[tokio::test]
async fn a_profile_may_have_a_client_secret_or_trust_an_issuer() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let client = api.client("Partner").await;
    for (method, more, prefix) in
        [("oauth2", json!({}), "pc_"), ("oidc", json!({"oidc_issuer": "https://issuer.example"}), "pk_")]
    {
        let mut body =
            json!({"api_client_id": client, "name": method, "auth_type": method, "api_collection_ids": [one]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = api.post(PROFILES, body).await.ok().body;
        let path = format!("{PROFILES}/{}", made["id"]);
        let fresh = api.put(&format!("{path}/refresh_secret"), Value::Null).await.ok().body;
        for answer in [&made, &fresh] {
            assert_eq!(answer["auth_type"], method);
            assert!(answer["secret"].as_str().unwrap().starts_with(prefix), "{method}: {answer}");
        }
        assert_ne!(made["secret"], fresh["secret"]);
        assert_eq!(api.get(&path).await.ok().body.get("secret"), None, "{method}: shown once");
    }
    let nameless = json!({"api_client_id": client, "name": "A", "auth_type": "oidc", "api_collection_ids": [one]});
    let answer = api.post(PROFILES, nameless).await.problem(400);
    assert_eq!(answer.fault("oidc_issuer"), "can't be blank without oidc_jwks_uri or jwt_secret");
}
