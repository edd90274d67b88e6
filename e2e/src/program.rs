//! Runs programs to their end within a bound: `portcullis` commands and the tools of the tests.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

use crate::environment::{path_variable, profile_folder};

/// How a program ended and what it said.
#[derive(Debug)]
pub struct Ended {
    /// Exit status; none if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ended {
    /// Both outputs, for text that may be in either.
    pub fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Standard output of a program that must have ended well.
    pub fn good(self) -> Result<String> {
        if self.code != Some(0) {
            bail!("ended with {:?}: {}", self.code, self.text().trim());
        }
        Ok(self.stdout)
    }
}

/// The Portcullis binary: `PORTCULLIS_BIN`, else the one of this build.
pub fn program() -> Result<PathBuf> {
    let path = path_variable("PORTCULLIS_BIN").unwrap_or_else(|| profile_folder().join("portcullis"));
    if !path.exists() {
        bail!("{} is not there: cargo build --package portcullis", path.display());
    }
    Ok(path)
}

/// Another program of this build.
pub fn program_named(name: &str) -> Result<PathBuf> {
    if name == "portcullis" {
        return program();
    }
    let path = profile_folder().join(name);
    if !path.exists() {
        bail!("{} is not there: cargo build --package {name}", path.display());
    }
    Ok(path)
}

/// Runs a program to its end; it is killed at `limit`.
pub async fn run_bounded(mut command: Command, limit: Duration) -> Result<Ended> {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("start {name}"))?;
    let output = tokio::time::timeout(limit, child.wait_with_output())
        .await
        .with_context(|| format!("{name} took longer than {} s", limit.as_secs()))?
        .with_context(|| format!("wait for {name}"))?;
    Ok(Ended {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
