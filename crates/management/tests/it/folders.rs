//! Folders: the other name of projects.

use crate::support::TestApi;
use serde_json::json;

const PATH: &str = "/api/folders";

#[tokio::test]
async fn a_folder_is_a_project() {
    let api = TestApi::start().await;
    let made = api.post(PATH, json!({"name": "Partners"})).await.ok().body;
    assert_eq!((&made["id"], &made["is_project"], &made["parent_id"]), (&made["project_id"], &json!(true), &json!(0)));
    assert_eq!(api.get(&format!("/api/projects/{}", made["project_id"])).await.ok().body["name"], "Partners");
    for query in ["", "?parent_id=0", "?sort=name"] {
        let answer = api.get(&format!("{PATH}{query}")).await.ok();
        assert_eq!(answer.header("x-total-count"), "2");
        assert!(answer.body.as_array().unwrap().contains(&made));
    }
    assert_eq!(api.get(&format!("{PATH}?parent_id={}", made["id"])).await.ok().body, json!([]));
    api.get(&format!("{PATH}?parent_id=99")).await.problem(404);
}

#[tokio::test]
async fn folders_inside_a_project_are_not_available() {
    let api = TestApi::start().await;
    let answer = api.post(PATH, json!({"name": "A", "parent_id": 1})).await.problem(422);
    assert_eq!(answer.fault("parent_id"), "not available in this version");
    api.post(PATH, json!({"name": "A", "parent_id": "x"})).await.problem(400);
    api.post(PATH, json!({"parent_id": null})).await.problem(400);
    api.post(PATH, json!({"name": "A", "parent_id": null})).await.ok();
    api.post(PATH, json!({"name": "B", "parent_id": "0"})).await.ok();
}
