//! Usage quotas over real HTTP: used up, granted, reset, changed, shared, and kept over a restart.

use anyhow::{Context as _, Result};
use e2e::{Answer, Profile};
use serde_json::{Value, json};

use crate::scene::Scene;

/// A scene with a policy of so many calls a period.
struct Quota {
    scene: Scene,
    policy: u64,
}

impl Quota {
    async fn of(limit: u32, interval: &str) -> Result<Self> {
        let scene = Scene::start().await?;
        let policy = policy(&scene, "Quota", limit, interval).await?;
        Ok(Self { scene, policy })
    }

    async fn profile(&self, name: &str) -> Result<Profile> {
        self.scene.profile_with(name, json!({"api_policy_id": self.policy})).await
    }

    async fn set(&self, limit: u32, interval: &str) -> Result<()> {
        let change = json!({"usage_quota": {"limit": limit, "interval": interval}});
        self.scene.api.put(&format!("/api/api_policies/{}", self.policy), &change).await?.good()?;
        Ok(())
    }

    async fn call(&self, profile: &Profile) -> Result<Answer> {
        self.scene.caller.get(&self.scene.path, Some(&profile.key)).await
    }

    /// Calls until one is refused; says how many were admitted.
    async fn use_up(&self, profile: &Profile) -> Result<u32> {
        let mut admitted = 0;
        loop {
            match self.scene.status(profile).await? {
                200 => admitted += 1,
                429 => return Ok(admitted),
                other => anyhow::bail!("a call was answered {other}"),
            }
        }
    }

    async fn calls(&self, profile: &Profile, count: u32) -> Result<()> {
        for call in 1..=count {
            assert_eq!(self.scene.status(profile).await?, 200, "call {call} of {count}");
        }
        Ok(())
    }

    async fn counters(&self, profile: &Profile) -> Result<Value> {
        let answer = self.scene.api.get(&format!("{}/counters", profile.path())).await?.good()?;
        answer.pointer("/data/quota").cloned().with_context(|| format!("no quota in {answer}"))
    }
}

async fn policy(scene: &Scene, name: &str, limit: u32, interval: &str) -> Result<u64> {
    let policy = json!({"name": name, "usage_quota": {"limit": limit, "interval": interval}});
    let made = scene.api.post("/api/api_policies", &policy).await?.good()?;
    made.pointer("/data/id").and_then(Value::as_u64).context("policy id")
}

#[tokio::test]
async fn the_call_over_a_quota_is_429_reaches_nothing_and_leaves_others_alone() -> Result<()> {
    let quota = Quota::of(5, "year").await?;
    let (first, second) = (quota.profile("first").await?, quota.profile("second").await?);
    let answer = quota.call(&first).await?;
    assert_eq!(answer.status, 200);
    let fields = [answer.header("ratelimit-policy"), answer.header("ratelimit")].map(Option::unwrap_or_default);
    assert!(fields[0].contains("q=5"), "{fields:?}");
    assert!(fields[1].contains("r=4"), "{fields:?}");
    assert_eq!(quota.use_up(&first).await?, 4);

    let refused = quota.call(&first).await?;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    assert!(!refused.text.contains("quota_exhausted"), "the reason is for the owner: {}", refused.text);
    let retry_after: u64 = refused.header("retry-after").context("Retry-After")?.parse()?;
    let shown = quota.counters(&first).await?;
    let resets: jiff::Timestamp = shown["resets_at"].as_str().context("resets_at")?.parse()?;
    let left = resets.as_second() - jiff::Timestamp::now().as_second();
    assert!(retry_after.abs_diff(left.unsigned_abs()) <= 2, "{retry_after} s of {left} s");
    assert_eq!(quota.scene.upstream.seen().len(), 5, "refused calls do not reach the upstream");
    assert_eq!((&shown["used"], &shown["remaining"], &shown["unaccounted"]), (&json!(5), &json!(0), &json!(0)));

    assert_eq!(quota.use_up(&second).await?, 5);
    Ok(())
}

#[tokio::test]
async fn a_clean_restart_loses_no_call() -> Result<()> {
    let mut quota = Quota::of(1000, "year").await?;
    let profile = quota.profile("shop").await?;
    quota.calls(&profile, 7).await?;
    quota.scene.system.stop().await?;
    quota.scene.system.launch().await?;
    let shown = quota.counters(&profile).await?;
    assert_eq!((&shown["used"], &shown["remaining"], &shown["unaccounted"]), (&json!(7), &json!(993), &json!(0)));
    quota.set(10, "year").await?;
    assert_eq!(quota.use_up(&profile).await?, 3);
    Ok(())
}

#[tokio::test]
async fn a_changed_limit_keeps_the_count_and_holds_when_it_is_answered() -> Result<()> {
    let quota = Quota::of(1000, "month").await?;
    let profile = quota.profile("shop").await?;
    quota.calls(&profile, 20).await?;
    quota.set(20, "month").await?;
    assert_eq!(quota.scene.status(&profile).await?, 429);
    quota.set(25, "month").await?;
    assert_eq!(quota.use_up(&profile).await?, 5);
    // Another policy with the same period keeps it too.
    let other = policy(&quota.scene, "Other", 30, "month").await?;
    quota.scene.api.put(&profile.path(), &json!({"api_policy_id": other})).await?.good()?;
    assert_eq!(quota.use_up(&profile).await?, 5);
    Ok(())
}

#[tokio::test]
async fn another_period_or_time_zone_starts_at_nothing() -> Result<()> {
    let quota = Quota::of(5, "month").await?;
    let profile = quota.profile("shop").await?;
    assert_eq!(quota.use_up(&profile).await?, 5);
    quota.set(5, "90 days").await?;
    assert_eq!(quota.use_up(&profile).await?, 5);
    // There and back without a call between.
    quota.set(5, "year").await?;
    quota.set(5, "90 days").await?;
    assert_eq!(quota.use_up(&profile).await?, 5);
    quota.scene.api.put("/api/settings", &json!({"time_zone": "Asia/Kathmandu"})).await?.good()?;
    assert_eq!(quota.use_up(&profile).await?, 5);
    Ok(())
}

#[tokio::test]
async fn grants_and_resets_act_at_once_and_are_in_the_audit_log() -> Result<()> {
    let quota = Quota::of(5, "week").await?;
    let profile = quota.profile("shop").await?;
    assert_eq!(quota.use_up(&profile).await?, 5);
    let granted = format!("{}/counters/grant", profile.path());
    quota.scene.api.post(&granted, &json!({"amount": 3})).await?.good()?;
    let shown = quota.counters(&profile).await?;
    assert_eq!((&shown["granted"], &shown["remaining"]), (&json!(3), &json!(3)));
    assert_eq!(quota.use_up(&profile).await?, 3);
    quota.scene.api.post(&format!("{}/counters/reset", profile.path()), &json!({})).await?.good()?;
    assert_eq!(quota.use_up(&profile).await?, 5);
    for amount in [json!(0), json!(-1), json!(1_000_000_001), json!("3"), Value::Null] {
        let refused = quota.scene.api.post(&granted, &json!({"amount": amount})).await?;
        assert!(matches!(refused.status, 400 | 422), "{amount}: {}", refused.status);
    }
    Ok(())
}

#[tokio::test]
async fn profiles_of_a_client_use_up_what_they_share() -> Result<()> {
    let quota = Quota::of(100, "year").await?;
    let shared = policy(&quota.scene, "Shared", 12, "year").await?;
    let client = format!("/api/v2/api_clients/{}", quota.scene.client);
    quota.scene.api.put(&client, &json!({"shared_api_policy_id": shared})).await?.good()?;
    let (first, second) = (quota.profile("first").await?, quota.profile("second").await?);
    quota.calls(&first, 5).await?;
    assert_eq!(quota.use_up(&second).await?, 7);
    assert_eq!(quota.scene.status(&first).await?, 429);
    // A refused call takes nothing: its own quota is where the admitted ones left it.
    assert_eq!(quota.counters(&first).await?["remaining"], json!(95));
    assert_eq!(quota.counters(&second).await?["remaining"], json!(93));
    Ok(())
}

#[tokio::test]
async fn many_callers_on_four_workers_get_exactly_the_quota() -> Result<()> {
    let settings =
        e2e::Settings { arguments: vec!["--workers".to_owned(), "4".to_owned()], ..e2e::Settings::default() };
    let scene = Scene::start_with(settings).await?;
    let policy = policy(&scene, "Quota", 333, "year").await?;
    let profile = scene.profile_with("shop", json!({"api_policy_id": policy})).await?;
    let mut admitted = 0;
    for _ in 0..8 {
        let calls = (0..60).map(|_| scene.status(&profile));
        let statuses = futures_util::future::try_join_all(calls).await?;
        assert!(statuses.iter().all(|status| matches!(status, 200 | 429)), "{statuses:?}");
        admitted += statuses.iter().filter(|status| **status == 200).count();
    }
    assert_eq!(admitted, 333);
    Ok(())
}
