//! Projects.

use crate::support::TestApi;
use serde_json::{Value, json};

const PATH: &str = "/api/projects";

#[tokio::test]
async fn a_default_project_exists_and_stays() {
    let api = TestApi::start().await;
    let answer = api.get(PATH).await.ok();
    assert_eq!(answer.header("x-total-count"), "1");
    let project = answer.body[0].clone();
    assert_eq!((&project["id"], &project["folder_id"]), (&json!(1), &json!(1)));
    api.delete(&format!("{PATH}/1")).await.problem(409);
    api.get(&format!("{PATH}/1")).await.ok();
}

#[tokio::test]
async fn a_project_is_made_shown_changed_and_deleted() {
    let api = TestApi::start().await;
    let made = api.post(PATH, json!({"name": "Partners", "description": "For them"})).await.ok().body;
    assert_eq!(made, json!({"id": made["id"], "name": "Partners", "description": "For them", "folder_id": made["id"]}));
    let path = format!("{PATH}/{}", made["id"]);
    assert_eq!(api.get(&path).await.ok().body, made);
    let changed = api.put(&path, json!({"name": "Friends", "description": null})).await.ok().body;
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Friends"), &Value::Null));
    assert_eq!(api.get(&format!("{PATH}?q=FRIEND")).await.ok().header("x-total-count"), "1");
    assert_eq!(api.delete(&path).await.ok().body, json!({"success": true}));
    for answer in [api.get(&path).await, api.put(&path, json!({})).await, api.delete(&path).await] {
        answer.problem(404);
    }
}

#[tokio::test]
async fn bad_projects_are_refused() {
    let api = TestApi::start().await;
    assert_eq!(api.post(PATH, json!({})).await.problem(400).fault("name"), "can't be blank");
    api.post(PATH, json!({"name": "A", "x": 1})).await.problem(400);
    api.put(&format!("{PATH}/1"), json!({"name": ""})).await.problem(400);
    api.post(PATH, json!({"name": "A"})).await.ok();
    assert!(!api.post(PATH, json!({"name": "a"})).await.problem(409).fault("name").is_empty());
}

#[tokio::test]
async fn clients_and_collections_move_between_projects_and_hold_the_one_they_are_in() {
    let api = TestApi::start().await;
    let partners = api.post(PATH, json!({"name": "Partners"})).await.ok().body["id"].clone();
    let (client, collection) = (api.client("Acme").await, api.collection("Orders").await);
    let (client, collection) = (format!("/api/v2/api_clients/{client}"), format!("/api/api_collections/{collection}"));
    for path in [&client, &collection] {
        let moved = api.put(path, json!({"project_id": partners})).await.ok().body;
        let moved = moved.get("data").unwrap_or(&moved);
        assert_eq!(moved["project_id"], partners, "{path}");
        api.put(path, json!({"project_id": 99})).await.problem(422);
    }
    let entries = api.get(&format!("/api/activity_logs?project_id={partners}&q=acme")).await.ok().body;
    let details = &entries["data"][0]["details"];
    assert_eq!((&details["before"]["project_id"], &details["after"]["project_id"]), (&json!(1), &partners));
    let path = format!("{PATH}/{partners}");
    let refused = api.delete(&path).await.problem(409);
    assert_eq!(refused.body["errors"]["in_use_by"], json!(["client Acme", "collection Orders 1.0"]));
    for path in [&client, &collection] {
        api.put(path, json!({"project_id": 1})).await.ok();
    }
    api.delete(&path).await.ok();
    api.delete(&format!("{PATH}/1")).await.problem(409);
}
