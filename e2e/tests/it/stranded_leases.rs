//! What a crash left deducted from usage quotas is shown, and handed back once.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::scene::Scene;

#[tokio::test]
async fn calls_that_a_kill_stranded_are_handed_back_once() -> Result<()> {
    let mut scene = Scene::start().await?;
    let policy = json!({"name": "Yearly", "usage_quota": {"limit": 500, "interval": "year"}});
    let policy = scene.api.post("/api/api_policies", &policy).await?.good()?;
    let profile = scene.profile_with("shop", json!({"api_policy_id": policy["data"]["id"]})).await?;
    for _ in 0..3 {
        assert_eq!(scene.status(&profile).await?, 200);
    }
    let held = scene.api.get("/api/nodes/1/leases").await?.good()?;
    let lease = held["data"].get(0).context("the node holds no lease")?;
    assert_eq!((&lease["type"], &lease["id"], &lease["stranded"]), (&json!("api_key"), &json!(profile.id), &json!(0)));
    assert!(lease["leased"].as_u64().context("leased")? > 0, "{lease}");

    scene.system.kill().await?;
    scene.system.launch().await?;
    let after = scene.api.get("/api/nodes/1/leases").await?.good()?;
    let lease = &after["data"][0];
    let stranded = lease["stranded"].as_u64().context("stranded")?;
    assert!(stranded > 0, "{lease}");
    assert_eq!(scene.api.get("/api/nodes").await?.good()?["data"][0]["stranded_calls"], json!(stranded));
    let before = remaining(&scene, &profile.path()).await?;

    let returned = scene.api.post("/api/nodes/1/leases/return", &json!({"api_key_ids": [profile.id]})).await?.good()?;
    assert_eq!(returned["data"]["returned_calls"], json!(stranded));
    assert_eq!(remaining(&scene, &profile.path()).await?, before + stranded);
    let again = scene.api.post("/api/nodes/1/leases/return", &json!({})).await?;
    assert_eq!(again.status, 409, "{}", again.text);
    let entry = scene.api.get("/api/activity_logs?event_type=node.leases_returned").await?.good()?;
    assert_eq!(entry["data"][0]["details"]["after"]["leases"][0]["calls"], json!(stranded));

    // Every call that is left, and not one more, is admitted.
    let left = remaining(&scene, &profile.path()).await?;
    for _ in 0..left {
        assert_eq!(scene.status(&profile).await?, 200);
    }
    assert_eq!(scene.status(&profile).await?, 429);
    Ok(())
}

async fn remaining(scene: &Scene, profile: &str) -> Result<u64> {
    let counters = scene.api.get(&format!("{profile}/counters")).await?.good()?;
    counters.pointer("/data/quota/remaining").and_then(Value::as_u64).with_context(|| format!("{counters}"))
}
