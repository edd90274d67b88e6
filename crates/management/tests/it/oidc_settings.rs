//! Where members sign in besides here. The sign-in itself is tried with a real provider in `e2e`.

use crate::support::TestApi;
use serde_json::{Value, json};
use store::Role;

const PATH: &str = "/api/settings/oidc";
const SECRET: &str = "canary of a client secret";

#[tokio::test]
async fn owners_set_where_members_sign_in() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    assert_eq!(owner.send("GET", PATH, Value::Null).await.ok().body, json!({"data": null}));
    let settings = json!({
        "issuer": "https://sso.example.com", "client_id": "portcullis", "client_secret": SECRET,
        "scopes": ["email"], "group_roles": [{"group": "ops", "role": "operator"}]
    });
    let made = owner.send("PUT", PATH, settings).await.ok();
    assert!(!String::from_utf8_lossy(&made.bytes).contains("canary"));
    let made = made.body["data"].clone();
    assert_eq!((&made["enabled"], &made["has_client_secret"]), (&json!(true), &json!(true)));
    assert_eq!((&made["scopes"], &made["group_claim"]), (&json!(["openid", "email"]), &json!("groups")));
    assert_eq!(made["redirect_uri"], "http://127.0.0.1:8081/api/sessions/oidc/callback");
    let shown = owner.send("GET", PATH, Value::Null).await.ok();
    assert!(!shown.header("etag").is_empty());
    assert_eq!(shown.body["data"], made);
    assert_eq!(
        api.anonymous("GET", "/api/setup", Value::Null).await.ok().body["data"]["oidc"],
        json!({"name": "single sign-on"})
    );

    let change = json!({"name": "Example SSO", "default_role": "viewer", "console_url": "https://console.example.com"});
    let changed = owner.send("PUT", PATH, change).await.ok().body["data"].clone();
    assert_eq!((&changed["name"], &changed["default_role"]), (&json!("Example SSO"), &json!("viewer")));
    assert_eq!(changed["redirect_uri"], "https://console.example.com/api/sessions/oidc/callback");
    assert_eq!((&changed["has_client_secret"], &changed["group_roles"]), (&json!(true), &made["group_roles"]));
    // A secret goes nowhere but where it was given for.
    let moved = owner.send("PUT", PATH, json!({"issuer": "https://other.example.com"})).await.ok();
    assert_eq!(moved.body["data"]["has_client_secret"], false);

    owner.send("PUT", PATH, json!({"enabled": false})).await.ok();
    assert_eq!(api.anonymous("GET", "/api/setup", Value::Null).await.ok().body["data"]["oidc"], json!(null));
    let sent = api.anonymous("GET", "/api/sessions/oidc", Value::Null).await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/sign-in?oidc_error=disabled"));
    assert_eq!(owner.send("DELETE", PATH, Value::Null).await.ok().body, json!({"success": true}));
    owner.send("DELETE", PATH, Value::Null).await.problem(404);
}

#[tokio::test]
async fn all_faults_come_at_once() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    assert!(!owner.send("PUT", PATH, json!({"client_id": "x"})).await.problem(400).fault("issuer").is_empty());
    assert!(
        !owner
            .send("PUT", PATH, json!({"issuer": "https://x.example"}))
            .await
            .problem(400)
            .fault("client_id")
            .is_empty()
    );
    let bad = json!({
        "issuer": "http://sso.example.com", "client_id": "", "client_secret": "", "scopes": ["a b"], "name": "",
        "group_roles": [{"group": "a", "role": "king"}], "default_role": "god", "console_url": "ftp://x", "enabled": 1,
        "unknown": true
    });
    let refused = owner.send("PUT", PATH, bad).await.problem(400);
    for field in [
        "issuer",
        "client_id",
        "client_secret",
        "scopes",
        "name",
        "group_roles[0].role",
        "default_role",
        "console_url",
        "enabled",
        "unknown",
    ] {
        assert!(!refused.fault(field).is_empty(), "{field} in {}", refused.body);
    }
    let twice = json!({"group_roles": [{"group": "a", "role": "admin"}, {"group": "a", "role": "viewer"}]});
    assert!(!owner.send("PUT", PATH, twice).await.problem(400).fault("group_roles").is_empty());
}

#[tokio::test]
async fn nobody_but_owners_sees_or_sets_it() {
    let api = TestApi::start().await;
    let admin = api.token_of(Role::Admin).await;
    for method in ["GET", "PUT", "DELETE"] {
        api.with_token(admin.expose(), method, PATH, Value::Null).await.problem(403);
        api.anonymous(method, PATH, Value::Null).await.problem(401);
    }
}

#[tokio::test]
async fn a_provider_that_cannot_be_had_sends_the_browser_back() {
    let api = TestApi::start().await;
    let owner = api.owner().await;
    // Loopback is private, and nobody allowed it.
    let settings = json!({"issuer": "http://127.0.0.1:9", "client_id": "portcullis"});
    owner.send("PUT", PATH, settings).await.ok();
    let sent = api.anonymous("GET", "/api/sessions/oidc", Value::Null).await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/sign-in?oidc_error=unreachable"));
    let back = api.anonymous("GET", "/api/sessions/oidc/callback?code=x&state=y&session_state=z", Value::Null).await;
    assert_eq!((back.status.as_u16(), back.header("location")), (303, "/sign-in?oidc_error=expired"));
}
