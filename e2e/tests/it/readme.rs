//! The README's second tour, run as printed: its shell blocks between the two markers, as one script.

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{free_address, program, repository, run_bounded};
use tempfile::TempDir;
use tokio::process::Command;

const START: &str = "<!-- tour:start -->";
const END: &str = "<!-- tour:end -->";
const LIMIT: Duration = Duration::from_mins(2);

#[tokio::test]
async fn the_second_tour_of_the_readme_works_as_printed() -> Result<()> {
    let readme = std::fs::read_to_string(repository().join("README.md")).context("README.md")?;
    let tour = between(&readme, START, END).context("README.md has no tour markers")?;
    let mut script = String::from("set -euo pipefail\ntrap 'kill $(jobs -p) || true; wait' EXIT\n");
    let blocks = shell_blocks(tour);
    assert!(!blocks.is_empty(), "the tour has no shell block");
    for block in &blocks {
        script.push_str(block);
    }
    assert!(script.matches("curl ").count() >= 3, "the tour calls with curl three times:\n{script}");
    // The printed ports, unless somebody works with them on this machine.
    for port in ["18080", "18081", "19000"] {
        assert!(script.contains(port), "the tour no longer uses port {port}");
        if std::net::TcpListener::bind(format!("127.0.0.1:{port}")).is_err() {
            script = script.replace(port, &free_address().port().to_string());
        }
    }
    let folder = TempDir::new()?;
    let programs = program()?;
    let programs = programs.parent().context("the program's folder")?;
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", programs.display());
    let mut command = Command::new("bash");
    command.arg("-c").arg(&script).current_dir(folder.path()).env("PATH", path).env("HOME", folder.path());
    let ended = run_bounded(command, LIMIT).await?;
    assert_eq!(ended.code, Some(0), "the tour:\n{script}\nended with:\n{}", ended.text());
    // What the page says they print.
    assert!(ended.stdout.ends_with("hello from my service\n401\n"), "the last two calls printed:\n{}", ended.text());
    Ok(())
}

pub(crate) fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1.split_once(end)?.0)
}

/// The contents of the fenced blocks that are marked as shell.
pub(crate) fn shell_blocks(text: &str) -> Vec<String> {
    blocks_of(text, &["```sh", "```bash", "```shell"])
}

/// The contents of the fenced blocks that begin with one of these lines.
pub(crate) fn blocks_of(text: &str, fences: &[&str]) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        match (&mut open, line.trim_end()) {
            (Some(block), "```") => {
                blocks.push(std::mem::take(block));
                open = None;
            }
            (Some(block), line) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, line) if fences.contains(&line) => open = Some(String::new()),
            (None, _) => {}
        }
    }
    blocks
}
