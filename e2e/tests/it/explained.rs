//! `portcullis explain` against a running server.

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::scene::Scene;

#[tokio::test]
async fn a_refused_call_is_explained_by_its_id_and_nothing_is_counted() -> Result<()> {
    let scene = Scene::start().await?;
    let policy = scene.api.make_policy("two", 2, "hour").await?;
    let profile = scene.profile_with("shop", json!({"api_policy_id": policy, "ip_deny_list": ["127.0.0.0/8"]})).await?;
    let refused = scene.caller.get(&scene.path, Some(&profile.key)).await?;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(!refused.text.contains("ip_denied"), "{}", refused.text);
    let id = refused.header("x-request-id").context("no request id")?;
    let said = scene.system.command(&["explain", id]).await?.good()?;
    for part in ["ip_denied", "what to change: Take the address off", "6 source_address       STOPPED", "127.0.0.1"] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
    let described = ["explain", "--url", &scene.path, "--token", &profile.key, "--from", "203.0.113.7"];
    for _ in 0..5 {
        let said = scene.system.command(&described).await?.good()?;
        assert!(said.starts_with("admitted") && said.contains("2 of 2 left"), "{said}");
        assert!(!said.contains(&profile.key), "{said}");
    }
    let as_json = scene.system.command(&["explain", id, "--json"]).await?.good()?;
    let read: serde_json::Value = serde_json::from_str(&as_json)?;
    assert_eq!(read["recorded"]["reason"], "ip_denied", "{as_json}");
    let unknown = scene.system.command(&["explain", "01936b6e-7a3f-7c1d-9d2b-5f0c7e1a2b3c"]).await?;
    assert_eq!(unknown.code, Some(1), "{}", unknown.text());
    let nothing = scene.system.command(&["explain"]).await?;
    assert_eq!(nothing.code, Some(2), "{}", nothing.text());
    Ok(())
}
