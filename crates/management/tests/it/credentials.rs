//! Credentials of profiles: generated, brought in, chosen, refreshed with overlap, replaced with the method.

use crate::support::{TestApi, id};
use domain::ProfileId;
use domain::time::Timestamp;
use domain::token::{MASK, TokenDigest};
use domain::usage::UsageCells;
use serde_json::{Value, json};
use store::Role;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

struct Partner {
    api: TestApi,
    keys: String,
    collection: i64,
}

impl Partner {
    async fn start() -> Self {
        let api = TestApi::start().await;
        let collection = api.collection("One").await;
        let keys = format!("/api/v2/api_clients/{}/api_keys", api.client("Partner").await);
        Self { api, keys, collection }
    }

    /// A profile with these fields; its path and what the answer shows.
    async fn key(&self, name: &str, more: Value) -> (String, Value) {
        let made = self.api.post(&self.keys, self.body(name, &more)).await.ok().body["data"].clone();
        (format!("{}/{}", self.keys, made["id"]), made)
    }

    fn body(&self, name: &str, more: &Value) -> Value {
        let mut body = json!({"name": name, "active": true, "api_collection_ids": [self.collection]});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    }

    async fn shown(&self, path: &str) -> Value {
        self.api.get(path).await.ok().body["data"].clone()
    }

    async fn digests(&self, key: &Value) -> Vec<TokenDigest> {
        let row = self.api.store.get_profile(ProfileId(id(key))).await.unwrap();
        row.profile.credentials.iter().map(|own| own.digest).collect()
    }
}

fn text<'a>(key: &'a Value, field: &str) -> &'a str {
    key[field].as_str().unwrap()
}

fn masked(secret: &str) -> String {
    format!("{MASK}{}", &secret[secret.len() - 4..])
}

#[tokio::test]
async fn each_method_shows_what_it_has() {
    let partner = Partner::start().await;
    let (path, made) = partner.key("token", json!({})).await;
    assert!(text(&made, "auth_token").starts_with("pc_"));
    assert_eq!(text(&made, "api_key"), masked(text(&made, "auth_token")));
    assert_eq!(text(&partner.shown(&path).await, "auth_token"), masked(text(&made, "auth_token")));

    let (path, made) = partner.key("oauth2", json!({"auth_type": "oauth2"})).await;
    let secret = text(&made, "auth_token").to_owned();
    assert!(secret.starts_with("pc_") && text(&made, "api_key").starts_with("pk_"));
    let shown = partner.shown(&path).await;
    assert_eq!((text(&shown, "auth_token"), &shown["api_key"]), (masked(&secret).as_str(), &made["api_key"]));

    let jwt = json!({"auth_type": "jwt", "jwt_method": "hmac", "jwt_secret": SECRET});
    let oidc = json!({"auth_type": "oidc", "oidc_issuer": "https://issuer.example"});
    for (name, more) in [("jwt", jwt), ("oidc", oidc)] {
        let (path, made) = partner.key(name, more).await;
        assert!(text(&made, "auth_token").starts_with("pk_"));
        assert_eq!(made["api_key"], made["auth_token"]);
        assert_eq!(partner.shown(&path).await["auth_token"], made["auth_token"], "a key id is no secret");
    }
}

#[tokio::test]
async fn a_refresh_with_overlap_keeps_the_old_one_until_it_is_finished() {
    let partner = Partner::start().await;
    let (path, made) = partner.key("A", json!({})).await;
    let refresh = format!("{path}/refresh_secret");
    let fresh = partner.api.put(&refresh, json!({"overlap_seconds": 3600})).await.ok().body["data"].clone();
    assert_ne!(fresh["auth_token"], made["auth_token"]);
    let previous = json!({"expires_at": "2026-11-24T07:00:00.000Z", "last_used_at": null});
    assert_eq!(fresh["previous_credential"], previous);
    assert_eq!(partner.digests(&made).await.len(), 2);

    // Its last use, as the gateway counted it.
    let row = partner.api.store.get_profile(ProfileId(id(&made))).await.unwrap();
    let old = TokenDigest::of(text(&made, "auth_token").as_bytes());
    let old = row.profile.credentials.iter().find(|own| own.digest == old).unwrap().id;
    let mut cells = UsageCells::default();
    cells.count_call(ProfileId(id(&made)), Some(old), Timestamp(1_795_500_005_000_000));
    partner.api.usage.merge(&cells);
    let shown = partner.shown(&path).await;
    assert_eq!(shown["previous_credential"]["last_used_at"], "2026-11-24T06:00:05.000Z");
    assert_eq!(shown["last_used_at"], "2026-11-24T06:00:05.000Z");

    let operator = partner.api.token_of(Role::Operator).await;
    let finish = format!("{path}/finish_overlap");
    let done = partner.api.with_token(operator.expose(), "PUT", &finish, Value::Null).await.ok().body["data"].clone();
    assert_eq!(done["previous_credential"], Value::Null);
    assert_eq!(text(&done, "auth_token"), masked(text(&fresh, "auth_token")));
    assert_eq!(partner.digests(&made).await, [TokenDigest::of(text(&fresh, "auth_token").as_bytes())]);
    let answer = partner.api.put(&finish, Value::Null).await.problem(409);
    assert!(!answer.fault("previous_credential").is_empty(), "{}", answer.body);
    partner.api.put(&finish, json!({"now": true})).await.problem(400);
}

#[tokio::test]
async fn a_refresh_during_an_overlap_ends_the_oldest() {
    let partner = Partner::start().await;
    let (path, made) = partner.key("A", json!({})).await;
    let refresh = format!("{path}/refresh_secret");
    let second = partner.api.put(&refresh, json!({"overlap_seconds": 2_592_000})).await.ok().body["data"].clone();
    let third = partner.api.put(&refresh, json!({"overlap_seconds": 60})).await.ok().body["data"].clone();
    let digest = |key: &Value| TokenDigest::of(text(key, "auth_token").as_bytes());
    let mut expected = vec![digest(&second), digest(&third)];
    let mut kept = partner.digests(&made).await;
    expected.sort();
    kept.sort();
    assert_eq!(kept, expected);
    assert_eq!(third["previous_credential"]["expires_at"], "2026-11-24T06:01:00.000Z");
    TestApi::pass(60);
    assert_eq!(partner.shown(&path).await["previous_credential"], Value::Null, "the overlap is over");
}

#[tokio::test]
async fn bad_overlaps_are_refused() {
    let partner = Partner::start().await;
    let (path, made) = partner.key("A", json!({})).await;
    let profile = format!("/api/api_access_profiles/{}", made["id"]);
    for path in [path, profile] {
        for bad in [json!(1), json!(59), json!(2_592_001), json!(-60)] {
            let answer = partner.api.put(&format!("{path}/refresh_secret"), json!({"overlap_seconds": bad})).await;
            assert_eq!(answer.problem(400).fault("overlap_seconds"), "must be 0, or 60 to 2592000 seconds");
        }
        let answer =
            partner.api.put(&format!("{path}/refresh_secret"), json!({"overlap_seconds": "soon", "x": 1})).await;
        let answer = answer.problem(400);
        assert_eq!(
            (answer.fault("overlap_seconds"), answer.fault("x")),
            ("must be a whole number", "is not a known field")
        );
    }
    assert_eq!(partner.digests(&made).await, [TokenDigest::of(text(&made, "auth_token").as_bytes())]);
}

#[tokio::test]
async fn another_method_brings_another_credential_shown_in_that_answer() {
    let partner = Partner::start().await;
    let (path, made) = partner.key("A", json!({})).await;
    let secret = partner.api.put(&path, json!({"auth_type": "oauth2"})).await.ok().body["data"].clone();
    assert!(text(&secret, "auth_token").starts_with("pc_") && text(&secret, "api_key").starts_with("pk_"));
    assert_ne!(secret["auth_token"], made["auth_token"]);
    let again = partner.api.put(&path, json!({"auth_type": "oauth2"})).await.ok().body["data"].clone();
    assert_eq!(text(&again, "auth_token"), masked(text(&secret, "auth_token")), "the method is the same");
    let jwt = json!({"auth_type": "jwt", "jwt_method": "hmac", "jwt_secret": SECRET});
    let jwt = partner.api.put(&path, jwt).await.ok().body["data"].clone();
    assert!(text(&jwt, "auth_token").starts_with("pk_"));
    let token = partner.api.put(&path, json!({"auth_type": "token"})).await.ok().body["data"].clone();
    assert_eq!((&token["jwt_method"], &token["jwt_key"]), (&Value::Null, &Value::Null), "the key is forgotten");
    assert_eq!(partner.digests(&made).await, [TokenDigest::of(text(&token, "auth_token").as_bytes())]);
}

#[tokio::test]
async fn a_token_is_brought_in_and_an_identifier_chosen() {
    let partner = Partner::start().await;
    let token = "legacy-0123456789-0123456789-0123456789";
    let (path, made) = partner.key("A", json!({"auth_token": token})).await;
    assert_eq!(text(&made, "auth_token"), token);
    assert_eq!(text(&partner.shown(&path).await, "auth_token"), masked(token));
    assert_eq!(partner.digests(&made).await, [TokenDigest::of(token.as_bytes())]);
    let newer = "legacy-9876543210-9876543210-9876543210";
    let changed = partner.api.put(&path, json!({"auth_token": newer})).await.ok().body["data"].clone();
    assert_eq!(text(&changed, "auth_token"), newer);
    assert_eq!(partner.digests(&made).await, [TokenDigest::of(newer.as_bytes())]);

    let both = json!({"auth_type": "oauth2", "auth_token": token, "api_key": "shop@example.com"});
    let (path, made) = partner.key("B", both).await;
    assert_eq!((text(&made, "auth_token"), text(&made, "api_key")), (token, "shop@example.com"));
    let changed = partner.api.put(&path, json!({"api_key": "store"})).await.ok().body["data"].clone();
    assert_eq!((text(&changed, "auth_token"), text(&changed, "api_key")), (masked(token).as_str(), "store"));

    let jwt = json!({"auth_type": "jwt", "jwt_method": "hmac", "jwt_secret": SECRET, "api_key": "shop"});
    let (_, made) = partner.key("C", jwt).await;
    assert_eq!((text(&made, "auth_token"), text(&made, "api_key")), ("shop", "shop"));

    for (field, more) in
        [("auth_token", json!({"auth_token": newer})), ("api_key", json!({"auth_type": "oauth2", "api_key": "shop"}))]
    {
        let answer = partner.api.post(&partner.keys, partner.body("D", &more)).await.problem(409);
        assert!(!answer.fault(field).is_empty(), "{}", answer.body);
    }
}

#[tokio::test]
async fn bad_credentials_are_refused_and_not_repeated() {
    let partner = Partner::start().await;
    let (path, made) = partner.key("A", json!({})).await;
    let before = partner.shown(&path).await;
    let length = "must be 32 to 256 visible ASCII characters";
    let prefix = "can't begin with pc_, pk_, pca_, pcm_, pcs_ or pcu_";
    for (field, bad, expected) in [
        ("auth_token", "short-secret-value".to_owned(), length),
        ("auth_token", "s".repeat(257), length),
        ("auth_token", format!("{} {}", "s".repeat(20), "s".repeat(20)), length),
        ("auth_token", "\u{e9}".repeat(40), length),
        ("auth_token", format!("pc_{}", "s".repeat(40)), prefix),
        ("auth_token", format!("pcm_{}", "s".repeat(40)), prefix),
        ("auth_token", format!("pk_{}", "s".repeat(40)), prefix),
        ("api_key", String::new(), "must be 1 to 255 visible ASCII characters"),
        ("api_key", "k".repeat(256), "must be 1 to 255 visible ASCII characters"),
        ("api_key", "two words".to_owned(), "must be 1 to 255 visible ASCII characters"),
        ("api_key", "pca_x".to_owned(), "can't begin with pc_, pca_, pcm_, pcs_ or pcu_"),
    ] {
        for method in ["POST", "PUT"] {
            let (path, body) = match method {
                "POST" => (&partner.keys, partner.body("New", &json!({"auth_type": "oauth2", field: bad}))),
                _ => (&path, json!({field: bad})),
            };
            let answer = partner.api.send_raw(method, path, "application/json", body.to_string()).await.problem(400);
            assert_eq!(answer.fault(field), expected, "{method} {field}: {}", answer.body);
            let text = String::from_utf8_lossy(&answer.bytes).into_owned();
            assert!(field == "api_key" || !text.contains(&bad), "the answer repeats the secret");
        }
    }
    let answer = partner.api.put(&path, json!({"api_key": "chosen"})).await.problem(400);
    assert!(!answer.fault("api_key").is_empty(), "a token profile has no identifier: {}", answer.body);
    let jwt = partner.body(
        "New",
        &json!({
            "auth_type": "jwt", "jwt_method": "hmac", "jwt_secret": SECRET, "auth_token": "t".repeat(40),
        }),
    );
    assert!(!partner.api.post(&partner.keys, jwt).await.problem(400).fault("auth_token").is_empty());
    assert_eq!(partner.shown(&path).await, before);
    assert_eq!(partner.digests(&made).await.len(), 1);
}

#[tokio::test]
async fn a_profile_expires_at_a_time_that_may_be_past() {
    let partner = Partner::start().await;
    let (path, made) =
        partner.key("A", json!({"expires_at": "2027-01-01T01:00:00+01:00", "period_anchor": "2026-01-31"})).await;
    assert_eq!(made["expires_at"], "2027-01-01T00:00:00.000Z");
    assert_eq!(made["period_anchor"], "2026-01-31");
    let past = partner.api.put(&path, json!({"expires_at": "2020-01-01T00:00:00Z"})).await.ok().body["data"].clone();
    assert_eq!(past["expires_at"], "2020-01-01T00:00:00.000Z", "it expires at once");
    let kept = partner.api.put(&path, json!({"name": "B"})).await.ok().body["data"].clone();
    assert_eq!((&kept["expires_at"], &kept["period_anchor"]), (&past["expires_at"], &json!("2026-01-31")));
    let never = partner.api.put(&path, json!({"expires_at": null})).await.ok().body["data"].clone();
    assert_eq!(never["expires_at"], Value::Null);

    let body = partner.body("B", &json!({"expires_at": "tomorrow", "period_anchor": "2026-02-30"}));
    let answer = partner.api.post(&partner.keys, body).await.problem(400);
    assert_eq!(answer.fault("expires_at"), "must be a time in ISO 8601, as in 2026-12-31T23:59:59Z");
    assert_eq!(answer.fault("period_anchor"), "must be a day from 1970 on, as in 2026-12-31");
    for bad in ["2026-12-31", "2026-12-31T00:00:00", "1798675200", ""] {
        partner.api.put(&path, json!({"expires_at": bad})).await.problem(400);
    }
    for bad in [Value::Null, json!("2026-12-31T00:00:00Z"), json!("1969-12-31"), json!("3000-01-01"), json!(20_261_231)]
    {
        partner.api.put(&path, json!({"period_anchor": bad})).await.problem(400);
    }
}
