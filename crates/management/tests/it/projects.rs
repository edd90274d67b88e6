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
