//! First start, and set-up links.

use crate::support::{Browser, OWNER, PASSWORD, TestApi};
use serde_json::{Value, json};

const PATH: &str = "/api/setup";

#[tokio::test]
async fn a_set_up_link_makes_the_owner_once() {
    let api = TestApi::start().await;
    assert_eq!(api.anonymous("GET", PATH, Value::Null).await.ok().body["data"]["needs_setup"], true);
    let body = json!({"token": api.setup_token(None).await, "email": OWNER, "password": PASSWORD, "name": "Olive"});
    let answer = api.anonymous("POST", PATH, body.clone()).await.ok();
    assert_eq!((&answer.body["data"]["name"], &answer.body["data"]["role"]), (&json!("Olive"), &json!("owner")));
    assert!(answer.cookie().starts_with("portcullis_session=pcs_"));
    assert_eq!(api.anonymous("GET", PATH, Value::Null).await.ok().body["data"]["needs_setup"], false);
    assert!(!api.anonymous("POST", PATH, body).await.problem(422).fault("token").is_empty());
    Browser::sign_in(&api, OWNER, PASSWORD).await;
}

#[tokio::test]
async fn bad_set_ups_are_refused_and_leave_the_link_usable() {
    let api = TestApi::start().await;
    let token = api.setup_token(None).await;
    let answer =
        api.anonymous("POST", PATH, json!({"email": "x", "password": "short", "role": "owner"})).await.problem(400);
    for field in ["token", "email", "password", "role"] {
        assert!(!answer.fault(field).is_empty(), "{field}");
    }
    let long = json!({"token": token, "email": OWNER, "password": "x".repeat(257)});
    assert_eq!(
        api.anonymous("POST", PATH, long).await.problem(400).fault("password"),
        "is too long (maximum is 256 characters)"
    );
    let wrong = json!({"token": "pcu_wrong", "email": OWNER, "password": PASSWORD});
    api.anonymous("POST", PATH, wrong).await.problem(422);
    api.anonymous("POST", PATH, json!({"token": token, "email": OWNER, "password": PASSWORD})).await.ok();
}

#[tokio::test]
async fn a_link_ends_after_an_hour() {
    let api = TestApi::start().await;
    let token = api.setup_token(None).await;
    TestApi::pass(3600);
    let answer = api.anonymous("POST", PATH, json!({"token": token, "email": OWNER, "password": PASSWORD})).await;
    assert!(!answer.problem(422).fault("token").is_empty());
}

#[tokio::test]
async fn a_link_for_a_member_resets_its_password_and_ends_its_sessions() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let token = api.setup_token(Some(OWNER)).await;
    let other = json!({"token": token, "email": "other@example.com", "password": "another long passphrase"});
    assert!(!api.anonymous("POST", PATH, other).await.problem(400).fault("email").is_empty());
    let body = json!({"token": token, "email": OWNER, "password": "another long passphrase"});
    api.anonymous("POST", PATH, body).await.ok();
    owner.send("GET", "/api/users/me", Value::Null).await.problem(401);
    Browser::sign_in(&api, OWNER, "another long passphrase").await;
    api.anonymous("POST", "/api/sessions", json!({"email": OWNER, "password": PASSWORD})).await.problem(401);
}
