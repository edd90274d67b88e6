//! Members: `/api/members`, and what becomes of them at the door.

use crate::support::{Browser, OWNER, PASSWORD, TestApi, id};
use serde_json::{Value, json};
use store::Role;

const NEW_PASSWORD: &str = "quite another passphrase";

/// Makes a member; its id and the token of its link.
async fn invite(owner: &Browser<'_>, body: Value) -> (i64, String) {
    let made = owner.send("POST", "/api/members", body).await.ok().body["data"].clone();
    let url = made["password_link"]["url"].as_str().unwrap();
    let token = url.strip_prefix("http://127.0.0.1:8081/setup#token=").unwrap();
    (id(&made), token.to_owned())
}

#[tokio::test]
async fn a_new_member_chooses_its_password_by_the_link() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let project = id(&api.post("/api/projects", json!({"name": "Partners"})).await.ok().body);
    let body = json!({"email": "ops@example.com", "name": "Otto", "role": "operator", "project_ids": [project]});
    let (member, link) = invite(&owner, body).await;
    let path = format!("/api/members/{member}");
    let shown = owner.send("GET", &path, Value::Null).await.ok().body["data"].clone();
    assert_eq!((&shown["role"], &shown["project_ids"]), (&json!("operator"), &json!([project])));
    assert_eq!((&shown["has_password"], &shown["last_sign_in_at"]), (&json!(false), &Value::Null));
    assert_eq!(shown["password_link"], Value::Null);

    let sign_in = json!({"email": "ops@example.com", "password": NEW_PASSWORD});
    api.anonymous("POST", "/api/sessions", sign_in.clone()).await.problem(401);
    let setup = json!({"token": link, "email": "ops@example.com", "password": NEW_PASSWORD});
    api.anonymous("POST", "/api/setup", setup.clone()).await.ok();
    api.anonymous("POST", "/api/setup", setup).await.problem(422);
    let ops = Browser::sign_in(&api, "ops@example.com", NEW_PASSWORD).await;
    let me = ops.send("GET", "/api/users/me", Value::Null).await.ok().body;
    assert_eq!((&me["kind"], &me["role"]), (&json!("member"), &json!("operator")));
    assert_eq!(me["project_ids"], json!([project]));
    ops.send("GET", "/api/members", Value::Null).await.problem(403);
    let list = owner.send("GET", "/api/members?q=OPS&role=operator", Value::Null).await.ok().body;
    assert_eq!((list["count"].as_i64(), list["data"][0]["has_password"].as_bool()), (Some(1), Some(true)));
}

#[tokio::test]
async fn a_link_ends_after_a_day() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let (_, link) = invite(&owner, json!({"email": "ops@example.com", "role": "viewer"})).await;
    TestApi::pass(24 * 3600);
    let setup = json!({"token": link, "email": "ops@example.com", "password": NEW_PASSWORD});
    api.anonymous("POST", "/api/setup", setup).await.problem(422);
}

#[tokio::test]
async fn bad_input_is_refused_all_at_once() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let bad = json!({"email": "nobody", "role": "king", "project_ids": [], "enabled": "yes", "password": "x"});
    let answer = owner.send("POST", "/api/members", bad).await.problem(400);
    for field in ["email", "role", "project_ids", "enabled", "password"] {
        assert_ne!(answer.fault(field), "", "{field}: {}", answer.body);
    }
    let taken = json!({"email": OWNER.to_uppercase(), "role": "viewer", "project_ids": [99]});
    let answer = owner.send("POST", "/api/members", taken).await.problem(409);
    assert_eq!(answer.fault("email"), "has already been taken");
    assert_eq!(answer.fault("project_ids"), "unknown project 99");
    let confined = json!({"email": "second@example.com", "role": "owner", "project_ids": [1]});
    owner.send("POST", "/api/members", confined).await.problem(422);
    for path in ["/api/members/99", "/api/members/none"] {
        owner.send("GET", path, Value::Null).await.problem(404);
        owner.send("PUT", path, json!({"role": "viewer"})).await.problem(404);
        owner.send("DELETE", path, Value::Null).await.problem(404);
    }
    owner.send("POST", "/api/members/99/reset_password", Value::Null).await.problem(404);
}

#[tokio::test]
async fn the_last_owner_can_be_neither_deleted_nor_switched_off_nor_made_less() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let me = id(&owner.send("GET", "/api/users/me", Value::Null).await.ok().body);
    let path = format!("/api/members/{me}");
    let answer = owner.send("PUT", &path, json!({"enabled": false})).await.problem(409);
    assert!(answer.fault("enabled").contains("last owner"));
    owner.send("PUT", &path, json!({"role": "admin"})).await.problem(409);
    owner.send("DELETE", &path, Value::Null).await.problem(409);
    owner.send("PUT", &path, json!({"name": "Olive"})).await.ok();

    let (second, _) = invite(&owner, json!({"email": "second@example.com", "role": "owner"})).await;
    owner.send("PUT", &path, json!({"role": "admin"})).await.ok();
    owner.send("DELETE", &format!("/api/members/{second}"), Value::Null).await.problem(403);
}

#[tokio::test]
async fn a_reset_ends_password_and_sessions_at_once() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let (second, link) = invite(&owner, json!({"email": "second@example.com", "role": "admin"})).await;
    let setup = json!({"token": link, "email": "second@example.com", "password": PASSWORD});
    api.anonymous("POST", "/api/setup", setup).await.ok();
    let session = Browser::sign_in(&api, "second@example.com", PASSWORD).await;
    let path = format!("/api/members/{second}/reset_password");
    session.send("POST", &path, Value::Null).await.problem(403);
    let reset = owner.send("POST", &path, Value::Null).await.ok().body["data"].clone();
    assert_eq!(reset["has_password"], false);
    session.send("GET", "/api/users/me", Value::Null).await.problem(401);
    let sign_in = json!({"email": "second@example.com", "password": PASSWORD});
    api.anonymous("POST", "/api/sessions", sign_in).await.problem(401);
    let token = reset["password_link"]["url"].as_str().unwrap().split_once("token=").unwrap().1;
    let setup = json!({"token": token, "email": "second@example.com", "password": NEW_PASSWORD});
    api.anonymous("POST", "/api/setup", setup).await.ok();
    Browser::sign_in(&api, "second@example.com", NEW_PASSWORD).await;
}

#[tokio::test]
async fn a_member_that_is_switched_off_or_gone_is_out_at_once() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let (second, link) = invite(&owner, json!({"email": "second@example.com", "role": "admin"})).await;
    let setup = json!({"token": link, "email": "second@example.com", "password": PASSWORD});
    api.anonymous("POST", "/api/setup", setup).await.ok();
    let session = Browser::sign_in(&api, "second@example.com", PASSWORD).await;
    let made = session.send("POST", "/api/management_tokens", json!({"name": "ci", "role": "admin"})).await.ok();
    let token = made.body["data"]["token"].as_str().unwrap().to_owned();
    api.with_token(&token, "GET", "/api/users/me", Value::Null).await.ok();

    let path = format!("/api/members/{second}");
    owner.send("PUT", &path, json!({"enabled": false})).await.ok();
    session.send("GET", "/api/users/me", Value::Null).await.problem(401);
    api.with_token(&token, "GET", "/api/users/me", Value::Null).await.problem(401);
    let sign_in = json!({"email": "second@example.com", "password": PASSWORD});
    api.anonymous("POST", "/api/sessions", sign_in).await.problem(401);
    owner.send("POST", &format!("{path}/reset_password"), Value::Null).await.problem(409);
    let tokens = owner.send("GET", "/api/management_tokens?q=ci", Value::Null).await.ok().body;
    assert_eq!(tokens["data"][0]["state"], "member_disabled");

    owner.send("PUT", &path, json!({"enabled": true})).await.ok();
    api.with_token(&token, "GET", "/api/users/me", Value::Null).await.ok();
    owner.send("DELETE", &path, Value::Null).await.ok();
    api.with_token(&token, "GET", "/api/users/me", Value::Null).await.problem(401);
}

#[tokio::test]
async fn only_an_owner_meets_members() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let (member, _) = invite(&owner, json!({"email": "second@example.com", "role": "viewer"})).await;
    for role in [Role::Viewer, Role::Operator, Role::Admin] {
        let token = api.token_of(role).await;
        for (method, path) in [
            ("GET", "/api/members".to_owned()),
            ("POST", "/api/members".to_owned()),
            ("GET", format!("/api/members/{member}")),
            ("PUT", format!("/api/members/{member}")),
            ("DELETE", format!("/api/members/{member}")),
            ("POST", format!("/api/members/{member}/reset_password")),
        ] {
            api.with_token(token.expose(), method, &path, json!({})).await.problem(403);
        }
    }
    let token = api.token_of(Role::Owner).await;
    api.with_token(token.expose(), "GET", &format!("/api/members/{member}"), Value::Null).await.ok();
}
