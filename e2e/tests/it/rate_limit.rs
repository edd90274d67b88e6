//! Rate limits over real HTTP: the call over the limit, a true `Retry-After`, neighbours unaffected.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::scene::Scene;

#[tokio::test]
async fn the_7th_call_in_a_minute_under_6_per_minute_is_429_and_another_profile_is_unaffected() -> Result<()> {
    let scene = Scene::start().await?;
    let policy = scene.api.make_policy("Six", 6, "minute").await?;
    let first = scene.profile_with("first", json!({"api_policy_id": policy})).await?;
    let second = scene.profile_with("second", json!({"api_policy_id": policy})).await?;

    let before = Instant::now();
    let answer = scene.caller.get(&scene.path, Some(&first.key)).await?;
    assert_eq!(answer.status, 200);
    assert!(answer.header("ratelimit").is_some(), "{:?}", answer.headers);
    assert!(answer.header("ratelimit-policy").is_some(), "{:?}", answer.headers);
    let after = Instant::now();
    for call in 2..=6 {
        assert_eq!(scene.status(&first).await?, 200, "call {call}");
    }
    let asked = Instant::now();
    let refused = scene.caller.get(&scene.path, Some(&first.key)).await?;
    let answered = Instant::now();
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));

    // The first call was admitted between `before` and `after`; a minute later there is room again.
    let retry_after: u64 = refused.header("retry-after").context("Retry-After")?.parse()?;
    let room = |admitted: Instant, now: Instant| (admitted + Duration::from_mins(1)).saturating_duration_since(now);
    assert!(Duration::from_secs(retry_after) >= room(before, answered), "{retry_after} s is too soon");
    assert!(retry_after <= room(after, asked).as_secs() + 1, "{retry_after} s is more than needed");

    for call in 1..=6 {
        assert_eq!(scene.status(&second).await?, 200, "call {call} of the other profile");
    }
    assert_eq!(scene.status(&second).await?, 429);
    assert_eq!(scene.status(&first).await?, 429);
    assert_eq!(scene.upstream.seen().len(), 12, "refused calls do not reach the upstream");
    Ok(())
}

#[tokio::test]
async fn a_call_after_the_time_in_retry_after_is_admitted() -> Result<()> {
    let scene = Scene::start().await?;
    let policy = scene.api.make_policy("Three", 3, "second").await?;
    let profile = scene.profile_with("shop", json!({"api_policy_id": policy})).await?;
    // Bursts until one is cut: a slow machine may need more than one.
    let refused = loop {
        let answer = scene.caller.get(&scene.path, Some(&profile.key)).await?;
        if answer.status == 429 {
            break answer;
        }
        assert_eq!(answer.status, 200);
    };
    let retry_after: u64 = refused.header("retry-after").context("Retry-After")?.parse()?;
    assert_eq!(retry_after, 1);
    sleep(Duration::from_secs(retry_after)).await;
    assert_eq!(scene.status(&profile).await?, 200);
    Ok(())
}

#[tokio::test]
async fn many_callers_at_once_never_get_more_than_the_limit() -> Result<()> {
    let scene = Scene::start_with(e2e::Settings {
        arguments: vec!["--workers".to_owned(), "4".to_owned()],
        ..Default::default()
    })
    .await?;
    let policy = scene.api.make_policy("Twenty", 20, "hour").await?;
    let profile = scene.profile_with("shop", json!({"api_policy_id": policy})).await?;
    let calls = (0..60).map(|_| scene.status(&profile));
    let statuses = futures_util::future::try_join_all(calls).await?;
    let admitted = statuses.iter().filter(|status| **status == 200).count();
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert_eq!((admitted, refused), (20, 40));
    Ok(())
}

#[tokio::test]
async fn a_lowered_limit_holds_from_the_next_call_and_a_removed_policy_lifts_it() -> Result<()> {
    let scene = Scene::start().await?;
    let policy = scene.api.make_policy("Hundred", 100, "hour").await?;
    let profile = scene.profile_with("shop", json!({"api_policy_id": policy})).await?;
    for _ in 0..5 {
        assert_eq!(scene.status(&profile).await?, 200);
    }
    let lower = json!({"rate_limit": {"limit": 5, "interval": "hour"}});
    scene.api.put(&format!("/api/api_policies/{policy}"), &lower).await?.good()?;
    assert_eq!(scene.status(&profile).await?, 429);
    scene.api.put(&profile.path(), &json!({"api_policy_id": null})).await?.good()?;
    assert_eq!(scene.status(&profile).await?, 200);
    Ok(())
}
