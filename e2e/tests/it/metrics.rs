//! Metrics and the access log of the real program.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use e2e::tools::promtool;
use e2e::{Settings, until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::scene::Scene;

/// Reads the text strictly; gives samples by what stands before their value.
fn parse(text: &str) -> Result<Vec<(&str, f64)>> {
    let body = text.strip_suffix("# EOF\n").context("no end mark")?;
    let (mut family, mut seen, mut samples) = ("", HashSet::new(), Vec::new());
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            let (kind, rest) = rest.split_once(' ').context("a comment")?;
            let (name, said) = rest.split_once(' ').context("a comment without text")?;
            match kind {
                "HELP" => {
                    ensure!(seen.insert(name) && !said.is_empty(), "{line}");
                    family = name;
                }
                "TYPE" => ensure!(name == family && ["counter", "gauge", "info"].contains(&said), "{line}"),
                _ => bail!("{line}"),
            }
            continue;
        }
        let (sample, value) = line.rsplit_once(' ').with_context(|| line.to_owned())?;
        let name = sample.split('{').next().unwrap_or_default();
        ensure!(name.starts_with("portcullis_") && name.starts_with(family), "{line} is not of {family}");
        ensure!(samples.iter().all(|(other, _)| *other != sample), "{sample} twice");
        samples.push((sample, value.parse().with_context(|| line.to_owned())?));
    }
    Ok(samples)
}

fn value(samples: &[(&str, f64)], name: &str) -> Option<f64> {
    samples.iter().find(|(sample, _)| *sample == name).map(|(_, value)| *value)
}

#[tokio::test]
async fn metrics_need_a_credential_and_count_what_happened() -> Result<()> {
    let arguments = ["--workers", "1"].map(str::to_owned).to_vec();
    let scene = Scene::start_with(Settings { arguments, ..Settings::default() }).await?;
    let profile = scene.profile("shop").await?;
    assert_eq!(scene.system.stranger().get("/metrics").await?.status, 401);
    for _ in 0..3 {
        assert_eq!(scene.status(&profile).await?, 200);
    }
    let wrong = format!("{}x", profile.key);
    assert_eq!(scene.caller.status(&scene.path, &wrong).await?, 401);
    let answer = scene.api.get("/metrics").await?;
    assert_eq!(answer.status, 200);
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    assert!(!answer.text.contains(&profile.key) && !answer.text.contains(scene.api.token()));
    let samples = parse(&answer.text)?;
    assert_eq!(value(&samples, "portcullis_requests_total{status=\"2xx\"}"), Some(3.0));
    assert_eq!(value(&samples, "portcullis_requests_total{status=\"4xx\"}"), Some(1.0));
    assert_eq!(value(&samples, "portcullis_requests_refused_total{reason=\"credential_malformed\"}"), Some(1.0));
    for name in ["requests_in_flight", "requests_shed_total", "panics_total", "access_log_lines_dropped_total"] {
        assert_eq!(value(&samples, &format!("portcullis_{name}{{worker=\"0\"}}")), Some(0.0), "{name}");
    }
    assert_eq!(value(&samples, "portcullis_upstream_events_total{kind=\"timeout\"}"), Some(0.0));
    assert!(value(&samples, "portcullis_directory_revision") > Some(0.0));
    assert!(answer.text.contains("portcullis_build_info{version=\""), "{}", answer.text);
    checked_by_promtool(&answer.text).await
}

/// Prometheus' own check. It knows the older text format, in which the name of a counter's family ends in `_total` too.
async fn checked_by_promtool(text: &str) -> Result<()> {
    let Some(tool) = promtool() else {
        eprintln!("NOT TESTED: promtool is not installed (Debian: prometheus)");
        return Ok(());
    };
    let mut older = String::new();
    let counters: Vec<_> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    let info = "portcullis_build";
    for line in text.lines().filter(|line| *line != "# EOF") {
        let mut line = line.replace(" info", " gauge");
        for name in &counters {
            for kind in ["HELP", "TYPE"] {
                line = line.replace(&format!("# {kind} {name} "), &format!("# {kind} {name}_total "));
            }
        }
        older.push_str(&line.replace(&format!(" {info} "), &format!(" {info}_info ")));
        older.push('\n');
    }
    let mut command = Command::new(tool);
    command.args(["check", "metrics"]).stdin(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn()?;
    child.stdin.take().context("stdin")?.write_all(older.as_bytes()).await?;
    let ended = tokio::time::timeout(Duration::from_secs(20), child.wait_with_output()).await??;
    ensure!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    Ok(())
}

#[tokio::test]
async fn the_access_log_has_all_requests_before_and_after_it_was_moved_away() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (path, moved) = (folder.path().join("access.log"), folder.path().join("access.log.1"));
    let output = ("PORTCULLIS_ACCESS_LOG__OUTPUT".to_owned(), path.display().to_string());
    let settings = Settings { environment: vec![output], ..Settings::default() };
    let mut scene = Scene::start_with(settings).await?;
    let profile = scene.profile("shop").await?;
    let lines = |path: &std::path::Path| -> Result<Vec<Value>> {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
    };
    for _ in 0..5 {
        assert_eq!(scene.status(&profile).await?, 200);
    }
    until("the lines are written", Duration::from_secs(10), async || Ok((lines(&path)?.len() == 5).then_some(())))
        .await?;
    std::fs::rename(&path, &moved)?;
    let process = scene.system.pid().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw).context("pid")?;
    kill_process(process, Signal::HUP)?;
    until("the file is there again", Duration::from_secs(10), async || Ok(path.exists().then_some(()))).await?;
    let answer = scene.caller.get(&format!("{}?api_token=hidden", scene.path), Some(&profile.key)).await?;
    scene.system.stop().await?;
    assert_eq!(lines(&moved)?.len(), 5);
    let last = lines(&path)?;
    assert_eq!(last.len(), 1);
    assert_eq!(last[0]["status"], answer.status);
    assert_eq!(last[0]["request_id"].as_str(), answer.header("x-request-id"));
    assert_eq!(last[0]["path"].as_str(), Some(scene.path.as_str()));
    let both = format!("{}{}", std::fs::read_to_string(&path)?, std::fs::read_to_string(&moved)?);
    assert!(!both.contains("hidden") && !both.contains(&profile.key));
    Ok(())
}
