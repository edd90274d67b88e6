//! Nodes and their leases.

use crate::support::{TestApi, quota_counts};
use management::ProfileCounts;
use serde_json::{Value, json};
use store::Role;

const LEASES: &str = "/api/nodes/1/leases";
const RETURN: &str = "/api/nodes/1/leases/return";

/// Counts of a quota of which a crash left some calls deducted.
fn stranded(calls: u32) -> ProfileCounts {
    let mut counts = quota_counts(1000, 10);
    if let Some(quota) = &mut counts.own.quota {
        quota.unaccounted = calls;
        quota.remaining -= calls;
    }
    counts
}

#[tokio::test]
async fn the_node_says_which_revision_it_uses() {
    let api = TestApi::start().await;
    let body = api.get("/api/nodes").await.ok().body;
    assert_eq!(body["count"], 1);
    let node = &body["data"][0];
    assert_eq!((&node["id"], &node["name"], &node["state"]), (&json!(1), &json!("gateway-1"), &json!("serving")));
    // The token's revision touches nothing of the gateway's.
    assert_eq!((&node["applied_revision"], &node["lag_revisions"]), (&node["current_revision"], &json!(0)));
    api.client("Acme").await;
    let behind = api.get("/api/nodes").await.ok().body["data"][0].clone();
    assert_eq!((&behind["applied_revision"], &behind["lag_revisions"]), (&json!(1), &json!(1)));
    assert_eq!(node["listeners"], json!(["127.0.0.1:8080"]));
    assert_eq!(node["stranded_calls"], 0);
    assert_eq!(api.get("/api/nodes?q=elsewhere").await.ok().body["count"], 0);
    api.get("/api/nodes?per_page=0").await.problem(400);
}

#[tokio::test]
async fn stranded_calls_are_shown_and_handed_back_once_with_an_audit_entry() {
    let api = TestApi::start().await;
    let collection = api.collection("Orders").await;
    let client = api.client("Acme").await;
    let one = api.key(client, "One", collection).await["id"].as_i64().unwrap();
    let two = api.key(client, "Two", collection).await["id"].as_i64().unwrap();
    api.counters.set(one, stranded(12));
    api.counters.set(two, stranded(0));
    let body = api.get(LEASES).await.ok().body;
    assert_eq!(body["count"], 2);
    let lease = &body["data"][0];
    assert_eq!((&lease["type"], &lease["id"], &lease["name"]), (&json!("api_key"), &json!(one), &json!("One")));
    assert_eq!(lease["client"], json!({"id": client, "name": "Acme"}));
    assert_eq!((&lease["stranded"], &lease["used"], &lease["leased"]), (&json!(12), &json!(10), &json!(1)));
    assert_eq!(api.get("/api/nodes").await.ok().body["data"][0]["stranded_calls"], 12);

    let refused = api.post(RETURN, json!({"api_key_ids": [one, two], "client_ids": [client]})).await.problem(422);
    assert_eq!(refused.fault("api_key_ids[1]"), "has no stranded calls in its present period");
    assert_eq!(refused.fault("client_ids[0]"), "has no stranded calls in its present period");
    let answer = api.post(RETURN, json!({})).await.ok();
    assert_eq!(answer.body["data"]["returned_calls"], 12);
    let lease = &answer.body["data"]["leases"][0];
    assert_eq!((&lease["stranded"], &lease["granted"], &lease["used"]), (&json!(0), &json!(12), &json!(22)));
    let entry = &api.get("/api/activity_logs?resource_type=node").await.ok().body["data"][0];
    assert_eq!(entry["event_type"], "node.leases_returned");
    let audited = json!([{"type": "api_key", "id": one, "name": "One", "calls": 12}]);
    assert_eq!(entry["details"]["after"]["leases"], audited);
    assert_eq!(entry["details"]["revision"].to_string(), answer.header("portcullis-revision"));
    assert_eq!(api.post(RETURN, Value::Null).await.problem(409).fault("leases"), "there are no stranded calls");
}

#[tokio::test]
async fn leases_of_other_nodes_and_of_counts_that_cannot_be_read_are_refused() {
    let api = TestApi::start().await;
    api.get("/api/nodes/2/leases").await.problem(404);
    api.post("/api/nodes/2/leases/return", json!({})).await.problem(404);
    api.post(RETURN, json!({"api_key_ids": "all"})).await.problem(400);
    let viewer = api.token_of(Role::Viewer).await;
    api.with_token(viewer.expose(), "GET", LEASES, Value::Null).await.ok();
    api.with_token(viewer.expose(), "POST", RETURN, json!({})).await.problem(403);
    api.anonymous("GET", LEASES, Value::Null).await.problem(401);
    api.counters.go_away();
    api.get(LEASES).await.problem(503);
    api.post(RETURN, json!({})).await.problem(503);
    assert_eq!(api.get("/api/nodes").await.ok().body["data"][0]["stranded_calls"], Value::Null);
}
