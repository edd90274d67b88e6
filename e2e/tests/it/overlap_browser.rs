//! Refresh with overlap in the console: both work, the old one's use is seen, "Finish now" ends it.

use anyhow::Result;

use crate::console_steps;
use crate::scene::Scene;

#[tokio::test]
async fn an_overlap_shows_the_use_of_the_old_key_and_is_finished() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("Shop").await?;
    let url = format!("http://{}{}", scene.system.gateway, scene.path);
    let settings = [("CLIENT", "Acme"), ("PROFILE", "Shop"), ("URL", url.as_str()), ("OLD_KEY", profile.key.as_str())];
    console_steps::run(&scene.system, "refresh_overlap.mjs", &settings).await?;
    assert_eq!(scene.status(&profile).await?, 401);
    Ok(())
}
