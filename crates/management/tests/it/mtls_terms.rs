//! What terms ask of client certificates: at clients, at profiles, in both versions of the API.

use crate::support::{TestApi, authority, caller, id};
use serde_json::{Value, json};

const CLIENTS: &str = "/api/v2/api_clients";
const RULE: &str = "O=Northwind, SAN.DNS=*.northwind.example";

async fn bundle(api: &TestApi, name: &str) -> i64 {
    let body = json!({"name": name, "pem": authority(name, (2035, 1, 1))});
    id(&api.post("/api/cert_bundles", body).await.ok().body["data"])
}

#[track_caller]
fn check(shown: &Value, enabled: bool, bundles: &[i64], rule: Option<&str>) {
    let found = (&shown["mtls_enabled"], &shown["cert_bundle_ids"], &shown["validation_formula"]);
    assert_eq!(found, (&json!(enabled), &json!(bundles), &json!(rule)), "{shown}");
}

#[tokio::test]
async fn default_terms_ask_for_certificates() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let (a, b) = (bundle(&api, "A").await, bundle(&api, "B").await);
    let body = json!({
        "name": "Partner", "auth_type": "token", "api_collection_ids": [one], "mtls_enabled": true,
        "cert_bundle_ids": [b, a.to_string()], "validation_formula": format!(" {RULE} "),
        "api_keys": [{"name": "Shop", "active": true}],
    });
    let made = api.post(CLIENTS, body).await.ok().body["data"].clone();
    check(&made, true, &[a, b], Some(RULE));
    check(&made["api_keys"][0], true, &[a, b], Some(RULE));
    let path = format!("{CLIENTS}/{}", made["id"]);
    let off = api.put(&path, json!({"mtls_enabled": false})).await.ok().body["data"].clone();
    check(&off, false, &[a, b], Some(RULE));
    let on = api.put(&path, json!({"mtls_enabled": true, "validation_formula": null})).await.ok().body["data"].clone();
    check(&on, true, &[a, b], None);
    let one_left = api.put(&path, json!({"cert_bundle_ids": [b], "validation_formula": "CN=x"})).await.ok();
    check(&one_left.body["data"], true, &[b], Some("CN=x"));
    let blank = api.put(&path, json!({"validation_formula": " "})).await.ok().body["data"].clone();
    check(&blank, true, &[b], None);
    let cleared = api.put(&path, json!({"mtls_enabled": null, "cert_bundle_ids": null})).await.ok();
    check(&cleared.body["data"], false, &[], None);
    let key = format!("{path}/api_keys/{}", made["api_keys"][0]["id"]);
    check(&api.get(&key).await.ok().body["data"], false, &[], None);
}

#[tokio::test]
async fn any_field_makes_the_terms_of_a_profile_its_own() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let a = bundle(&api, "A").await;
    let body = json!({
        "name": "Partner", "auth_type": "token", "api_collection_ids": [one], "api_keys": [{"name": "P", "active": true}],
    });
    let made = api.post(CLIENTS, body).await.ok().body["data"].clone();
    let key = format!("{CLIENTS}/{}/api_keys/{}", made["id"], made["api_keys"][0]["id"]);
    assert_eq!(made["api_keys"][0]["own_terms"], false);
    for change in [
        json!({"mtls_enabled": true, "cert_bundle_ids": [a]}),
        json!({"cert_bundle_ids": [a]}),
        json!({"validation_formula": "CN=x"}),
        json!({"mtls_enabled": false}),
    ] {
        let own = api.put(&key, change.clone()).await.ok().body["data"].clone();
        assert_eq!(own["own_terms"], true, "{change}");
        let back = api.put(&key, json!({"own_terms": false})).await.ok().body["data"].clone();
        check(&back, false, &[], None);
        let mut both = change;
        both["own_terms"] = json!(false);
        let answer = api.put(&key, both).await.problem(400);
        assert_eq!(answer.fault("own_terms"), "can't be false together with terms of its own");
    }
}

#[tokio::test]
async fn the_first_version_takes_them_too() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let a = bundle(&api, "A").await;
    let client = api.client("Partner").await;
    let body = json!({
        "api_client_id": client, "name": "Old", "api_collection_ids": [one], "mtls_enabled": true,
        "cert_bundle_ids": [a], "validation_formula": RULE,
    });
    let profile = id(&api.post("/api/api_access_profiles", body).await.ok().body);
    let key = format!("{CLIENTS}/{client}/api_keys/{profile}");
    check(&api.get(&key).await.ok().body["data"], true, &[a], Some(RULE));
    api.put(&format!("/api/api_access_profiles/{profile}"), json!({"mtls_enabled": false})).await.ok();
    check(&api.get(&key).await.ok().body["data"], false, &[a], Some(RULE));
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_with_all_faults_at_once() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let mut six = Vec::new();
    for number in 0..6 {
        six.push(bundle(&api, &format!("B{number}")).await);
    }
    let base = json!({"name": "Partner", "auth_type": "token", "api_collection_ids": [one]});
    let long = format!("CN={}", "x".repeat(2048));
    for (field, value, status, expected) in [
        ("mtls_enabled", json!(true), 400, ("cert_bundle_ids", "can't be blank with mtls_enabled")),
        ("mtls_enabled", json!("yes"), 400, ("mtls_enabled", "must be true or false")),
        ("cert_bundle_ids", json!(six), 400, ("cert_bundle_ids", "has too many entries (maximum is 5)")),
        ("cert_bundle_ids", json!([99]), 422, ("cert_bundle_ids", "unknown certificate bundle 99")),
        ("cert_bundle_ids", json!(["x"]), 400, ("cert_bundle_ids[0]", "must be an id: a whole number")),
        ("cert_bundle_ids", json!(5), 400, ("cert_bundle_ids", "must be a list")),
        ("validation_formula", json!(5), 400, ("validation_formula", "must be a string")),
        (
            "validation_formula",
            json!("CN=a, cn=b"),
            400,
            (
                "validation_formula",
                "character 7: unknown field; known are CN, O, OU, C, SAN.DNS, SAN.URI and SAN.EMAIL, in capitals",
            ),
        ),
        (
            "validation_formula",
            json!("CN=a*"),
            400,
            (
                "validation_formula",
                "character 5: * stands only in front, as *. before the rest of a name; a star itself is written \\*",
            ),
        ),
        (
            "validation_formula",
            json!(long),
            400,
            ("validation_formula", "character 2049: the rule is longer than 2048 characters"),
        ),
    ] {
        let mut body = base.clone();
        body[field] = value;
        let answer = api.post(CLIENTS, body).await.problem(status);
        assert_eq!(answer.fault(expected.0), expected.1, "{}", answer.body);
    }
    let mut body = base.clone();
    body["api_keys"] = json!([{"name": "P", "active": true, "mtls_enabled": true, "validation_formula": "x",
        "cert_bundle_ids": [true]}]);
    let answer = api.post(CLIENTS, body).await.problem(400);
    let field = |name: &str| format!("api_keys[0].{name}");
    assert_eq!(answer.fault(&field("cert_bundle_ids[0]")), "must be an id: a whole number", "{}", answer.body);
    assert!(answer.fault(&field("validation_formula")).starts_with("character 1: there is no ="), "{}", answer.body);
    assert_eq!(api.get(CLIENTS).await.ok().body["count"], 0);
}

#[tokio::test]
async fn a_described_request_may_carry_a_certificate() {
    let api = TestApi::start().await;
    let pem = caller("shop");
    api.post("/api/explain", json!({"method": "GET", "url": "/a", "client_certificate": pem})).await.ok();
    let asked = api.explanations.asked();
    let certificate = asked.last().unwrap().certificate.as_ref().unwrap();
    assert_eq!(&*certificate.facts().unwrap().subject, "CN=shop");
    for (value, expected) in [
        (json!("hello"), "must be a certificate in PEM, with its chain if it has one"),
        (json!("-----BEGIN CERTIFICATE-----\nx"), "line 1: the certificate is damaged or incomplete; copy it again"),
        (json!(5), "must be a string"),
    ] {
        let body = json!({"method": "GET", "url": "/a", "client_certificate": value});
        assert_eq!(api.post("/api/explain", body).await.problem(400).fault("client_certificate"), expected);
    }
}
