//! Endpoints of collections.

use crate::support::{TestApi, id};
use serde_json::{Value, json};

const PATH: &str = "/api/api_endpoints";

#[tokio::test]
async fn an_endpoint_is_made_shown_changed_and_deleted() {
    let api = TestApi::start().await;
    let collection = api.collection("Orders").await;
    let create = format!("/api/api_collections/{collection}/api_endpoints");
    let body = json!({
        "name": " Get an order ", "method": "get", "path": "/orders/{id}", "description": "One",
        "upstream_path": "/v1/{id}", "flow_id": 17,
    });
    let made = api.post(&create, body).await.ok().body;
    let expected = json!({
        "id": made["id"], "api_collection_id": collection, "flow_id": 0, "name": "Get an order", "method": "GET",
        "url": "http://127.0.0.1:8080/orders-v1/orders/{id}", "legacy_url": null, "base_path": "/orders-v1",
        "path": "orders/{id}", "description": "One", "upstream_path": "v1/{id}", "active": false, "legacy": false,
        "created_at": "2026-11-24T06:00:00.000Z", "updated_at": "2026-11-24T06:00:00.000Z",
    });
    assert_eq!(made, expected, "a new endpoint is inactive");
    let path = format!("{PATH}/{}", made["id"]);
    assert_eq!(api.get(&path).await.ok().body, made);

    assert_eq!(api.put(&format!("{path}/enable"), Value::Null).await.ok().body, json!({"success": true}));
    assert_eq!(api.get(&path).await.ok().body["active"], true);
    let counts = api.get(&format!("/api/api_collections/{collection}")).await.ok().body;
    assert_eq!((&counts["endpoints_count"], &counts["active_endpoints_count"]), (&json!(1), &json!(1)));
    let changed = api.put(&path, json!({"upstream_path": null, "description": null, "method": "ANY"})).await.ok().body;
    assert_eq!((&changed["upstream_path"], &changed["description"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&changed["method"], &changed["active"], &changed["path"]),
        (&json!("ANY"), &json!(true), &made["path"])
    );
    assert_eq!(api.put(&format!("{path}/disable"), Value::Null).await.ok().body, json!({"success": true}));
    let changed = api.put(&path, json!({"path": "", "name": "Root", "active": true})).await.ok().body;
    assert_eq!(changed["url"], "http://127.0.0.1:8080/orders-v1");
    assert_eq!((&changed["path"], &changed["active"]), (&json!(""), &json!(true)));

    assert_eq!(api.delete(&path).await.ok().body, json!({"success": true}));
    api.get(&path).await.problem(404);
}

#[tokio::test]
async fn the_official_client_switches_with_an_empty_json_body() {
    let api = TestApi::start().await;
    let collection = api.collection("Orders").await;
    let body = json!({"name": "A", "method": "GET", "path": "a"});
    let made = api.post(&format!("/api/api_collections/{collection}/api_endpoints"), body).await.ok().body;
    let path = format!("{PATH}/{}/enable", made["id"]);
    api.send_raw("PUT", &path, "application/json", "").await.ok();
    api.send_raw("PUT", &path, "text/plain", "").await.ok();
    api.send_raw("PUT", &path, "application/json", "{}").await.ok();
    api.send_raw("PUT", &path, "application/json", "{\"x\": 1}").await.problem(400);
}

#[tokio::test]
async fn bad_endpoints_are_refused_with_all_faults_at_once() {
    let api = TestApi::start().await;
    let collection = api.collection("Orders").await;
    let create = format!("/api/api_collections/{collection}/api_endpoints");
    let answer =
        api.post(&create, json!({"method": "TRACE", "path": "/a/../b", "active": 1, "x": 1})).await.problem(400);
    for (field, expected) in [
        ("name", "can't be blank"),
        ("method", "must be GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or ANY"),
        ("path", "has a segment that cannot be called: a dot segment"),
        ("active", "must be true or false"),
        ("x", "is not a known field"),
    ] {
        assert_eq!(answer.fault(field), expected, "{}", answer.body);
    }
    for (path, expected) in [
        ("/a/{id}.json", "has \"{id}.json\": a parameter must be a whole segment, as in /orders/{id}"),
        ("/{a}/{a}", "names the parameter a twice"),
        ("/{rest...}/a", "may have {name...} only as its last segment"),
        ("/a?x=1", "must not hold a query"),
    ] {
        let answer = api.post(&create, json!({"name": "A", "method": "GET", "path": path})).await.problem(400);
        assert_eq!(answer.fault("path"), expected);
    }
    let rewrite = json!({"name": "A", "method": "GET", "path": "/a", "upstream_path": "/b/{id}"});
    let answer = api.post(&create, rewrite).await.problem(400);
    assert_eq!(answer.fault("upstream_path"), "uses {id}, which the endpoint's path does not have");
    api.post("/api/api_collections/99/api_endpoints", json!({"name": "A", "method": "GET", "path": "a"}))
        .await
        .problem(404);
    assert_eq!(api.get(PATH).await.ok().body, json!([]));
}

#[tokio::test]
async fn method_and_path_are_unique_in_their_collection() {
    let api = TestApi::start().await;
    let (one, two) = (api.collection("One").await, api.collection("Two").await);
    let body = |path: &str| json!({"name": "Same", "method": "GET", "path": path});
    let create = |collection: i64| format!("/api/api_collections/{collection}/api_endpoints");
    api.post(&create(one), body("orders/{id}")).await.ok();
    let answer = api.post(&create(one), body("/orders/{number}")).await.problem(409);
    assert_eq!(answer.fault("path"), "has already been taken");
    api.post(&create(two), body("orders/{id}")).await.ok();
    let other = id(&api.post(&create(one), body("orders")).await.ok().body);
    api.put(&format!("{PATH}/{other}"), json!({"path": "orders/{x}"})).await.problem(409);
    let answer =
        api.put(&format!("{PATH}/{other}"), json!({"upstream_path": "a/{x}", "name": null})).await.problem(400);
    assert_eq!(answer.fault("upstream_path"), "uses {x}, which the endpoint's path does not have");
    assert_eq!(answer.fault("name"), "can't be blank");
    assert_eq!(api.get(&format!("{PATH}/{other}")).await.ok().body["path"], "orders");
}

#[tokio::test]
async fn a_path_may_not_lose_what_its_rewrite_uses() {
    let api = TestApi::start().await;
    let collection = api.collection("One").await;
    let body = json!({"name": "A", "method": "GET", "path": "a/{id}", "upstream_path": "b/{id}"});
    let made = api.post(&format!("/api/api_collections/{collection}/api_endpoints"), body).await.ok().body;
    let path = format!("{PATH}/{}", made["id"]);
    let answer = api.put(&path, json!({"path": "a/{other}"})).await.problem(400);
    assert_eq!(answer.fault("upstream_path"), "uses {id}, which the endpoint's path does not have");
    api.put(&path, json!({"path": "a/{other}", "upstream_path": "b/{other}"})).await.ok();
}

#[tokio::test]
async fn endpoints_are_listed_of_one_collection_or_of_all() {
    let api = TestApi::start().await;
    let (one, two) = (api.collection("One").await, api.collection("Two").await);
    for (collection, path) in [(one, "a"), (one, "b"), (two, "c")] {
        let body = json!({"name": path, "method": "GET", "path": path, "active": path == "b"});
        api.post(&format!("/api/api_collections/{collection}/api_endpoints"), body).await.ok();
    }
    let paths = async |query: &str| {
        let answer = api.get(&format!("{PATH}?{query}")).await.ok();
        let rows = answer.body.as_array().unwrap().clone();
        let total = answer.header("x-total-count").to_owned();
        (rows.iter().map(|row| row["path"].as_str().unwrap()).collect::<Vec<_>>().join(" "), total)
    };
    assert_eq!(paths("").await, ("a b c".to_owned(), "3".to_owned()));
    assert_eq!(
        paths(&format!("api_collection_id={one}&page=1&per_page=100")).await,
        ("a b".to_owned(), "2".to_owned())
    );
    assert_eq!(paths("active=true").await, ("b".to_owned(), "1".to_owned()));
    assert_eq!(paths("sort=-name&per_page=1&page=2").await, ("b".to_owned(), "3".to_owned()));
    assert_eq!(paths("api_collection_id=99").await, (String::new(), "0".to_owned()));
    api.get(&format!("{PATH}?api_collection_id=x")).await.problem(400);
}
