//! Webhooks. What is sent to them is tested with the program that sends (`crates/portcullis`).

use crate::support::{TestApi, id};
use domain::webhook::sign;
use serde_json::{Value, json};
use store::Role;

const PATH: &str = "/api/webhooks";

fn operations() -> Value {
    json!({
        "name": "Operations", "url": "https://hooks.example.com/in",
        "events": ["profile.disabled", "credential.refreshed", "profile.disabled"]
    })
}

#[tokio::test]
async fn a_webhook_is_made_shown_changed_and_deleted() {
    let api = TestApi::start().await;
    let made = api.post(PATH, operations()).await.ok();
    assert!(!made.header("portcullis-revision").is_empty());
    let made = made.body["data"].clone();
    let secret = domain::secret::Secret::new(made["secret"].as_str().unwrap().to_owned());
    assert!(sign(&secret, "msg", 1, "{}").is_some(), "the secret is shown in full");
    assert_eq!(made["events"], json!(["credential.refreshed", "profile.disabled"]));
    assert_eq!(
        (&made["enabled"], &made["pending_count"], &made["last_delivery"]),
        (&json!(true), &json!(0), &json!(null))
    );
    let path = format!("{PATH}/{}", made["id"]);
    let shown = api.get(&path).await.ok().body["data"].clone();
    assert!(shown["secret"].as_str().unwrap().starts_with('•'), "{shown}");
    let listed = api.get(&format!("{PATH}?q=oper&sort=-name")).await.ok().body;
    assert_eq!((&listed["count"], &listed["data"][0]), (&json!(1), &shown));

    let changed =
        api.put(&path, json!({"name": "Ops", "events": ["gateway.unhealthy"]})).await.ok().body["data"].clone();
    assert_eq!((&changed["name"], &changed["events"]), (&json!("Ops"), &json!(["gateway.unhealthy"])));
    assert_eq!((&changed["url"], &changed["secret"]), (&shown["url"], &shown["secret"]));
    let renewed = api.put(&path, json!({"new_secret": true})).await.ok().body["data"]["secret"].clone();
    assert!(renewed.as_str().unwrap().starts_with("whsec_") && renewed != made["secret"]);

    assert_eq!(api.delete(&path).await.ok().body, json!({"success": true}));
    api.get(&path).await.problem(404);
    api.put(&path, json!({})).await.problem(404);
    api.delete(&path).await.problem(404);
    api.post(&format!("{path}/test"), json!({})).await.problem(404);
    api.get(&format!("{path}/deliveries")).await.problem(404);
    api.post(&format!("{path}/deliveries/1/retry"), json!({})).await.problem(404);
}

#[tokio::test]
async fn all_faults_of_a_webhook_come_at_once() {
    let api = TestApi::start().await;
    api.post(PATH, operations()).await.ok();
    for (body, status, field, message) in [
        (json!({}), 400, "name", "can't be blank"),
        (json!({"name": "A", "url": "http://hooks.example.com", "events": []}), 400, "url", "must begin with https://"),
        (json!({"name": "A", "url": "https://u:p@x.example", "events": []}), 400, "url", "must not hold a user name"),
        (json!({"name": "A", "url": "https://x.example", "events": []}), 400, "events", "can't be blank"),
        (json!({"name": "A", "url": "https://x.example", "events": ["all"]}), 400, "events[0]", "must be one of"),
        (operations(), 409, "name", "has already been taken"),
    ] {
        let problem = api.post(PATH, body).await.problem(status);
        assert!(problem.fault(field).starts_with(message), "{}", problem.body);
    }
    let all = api.post(PATH, json!({"name": "", "url": "x", "events": [1], "secret": "s"})).await.problem(400);
    for field in ["name", "url", "events[0]", "secret"] {
        assert!(!all.fault(field).is_empty(), "{field} in {}", all.body);
    }
}

#[tokio::test]
async fn what_was_queued_is_listed_and_sent_again() {
    let api = TestApi::start().await;
    let made = api.post(PATH, operations()).await.ok().body;
    let path = format!("{PATH}/{}", id(&made["data"]));
    let tested = api.post(&format!("{path}/test"), Value::Null).await.ok().body["data"].clone();
    assert_eq!((&tested["event"], &tested["state"]), (&json!("webhook.test"), &json!("pending")));
    assert_eq!(tested["payload"]["type"], "webhook.test");
    let list = format!("{path}/deliveries?sort=-created_at&state=pending&q=TEST");
    let listed = api.get(&list).await.ok().body;
    assert_eq!((&listed["count"], &listed["data"][0]), (&json!(1), &tested));
    assert_eq!(api.get(&format!("{path}/deliveries?state=failed")).await.ok().body["count"], 0);
    api.get(&format!("{path}/deliveries?state=lost")).await.problem(400);
    let retry = format!("{path}/deliveries/{}/retry", tested["id"]);
    assert_eq!(api.post(&retry, json!({})).await.ok().body["data"]["id"], tested["id"]);
    api.post(&format!("{path}/deliveries/99/retry"), json!({})).await.problem(404);
    api.put(&path, json!({"enabled": false})).await.ok();
    assert_eq!(api.get(&list.replace("pending", "canceled")).await.ok().body["count"], 1);
    assert!(!api.post(&retry, json!({})).await.problem(422).fault("enabled").is_empty());
    assert!(!api.post(&format!("{path}/test"), json!({})).await.problem(422).fault("enabled").is_empty());
}

#[tokio::test]
async fn webhooks_are_for_admins() {
    let api = TestApi::start().await;
    let operator = api.token_of(Role::Operator).await;
    for (method, path) in [("GET", PATH), ("POST", PATH), ("GET", "/api/webhooks/1/deliveries")] {
        api.with_token(operator.expose(), method, path, Value::Null).await.problem(403);
        api.anonymous(method, path, Value::Null).await.problem(401);
    }
}
