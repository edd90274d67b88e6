//! The quick starts of the manual, run as printed.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{Ended, free_address, program, repository, run_bounded};
use tempfile::TempDir;
use tokio::process::Command;

use crate::readme::{between, blocks_of};
use crate::scene::Scene;

const LIMIT: Duration = Duration::from_mins(2);

fn page(name: &str) -> Result<String> {
    let text = std::fs::read_to_string(repository().join("docs/manual").join(name)).context("the page")?;
    let tour = between(&text, "<!-- quick-start:start -->", "<!-- quick-start:end -->").context("no markers")?;
    Ok(tour.to_owned())
}

async fn run(mut command: Command, folder: &TempDir) -> Result<Ended> {
    let programs = program()?;
    let programs = programs.parent().context("the program's folder")?;
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", programs.display());
    command.current_dir(folder.path()).env("PATH", path).env("HOME", folder.path());
    run_bounded(command, LIMIT).await
}

#[tokio::test]
async fn the_quick_start_with_curl_works_as_printed() -> Result<()> {
    let mut script = String::from("set -euo pipefail\ntrap 'kill $(jobs -p) || true; wait' EXIT\n");
    let blocks = blocks_of(&page("quick-start-curl.md")?, &["```sh"]);
    assert!(blocks.len() >= 7, "{} shell blocks", blocks.len());
    script.push_str(&blocks.concat());
    for port in ["18080", "18081", "19000"] {
        assert!(script.contains(port), "the page no longer uses port {port}");
        if TcpListener::bind(format!("127.0.0.1:{port}")).is_err() {
            script = script.replace(port, &free_address().port().to_string());
        }
    }
    let folder = TempDir::new()?;
    let mut command = Command::new("bash");
    command.arg("-c").arg(&script);
    let ended = run(command, &folder).await?;
    assert_eq!(ended.code, Some(0), "the page:\n{script}\nended with:\n{}", ended.text());
    let expected = "{\"id\": 7, \"item\": \"bolt\"}\n401\n200\n1000\n200\n200\naccess_profile.credential_replaced\n";
    assert_eq!(ended.stdout, expected, "{}", ended.stderr);
    Ok(())
}

#[tokio::test]
async fn the_quick_start_with_python_works_as_printed() -> Result<()> {
    let scene = Scene::start().await?;
    let orders = scene.api.make_collection("Orders", &scene.upstream.url()).await?;
    scene.api.make_endpoint(&orders, "GET", "{id}").await?;
    let blocks = blocks_of(&page("quick-start-python.md")?, &["```python"]);
    assert!(blocks.len() >= 6, "{} blocks", blocks.len());
    let folder = TempDir::new()?;
    std::fs::write(folder.path().join("tour.py"), blocks.concat())?;
    let mut command = Command::new("python3");
    command.arg("tour.py").env("PORTCULLIS_TOKEN", scene.api.token()).env("PORTCULLIS_URL", scene.api.base());
    command.env("GATEWAY_URL", format!("http://{}", scene.system.gateway)).env("NO_PROXY", "*");
    let ended = run(command, &folder).await?;
    assert_eq!(ended.code, Some(0), "{}", ended.text());
    assert_eq!(ended.stdout, "200 200\n200 403\naccess_profile.disabled by tests\n401\n", "{}", ended.stderr);
    Ok(())
}
