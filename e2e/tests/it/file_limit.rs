//! No file descriptor is left for another connection: those that are open are served, and it ends by itself.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::{Connection, run_bounded, until};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::scene::Scene;

const BOUND: Duration = Duration::from_secs(10);

#[tokio::test]
async fn without_file_descriptors_open_connections_are_served_and_others_wait() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    let header = format!("api-token: {}", profile.key);
    let mut open = Connection::open(scene.system.gateway).await?;
    ensure!(open.status(&scene.path, &header, BOUND).await? == 200);

    let process = scene.system.pid().context("not running")?;
    let used = std::fs::read_dir(format!("/proc/{process}/fd"))?.count();
    let mut prlimit = Command::new("prlimit");
    prlimit.arg(format!("--pid={process}")).arg(format!("--nofile={0}:{0}", used + 4));
    run_bounded(prlimit, BOUND).await?.good()?;
    let mut idle = Vec::new();
    for _ in 0..40 {
        idle.push(TcpStream::connect(scene.system.gateway).await?);
    }
    let failed =
        || async { Ok::<_, anyhow::Error>(scene.system.log()?.contains("a connection could not be accepted")) };
    until("a connection cannot be accepted", BOUND, async || Ok(failed().await?.then_some(()))).await?;
    for _ in 0..20 {
        ensure!(open.status(&scene.path, &header, BOUND).await? == 200, "an open connection is not served");
    }

    drop(idle);
    let mut later = Connection::open(scene.system.gateway).await?;
    ensure!(later.status(&scene.path, &header, BOUND).await? == 200);
    let metrics = scene.api.get("/metrics").await?.text;
    let failures = metrics.lines().filter(|line| line.starts_with("portcullis_accept_failures_total{"));
    let failures = failures.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum::<u64>();
    ensure!(failures > 0, "not counted");
    Ok(())
}
