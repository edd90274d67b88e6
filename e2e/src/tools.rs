//! Outside tools of the tests: Python environments with the official CLI and with independent libraries, the browser
//! driver, Chromium.
//!
//! Each is installed below the target folder (or `e2e/browser/node_modules`) on first use and kept.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;
use tokio::sync::Mutex;

use crate::environment::{path_variable, repository, target};
use crate::program::run_bounded;

const INSTALL_LIMIT: Duration = Duration::from_mins(5);
const CLI: &str = "workato-platform-cli==1.0.7";
/// Independent libraries that sign tokens and speak OAuth 2.0.
const LIBRARIES: [&str; 3] = ["PyJWT[crypto]==2.15.1", "authlib==1.9.9", "requests==2.34.2"];
/// Two tests of one program must not install at once.
static INSTALLING: Mutex<()> = Mutex::const_new(());

/// The official command line, unmodified, from `PyPI`.
pub async fn official_cli() -> Result<PathBuf> {
    let _one = INSTALLING.lock().await;
    let folder = target().join("e2e-venv");
    let program = folder.join("bin").join("workato");
    let stamp = folder.join("installed");
    if program.exists() && std::fs::read_to_string(&stamp).is_ok_and(|there| there == CLI) {
        return Ok(program);
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    run_bounded(make, INSTALL_LIMIT).await?.good().context("python3 -m venv (Debian: python3-venv)")?;
    let mut pip = Command::new(folder.join("bin").join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", CLI]);
    run_bounded(pip, INSTALL_LIMIT).await?.good().context("pip install")?;
    std::fs::write(&stamp, CLI).context("note the version")?;
    Ok(program)
}

/// A Python with `PyJWT`, authlib and requests.
pub async fn python() -> Result<PathBuf> {
    let _one = INSTALLING.lock().await;
    let folder = target().join("e2e-python");
    let program = folder.join("bin").join("python");
    let stamp = folder.join("installed");
    let wanted = LIBRARIES.join(" ");
    if program.exists() && std::fs::read_to_string(&stamp).is_ok_and(|there| there == wanted) {
        return Ok(program);
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    run_bounded(make, INSTALL_LIMIT).await?.good().context("python3 -m venv (Debian: python3-venv)")?;
    let mut pip = Command::new(folder.join("bin").join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(LIBRARIES);
    run_bounded(pip, INSTALL_LIMIT).await?.good().context("pip install")?;
    std::fs::write(&stamp, wanted).context("note the version")?;
    Ok(program)
}

/// The folder of the browser scripts, its packages installed.
pub async fn browser_scripts() -> Result<PathBuf> {
    let _one = INSTALLING.lock().await;
    let folder = repository().join("e2e").join("browser");
    let lock = std::fs::read(folder.join("package-lock.json")).context("e2e/browser/package-lock.json")?;
    let stamp = folder.join("node_modules").join(".installed-package-lock.json");
    if std::fs::read(&stamp).is_ok_and(|there| there == lock) {
        return Ok(folder);
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder);
    run_bounded(npm, INSTALL_LIMIT).await?.good().context("npm ci in e2e/browser")?;
    std::fs::write(&stamp, lock).context("note the version")?;
    Ok(folder)
}

/// Chromium's program: `CHROMIUM`, else where distributions put it.
pub fn chromium() -> Result<PathBuf> {
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    match path_variable("CHROMIUM").into_iter().chain(usual).find(|path| path.exists()) {
        Some(path) => Ok(path),
        None => bail!("no Chromium: apt-get install chromium, or set CHROMIUM to its path"),
    }
}

/// Where screenshots go; made if missing.
pub fn artifacts() -> Result<PathBuf> {
    let folder = repository().join("e2e").join("artifacts");
    std::fs::create_dir_all(&folder).context("e2e/artifacts")?;
    Ok(folder)
}
