//! Explain in the console: a refused call by its request id, and described.

use anyhow::Result;
use serde_json::json;

use crate::console_steps;
use crate::scene::Scene;

#[tokio::test]
async fn a_refused_call_is_explained_by_id_and_described() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile_with("Shop", json!({"ip_allow_list": ["10.0.0.0/8"]})).await?;
    let url = format!("http://{}{}", scene.system.gateway, scene.path);
    let settings = [
        ("CLIENT", "Acme"),
        ("PROFILE", "Shop"),
        ("URL", url.as_str()),
        ("KEY", profile.key.as_str()),
        ("ALLOWED_FROM", "10.1.2.3"),
    ];
    console_steps::run(&scene.system, "explain.mjs", &settings).await?;
    Ok(())
}
