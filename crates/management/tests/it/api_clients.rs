//! Clients, second version.

use crate::support::{TestApi, id};
use domain::ProfileId;
use serde_json::{Value, json};

const PATH: &str = "/api/v2/api_clients";

#[tokio::test]
async fn a_client_without_terms_is_made_shown_changed_and_deleted() {
    let api = TestApi::start().await;
    let answer = api
        .post(PATH, json!({"name": " Northwind ", "description": "Partner", "email": "it@northwind.example"}))
        .await
        .ok();
    let made = answer.body["data"].clone();
    let expected = json!({
        "id": made["id"], "name": "Northwind", "description": "Partner", "project_id": 1, "email": "it@northwind.example",
        "enabled": true, "is_legacy": true, "auth_type": "token", "jwt_method": null, "jwt_key": null,
        "oidc_issuer": null, "oidc_jwks_uri": null, "access_profile_claim": null, "required_claims": [],
        "allowed_issuers": [], "allowed_audiences": [], "jwt_algorithms": [], "clock_leeway_seconds": 30,
        "mtls_enabled": false,
        "cert_bundle_ids": [], "validation_formula": null, "api_collection_ids": [], "api_collections": [],
        "api_policy_id": null, "api_policies": [], "shared_api_policy_id": null, "active_api_keys_count": 0,
        "total_api_keys_count": 0, "logo": null, "logo_2x": null, "api_keys": [],
        "created_at": "2026-11-24T06:00:00.000Z", "updated_at": "2026-11-24T06:00:00.000Z",
    });
    assert_eq!(made, expected);
    let path = format!("{PATH}/{}", made["id"]);
    let mut shown = made.clone();
    shown.as_object_mut().unwrap().remove("api_keys");
    assert_eq!(api.get(&path).await.ok().body["data"], shown);

    TestApi::pass(60);
    let changed = api.put(&path, json!({"description": null, "email": null})).await.ok().body["data"].clone();
    assert_eq!((&changed["description"], &changed["email"]), (&Value::Null, &Value::Null));
    assert_eq!(changed["name"], "Northwind", "what is absent stays");
    assert_eq!(changed["updated_at"], "2026-11-24T06:01:00.000Z");
    assert_eq!(
        api.put(&path, json!({"name": "Southwind", "enabled": false})).await.ok().body["data"]["enabled"],
        false
    );
    assert_eq!(api.put(&format!("{path}/enable"), Value::Null).await.ok().body, json!({"success": true}));
    assert_eq!(api.get(&path).await.ok().body["data"]["enabled"], true);
    assert_eq!(api.put(&format!("{path}/disable"), Value::Null).await.ok().body, json!({"success": true}));
    assert_eq!(api.get(&path).await.ok().body["data"]["enabled"], false);
    assert_eq!(api.delete(&path).await.ok().body, json!({"success": true}));
    api.get(&path).await.problem(404);
}

#[tokio::test]
async fn a_client_is_made_as_the_official_command_line_does() {
    let api = TestApi::start().await;
    let (one, two) = (api.collection("One").await, api.collection("Two").await);
    let policy = api.policy("Standard").await;
    let body = json!({
        "name": "Partner", "project_id": 1, "api_policy_id": policy, "api_collection_ids": [two, one, two],
        "auth_type": "token", "mtls_enabled": false,
    });
    let made = api.post(PATH, body).await.ok().body["data"].clone();
    assert_eq!(made["is_legacy"], false);
    assert_eq!(made["api_collection_ids"], json!([one, two]));
    assert_eq!(made["api_collections"], json!([{"id": one, "name": "One"}, {"id": two, "name": "Two"}]));
    assert_eq!(
        (&made["api_policy_id"], &made["api_policies"]),
        (&json!(policy), &json!([{"id": policy, "name": "Standard"}]))
    );
    let key = api.post(&format!("{PATH}/{}/api_keys", made["id"]), json!({"name": "Key", "active": true})).await.ok();
    let key = key.body["data"].clone();
    assert_eq!((&key["own_terms"], &key["api_collection_ids"]), (&json!(false), &json!([one, two])));
    let counts = api.get(&format!("{PATH}/{}", made["id"])).await.ok().body["data"].clone();
    assert_eq!((&counts["active_api_keys_count"], &counts["total_api_keys_count"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn default_terms_change_and_go() {
    let api = TestApi::start().await;
    let (one, two) = (api.collection("One").await, api.collection("Two").await);
    let policy = api.policy("Standard").await;
    let client = format!("{PATH}/{}", api.client("Partner").await);
    let answer = api.put(&client, json!({"api_policy_id": policy})).await.problem(400);
    assert_eq!(answer.fault("api_collection_ids"), "can't be blank");
    assert_eq!(answer.fault("auth_type"), "can't be blank");
    let terms = json!({"auth_type": "token", "api_collection_ids": [one], "api_policy_id": policy});
    assert_eq!(api.put(&client, terms).await.ok().body["data"]["is_legacy"], false);
    let key = api.post(&format!("{client}/api_keys"), json!({"name": "Key", "active": true})).await.ok();
    let key = format!("{client}/api_keys/{}", key.body["data"]["id"]);
    api.put(&client, json!({"api_collection_ids": [two], "api_policy_id": null})).await.ok();
    let shown = api.get(&key).await.ok().body["data"].clone();
    assert_eq!((&shown["api_collection_ids"], &shown["api_policy_id"]), (&json!([two]), &Value::Null));

    for (body, status, field, expected) in [
        (json!({"api_collection_ids": []}), 400, "api_collection_ids", "can't be blank"),
        (json!({"api_collection_ids": null}), 400, "api_collection_ids", "can't be blank"),
        (json!({"api_collection_ids": [one, 99]}), 422, "api_collection_ids", "unknown collection 99"),
        (json!({"api_policy_id": 99}), 422, "api_policy_id", "unknown policy 99"),
        (
            json!({"auth_type": null, "api_policy_id": policy}),
            400,
            "auth_type",
            "can't be null together with other terms",
        ),
    ] {
        assert_eq!(api.put(&client, body).await.problem(status).fault(field), expected);
    }
    assert!(!api.put(&client, json!({"auth_type": null})).await.problem(409).fault("auth_type").is_empty());
    api.delete(&key).await.ok();
    let gone = api.put(&client, json!({"auth_type": null})).await.ok().body["data"].clone();
    assert_eq!((&gone["is_legacy"], &gone["api_collection_ids"]), (&json!(true), &json!([])));
}

#[tokio::test]
async fn first_profiles_are_made_in_one_transaction_with_their_credentials() {
    let api = TestApi::start().await;
    let (one, two) = (api.collection("One").await, api.collection("Two").await);
    let policy = api.policy("Standard").await;
    let body = json!({
        "name": "Partner", "auth_type": "token", "api_collection_ids": [one],
        "api_keys": [
            {"name": "Uses the client's", "active": true},
            {"name": "Own", "active": false, "api_collection_ids": [two], "api_policy_id": policy,
             "ip_allow_list": ["10.0.0.0/8"], "labels": {"team": "blue"}},
        ],
    });
    let answer = api.post(PATH, body).await.ok();
    let made = answer.body["data"].clone();
    assert_eq!((&made["active_api_keys_count"], &made["total_api_keys_count"]), (&json!(1), &json!(2)));
    let keys = made["api_keys"].as_array().unwrap();
    let tokens: Vec<_> = keys.iter().map(|key| key["auth_token"].as_str().unwrap()).collect();
    assert!(tokens.iter().all(|token| token.starts_with("pc_") && token.len() == 52), "{tokens:?}");
    assert_ne!(tokens[0], tokens[1]);
    assert_eq!((&keys[0]["own_terms"], &keys[0]["api_collection_ids"]), (&json!(false), &json!([one])));
    assert_eq!((&keys[1]["own_terms"], &keys[1]["api_collection_ids"]), (&json!(true), &json!([two])));
    assert_eq!((&keys[1]["labels"], &keys[1]["ip_allow_list"]), (&json!({"team": "blue"}), &json!(["10.0.0.0/8"])));
    for (key, token) in keys.iter().zip(&tokens) {
        let profile = api.store.get_profile(ProfileId(id(key))).await.unwrap().profile;
        assert_eq!(profile.credentials[0].digest, domain::token::TokenDigest::of(token.as_bytes()));
    }
    let listed = api.get(&format!("{PATH}/{}/api_keys", made["id"])).await.ok();
    for token in tokens {
        assert!(!String::from_utf8(listed.bytes.clone()).unwrap().contains(token), "shown once");
    }
}

#[tokio::test]
async fn a_client_with_one_bad_profile_makes_nothing() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let before = api.everything().await;
    let key = |name: &str| json!({"name": name, "active": true, "api_collection_ids": [one]});
    for (keys, status, field, expected) in [
        (json!([key("A"), {"active": true}]), 400, "api_keys[1].name", "can't be blank"),
        (json!([key("A"), {"name": "B"}]), 400, "api_keys[1].active", "can't be blank"),
        (
            json!([key("A"), {"name": "B", "active": true, "ip_deny_list": ["10.0.0.1", "10.0.0"]}]),
            400,
            "api_keys[1].ip_deny_list[1]",
            "\"10.0.0\" is not an IP address or CIDR network",
        ),
        (
            json!([key("A"), {"name": "B", "active": true, "api_policy_id": 1}]),
            400,
            "api_keys[1].api_collection_ids",
            "can't be blank",
        ),
        (
            json!([key("A"), {"name": "B", "active": true, "surprise": 1}]),
            400,
            "api_keys[1].surprise",
            "is not a known field",
        ),
        (json!([key("A"), key("a")]), 409, "api_keys[1].name", "has already been taken"),
        (
            json!([key("A"), {"name": "B", "active": true}]),
            422,
            "api_keys[1].api_collection_ids",
            "can't be blank: the client has no default terms",
        ),
        (
            json!([{"name": "A", "active": true, "api_collection_ids": [one, 99]}]),
            422,
            "api_keys[0].api_collection_ids",
            "unknown collection 99",
        ),
        (
            json!([{"name": "A", "active": true, "auth_type": "jwt", "api_collection_ids": [one]}]),
            400,
            "api_keys[0].jwt_secret",
            "can't be blank without oidc_jwks_uri",
        ),
        (
            json!((0..21).map(|n| key(&n.to_string())).collect::<Vec<_>>()),
            422,
            "api_keys",
            "a client has at most 20 access profiles",
        ),
        (json!({}), 400, "api_keys", "must be a list"),
    ] {
        let answer = api.post(PATH, json!({"name": "Partner", "api_keys": keys})).await.problem(status);
        assert_eq!(answer.fault(field), expected, "{}", answer.body);
    }
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn bad_clients_are_refused_with_all_faults_at_once() {
    let api = TestApi::start().await;
    let body = json!({
        "name": " ", "description": "x".repeat(4097), "email": "nobody", "project_id": 0, "enabled": 1,
        "api_collection_ids": ["x"], "auth_type": "magic", "surprise": 1,
    });
    let answer = api.post(PATH, body).await.problem(400);
    for (field, expected) in [
        ("name", "can't be blank"),
        ("description", "is too long (maximum is 4096 characters)"),
        ("email", "is not an e-mail address"),
        ("project_id", "must be an id: a whole number"),
        ("enabled", "must be true or false"),
        ("api_collection_ids[0]", "must be an id: a whole number"),
        ("auth_type", "must be one of token, jwt, oauth2, oidc"),
        ("surprise", "is not a known field"),
    ] {
        assert_eq!(answer.fault(field), expected, "{}", answer.body);
    }
    let one = api.collection("One").await;
    for (body, status, field, expected) in [
        (json!({}), 400, "name", "can't be blank"),
        (json!({"name": "A", "auth_type": "token"}), 400, "api_collection_ids", "can't be blank"),
        (
            json!({"name": "A", "auth_type": "token", "api_collection_ids": []}),
            400,
            "api_collection_ids",
            "can't be blank",
        ),
        (json!({"name": "A", "api_collection_ids": [one]}), 400, "auth_type", "can't be blank"),
        (
            json!({"name": "A", "auth_type": "token", "api_collection_ids": [99]}),
            422,
            "api_collection_ids",
            "unknown collection 99",
        ),
        (json!({"name": "A", "project_id": 99}), 422, "project_id", "unknown project 99"),
    ] {
        let answer = api.post(PATH, body).await.problem(status);
        assert_eq!(answer.fault(field), expected, "{}", answer.body);
    }
    let unknown = json!({"name": "A", "auth_type": "token", "api_collection_ids": [98, 99]});
    let answer = api.post(PATH, unknown).await.problem(422);
    let expected =
        "Validation failed: api_collection_ids: unknown collection 98; api_collection_ids: unknown collection 99";
    assert_eq!(answer.body["message"], expected);
    api.post(PATH, json!({"name": "Taken"})).await.ok();
    assert_eq!(api.post(PATH, json!({"name": "TAKEN"})).await.problem(409).fault("name"), "has already been taken");
    assert_eq!(api.get(PATH).await.ok().body["count"], 1);
}

#[tokio::test]
async fn clients_are_listed_by_page_search_order_and_filter() {
    let api = TestApi::start().await;
    let (one, two) = (api.collection("One").await, api.collection("Two").await);
    let policy = api.policy("Standard").await;
    let terms = json!({"name": "Alpha", "auth_type": "token", "api_collection_ids": [one], "api_policy_id": policy});
    api.post(PATH, terms).await.ok();
    let beta = api.client("Beta").await;
    api.key(beta, "Own", two).await;
    let gamma = api.client("Gamma").await;
    api.put(&format!("{PATH}/{gamma}/disable"), Value::Null).await.ok();
    let names = async |query: &str| {
        let body = api.get(&format!("{PATH}?{query}")).await.ok().body;
        let rows = body["data"].as_array().unwrap();
        let names = rows.iter().map(|row| row["name"].as_str().unwrap()).collect::<Vec<_>>().join(" ");
        (names, body["count"].clone(), body["page"].clone(), body["per_page"].clone())
    };
    let expect = |names: &str, count: i64, page: i64, per_page: i64| {
        (names.to_owned(), json!(count), json!(page), json!(per_page))
    };
    assert_eq!(names("").await, expect("Alpha Beta Gamma", 3, 1, 100));
    assert_eq!(names("page=2&per_page=2&sort=-name").await, expect("Alpha", 3, 2, 2));
    assert_eq!(names("q=amm").await, expect("Gamma", 1, 1, 100));
    assert_eq!(names("active=false").await, expect("Gamma", 1, 1, 100));
    assert_eq!(names(&format!("api_collection_id={one}")).await, expect("Alpha", 1, 1, 100));
    assert_eq!(names(&format!("api_collection_id={two}")).await, expect("Beta", 1, 1, 100));
    assert_eq!(names(&format!("api_policy_id={policy}&project_id=1")).await, expect("Alpha", 1, 1, 100));
    assert_eq!(names("project_id=9").await, expect("", 0, 1, 100));
    api.get(&format!("{PATH}?per_page=101")).await.problem(400);
    assert_eq!(
        api.get(&format!("{PATH}?cert_bundle_ids=3")).await.problem(422).fault("cert_bundle_ids"),
        "not available in this version"
    );
}
