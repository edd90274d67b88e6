//! Search.

use crate::support::TestApi;
use serde_json::{Value, json};

const PATH: &str = "/api/search";

fn found(body: &Value) -> Vec<(&str, &str)> {
    let rows = body["data"].as_array().unwrap().iter();
    rows.map(|row| (row["type"].as_str().unwrap(), row["name"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn everything_with_a_name_is_found_the_best_first() {
    let api = TestApi::start().await;
    let collection = api.collection("Orders").await;
    let endpoint = json!({"name": "All orders", "method": "GET", "path": "all/orders"});
    api.post(&format!("/api/api_collections/{collection}/api_endpoints"), endpoint).await.ok();
    let client = api.client("Reorders Inc").await;
    let key = api.key(client, "orders", collection).await;
    api.policy("Orders slow").await;
    let body = api.get(&format!("{PATH}?q=ORDERS")).await.ok().body;
    let expected = [
        ("api_key", "orders"),
        ("api_collection", "Orders"),
        ("api_policy", "Orders slow"),
        ("client", "Reorders Inc"),
        ("api_endpoint", "All orders"),
    ];
    assert_eq!(found(&body), expected);
    assert_eq!(body["count"], 5);
    let expected = json!({
        "type": "api_key", "id": key["id"], "name": "orders", "client": {"id": client, "name": "Reorders Inc"},
        "api_collection": null, "project_id": 1, "version": null, "method": null, "path": null, "request_id": null,
    });
    assert_eq!(body["data"][0], expected);
    let endpoint = &body["data"][4];
    assert_eq!((&endpoint["method"], &endpoint["path"]), (&json!("GET"), &json!("all/orders")));
    assert_eq!(endpoint["api_collection"]["id"], collection);
    assert_eq!(found(&api.get(&format!("{PATH}?q=orders&limit=2")).await.ok().body).len(), 2);
    assert_eq!(found(&api.get(&format!("{PATH}?q=/all/o")).await.ok().body), [("api_endpoint", "All orders")]);
    assert_eq!(api.get(&format!("{PATH}?q=%25")).await.ok().body["count"], 0);
}

#[tokio::test]
async fn bad_searches_are_refused() {
    let api = TestApi::start().await;
    assert_eq!(api.get(PATH).await.problem(400).fault("q"), "can't be blank");
    assert_eq!(api.get(&format!("{PATH}?q=%20")).await.problem(400).fault("q"), "can't be blank");
    assert_eq!(api.get(&format!("{PATH}?q=a&limit=51")).await.problem(400).fault("limit"), "must be 1 to 50");
    api.anonymous("GET", &format!("{PATH}?q=a"), Value::Null).await.problem(401);
}
