//! HTTP/2 with clients and servers that others wrote: grpcio, httpx, curl, h2load.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{Ended, free_address, repository, run_bounded, tools};
use serde_json::json;
use tokio::process::Command;

use crate::scene::Scene;

const LIMIT: Duration = Duration::from_mins(2);

async fn run(program: PathBuf, arguments: &[&str]) -> Result<Ended> {
    let mut command = Command::new(program);
    command.args(arguments);
    run_bounded(command, LIMIT).await
}

#[tokio::test]
async fn grpc_calls_of_every_kind_go_through() -> Result<()> {
    let scene = Scene::start().await?;
    let address = free_address().to_string();
    let body = json!({"name": "Calls", "version": "1.0",
        "upstream": {"urls": [format!("http://{address}")], "http": "http2"}});
    let made = scene.api.post("/api/api_collections", &body).await?.good()?;
    let id = made.get("id").and_then(serde_json::Value::as_u64).context("id")?;
    let path = format!("/{}", made.get("path").and_then(serde_json::Value::as_str).context("path")?);
    let collection = e2e::Collection { id, path };
    scene.api.make_endpoint(&collection, "POST", "test.Calls/{method}").await?;
    let profile = scene.api.make_profile(scene.client, "calls", &[id], json!({})).await?;
    let script = repository().join("e2e").join("clients").join("grpc_calls.py").display().to_string();
    let gateway = scene.system.gateway.to_string();
    let said = run(tools::python().await?, &[&script, &address, &gateway, &collection.path, &profile.key]).await?;
    assert_eq!(said.good()?.trim(), "ok");
    Ok(())
}

#[tokio::test]
async fn curl_and_httpx_get_the_same_answers_as_over_http_1() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    scene.api.make_endpoint(&scene.collection, "POST", "things").await?;
    let url = format!("http://{}{}", scene.system.gateway, scene.path);
    let key = format!("api-token: {}", profile.key);
    for version in ["--http2-prior-knowledge", "--http1.1"] {
        let format = "%{http_code} %{http_version} %{size_download}";
        let common = [version, "--silent", "--show-error", "--output", "/dev/null", "--write-out", format];
        let curl = async |more: &[&str]| -> Result<String> {
            let arguments: Vec<&str> = common.iter().chain(more).copied().collect();
            run("curl".into(), &arguments).await?.good()
        };
        let spoken = if version == "--http1.1" { "1.1" } else { "2" };
        let answer = curl(&["-H", &key, &url]).await?;
        assert!(answer.starts_with(&format!("200 {spoken} ")), "{answer}");
        let answer = curl(&["-H", &key, "--data", "a body", &url]).await?;
        assert!(answer.starts_with(&format!("200 {spoken} ")), "{answer}");
        assert!(curl(&["-H", &key, "--head", &url]).await?.starts_with(&format!("200 {spoken} 0")));
        assert!(curl(&[&url]).await?.starts_with(&format!("401 {spoken} ")));
    }
    assert_eq!(scene.upstream.seen().iter().filter(|seen| seen.body == "a body").count(), 2);
    let script = "import httpx, sys\n\
        with httpx.Client(http1=False, http2=True, headers={'api-token': sys.argv[2]}) as client:\n\
        \x20   answers = [client.post(sys.argv[1], content=bytes(300_000)) for _ in range(20)]\n\
        \x20   print({(answer.status_code, answer.http_version) for answer in answers})";
    let said = run(tools::python().await?, &["-c", script, &url, &profile.key]).await?.good()?;
    assert_eq!(said.trim(), "{(200, 'HTTP/2')}");
    Ok(())
}

/// h2load's answers by its own count, and ours.
#[tokio::test]
async fn every_request_of_h2load_is_answered_and_counted_once() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("load").await?;
    let url = format!("http://{}{}", scene.system.gateway, scene.path);
    let key = format!("api-token: {}", profile.key);
    let total = 5_000;
    let count = total.to_string();
    // No more at a time than a worker serves however far behind it is.
    let said = run(tools::h2load()?, &["-n", &count, "-c", "4", "-m", "4", "-H", &key, &url]).await?.good()?;
    let expected =
        format!("requests: {total} total, {total} started, {total} done, {total} succeeded, 0 failed, 0 errored");
    assert!(said.contains(&expected), "{said}");
    assert_eq!(scene.upstream.seen().len(), total);
    Ok(())
}
