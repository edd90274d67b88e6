//! `portcullis token create`: role, projects and expiry, against the running server.

use crate::scene::Scene;
use anyhow::Result;
use e2e::Api;
use serde_json::json;

#[tokio::test]
async fn a_token_has_the_role_and_the_projects_that_it_was_made_with() -> Result<()> {
    let scene = Scene::start().await?;
    let partners = scene.api.post("/api/projects", &json!({"name": "Partners"})).await?.good()?["id"].clone();
    let all = ["token", "create", "--role", "admin", "--expires", "1h", "--project", "PARTNERS"];
    let token = scene.system.command(&all).await?.good()?;
    let confined = Api::new(scene.system.management, token.trim());
    let me = confined.get("/api/users/me").await?.good()?;
    assert_eq!((&me["role"], &me["project_ids"]), (&json!("admin"), &json!([partners])));
    assert!(me["token_expires_at"].is_string(), "{me}");

    assert_eq!(confined.get(&format!("/api/v2/api_clients/{}", scene.client)).await?.status, 404);
    assert_eq!(confined.get("/api/settings").await?.status, 404);
    let made = confined.post("/api/v2/api_clients", &json!({"name": "Theirs"})).await?.good()?;
    assert_eq!(made["data"]["project_id"], partners);
    let list = confined.get("/api/v2/api_clients").await?.good()?;
    assert_eq!(list["count"], 1, "{list}");
    Ok(())
}

#[tokio::test]
async fn what_a_token_cannot_be_is_a_wrong_usage() -> Result<()> {
    let scene = Scene::start().await?;
    for (more, code) in [
        (["--role", "king"], 2),
        (["--expires", "soon"], 2),
        (["--expires", "2020-01-01T00:00:00Z"], 2),
        (["--project", "Nowhere"], 1),
    ] {
        let mut all = vec!["token", "create"];
        if more[0] != "--role" {
            all.extend(["--role", "viewer"]);
        }
        all.extend(more);
        let ended = scene.system.command(&all).await?;
        assert_eq!(ended.code, Some(code), "{more:?}: {}", ended.text());
    }
    Ok(())
}
