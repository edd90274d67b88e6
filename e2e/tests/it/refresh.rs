//! A refreshed key: the old one ends at once, on every worker, and the new one works at once.

use anyhow::Result;
use e2e::Settings;
use futures_util::future::try_join_all;

use crate::scene::Scene;

#[tokio::test]
async fn after_a_refresh_the_old_key_is_401_and_the_new_one_200_on_every_worker_at_once() -> Result<()> {
    let settings = Settings { arguments: vec!["--workers".to_owned(), "4".to_owned()], ..Default::default() };
    let scene = Scene::start_with(settings).await?;
    let mut profile = scene.profile("shop").await?;
    assert_eq!(scene.status(&profile).await?, 200);
    for _ in 0..10 {
        let fresh = scene.api.refresh(&profile).await?;
        assert_ne!(fresh.key, profile.key);
        // Each call is a new connection, so together they meet all workers.
        let old = try_join_all((0..16).map(|_| scene.status(&profile))).await?;
        let new = try_join_all((0..16).map(|_| scene.status(&fresh))).await?;
        assert_eq!(old, [401; 16]);
        assert_eq!(new, [200; 16]);
        profile = fresh;
    }
    Ok(())
}

#[tokio::test]
async fn a_key_is_shown_once_and_masked_afterwards() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    let masked = scene.api.get(&profile.path()).await?.good()?;
    let last_four = profile.key.get(profile.key.len() - 4..).unwrap_or_default();
    assert_eq!(masked["data"]["auth_token"], format!("{}{last_four}", "\u{2022}".repeat(12)));
    let lists = [
        format!("/api/v2/api_clients/{}/api_keys", scene.client),
        "/api/api_access_profiles".to_owned(),
        "/api/v2/api_clients".to_owned(),
    ];
    for list in lists {
        let text = scene.api.get(&list).await?.text;
        assert!(!text.contains(&profile.key), "{list} shows the key");
    }
    Ok(())
}

#[tokio::test]
async fn a_refresh_of_a_disabled_profile_does_not_enable_it() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    scene.api.act(&format!("{}/disable", profile.path())).await?.good()?;
    let fresh = scene.api.refresh(&profile).await?;
    assert_eq!([scene.status(&profile).await?, scene.status(&fresh).await?], [401, 403]);
    Ok(())
}

#[tokio::test]
async fn everything_is_there_after_a_stop_and_a_start() -> Result<()> {
    let mut scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    let off = scene.profile("off").await?;
    scene.api.act(&format!("{}/disable", off.path())).await?.good()?;
    scene.system.stop().await?;
    scene.system.launch().await?;
    assert_eq!([scene.status(&profile).await?, scene.status(&off).await?], [200, 403]);
    Ok(())
}
