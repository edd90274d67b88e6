//! Who may call what; which doors are open.

use crate::support::{Browser, OWNER, PASSWORD, TestApi};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use store::{PageQuery, Role, TokenFilter, TokenOwner};

fn policy() -> Value {
    json!({"name": "A", "rate_limit": {"limit": 6, "interval": "minute"}})
}

#[tokio::test]
async fn unknown_paths_say_nothing_to_strangers() {
    let api = TestApi::start().await;
    for path in
        ["/api", "/api/", "/api/nowhere", "/api/v3/api_clients", "/docs/x", "/metrics/x", "/api/api_policies/1/x"]
    {
        api.anonymous("GET", path, Value::Null).await.problem(401);
        api.get(path).await.problem(404);
    }
}

#[tokio::test]
async fn open_operations_and_console_files_need_no_credentials() {
    let api = TestApi::start().await;
    for path in ["/healthz", "/readyz", "/api/setup"] {
        api.anonymous("GET", path, Value::Null).await.ok();
    }
    for path in ["/", "/clients/3", "/apiary", "/assets/index.js"] {
        assert_eq!(api.anonymous("GET", path, Value::Null).await.bytes, b"console");
    }
}

#[tokio::test]
async fn roles_limit_what_a_token_may_do() {
    let api = TestApi::start().await;
    let viewer = api.token_of(Role::Viewer).await;
    let operator = api.token_of(Role::Operator).await;
    let admin = api.token_of(Role::Admin).await;
    for token in [&viewer, &operator] {
        api.with_token(token.expose(), "GET", "/api/api_policies", Value::Null).await.ok();
        let answer = api.with_token(token.expose(), "POST", "/api/api_policies", policy()).await.problem(403);
        assert_eq!(answer.body["message"], "Not permitted: this needs the role admin");
    }
    let id =
        api.with_token(admin.expose(), "POST", "/api/api_policies", policy()).await.ok().body["data"]["id"].clone();
    let path = format!("/api/api_policies/{id}");
    for token in [&viewer, &operator] {
        api.with_token(token.expose(), "PUT", &path, json!({"name": "B"})).await.problem(403);
        api.with_token(token.expose(), "DELETE", &path, Value::Null).await.problem(403);
    }
    assert_eq!(api.get(&path).await.ok().body["data"]["name"], "A");
    api.with_token(admin.expose(), "DELETE", &path, Value::Null).await.ok();
}

#[tokio::test]
async fn a_deleted_token_is_refused_at_once() {
    let api = TestApi::start().await;
    let token = api.token_of(Role::Admin).await;
    let me = api.with_token(token.expose(), "GET", "/api/users/me", Value::Null).await.ok();
    let id = domain::ManagementTokenId(me.body["id"].as_i64().unwrap());
    let actor = store::Actor::system("test");
    api.store.delete_management_token(&actor, domain::time::Timestamp(0), id, TokenOwner::Anybody).await.unwrap();
    api.with_token(token.expose(), "GET", "/api/users/me", Value::Null).await.problem(401);
}

#[tokio::test]
async fn other_forms_of_credentials_are_refused() {
    let api = TestApi::start().await;
    let token = api.token_of(Role::Admin).await;
    let token = token.expose();
    for headers in [
        vec![("authorization", format!("Basic {token}"))],
        vec![("authorization", token.to_owned())],
        vec![("authorization", format!("Bearer {token}")), ("authorization", format!("Bearer {token}"))],
        vec![("api-token", token.to_owned())],
        vec![("cookie", format!("portcullis_session={token}"))],
    ] {
        let mut request = Request::builder().uri("/api/users/me");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        api.send(request.body(Body::empty()).unwrap()).await.problem(401);
    }
    api.anonymous("GET", &format!("/api/users/me?api_token={token}"), Value::Null).await.problem(401);
}

#[tokio::test]
async fn the_last_use_of_a_token_is_noted() {
    let api = TestApi::start().await;
    api.get("/api/users/me").await.ok();
    let before = api
        .store
        .list_management_tokens(&PageQuery::default(), &TokenFilter::default(), TokenOwner::Anybody)
        .await
        .unwrap()
        .items[0]
        .last_used_at;
    TestApi::pass(3600);
    api.get("/api/users/me").await.ok();
    let after = api
        .store
        .list_management_tokens(&PageQuery::default(), &TokenFilter::default(), TokenOwner::Anybody)
        .await
        .unwrap()
        .items[0]
        .last_used_at;
    assert_eq!(after.unwrap().0 - before.unwrap().0, 3_600_000_000);
}

#[tokio::test]
async fn pages_of_other_sites_cannot_use_a_session() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    for site in ["cross-site", "same-site"] {
        owner.send_from(site, "POST", "/api/api_policies", policy()).await.problem(403);
        owner.send_from(site, "GET", "/api/api_policies", Value::Null).await.ok();
        let body = json!({"email": OWNER, "password": PASSWORD});
        owner.send_from(site, "POST", "/api/sessions", body).await.problem(403);
    }
    owner.send("POST", "/api/api_policies", policy()).await.ok();
}

#[tokio::test]
async fn a_session_ends_when_idle_for_12_hours_and_after_7_days() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    TestApi::pass(12 * 3600 - 1);
    owner.send("GET", "/api/users/me", Value::Null).await.ok();
    TestApi::pass(12 * 3600);
    owner.send("GET", "/api/users/me", Value::Null).await.problem(401);

    let owner = Browser::sign_in(&api, OWNER, PASSWORD).await;
    for _ in 0..(7 * 24 - 1) {
        TestApi::pass(3600);
        owner.send("GET", "/api/users/me", Value::Null).await.ok();
    }
    TestApi::pass(3600);
    owner.send("GET", "/api/users/me", Value::Null).await.problem(401);
}
