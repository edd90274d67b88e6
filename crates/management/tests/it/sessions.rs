//! Signing in and out.

use crate::support::{Browser, OWNER, PASSWORD, TestApi};
use serde_json::{Value, json};

const PATH: &str = "/api/sessions";

#[tokio::test]
async fn a_member_signs_in_and_out() {
    let api = TestApi::start().await;
    api.owner().await;
    let answer = api.anonymous("POST", PATH, json!({"email": " OWNER@example.com", "password": PASSWORD})).await.ok();
    assert_eq!(answer.body["data"]["email"], OWNER);
    let browser = Browser::sign_in(&api, OWNER, PASSWORD).await;
    browser.send("GET", "/api/users/me", Value::Null).await.ok();
    let out = browser.send("DELETE", "/api/sessions/current", Value::Null).await.ok();
    assert_eq!(out.cookie(), "portcullis_session=");
    browser.send("GET", "/api/users/me", Value::Null).await.problem(401);
}

#[tokio::test]
async fn wrong_passwords_and_unknown_addresses_get_the_same_answer() {
    let api = TestApi::start().await;
    api.owner().await;
    let wrong = api.anonymous("POST", PATH, json!({"email": OWNER, "password": "x"})).await.problem(401);
    let unknown =
        api.anonymous("POST", PATH, json!({"email": "a@example.com", "password": PASSWORD})).await.problem(401);
    assert_eq!(wrong.body["message"], unknown.body["message"]);
    assert_eq!(wrong.header("set-cookie"), "");
}

#[tokio::test]
async fn bad_sign_ins_are_refused() {
    let api = TestApi::start().await;
    let answer = api.anonymous("POST", PATH, json!({"email": "nobody", "secret": 1})).await.problem(400);
    for field in ["email", "password", "secret"] {
        assert!(!answer.fault(field).is_empty(), "{field}");
    }
}

#[tokio::test]
async fn the_eleventh_failure_in_a_quarter_of_an_hour_is_429_even_with_the_right_password() {
    let api = TestApi::start().await;
    api.owner().await;
    for _ in 0..10 {
        api.anonymous("POST", PATH, json!({"email": OWNER, "password": "x"})).await.problem(401);
    }
    let right = json!({"email": OWNER, "password": PASSWORD});
    let answer = api.anonymous("POST", PATH, right.clone()).await.problem(429);
    assert_eq!(answer.header("retry-after"), "900");
    TestApi::pass(900);
    api.anonymous("POST", PATH, right).await.ok();
}

#[tokio::test]
async fn an_owner_lists_and_ends_sessions() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let other = Browser::sign_in(&api, OWNER, PASSWORD).await;
    let list = owner.send("GET", PATH, Value::Null).await.ok().body;
    assert_eq!(list["count"], 2);
    assert_eq!((&list["data"][0]["current"], &list["data"][1]["current"]), (&json!(true), &json!(false)));
    assert_eq!(
        owner.send("GET", "/api/sessions?per_page=1&page=2", Value::Null).await.ok().body["data"][0],
        list["data"][1]
    );
    let path = format!("{PATH}/{}", list["data"][1]["id"]);
    assert_eq!(owner.send("DELETE", &path, Value::Null).await.ok().header("set-cookie"), "");
    other.send("GET", "/api/users/me", Value::Null).await.problem(401);
    owner.send("DELETE", &path, Value::Null).await.problem(404);
}

#[tokio::test]
async fn a_token_without_a_member_sees_and_ends_no_session() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    assert_eq!(api.get(PATH).await.ok().body["count"], 0);
    for id in ["1", "current", "x"] {
        api.delete(&format!("{PATH}/{id}")).await.problem(404);
    }
    owner.send("GET", "/api/users/me", Value::Null).await.ok();
}

#[tokio::test]
async fn settings_of_sessions_act_on_open_ones() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let body = json!({"email": OWNER, "password": PASSWORD});
    assert!(api.anonymous("POST", PATH, body.clone()).await.ok().header("set-cookie").contains("Max-Age=604800"));
    owner.send("PUT", "/api/settings", json!({"session_idle_minutes": 5, "session_life_hours": 1})).await.ok();
    TestApi::pass(299);
    owner.send("GET", "/api/users/me", Value::Null).await.ok();
    assert_eq!(owner.send("GET", PATH, Value::Null).await.ok().body["count"], 2);
    TestApi::pass(299);
    assert_eq!(owner.send("GET", PATH, Value::Null).await.ok().body["count"], 1, "the idle one is not shown");
    TestApi::pass(300);
    owner.send("GET", "/api/users/me", Value::Null).await.problem(401);

    assert!(api.anonymous("POST", PATH, body).await.ok().header("set-cookie").contains("Max-Age=3600"));
    let owner = Browser::sign_in(&api, OWNER, PASSWORD).await;
    for _ in 0..14 {
        TestApi::pass(250);
        owner.send("GET", "/api/users/me", Value::Null).await.ok();
    }
    TestApi::pass(100);
    owner.send("GET", "/api/users/me", Value::Null).await.problem(401);
}

#[tokio::test]
async fn members_see_and_end_their_own_sessions_only() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let member = json!({"email": "ops@example.com", "role": "admin"});
    let made = owner.send("POST", "/api/members", member).await.ok().body["data"].clone();
    let token = made["password_link"]["url"].as_str().unwrap().split_once("token=").unwrap().1.to_owned();
    let setup = json!({"token": token, "email": "ops@example.com", "password": PASSWORD});
    api.anonymous("POST", "/api/setup", setup).await.ok();
    let ops = Browser::sign_in(&api, "ops@example.com", PASSWORD).await;

    let own = ops.send("GET", PATH, Value::Null).await.ok().body;
    assert_eq!((&own["count"], &own["data"][0]["member_email"]), (&json!(2), &json!("ops@example.com")));
    assert_eq!(ops.send("GET", &format!("{PATH}?member_id=1"), Value::Null).await.ok().body["count"], 0);
    assert_eq!(owner.send("GET", PATH, Value::Null).await.ok().body["count"], 3);
    let of_member = format!("{PATH}?member_id={}", made["id"]);
    assert_eq!(owner.send("GET", &of_member, Value::Null).await.ok().body["count"], 2);
    assert_eq!(owner.send("GET", &format!("{PATH}?q=OPS@"), Value::Null).await.ok().body["count"], 2);

    let owners =
        owner.send("GET", &format!("{PATH}?member_id=1"), Value::Null).await.ok().body["data"][0]["id"].clone();
    ops.send("DELETE", &format!("{PATH}/{owners}"), Value::Null).await.problem(404);
    owner.send("DELETE", &format!("{PATH}/{}", own["data"][0]["id"]), Value::Null).await.ok();
    owner.send("DELETE", &format!("{PATH}/{}", own["data"][1]["id"]), Value::Null).await.ok();
    ops.send("GET", "/api/users/me", Value::Null).await.problem(401);
}
