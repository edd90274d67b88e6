//! How tokens are verified: at clients, at profiles, in both versions of the API.

use crate::support::{TestApi, id};
use serde_json::{Value, json};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const RSA: &str = include_str!("../../../domain/tests/it/jwt/test_keys/rsa.public.pem");
const RSA_PRIVATE: &str = include_str!("../../../domain/tests/it/jwt/test_keys/rsa.private.pem");
const RSA_1024: &str = include_str!("../../../domain/tests/it/jwt/test_keys/refused.rsa-1024.pem");
const P256: &str = include_str!("../../../domain/tests/it/jwt/test_keys/p256.public.pem");
const ED25519: &str = include_str!("../../../domain/tests/it/jwt/test_keys/ed25519.public.pem");

const CLIENTS: &str = "/api/v2/api_clients";

fn with(base: &Value, more: &Value) -> Value {
    let mut body = base.clone();
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_client_verifies_tokens_by_each_kind_of_key_and_shows_none() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    for (method, secret, kind, bits, needle) in [
        ("hmac", SECRET, "hmac", 256, SECRET),
        ("rsa", RSA, "rsa", 2048, "BEGIN"),
        ("ecdsa", P256, "ec-p256", 256, "BEGIN"),
        ("eddsa", ED25519, "ed25519", 256, "BEGIN"),
    ] {
        let body = json!({
            "name": method, "auth_type": "jwt", "api_collection_ids": [one], "jwt_method": method, "jwt_secret": secret,
        });
        let made = api.post(CLIENTS, body).await.ok();
        assert!(!String::from_utf8_lossy(&made.bytes).contains(needle), "{method}: the key is never shown");
        let data = &made.body["data"];
        assert_eq!((&data["auth_type"], &data["jwt_method"]), (&json!("jwt"), &json!(method)));
        assert_eq!((&data["jwt_key"]["type"], &data["jwt_key"]["bits"]), (&json!(kind), &json!(bits)));
        assert!(data["jwt_key"]["fingerprint"].as_str().unwrap().len() >= 16);
        let shown = api.get(&format!("{CLIENTS}/{}", data["id"])).await.ok().body["data"].clone();
        assert_eq!(shown["jwt_key"], data["jwt_key"]);
    }
    let listed = api.get(CLIENTS).await.ok();
    let text = String::from_utf8_lossy(&listed.bytes).into_owned();
    assert!(!text.contains("BEGIN") && !text.contains(SECRET));
    let audit = api.store.list_audit(&store::PageQuery::default(), &store::AuditFilter::default()).await.unwrap();
    let text = format!("{:?}", audit.items);
    assert!(!text.contains(SECRET) && !text.contains("BEGIN PUBLIC"), "nor does the audit log hold a key");
}

#[tokio::test]
async fn every_option_is_shown_kept_changed_and_cleared() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let options = json!({
        "jwt_method": "rsa", "oidc_issuer": "https://issuer.example/a", "oidc_jwks_uri": "http://127.0.0.1:9000/jwks",
        "access_profile_claim": "azp", "required_claims": ["exp", "jti"], "allowed_issuers": ["https://issuer.example/a"],
        "allowed_audiences": ["orders", "urn:b"], "jwt_algorithms": ["RS256", "PS512"], "clock_leeway_seconds": 0,
    });
    let base = json!({"name": "A", "auth_type": "jwt", "api_collection_ids": [one], "jwt_secret": RSA});
    let made = api.post(CLIENTS, with(&base, &options)).await.ok().body["data"].clone();
    for (name, value) in options.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
    let path = format!("{CLIENTS}/{}", made["id"]);
    let kept = api.put(&path, json!({"clock_leeway_seconds": 300})).await.ok().body["data"].clone();
    assert_eq!(kept["jwt_key"], made["jwt_key"], "a key that is not sent stays");
    assert_eq!((&kept["clock_leeway_seconds"], &kept["allowed_audiences"]), (&json!(300), &made["allowed_audiences"]));
    let cleared = json!({
        "oidc_issuer": null, "oidc_jwks_uri": null, "access_profile_claim": null, "required_claims": null,
        "allowed_issuers": [], "allowed_audiences": null, "jwt_algorithms": null, "clock_leeway_seconds": null,
    });
    let cleared = api.put(&path, cleared).await.ok().body["data"].clone();
    for (name, value) in [
        ("oidc_issuer", Value::Null),
        ("oidc_jwks_uri", Value::Null),
        ("access_profile_claim", Value::Null),
        ("required_claims", json!([])),
        ("allowed_issuers", json!([])),
        ("allowed_audiences", json!([])),
        ("jwt_algorithms", json!([])),
        ("clock_leeway_seconds", json!(30)),
    ] {
        assert_eq!(cleared[name], value, "{name}");
    }
    let other = api.put(&path, json!({"jwt_method": "eddsa", "jwt_secret": ED25519})).await.ok().body["data"].clone();
    assert_eq!(other["jwt_key"]["type"], "ed25519");
    let answer = api.put(&path, json!({"jwt_secret": null})).await.problem(400);
    assert_eq!(answer.fault("jwt_secret"), "can't be blank without oidc_jwks_uri");
}

#[tokio::test]
async fn a_method_has_what_it_needs() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let base = json!({"name": "A", "api_collection_ids": [one]});
    for (more, field, expected) in [
        (json!({"auth_type": "jwt"}), "jwt_secret", "can't be blank without oidc_jwks_uri"),
        (json!({"auth_type": "jwt", "jwt_method": "hmac"}), "jwt_secret", "can't be blank with jwt_method hmac"),
        (json!({"auth_type": "jwt", "jwt_secret": SECRET}), "jwt_method", "can't be blank beside a jwt_secret"),
        (
            json!({"auth_type": "jwt", "oidc_issuer": "https://i.example"}),
            "jwt_secret",
            "can't be blank without oidc_jwks_uri",
        ),
        (json!({"auth_type": "oidc"}), "oidc_issuer", "can't be blank without oidc_jwks_uri or jwt_secret"),
        (
            json!({"auth_type": "oidc", "oidc_jwks_uri": "https://i.example/jwks", "access_profile_claim": "azp"}),
            "access_profile_claim",
            "needs allowed_issuers, or an oidc_issuer that is in use",
        ),
        (
            json!({"auth_type": "jwt", "jwt_method": "hmac", "jwt_secret": SECRET, "jwt_algorithms": ["HS512", "RS256"]}),
            "jwt_algorithms",
            "the key does not permit HS512, RS256",
        ),
    ] {
        let answer = api.post(CLIENTS, with(&base, &more)).await.problem(400);
        assert_eq!(answer.fault(field), expected, "{more}: {}", answer.body);
    }
    assert_eq!(api.get(CLIENTS).await.ok().body["count"], 0);
    for (name, more) in [
        ("set", json!({"auth_type": "jwt", "oidc_jwks_uri": "https://i.example/jwks"})),
        ("set of a kind", json!({"auth_type": "jwt", "jwt_method": "rsa", "oidc_jwks_uri": "https://i.example/jwks"})),
        ("issuer", json!({"auth_type": "oidc", "oidc_issuer": "https://i.example", "access_profile_claim": "azp"})),
        ("oidc with a key", json!({"auth_type": "oidc", "jwt_method": "rsa", "jwt_secret": RSA})),
        ("loopback", json!({"auth_type": "oidc", "oidc_issuer": "http://localhost:9000/realm"})),
    ] {
        let made = api.post(CLIENTS, with(&with(&base, &more), &json!({"name": name}))).await.ok().body["data"].clone();
        assert_eq!(made["auth_type"], more["auth_type"], "{name}");
    }
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_in_words_without_a_part_of_it() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    for (method, secret, expected) in [
        ("hmac", "short", "the shared secret has 5 bytes; at least 32 are needed"),
        (
            "hmac",
            RSA,
            "this is a key in PEM, SSH, DER or JWK form and not a shared secret; choose the signing method of the key",
        ),
        (
            "rsa",
            SECRET,
            "the text is no public key; paste a PEM public key or certificate, an OpenSSH public key or a JWK",
        ),
        (
            "rsa",
            RSA_PRIVATE,
            "this is a private key; paste the public key, and replace the pair if others may have seen the private one",
        ),
        ("rsa", RSA_1024, "the RSA key has 1024 bits; between 2048 and 8192 are needed"),
        ("rsa", ED25519, "this is a key for the signing method eddsa, but the profile's is rsa"),
    ] {
        let body = json!({
            "name": "A", "auth_type": "jwt", "api_collection_ids": [one], "jwt_method": method, "jwt_secret": secret,
        });
        let answer = api.post(CLIENTS, body).await.problem(400);
        assert_eq!(answer.fault("jwt_secret"), expected, "{}", answer.body);
        for line in secret.lines().filter(|line| line.len() > 10 && !line.starts_with('-')) {
            assert!(!String::from_utf8_lossy(&answer.bytes).contains(line), "the answer repeats the key");
        }
    }
}

#[tokio::test]
async fn values_out_of_bounds_are_refused_with_all_faults_at_once() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let many: Vec<_> = (0..101).map(|number| number.to_string()).collect();
    let body = json!({
        "name": "A", "auth_type": "jwt", "api_collection_ids": [one], "jwt_method": "dsa", "jwt_secret": "x".repeat(16_385),
        "oidc_issuer": "http://issuer.example", "oidc_jwks_uri": "https://user@issuer.example/jwks",
        "access_profile_claim": "a\nb", "required_claims": many, "allowed_issuers": ["", "a".repeat(2049)],
        "allowed_audiences": ["a", "b", "a"], "jwt_algorithms": ["none", "hs256"], "clock_leeway_seconds": 301,
    });
    let url = "must be an https URL (http only for loopback addresses), without user and fragment";
    let answer = api.post(CLIENTS, body).await.problem(400);
    for (field, expected) in [
        ("jwt_method", "must be one of hmac, rsa, ecdsa, eddsa"),
        ("jwt_secret", "is too long (maximum is 16384 characters)"),
        ("oidc_issuer", url),
        ("oidc_jwks_uri", url),
        ("access_profile_claim", "must be at most 255 characters, without control characters"),
        ("required_claims", "has too many entries (maximum is 100)"),
        ("allowed_issuers[0]", "can't be blank"),
        ("allowed_issuers[1]", "must be at most 2048 characters, without control characters"),
        ("allowed_audiences[2]", "is given more than once"),
        ("clock_leeway_seconds", "must be 0 to 300 seconds"),
    ] {
        assert_eq!(answer.fault(field), expected, "{field}: {}", answer.body);
    }
    for field in ["jwt_algorithms[0]", "jwt_algorithms[1]"] {
        assert!(answer.fault(field).starts_with("must be one of HS256"), "{}", answer.body);
    }
    let base = json!({"name": "A", "auth_type": "oidc", "api_collection_ids": [one]});
    for bad in [
        "issuer.example",
        "ftp://127.0.0.1/",
        "https://",
        "http://10.0.0.1/jwks",
        "https://a.example/#x",
        "data:,x",
        "",
        " ",
    ] {
        let answer = api.post(CLIENTS, with(&base, &json!({"oidc_issuer": bad}))).await.problem(400);
        let message = answer.fault("oidc_issuer");
        assert!([url, "can't be blank"].contains(&message), "{bad:?}: {message}");
    }
    let twice = json!({"oidc_issuer": "https://a.example", "jwt_algorithms": ["RS256", "RS256"]});
    assert_eq!(
        api.post(CLIENTS, with(&base, &twice)).await.problem(400).fault("jwt_algorithms[1]"),
        "is given more than once"
    );
    assert_eq!(api.get(CLIENTS).await.ok().body["count"], 0);
}

#[tokio::test]
async fn a_method_without_tokens_to_verify_takes_only_values_that_say_nothing() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let options = [
        ("jwt_method", json!("hmac")),
        ("jwt_secret", json!(SECRET)),
        ("oidc_issuer", json!("https://issuer.example")),
        ("oidc_jwks_uri", json!("https://issuer.example/jwks")),
        ("access_profile_claim", json!("azp")),
        ("required_claims", json!(["exp"])),
        ("allowed_issuers", json!(["a"])),
        ("allowed_audiences", json!(["a"])),
        ("jwt_algorithms", json!(["RS256"])),
        ("clock_leeway_seconds", json!(60)),
    ];
    let client = api.client("Partner").await;
    let key = id(&api.key(client, "Shop", one).await);
    let paths = [
        ("POST", CLIENTS.to_owned(), json!({"name": "A", "api_collection_ids": [one]})),
        ("PUT", format!("{CLIENTS}/{client}"), json!({"api_collection_ids": [one]})),
        (
            "POST",
            format!("{CLIENTS}/{client}/api_keys"),
            json!({"name": "A", "active": true, "api_collection_ids": [one]}),
        ),
        ("PUT", format!("{CLIENTS}/{client}/api_keys/{key}"), json!({})),
        (
            "POST",
            "/api/api_access_profiles".to_owned(),
            json!({"api_client_id": client, "name": "A", "api_collection_ids": [one]}),
        ),
        ("PUT", format!("/api/api_access_profiles/{key}"), json!({})),
    ];
    let before = api.everything().await;
    for (method, path, base) in &paths {
        for auth_type in ["token", "oauth2"] {
            for (field, value) in &options {
                let body = with(base, &json!({"auth_type": auth_type, *field: value}));
                let answer = api.send_raw(method, path, "application/json", body.to_string()).await.problem(400);
                assert_eq!(answer.fault(field), "is for the methods jwt and oidc only", "{method} {path} {auth_type}");
            }
        }
    }
    assert_eq!(api.everything().await, before);
    let nothing = json!({
        "auth_type": "token", "jwt_method": null, "jwt_secret": "", "oidc_issuer": null, "oidc_jwks_uri": null,
        "access_profile_claim": null, "required_claims": [], "allowed_issuers": [], "allowed_audiences": null,
        "jwt_algorithms": [], "clock_leeway_seconds": 30,
    });
    for (method, path, base) in &paths {
        let mut body = with(base, &nothing);
        if *method == "POST" {
            body["name"] = json!(format!("New at {path}"));
        }
        api.send_raw(method, path, "application/json", body.to_string()).await.ok();
    }
}

#[tokio::test]
async fn faults_of_profiles_made_with_their_client_are_at_their_place() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let body = json!({"name": "A", "api_keys": [
        {"name": "A", "active": true, "api_collection_ids": [one]},
        {"name": "B", "active": true, "api_collection_ids": [one], "auth_type": "jwt", "jwt_method": "hmac", "jwt_secret": "short"},
        {"name": "C", "active": true, "api_collection_ids": [one], "clock_leeway_seconds": -1, "api_key": "pc_no"},
    ]});
    let answer = api.post(CLIENTS, body.clone()).await.problem(400);
    assert_eq!(answer.fault("api_keys[2].clock_leeway_seconds"), "must be 0 to 300 seconds");
    assert_eq!(answer.fault("api_keys[2].api_key"), "can't begin with pc_, pca_, pcm_, pcs_ or pcu_");
    let mut body = body;
    body["api_keys"].as_array_mut().unwrap().pop();
    let answer = api.post(CLIENTS, body.clone()).await.problem(400);
    assert_eq!(answer.fault("api_keys[1].jwt_secret"), "the shared secret has 5 bytes; at least 32 are needed");
    assert_eq!(api.get(CLIENTS).await.ok().body["count"], 0, "all or nothing");
    body["api_keys"][1]["jwt_secret"] = json!(SECRET);
    let made = api.post(CLIENTS, body).await.ok().body["data"]["api_keys"].clone();
    assert!(made[0]["auth_token"].as_str().unwrap().starts_with("pc_"));
    assert!(made[1]["auth_token"].as_str().unwrap().starts_with("pk_"));
    assert_eq!(made[1]["api_key"], made[1]["auth_token"]);
}
