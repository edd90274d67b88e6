//! More load than a gateway held down by a CPU quota can carry: what it answers stays what it can, the rest is told when
//! to come again, and the management API goes on answering.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::load::{Load, Outcome, run};
use e2e::{CpuHold, NotHere, PlainUpstream, Settings, TestSystem};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

/// Hundredths of one processor that the gateway gets, all its threads together.
const HELD: u32 = 20;
/// Connections on which the peak is measured, and three times as many for the overload.
const FEW: usize = 64;
const CROWD: usize = 3 * FEW;
const PATIENCE: Duration = Duration::from_secs(2);
/// In which the gateway finds out how much it can carry.
const SETTLES: Duration = Duration::from_secs(4);
const MEASURED: Duration = Duration::from_secs(8);

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
    let peak = run(load.clone()).await?;
    ensure!(peak.other.is_empty() && peak.broken == 0, "{:?}", brief(&peak));
    let per_second = rate(&peak);
    let triple = Load { connections: CROWD, per_second: Some(per_second * 3), ..load };

    let watched = async {
        let mut slowest = Duration::ZERO;
        let until = Instant::now() + SETTLES + MEASURED;
        while Instant::now() < until {
            let asked = Instant::now();
            let answer = timeout(Duration::from_secs(10), api.get("/api/api_collections")).await;
            answer.context("the management API is not reachable")??.good()?;
            slowest = slowest.max(asked.elapsed());
            sleep(Duration::from_millis(250)).await;
        }
        anyhow::Ok(slowest)
    };
    let loaded = async {
        run(Load { lasts: SETTLES, ..triple.clone() }).await?;
        run(triple.clone()).await
    };
    let (slowest, over) = tokio::try_join!(watched, loaded)?;
    let metrics = api.get("/metrics").await?.text;
    println!(
        "peak {per_second}/s (p99 {:.0} ms); at 3 x: good {}/s (p99 {:.0} ms), {:?}; management at most {slowest:?}",
        peak.quantile(0.99),
        rate(&over),
        over.quantile(0.99),
        brief(&over),
    );
    let shed = metrics.lines().find(|line| line.starts_with("portcullis_requests_shed_total"));
    ensure!(over.other.is_empty(), "other answers than 200 and 503 with Retry-After: {:?}", over.other.first());
    ensure!(over.shed > 0, "nothing was shed: {shed:?}");
    // The promise is 90 %. What is asserted leaves room for a machine that does something else meanwhile.
    ensure!(rate(&over) * 4 >= per_second * 3, "goodput {}/s of {per_second}/s", rate(&over));
    Ok(())
}

fn rate(outcome: &Outcome) -> u32 {
    u32::try_from(outcome.good.len() / usize::try_from(MEASURED.as_secs()).unwrap_or(1)).unwrap_or(u32::MAX)
}

fn brief(outcome: &Outcome) -> impl std::fmt::Debug {
    let Outcome { shed, other, late, unsent, broken, .. } = outcome;
    format!("shed {shed}, other {}, late {late}, unsent {unsent}, broken {broken}", other.len())
}
