//! The console's settings, account and first steps, each screen with the real program behind it.

use anyhow::Result;
use e2e::{TestSystem, Upstream};
use serde_json::json;

use crate::console_steps;
use crate::scene::Scene;

#[tokio::test]
async fn a_member_is_invited_sees_what_the_role_may_and_is_stopped() -> Result<()> {
    let scene = Scene::start().await?;
    scene.profile("Shop").await?;
    console_steps::run(&scene.system, "members.mjs", &[("CLIENT", "Acme"), ("PROFILE", "Shop")]).await?;
    Ok(())
}

#[tokio::test]
async fn a_token_is_made_for_one_project_shown_once_and_deleted() -> Result<()> {
    let scene = Scene::start().await?;
    console_steps::run(&scene.system, "tokens-and-projects.mjs", &[]).await?;
    Ok(())
}

#[tokio::test]
async fn settings_are_changed_audited_and_stranded_calls_handed_back() -> Result<()> {
    let mut scene = Scene::start().await?;
    let policy = json!({"name": "Yearly", "usage_quota": {"limit": 500, "interval": "year"}});
    let policy = scene.api.post("/api/api_policies", &policy).await?.good()?;
    let profile = scene.profile_with("Shop", json!({"api_policy_id": policy["data"]["id"]})).await?;
    assert_eq!(scene.status(&profile).await?, 200);
    scene.system.kill().await?;
    scene.system.launch().await?;
    console_steps::run(&scene.system, "general-and-audit.mjs", &[("CLIENT", "Acme"), ("PROFILE", "Shop")]).await?;
    Ok(())
}

#[tokio::test]
async fn a_webhook_is_tested_signed_refused_and_sent_again() -> Result<()> {
    let scene = Scene::start().await?;
    scene.api.put("/api/settings", &json!({"outbound_allowed": ["127.0.0.1"]})).await?.good()?;
    console_steps::run(&scene.system, "webhooks.mjs", &[]).await?;
    Ok(())
}

#[tokio::test]
async fn an_account_gets_a_second_factor_and_ends_its_other_session() -> Result<()> {
    let system = TestSystem::start().await?;
    console_steps::run(&system, "account.mjs", &[]).await?;
    Ok(())
}

#[tokio::test]
async fn a_provider_signs_members_in_by_their_groups() -> Result<()> {
    let system = TestSystem::start().await?;
    let api = system.api().await?;
    api.put("/api/settings", &json!({"outbound_allowed": ["127.0.0.1"]})).await?.good()?;
    console_steps::run(&system, "oidc-sign-in.mjs", &[]).await?;
    Ok(())
}

#[tokio::test]
async fn an_empty_workspace_leads_to_its_first_successful_call() -> Result<()> {
    let upstream = Upstream::start().await?;
    let system = TestSystem::start().await?;
    console_steps::run(&system, "first-steps.mjs", &[("UPSTREAM", upstream.url().as_str())]).await?;
    Ok(())
}
