//! Trying an endpoint: what is refused before anything is called. The calls themselves: `e2e/tests/it/try_endpoint.rs`.

use crate::support::TestApi;
use serde_json::json;
use store::Role;

async fn an_endpoint(api: &TestApi, method: &str) -> String {
    let collection = api.collection("Orders").await;
    let endpoint = json!({"name": "One", "method": method, "path": "orders/{id}"});
    let path = format!("/api/api_collections/{collection}/api_endpoints");
    let id = api.post(&path, endpoint).await.ok().body["id"].as_i64().unwrap();
    format!("/api/api_endpoints/{id}/try")
}

#[tokio::test]
async fn all_faults_of_a_call_come_at_once_and_no_answer_holds_the_credential() {
    let api = TestApi::start().await;
    let path = an_endpoint(&api, "GET").await;
    let body = json!({
        "credential": "pcm_canary", "method": "POST", "path_params": {"other": "1"}, "query": {"a": {"b": 1}},
        "headers": {"Host": "example.com", "X-Forwarded-For": "10.0.0.1", "x y": "1", "good": "a\nb", "n": 7}, "x": 1,
    });
    let answer = api.post(&path, body).await.problem(400);
    for (field, expected) in [
        ("credential", "is a credential for the management API: it is not for callers of collections"),
        ("query.a", "must be a string"),
        ("headers.Host", "can't be sent: it belongs to the connection, or says where a call comes from"),
        ("headers.X-Forwarded-For", "can't be sent: it belongs to the connection, or says where a call comes from"),
        ("headers.x y", "is no name of a header"),
        ("headers.good", "must be visible ASCII characters, at most 8192"),
        ("headers.n", "must be a string"),
        ("x", "is not a known field"),
    ] {
        assert_eq!(answer.fault(field), expected, "{}", answer.body);
    }
    assert!(!answer.body.to_string().contains("canary"));
    let answer = api.post(&path, json!({"method": "POST", "path_params": {"other": "1"}})).await.problem(400);
    assert_eq!(answer.fault("method"), "must be GET, the endpoint's own");
    assert_eq!(answer.fault("path_params.id"), "can't be blank");
    assert_eq!(answer.fault("path_params.other"), "is no parameter of this path");
    let two = json!({"credential": "pc_x", "headers": {"Api-Token": "pc_y"}, "path_params": {"id": "1"}});
    assert_eq!(
        api.post(&path, two).await.problem(400).fault("headers"),
        "can't hold a credential beside the field credential"
    );
}

#[tokio::test]
async fn a_gateway_that_cannot_be_reached_is_a_503() {
    let api = TestApi::start().await;
    let path = an_endpoint(&api, "ANY").await;
    let answer = api.post(&path, json!({"method": "PUT", "path_params": {"id": "7"}, "body": "{}"})).await.problem(503);
    assert_eq!(answer.body["message"], "The gateway did not answer the call: no connection could be made");
}

#[tokio::test]
async fn who_may_not_try_is_refused() {
    let api = TestApi::start().await;
    let path = an_endpoint(&api, "GET").await;
    let viewer = api.token_of(Role::Viewer).await;
    api.with_token(viewer.expose(), "POST", &path, json!({})).await.problem(403);
    api.anonymous("POST", &path, json!({})).await.problem(401);
    api.post("/api/api_endpoints/999/try", json!({})).await.problem(404);
    let before = api.get("/api/activity_logs").await.ok().body["data"].as_array().unwrap().len();
    api.post(&path, json!({"path_params": {"id": "7"}})).await.problem(503);
    let after = api.get("/api/activity_logs").await.ok().body["data"].as_array().unwrap().len();
    assert_eq!(before, after, "a call that is tried is no change");
}
