//! Who I am.

use crate::support::{Browser, OWNER, PASSWORD, TestApi};
use serde_json::{Value, json};
use store::Role;

#[tokio::test]
async fn a_token_sees_itself_in_workatos_shape() {
    let api = TestApi::start().await;
    let token = api.token_of(Role::Viewer).await;
    let me = api.with_token(token.expose(), "GET", "/api/users/me", Value::Null).await.ok().body;
    assert_eq!((&me["name"], &me["email"], &me["role"]), (&json!("viewer"), &json!(""), &json!("viewer")));
    for field in ["id", "created_at", "plan_id", "recipes_count", "active_recipes_count", "root_folder_id"] {
        assert!(!me[field].is_null(), "{field}");
    }
    assert_eq!(me["plan_id"], "self-hosted");
    assert_eq!(me["current_billing_period_start"], "2026-11-01T00:00:00.000Z");
    assert_eq!(me["current_billing_period_end"], "2026-12-01T00:00:00.000Z");
}

#[tokio::test]
async fn a_member_sees_itself() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let me = owner.send("GET", "/api/users/me", Value::Null).await.ok().body;
    assert_eq!((&me["name"], &me["email"], &me["role"]), (&json!(OWNER), &json!(OWNER), &json!("owner")));
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let other = Browser::sign_in(&api, OWNER, PASSWORD).await;
    let path = "/api/users/me/password";
    let wrong = json!({"current_password": "not the password", "password": "another long passphrase"});
    assert!(!owner.send("PUT", path, wrong).await.problem(400).fault("current_password").is_empty());
    let short = json!({"current_password": PASSWORD, "password": "short"});
    assert_eq!(
        owner.send("PUT", path, short).await.problem(400).fault("password"),
        "is too short (minimum is 12 characters)"
    );
    let change = json!({"current_password": PASSWORD, "password": "another long passphrase"});
    owner.send("PUT", path, change.clone()).await.ok();
    owner.send("GET", "/api/users/me", Value::Null).await.ok();
    other.send("GET", "/api/users/me", Value::Null).await.problem(401);
    api.anonymous("POST", "/api/sessions", json!({"email": OWNER, "password": PASSWORD})).await.problem(401);
    Browser::sign_in(&api, OWNER, "another long passphrase").await;
    assert!(!api.put(path, change).await.problem(422).fault("current_password").is_empty());
}
