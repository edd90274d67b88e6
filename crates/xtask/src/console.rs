//! The console's npm steps: install exactly what the lock file says, check, test, build.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::command::step;
use crate::{tools, workspace};

/// The longest an npm step may take.
pub(crate) const NPM_LIMIT: Duration = Duration::from_mins(10);

/// `cargo xtask console`: install and build.
pub(crate) fn build_page() -> Result<ExitCode> {
    build()?;
    Ok(ExitCode::SUCCESS)
}

/// Installs the console's packages and builds the page into `console/dist`.
pub(crate) fn build() -> Result<()> {
    if let Some(problem) = tools::node_problem() {
        bail!("the console cannot be built: {problem}; `cargo xtask run --no-console` works without it");
    }
    if !install()? {
        bail!("npm ci failed in console/");
    }
    if !step("build the console", "console-build", npm(&["run", "build"]), NPM_LIMIT) {
        bail!("the console does not build");
    }
    Ok(())
}

/// `npm ci`, skipped when the installed packages are those of the lock file.
pub(crate) fn install() -> Result<bool> {
    let lock =
        std::fs::read(workspace::console().join("package-lock.json")).context("read console/package-lock.json")?;
    let stamp = stamp();
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(true);
    }
    let done =
        step("install the console's packages", "console-install", npm(&["ci", "--no-audit", "--no-fund"]), NPM_LIMIT);
    if done {
        std::fs::write(&stamp, lock).with_context(|| format!("write {}", stamp.display()))?;
    }
    Ok(done)
}

/// npm in the console's folder, without colours so that its output can be read by a program.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(workspace::console()).env("NO_COLOR", "1").env_remove("FORCE_COLOR");
    command
}

fn stamp() -> PathBuf {
    workspace::console().join("node_modules").join(".installed-package-lock.json")
}
