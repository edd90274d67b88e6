//! Two thousand slow connections of slowhttptest: honest callers hardly notice, the slow ones are gone in time, and they
//! take little memory.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::load::{Load, Outcome, run};
use e2e::tools::slowhttptest;
use e2e::{Api, Collection, PlainUpstream, Profile, Settings, TestSystem, until};
use serde_json::json;
use tokio::process::{Child, Command};
use tokio::time::Instant;

const SLOW: u64 = 2_000;
/// Of every kind of slowness.
const TIMEOUT_SECONDS: u64 = 8;
/// A busy machine closes later than it wants to.
const SLACK: Duration = Duration::from_secs(3);
/// Programs that are built without optimisation beside others are late by this much now and then.
const NOISE_MILLIS: f64 = 20.0;
/// What one slow connection may take at most.
const KIB_PER_CONNECTION: u64 = 100;

struct Stage {
    system: TestSystem,
    api: Api,
    collection: Collection,
    profile: Profile,
    _upstream: PlainUpstream,
}

impl Stage {
    async fn set() -> Result<Self> {
        let upstream = PlainUpstream::start().await?;
        // Those that were shed meanwhile are idle connections, so that bound is set too.
        let kinds = ["HEAD_TIMEOUT", "BODY_TIMEOUT", "WRITE_TIMEOUT", "KEEP_ALIVE"];
        let timeout = |kind| (format!("PORTCULLIS_GATEWAY__{kind}_SECONDS"), TIMEOUT_SECONDS.to_string());
        let settings = Settings { environment: kinds.map(timeout).to_vec(), ..Settings::default() };
        let system = TestSystem::start_with(settings).await?;
        let api = system.api().await?;
        let collection = api.make_collection("Things", &upstream.url()).await?;
        api.put(&format!("/api/api_collections/{}", collection.id), &json!({"allow_query_token": true}))
            .await?
            .good()?;
        for (method, path) in [("GET", "things"), ("GET", "large"), ("POST", "things")] {
            api.make_endpoint(&collection, method, path).await?;
        }
        let client = api.make_client("Acme").await?;
        let profile = api.make_profile(client, "shop", &[collection.id], json!({})).await?;
        Ok(Self { system, api, collection, profile, _upstream: upstream })
    }

    fn honest(&self) -> Load {
        Load {
            gateway: self.system.gateway,
            path: format!("{}/things", self.collection.path),
            header: format!("api-token: {}", self.profile.key),
            connections: 20,
            per_second: Some(200),
            patience: Duration::from_secs(10),
            lasts: Duration::from_secs(4),
        }
    }

    /// Open connections of callers.
    async fn connections(&self) -> Result<u64> {
        let text = self.api.get("/metrics").await?.text;
        let of_workers = text.lines().filter(|line| line.starts_with("portcullis_connections{"));
        Ok(of_workers.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum())
    }

    fn resident_kib(&self) -> Result<u64> {
        let process = self.system.pid().context("not running")?;
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    fn slow(&self, path: &str, mode: &[&str]) -> Result<Child> {
        let tool = slowhttptest()?;
        let url =
            format!("http://{}{}/{path}?api_token={}", self.system.gateway, self.collection.path, self.profile.key);
        let mut command = Command::new(tool);
        command.args(mode).args(["-c", &SLOW.to_string(), "-r", "500", "-l", "60", "-v", "0", "-u", &url]);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).kill_on_drop(true);
        command.spawn().context("slowhttptest")
    }
}

/// `waits`: how many of the bounds may follow each other on one connection.
async fn check(path: &str, mode: &[&str], waits: u64) -> Result<()> {
    let stage = Stage::set().await?;
    let warm = run(Load { lasts: Duration::from_secs(1), ..stage.honest() }).await?;
    ensure!(warm.other.is_empty(), "{warm:?}");
    let without = run(stage.honest()).await?;
    let before = stage.resident_kib()?;

    let _tool = stage.slow(path, mode)?;
    let all = SLOW * 9 / 10;
    let full = until("the slow connections are there", Duration::from_secs(30), async || {
        Ok((stage.connections().await? >= all).then(Instant::now))
    })
    .await?;
    // The better of two: another program may take the processor away in one of them.
    let window = Load { lasts: Duration::from_secs(2), ..stage.honest() };
    let (first, second) = (run(window.clone()).await?, run(window).await?);
    let grown = stage.resident_kib()?.saturating_sub(before);
    until("the slow connections are gone", Duration::from_secs(30), async || {
        Ok((stage.connections().await? < SLOW / 50).then_some(()))
    })
    .await?;
    let gone = full.elapsed();

    let served = |window: &Outcome| window.good.len() >= 200;
    let p99 = [&first, &second].into_iter().filter(|one| served(one)).map(|one| one.quantile(0.99)).reduce(f64::min);
    let p99 = p99.with_context(|| format!("honest callers were kept out: {:?}", (first.shed, second.shed)))?;
    let p99_without = without.quantile(0.99);
    println!("{path} {mode:?}: p99 {p99:.1} ms, without {p99_without:.1} ms; gone {gone:?}; grown by {grown} KiB");
    for during in [first, second] {
        ensure!(during.other.is_empty() && during.broken + during.late == 0, "honest callers were hurt");
    }
    // Below that the machine's own noise is all that is measured.
    ensure!(p99 <= 2.0 * p99_without.max(NOISE_MILLIS), "p99 {p99:.1} ms, without {p99_without:.1} ms");
    ensure!(gone <= Duration::from_secs(waits * TIMEOUT_SECONDS + 2) + SLACK, "gone after {gone:?}");
    ensure!(grown <= SLOW * KIB_PER_CONNECTION, "grown by {grown} KiB");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_heads() -> Result<()> {
    check("things", &["-H", "-i", "3"], 1).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_bodies() -> Result<()> {
    check("things", &["-B", "-i", "10", "-s", "8192", "-x", "10"], 1).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_readers() -> Result<()> {
    // One that was shed meanwhile has taken its short answer, and is idle then.
    check("large", &["-X", "-k", "1", "-n", "10", "-w", "512", "-y", "1024", "-z", "32"], 2).await
}
