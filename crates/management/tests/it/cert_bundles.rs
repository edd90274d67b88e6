//! Certificate bundles.

use crate::support::{TestApi, authority, caller, id};
use serde_json::{Value, json};

const PATH: &str = "/api/cert_bundles";
const FAR: (i32, u8, u8) = (2035, 1, 1);

#[tokio::test]
async fn a_bundle_is_made_shown_changed_and_deleted() {
    let api = TestApi::start().await;
    let pem = format!("Partner CAs\n{}\n{}", authority("One", FAR), authority("Two", (2034, 6, 30)));
    let made = api.post(PATH, json!({"name": " Partners ", "pem": pem})).await.ok();
    assert!(!made.header("portcullis-revision").is_empty());
    assert!(!String::from_utf8_lossy(&made.bytes).contains("BEGIN"), "the text is not shown again");
    let made = made.body["data"].clone();
    assert_eq!((&made["name"], &made["subjects"]), (&json!("Partners"), &json!(["CN=One", "CN=Two"])));
    assert_eq!((&made["expires_at"], &made["state"]), (&json!("2034-06-30T00:00:00.000Z"), &json!("valid")));
    assert_eq!((&made["profiles_count"], &made["clients_count"]), (&json!(0), &json!(0)));
    let first = &made["certificates"][0];
    assert_eq!((&first["subject"], &first["issuer"]), (&json!("CN=One"), &json!("CN=One")));
    assert_eq!(first["valid_from"], "2020-01-01T00:00:00.000Z");
    assert_eq!(first["expires_at"], "2035-01-01T00:00:00.000Z");
    assert_eq!(first["fingerprint"].as_str().unwrap().len(), 64);
    let path = format!("{PATH}/{}", made["id"]);
    assert_eq!(api.get(&path).await.ok().body["data"], made);

    TestApi::pass(60);
    let renamed = api.put(&path, json!({"name": "Friends"})).await.ok().body["data"].clone();
    assert_eq!((&renamed["name"], &renamed["certificates"]), (&json!("Friends"), &made["certificates"]));
    assert_eq!(renamed["updated_at"], "2026-11-24T06:01:00.000Z");
    let replaced = api.put(&path, json!({"pem": authority("Three", FAR)})).await.ok().body["data"].clone();
    assert_eq!((&replaced["name"], &replaced["subjects"]), (&json!("Friends"), &json!(["CN=Three"])));
    let listed = api.get(&format!("{PATH}?q=frie&sort=-name")).await.ok().body;
    assert_eq!((&listed["count"], &listed["data"][0]), (&json!(1), &replaced));

    assert_eq!(api.delete(&path).await.ok().body, json!({"success": true}));
    api.get(&path).await.problem(404);
    api.put(&path, json!({})).await.problem(404);
    api.delete(&path).await.problem(404);
}

#[tokio::test]
async fn the_state_follows_the_certificate_that_ends_first() {
    let api = TestApi::start().await;
    // The clock stands at 2026-11-24.
    for (end, state) in [
        ((2026, 11, 24), "expired"),
        ((2026, 11, 25), "expiring"),
        ((2026, 12, 24), "expiring"),
        ((2026, 12, 25), "valid"),
    ] {
        let pem = authority("Late", FAR) + &authority("Early", end);
        let shown = api.post(&format!("{PATH}/preview"), json!({"pem": pem})).await.ok().body["data"].clone();
        assert_eq!((&shown["state"], &shown["certificates"][1]["state"]), (&json!(state), &json!(state)), "{end:?}");
        assert_eq!(shown["certificates"][0]["state"], "valid");
        assert_eq!(shown["expires_at"], shown["certificates"][1]["expires_at"]);
    }
    assert_eq!(api.get(PATH).await.ok().body["count"], 0, "a preview stores nothing");
}

#[tokio::test]
async fn bad_bundles_are_refused_with_all_faults_at_once() {
    let api = TestApi::start().await;
    let good = authority("CA", FAR);
    let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";
    let leaf = caller("shop");
    let damaged = good.replace("MII", "MI!");
    for (pem, expected) in [
        (json!(null), "can't be blank"),
        (json!(" \n"), "can't be blank"),
        (json!(5), "must be a string"),
        (json!("MIIB"), "line 1: there is no certificate; paste PEM text that begins with -----BEGIN CERTIFICATE-----"),
        (
            json!(key),
            "line 1: this is a private key; paste certificates only, and replace the key if others may have seen it",
        ),
        (json!(format!("{good}{damaged}")), "line 4: the certificate is damaged or incomplete; copy it again"),
        (json!(leaf), "line 1: the certificate is not one of an authority (basic constraints without CA): CN=shop"),
        (json!("x".repeat(1024 * 1024 + 1)), "line 1: the text is over 1048576 bytes"),
    ] {
        for path in [PATH.to_owned(), format!("{PATH}/preview")] {
            let mut body = json!({"pem": pem});
            if path == PATH {
                body["name"] = json!("A");
            }
            let answer = api.post(&path, body).await.problem(400);
            assert_eq!(answer.fault("pem"), expected);
        }
    }
    let body = json!({"name": "", "pem": format!("{leaf}{damaged}"), "state": "valid"});
    let answer = api.post(PATH, body).await.problem(400);
    assert_eq!(answer.body["errors"]["pem"].as_array().unwrap().len(), 2, "{}", answer.body);
    assert_eq!((answer.fault("name"), answer.fault("state")), ("can't be blank", "is not a known field"));
    assert_eq!(api.post(PATH, json!({})).await.problem(400).fault("pem"), "can't be blank");
    let text = json!({"name": "A", "pem": "x".repeat(2 * 1024 * 1024)}).to_string();
    api.send_raw("POST", PATH, "application/json", text).await.problem(413);
    assert_eq!(api.get(PATH).await.ok().body["count"], 0);
}

#[tokio::test]
async fn a_bundle_of_the_largest_size_is_taken() {
    let api = TestApi::start().await;
    let good = authority("CA", FAR);
    let padding = "# x\n".repeat((1024 * 1024 - good.len()) / 4);
    let made = api.post(PATH, json!({"name": "A", "pem": padding + &good})).await.ok().body["data"].clone();
    assert_eq!(made["subjects"], json!(["CN=CA"]));
}

#[tokio::test]
async fn names_are_unique_and_users_keep_a_bundle() {
    let api = TestApi::start().await;
    let pem = authority("CA", FAR);
    let bundle = id(&api.post(PATH, json!({"name": "A", "pem": pem})).await.ok().body["data"]);
    let answer = api.post(PATH, json!({"name": " a", "pem": pem})).await.problem(409);
    assert_eq!(answer.fault("name"), "has already been taken");
    let one = api.collection("One").await;
    let body = json!({
        "name": "Partner", "auth_type": "token", "api_collection_ids": [one], "mtls_enabled": true,
        "cert_bundle_ids": [bundle], "api_keys": [{"name": "Shop", "active": true, "cert_bundle_ids": [bundle],
            "api_collection_ids": [one]}],
    });
    let client = id(&api.post("/api/v2/api_clients", body).await.ok().body["data"]);
    let answer = api.delete(&format!("{PATH}/{bundle}")).await.problem(409);
    assert_eq!(answer.body["errors"]["in_use_by"], json!(["Partner", "Partner / Shop"]));
    let shown = api.get(&format!("{PATH}/{bundle}")).await.ok().body["data"].clone();
    assert_eq!((&shown["profiles_count"], &shown["clients_count"]), (&json!(1), &json!(1)));
    api.delete(&format!("/api/v2/api_clients/{client}")).await.ok();
    api.delete(&format!("{PATH}/{bundle}")).await.ok();
}

#[tokio::test]
async fn the_audit_log_names_certificates_by_fingerprint() {
    let api = TestApi::start().await;
    let made = api.post(PATH, json!({"name": "A", "pem": authority("CA", FAR)})).await.ok().body["data"].clone();
    let audit = api.store.list_audit(&store::PageQuery::default(), &store::AuditFilter::default()).await.unwrap();
    let entry = audit.items.iter().find(|entry| entry.event_type == "cert_bundle.created").unwrap();
    let after = entry.after.clone().unwrap();
    assert_eq!(after["certificates"][0]["fingerprint"], made["certificates"][0]["fingerprint"]);
    assert_eq!(entry.before, None::<Value>);
}
