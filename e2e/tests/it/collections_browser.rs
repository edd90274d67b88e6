//! API collections and policies in the console: each screen with a real gateway and a real upstream behind it.

use anyhow::Result;
use e2e::{TestSystem, Upstream};
use serde_json::json;

use crate::console_steps;
use crate::scene::Scene;

#[tokio::test]
async fn a_collection_is_made_of_a_document_tried_changed_and_deleted() -> Result<()> {
    let upstream = Upstream::start().await?;
    let system = TestSystem::start().await?;
    let (gateway, behind) = (format!("http://{}", system.gateway), upstream.url());
    let settings = [("GATEWAY", gateway.as_str()), ("UPSTREAM", behind.as_str())];
    console_steps::run(&system, "collections.mjs", &settings).await?;
    Ok(())
}

#[tokio::test]
async fn a_policy_says_in_words_what_it_does_and_by_whom_it_is_used() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile_with("Shop", json!({})).await?;
    let url = format!("http://{}{}", scene.system.gateway, scene.path);
    let settings = [("CLIENT", "Acme"), ("PROFILE", "Shop"), ("URL", url.as_str()), ("KEY", profile.key.as_str())];
    console_steps::run(&scene.system, "policies.mjs", &settings).await?;
    Ok(())
}
