//! Codes at sign-in.

use crate::support::{Answer, Browser, OWNER, PASSWORD, TestApi};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

const PATH: &str = "/api/users/me/totp";

/// The code of a secret now, and so many steps from now.
fn code(secret: &str, steps: u64) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
    totp.generate(u64::try_from(TestApi::seconds()).unwrap() + 30 * steps).to_string()
}

async fn sign_in(api: &TestApi, code: Option<&str>) -> Answer {
    let mut body = json!({"email": OWNER, "password": PASSWORD});
    if let Some(code) = code {
        body["code"] = json!(code);
    }
    api.anonymous("POST", "/api/sessions", body).await
}

async fn pending(owner: &Browser<'_>) -> String {
    let begun = owner.send("POST", PATH, json!({"current_password": PASSWORD})).await.ok().body["data"].clone();
    assert_eq!((&begun["state"], &begun["recovery_codes"]), (&json!("pending"), &json!(null)));
    let secret = begun["secret"].as_str().unwrap().to_owned();
    assert!(begun["otpauth_url"].as_str().unwrap().contains(&secret));
    secret
}

#[tokio::test]
async fn a_member_asks_for_codes_and_signs_in_with_each_once() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    assert_eq!(owner.send("GET", "/api/users/me", Value::Null).await.ok().body["totp_enabled"], false);
    pending(&owner).await;
    let secret = pending(&owner).await;
    sign_in(&api, None).await.ok();
    assert!(!owner.send("POST", PATH, json!({"code": "000000"})).await.problem(400).fault("code").is_empty());
    let first = code(&secret, 0);
    let enabled = owner.send("POST", PATH, json!({"code": first})).await.ok().body["data"].clone();
    assert_eq!((&enabled["state"], &enabled["secret"]), (&json!("enabled"), &json!(null)));
    let recovery: Vec<_> = enabled["recovery_codes"].as_array().unwrap().clone();
    assert_eq!(recovery.len(), 10);
    assert_eq!(owner.send("GET", "/api/users/me", Value::Null).await.ok().body["totp_enabled"], true);

    let asked = sign_in(&api, None).await.problem(401);
    assert_eq!(asked.body["type"], "urn:portcullis:problem:code_needed");
    assert!(!asked.fault("code").is_empty() && asked.header("set-cookie").is_empty());
    // The code that confirmed was used by that.
    for wrong in [first.as_str(), "000000", "abcd-efgh-jkmn-pqrs", "1"] {
        let refused = sign_in(&api, Some(wrong)).await.problem(401);
        assert_eq!(refused.body["type"], "urn:portcullis:problem:wrong_code", "{wrong}");
    }
    TestApi::pass(30);
    let second = code(&secret, 0);
    sign_in(&api, Some(&second)).await.ok();
    sign_in(&api, Some(&second)).await.problem(401);
    let ahead = code(&secret, 1);
    sign_in(&api, Some(&ahead)).await.ok();
    TestApi::pass(30);
    sign_in(&api, Some(&ahead)).await.problem(401);
    let written_down = recovery[3].as_str().unwrap();
    sign_in(&api, Some(&written_down.to_uppercase())).await.ok();
    sign_in(&api, Some(written_down)).await.problem(401);

    // A wrong password says nothing of codes.
    let wrong = json!({"email": OWNER, "password": "not the password", "code": code(&secret, 0)});
    let refused = api.anonymous("POST", "/api/sessions", wrong).await.problem(401);
    assert_eq!(refused.body["type"], "urn:portcullis:problem:wrong_password");
}

#[tokio::test]
async fn codes_are_asked_for_until_the_password_removes_them() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    owner.send("DELETE", PATH, json!({"current_password": PASSWORD})).await.problem(404);
    let secret = pending(&owner).await;
    owner.send("POST", PATH, json!({"code": code(&secret, 0)})).await.ok();
    owner.send("POST", PATH, json!({"current_password": PASSWORD})).await.problem(409);
    assert!(!owner.send("POST", PATH, json!({"code": code(&secret, 1)})).await.problem(409).fault("code").is_empty());
    let wrong = owner.send("DELETE", PATH, json!({"current_password": "not the password"})).await.problem(400);
    assert!(!wrong.fault("current_password").is_empty());
    sign_in(&api, None).await.problem(401);
    assert_eq!(
        owner.send("DELETE", PATH, json!({"current_password": PASSWORD})).await.ok().body,
        json!({"success": true})
    );
    sign_in(&api, None).await.ok();
}

#[tokio::test]
async fn a_new_password_by_link_lets_in_who_lost_the_app() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let secret = pending(&owner).await;
    owner.send("POST", PATH, json!({"code": code(&secret, 0)})).await.ok();
    let body = json!({"token": api.setup_token(Some(OWNER)).await, "email": OWNER, "password": PASSWORD});
    api.anonymous("POST", "/api/setup", body).await.ok();
    sign_in(&api, None).await.ok();
}

#[tokio::test]
async fn wrong_codes_are_throttled_like_passwords() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let secret = pending(&owner).await;
    owner.send("POST", PATH, json!({"code": code(&secret, 0)})).await.ok();
    TestApi::pass(60);
    for _ in 0..10 {
        sign_in(&api, Some("000000")).await.problem(401);
    }
    let right = code(&secret, 0);
    assert!(!sign_in(&api, Some(&right)).await.problem(429).header("retry-after").is_empty());
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    for body in [json!({}), json!({"current_password": PASSWORD, "code": "123456"})] {
        assert!(!owner.send("POST", PATH, body).await.problem(400).fault("current_password").is_empty());
    }
    owner.send("POST", PATH, json!({"code": "123456", "secret": "x"})).await.problem(400);
    assert!(!owner.send("POST", PATH, json!({"code": "123456"})).await.problem(409).fault("code").is_empty());
    assert!(
        !api.post(PATH, json!({"current_password": PASSWORD})).await.problem(422).fault("current_password").is_empty()
    );
    api.anonymous("POST", PATH, json!({"code": "123456"})).await.problem(401);
}
