//! Management tokens: `/api/management_tokens`.

use crate::support::{Browser, OWNER, PASSWORD, TestApi, id};
use serde_json::{Value, json};
use store::{Role, Scope};

const PATH: &str = "/api/management_tokens";

#[tokio::test]
async fn a_token_is_shown_in_full_once_and_works() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let body = json!({"name": "ci", "role": "viewer", "expires_at": "2026-11-24T07:00:00Z"});
    let made = owner.send("POST", PATH, body).await.ok().body["data"].clone();
    let token = made["token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("pcm_"), "{made}");
    assert_eq!(made["member"]["email"], OWNER);
    assert_eq!((&made["state"], &made["last_used_at"]), (&json!("active"), &Value::Null));

    let me = api.with_token(&token, "GET", "/api/users/me", Value::Null).await.ok().body;
    assert_eq!((&me["kind"], &me["name"], &me["email"]), (&json!("token"), &json!("ci"), &json!(OWNER)));
    assert_eq!((&me["role"], &me["token_expires_at"]), (&json!("viewer"), &made["expires_at"]));
    api.with_token(&token, "GET", PATH, Value::Null).await.problem(403);

    let path = format!("{PATH}/{}", id(&made));
    let shown = owner.send("GET", &path, Value::Null).await.ok().body["data"].clone();
    assert_eq!(shown["token"], format!("••••••••••••{}", &token[token.len() - 4..]));
    assert_ne!(shown["last_used_at"], Value::Null);

    TestApi::pass(3600);
    api.with_token(&token, "GET", "/api/users/me", Value::Null).await.problem(401);
    let owner = Browser::sign_in(&api, OWNER, PASSWORD).await;
    assert_eq!(owner.send("GET", &path, Value::Null).await.ok().body["data"]["state"], "expired");
    owner.send("DELETE", &path, Value::Null).await.ok();
    owner.send("GET", &path, Value::Null).await.problem(404);
    owner.send("DELETE", &path, Value::Null).await.problem(404);
}

#[tokio::test]
async fn bad_input_is_refused_all_at_once() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let bad = json!({"name": "", "role": "king", "project_ids": [], "expires_at": "soon", "token": "pcm_mine"});
    let answer = owner.send("POST", PATH, bad).await.problem(400);
    for field in ["name", "role", "project_ids", "expires_at", "token"] {
        assert_ne!(answer.fault(field), "", "{field}: {}", answer.body);
    }
    let bad = json!({"name": "a", "role": "owner", "project_ids": [1, 99], "expires_at": "2026-11-24T05:00:00Z"});
    let answer = owner.send("POST", PATH, bad).await.problem(422);
    for field in ["project_ids", "expires_at"] {
        assert_ne!(answer.fault(field), "", "{field}: {}", answer.body);
    }
    let listed = owner.send("GET", &format!("{PATH}?role=king"), Value::Null).await.problem(400);
    assert_ne!(listed.fault("role"), "");
}

#[tokio::test]
async fn nobody_makes_a_token_that_may_more_than_they() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    let project = id(&api.post("/api/projects", json!({"name": "Partners"})).await.ok().body);
    let member = json!({"email": "admin@example.com", "role": "admin", "project_ids": [project]});
    let made = owner.send("POST", "/api/members", member).await.ok().body["data"].clone();
    let token = made["password_link"]["url"].as_str().unwrap().split_once("token=").unwrap().1;
    let setup = json!({"token": token, "email": "admin@example.com", "password": PASSWORD});
    api.anonymous("POST", "/api/setup", setup).await.ok();
    let admin = Browser::sign_in(&api, "admin@example.com", PASSWORD).await;

    let more = json!({"name": "more", "role": "owner", "project_ids": [1]});
    let answer = admin.send("POST", PATH, more).await.problem(422);
    assert_eq!(answer.fault("role"), "can't be above your own, which is admin");
    assert_eq!(answer.fault("project_ids"), "unknown project 1");

    let body = json!({"name": "own", "role": "admin", "expires_at": "2026-11-25T00:00:00Z"});
    let own = admin.send("POST", PATH, body).await.ok().body["data"].clone();
    assert_eq!(own["project_ids"], json!([project]));
    let token = own["token"].as_str().unwrap();
    // A token's own tokens end with it at the latest.
    let child = api.with_token(token, "POST", PATH, json!({"name": "child", "role": "viewer"})).await.ok().body;
    assert_eq!(child["data"]["expires_at"], own["expires_at"]);
    let longer = json!({"name": "longer", "role": "viewer", "expires_at": "2026-11-26T00:00:00Z"});
    assert_ne!(api.with_token(token, "POST", PATH, longer).await.problem(422).fault("expires_at"), "");

    owner.send("POST", PATH, json!({"name": "owner's", "role": "owner"})).await.ok();
    let names = |answer: Value| -> Vec<String> {
        answer["data"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(admin.send("GET", PATH, Value::Null).await.ok().body), ["own", "child"]);
    assert_eq!(names(owner.send("GET", PATH, Value::Null).await.ok().body), ["test", "own", "child", "owner's"]);
}

#[tokio::test]
async fn an_admin_token_of_no_member_sees_itself_alone_and_makes_none() {
    let api = TestApi::start().await;
    let token = api.token_of(Role::Admin).await;
    let mine = api.with_token(token.expose(), "GET", PATH, Value::Null).await.ok().body;
    assert_eq!((mine["count"].as_i64(), &mine["data"][0]["name"]), (Some(1), &json!("admin")));
    api.with_token(token.expose(), "POST", PATH, json!({"name": "more", "role": "viewer"})).await.problem(403);
    let own = id(&mine["data"][0]);
    api.with_token(token.expose(), "DELETE", &format!("{PATH}/{own}"), Value::Null).await.ok();
    api.with_token(token.expose(), "GET", PATH, Value::Null).await.problem(401);

    let owner = api.token_of(Role::Owner).await;
    api.with_token(owner.expose(), "POST", PATH, json!({"name": "more", "role": "owner"})).await.ok();
}

#[tokio::test]
async fn a_confined_token_makes_things_in_its_own_project() {
    let api = TestApi::start().await;
    let project = id(&api.post("/api/projects", json!({"name": "Partners"})).await.ok().body);
    let token = api.token_within(Role::Admin, Scope::only([domain::ProjectId(project)])).await;
    let ask = async |method: &str, path: &str, body: Value| api.with_token(token.expose(), method, path, body).await;
    let client = ask("POST", "/api/v2/api_clients", json!({"name": "A"})).await.ok().body["data"].clone();
    assert_eq!(client["project_id"], project);
    let body = json!({"name": "C", "upstream": "http://10.0.0.5"});
    assert_eq!(ask("POST", "/api/api_collections", body).await.ok().body["project_id"], project);
    assert_eq!(ask("POST", "/api/api_clients", json!({"name": "B"})).await.ok().body["project_id"], project);
    let answer = ask("POST", "/api/v2/api_clients", json!({"name": "D", "project_id": 1})).await.problem(422);
    assert_eq!(answer.fault("project_id"), "unknown project 1");
    let projects = ask("GET", "/api/projects", Value::Null).await.ok();
    assert_eq!((projects.body.as_array().unwrap().len(), projects.header("x-total-count")), (1, "1"));
    let policy = json!({"name": "A", "rate_limit": {"limit": 6, "interval": "minute"}});
    let answer = ask("POST", "/api/api_policies", policy).await.problem(403);
    assert!(answer.body["message"].as_str().unwrap().contains("confined to projects"));
}
