//! Runs one browser script against a system that has no owner yet.

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{TestSystem, run_bounded, tools};
use tokio::process::Command;

const LIMIT: Duration = Duration::from_mins(3);

/// Runs `script` with the console, a set-up link and these settings; gives what it printed.
pub(crate) async fn run(system: &TestSystem, script: &str, settings: &[(&str, &str)]) -> Result<String> {
    let link = system.command(&["setup-link"]).await?.good()?;
    let link = link.split_whitespace().find(|word| word.starts_with("http")).context("no link")?;
    let mut node = Command::new("node");
    node.arg(script)
        .current_dir(tools::browser_scripts().await?)
        .env("CHROMIUM", tools::chromium()?)
        .env("ARTIFACTS", tools::artifacts()?)
        .env("CONSOLE", format!("http://{}", system.management))
        .env("SETUP_LINK", link)
        .envs(settings.iter().copied());
    run_bounded(node, LIMIT).await?.good().with_context(|| script.to_owned())
}
