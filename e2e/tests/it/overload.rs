//! More load than a gateway held down by a CPU quota can carry: what it answers stays what it can, the rest is told when
//! to come again, and the management API goes on answering.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::load::{Load, Outcome, run};
use e2e::{Api, CpuHold, NotHere, PlainUpstream, Settings, TestSystem};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

/// Hundredths of one processor that the gateway gets, all its threads together.
const HELD: u32 = 20;
/// Connections on which the peak is measured, and four times as many for the overload.
const FEW: usize = 64;
const CROWD: usize = 4 * FEW;
/// So many that some must be shed.
const THRONG: usize = 12 * FEW;
/// Where nothing is shed, because callers wait for their own answers before they ask again, answers are there by then.
const IN_TIME_MILLIS: f64 = 500.0;
const PATIENCE: Duration = Duration::from_secs(2);
/// In which the gateway finds out how much it can carry.
const SETTLES: Duration = Duration::from_secs(4);
const MEASURED: Duration = Duration::from_secs(8);
/// The best of so many counts: the machine may do something else meanwhile.
const WINDOWS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_times_the_capacity_leaves_the_goodput_as_it_is_and_management_reachable() -> Result<()> {
    let upstream = PlainUpstream::start().await?;
    let settings = Settings { arguments: ["--workers", "1"].map(str::to_owned).to_vec(), ..Settings::default() };
    let system = TestSystem::start_with(settings).await?;
    let api = system.api().await?;
    let collection = api.make_collection("Things", &upstream.url()).await?;
    api.make_endpoint(&collection, "GET", "things").await?;
    let client = api.make_client("Acme").await?;
    let profile = api.make_profile(client, "shop", &[collection.id], json!({})).await?;
    let _hold = match CpuHold::on(system.pid().context("not running")?, HELD)? {
        Ok(hold) => hold,
        Err(NotHere(why)) => {
            eprintln!("NOT TESTED: overload under a CPU quota. This machine lets no control group be made: {why}");
            return Ok(());
        }
    };
    let load = Load {
        gateway: system.gateway,
        path: format!("{}/things", collection.path),
        header: format!("api-token: {}", profile.key),
        connections: FEW,
        per_second: None,
        patience: PATIENCE,
        lasts: MEASURED,
    };
    // Management is asked in both: it takes its part of the quota.
    let (peak, calm) = watched(&api, run(load.clone())).await?;
    ensure!(peak.other.is_empty() && peak.broken == 0, "{:?}", brief(&peak));
    let per_second = rate(&peak);
    let triple = Load { connections: CROWD, per_second: Some(per_second * 3), ..load };
    run(Load { lasts: SETTLES, ..triple.clone() }).await?;
    let (mut over, mut slowest) = watched(&api, run(triple.clone())).await?;
    for _ in 1..WINDOWS {
        if is_kept(&over, per_second) {
            break;
        }
        (over, slowest) = watched(&api, run(triple.clone())).await?;
    }
    let metrics = api.get("/metrics").await?.text;
    println!(
        "peak {per_second}/s (p99 {:.0} ms); at 3 x: good {}/s (p99 {:.0} ms), {:?}; management at most {calm:?} and {slowest:?}",
        peak.quantile(0.99),
        rate(&over),
        over.quantile(0.99),
        brief(&over),
    );
    let shed = metrics.lines().find(|line| line.starts_with("portcullis_requests_shed_total"));
    ensure!(over.other.is_empty(), "other answers than 200 and 503 with Retry-After: {:?}", over.other.first());
    let in_time = over.quantile(0.99) <= IN_TIME_MILLIS;
    ensure!(over.shed > 0 || in_time, "nothing was shed, and answers were late: {shed:?}");
    let crowded = run(Load { connections: THRONG, ..triple }).await?;
    ensure!(crowded.shed > 0, "nothing was shed: {:?}", brief(&crowded));
    ensure!(is_kept(&over, per_second), "goodput {}/s of {per_second}/s", rate(&over));
    Ok(())
}

/// What is asked of the load while the management API is asked something four times a second, and its slowest answer.
async fn watched(api: &Api, load: impl Future<Output = Result<Outcome>>) -> Result<(Outcome, Duration)> {
    let mut slowest = Duration::ZERO;
    let asking = async {
        loop {
            let asked = Instant::now();
            let answer = timeout(Duration::from_secs(10), api.get("/api/api_collections")).await;
            answer.context("the management API is not reachable")??.good()?;
            slowest = slowest.max(asked.elapsed());
            sleep(Duration::from_millis(250)).await;
        }
    };
    let outcome = tokio::select! {
        outcome = load => outcome?,
        failed = asking => return failed,
    };
    Ok((outcome, slowest))
}

/// At least nine tenths of the peak.
fn is_kept(over: &Outcome, peak: u32) -> bool {
    rate(over) * 10 >= peak * 9
}

fn rate(outcome: &Outcome) -> u32 {
    u32::try_from(outcome.good.len() / usize::try_from(MEASURED.as_secs()).unwrap_or(1)).unwrap_or(u32::MAX)
}

fn brief(outcome: &Outcome) -> impl std::fmt::Debug {
    let Outcome { shed, other, late, unsent, broken, .. } = outcome;
    format!("shed {shed}, other {}, late {late}, unsent {unsent}, broken {broken}", other.len())
}
