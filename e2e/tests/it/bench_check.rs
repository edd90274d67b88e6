//! The benchmark beside other proxies, in small: one round of ours and nginx, so that it works when it is wanted.

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{program_named, run_bounded, tools};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

const LIMIT: Duration = Duration::from_mins(2);
const REQUESTS: u64 = 400;
const PROFILES: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn one_small_round_beside_nginx_counts_every_answer_and_writes_the_report() -> Result<()> {
    let folder = TempDir::new()?;
    let results = folder.path().join("results");
    let nginx = tools::nginx().await?;
    // Below the ports that the system hands out, so that no other test is given one of them.
    let port = 20_000 + std::process::id() % 300 * 40;
    let mut bench = Command::new(program_named("bench")?);
    bench.arg("peers").arg("--portcullis").arg(program_named("portcullis")?);
    bench.arg("--program").arg(format!("nginx={}", nginx.display())).args(["--peers", "nginx,caddy", "--rounds", "1"]);
    bench.args(["--requests", &REQUESTS.to_string(), "--profiles", &PROFILES.to_string(), "--port", &port.to_string()]);
    bench.args(["--series", "checks,plain"]).arg("--folder").arg(folder.path()).arg("--results").arg(&results);
    run_bounded(bench, LIMIT).await?.good()?;

    let report: Value = serde_json::from_str(&std::fs::read_to_string(results.join("peers.json"))?)?;
    let series = report["series"].as_array().context("series")?;
    assert_eq!(series.len(), 2, "{report}");
    for found in series {
        for target in found["targets"].as_array().context("targets")? {
            let round = &target["rounds"][0];
            assert_eq!(round["answers"], REQUESTS, "{target}");
            assert!(round["cpu_us"].as_f64().is_some_and(|micros| micros > 0.0), "{target}");
        }
    }
    assert_eq!(series[0]["comparisons"][0]["what"], "portcullis / nginx");
    assert!(series[0]["comparisons"][0]["median"].as_f64().is_some(), "{report}");
    // What was asked for and is not there is said.
    assert!(report["missing"][0].as_str().is_some_and(|missing| missing.starts_with("Caddy")), "{report}");
    let page = std::fs::read_to_string(results.join("peers.md"))?;
    let place = folder.path().to_str().context("folder")?;
    assert!(page.contains("| portcullis |") && page.contains("usage quota") && !page.contains(place), "{page}");
    Ok(())
}
