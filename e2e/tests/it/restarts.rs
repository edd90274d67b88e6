//! Stops by SIGTERM and new starts: requests under way are answered, rate windows are kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use e2e::{Connection, PlainUpstream, Settings};
use serde_json::json;
use tokio::time::sleep;

use crate::scene::Scene;

const RESTARTS: usize = 20;
const CALLERS: usize = 8;
const BOUND: Duration = Duration::from_secs(20);

#[derive(Default)]
struct Counts {
    is_over: AtomicBool,
    answered: AtomicU64,
    /// New connections that were still waiting to be taken when the listener closed.
    not_taken: AtomicU64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_restarts_under_load_fail_no_request_that_was_under_way() -> Result<()> {
    let settings = Settings { arguments: vec!["--workers".to_owned(), "2".to_owned()], ..Default::default() };
    let mut scene = Scene::start_with(settings).await?;
    let upstream = PlainUpstream::start().await?;
    let collection = scene.api.make_collection("Plain", &upstream.url()).await?;
    scene.api.make_endpoint(&collection, "GET", "things").await?;
    let profile = scene.api.make_profile(scene.client, "load", &[collection.id], json!({})).await?;
    let counts = Arc::new(Counts::default());
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (gateway, path) = (scene.system.gateway, format!("{}/things", collection.path));
            tokio::spawn(call(gateway, path, format!("api-token: {}", profile.key), Arc::clone(&counts)))
        })
        .collect();
    for number in 1..=RESTARTS {
        scene.system.stop().await.with_context(|| format!("stop {number}"))?;
        scene.system.launch().await.with_context(|| format!("start {number}"))?;
    }
    counts.is_over.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await??;
    }
    let (answered, not_taken) = (counts.answered.load(Ordering::Relaxed), counts.not_taken.load(Ordering::Relaxed));
    println!("{RESTARTS} restarts, {answered} requests answered, {not_taken} connections not taken");
    assert!(answered > 0);
    Ok(())
}

/// Calls on one connection after the other; while nobody listens it tries again.
async fn call(gateway: std::net::SocketAddr, path: String, header: String, counts: Arc<Counts>) -> Result<()> {
    while !counts.is_over.load(Ordering::Relaxed) {
        let Ok(mut connection) = Connection::open_once(gateway).await else {
            sleep(Duration::from_millis(5)).await;
            continue;
        };
        let mut answers = 0;
        while !counts.is_over.load(Ordering::Relaxed) && !connection.is_over() {
            match connection.status(&path, &header, BOUND).await {
                Ok(200) => answers += 1,
                Ok(other) => bail!("{other} on a connection with {answers} answers"),
                Err(_) if answers == 0 => {
                    counts.not_taken.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                Err(error) => return Err(error.context(format!("after {answers} answers"))),
            }
        }
        counts.answered.fetch_add(answers, Ordering::Relaxed);
    }
    Ok(())
}

#[tokio::test]
async fn a_rate_window_outlives_a_restart_but_not_a_damaged_file() -> Result<()> {
    let mut scene = Scene::start().await?;
    let policy = scene.api.make_policy("Five", 5, "hour").await?;
    let profile = scene.profile_with("shop", json!({"api_policy_id": policy})).await?;
    for call in 1..=4 {
        assert_eq!(scene.status(&profile).await?, 200, "call {call}");
    }
    scene.system.stop().await?;
    scene.system.launch().await?;
    assert_eq!(scene.status(&profile).await?, 200);
    assert_eq!(scene.status(&profile).await?, 429);
    scene.system.stop().await?;
    scene.system.launch().await?;
    assert_eq!(scene.status(&profile).await?, 429);

    scene.system.stop().await?;
    let file = scene.system.data_dir().join("rate_windows");
    let mut bytes = std::fs::read(&file)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes)?;
    scene.system.launch().await?;
    assert!(scene.system.log()?.contains("saved rate windows are not used"), "it is logged");
    assert_eq!(scene.status(&profile).await?, 200);
    assert!(!file.exists(), "it is used once");
    Ok(())
}
