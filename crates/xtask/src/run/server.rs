//! The Portcullis process: started, watched until it is ready, stopped with SIGTERM.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::api::is_ready;
use super::data_dir::DataDir;
use crate::clock::Stopwatch;
use crate::workspace;

const READY_LIMIT: Duration = Duration::from_mins(1);
/// Open calls get 30 s from the server itself.
const STOP_LIMIT: Duration = Duration::from_secs(35);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The program's file.
pub(crate) struct Binary(PathBuf);

impl Binary {
    /// Names the file.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Runs one command on the data directory and gives what it prints.
    pub(crate) fn ask(&self, data_dir: &DataDir, arguments: &[&str]) -> Result<String> {
        let output = Command::new(&self.0)
            .args(arguments)
            .arg("--data-dir")
            .arg(data_dir.path())
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("start {}", self.0.display()))?;
        if !output.status.success() {
            bail!("portcullis {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

/// The running server.
pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    /// Where programs call.
    pub(crate) gateway: SocketAddr,
    /// Where owners work.
    pub(crate) management: SocketAddr,
}

impl Server {
    /// Starts `portcullis serve`; its log goes to a file.
    pub(crate) fn start(binary: &Binary, data_dir: &DataDir, options: &super::Options) -> Result<Self> {
        let log = workspace::logs()?.join("portcullis.log");
        let file = File::create(&log).with_context(|| format!("write {}", log.display()))?;
        let child = Command::new(binary.path())
            .arg("serve")
            .arg("--data-dir")
            .arg(data_dir.path())
            .arg("--gateway-listen")
            .arg(options.gateway_listen.to_string())
            .arg("--management-listen")
            .arg(options.management_listen.to_string())
            .stdin(Stdio::null())
            .stdout(file.try_clone().context("share the log file")?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("start {}", binary.path().display()))?;
        Ok(Self { child, log, gateway: options.gateway_listen, management: options.management_listen })
    }

    /// Waits until it takes requests.
    pub(crate) fn wait_ready(&mut self, interrupted: &Receiver<()>) -> Result<()> {
        let since = Stopwatch::start();
        while !is_ready(self.management) {
            if let Some(status) = self.child.try_wait().context("look at the server")? {
                bail!("Portcullis ended with {status}: {}", self.last_words());
            }
            if since.elapsed() > READY_LIMIT {
                bail!("Portcullis is not ready after {} s: {}", READY_LIMIT.as_secs(), self.last_words());
            }
            if interrupted.recv_timeout(LOOK_EVERY).is_ok() {
                bail!("interrupted");
            }
        }
        Ok(())
    }

    /// Waits for Ctrl-C; an end of the server by itself is an error.
    pub(crate) fn wait_end(&mut self, interrupted: &Receiver<()>) -> Result<()> {
        loop {
            match interrupted.recv_timeout(Duration::from_millis(300)) {
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(status) = self.child.try_wait().context("look at the server")? {
                // A terminal's Ctrl-C reaches the server too, sometimes first.
                if status.success() {
                    return Ok(());
                }
                bail!("Portcullis ended with {status}: {}", self.last_words());
            }
        }
    }

    /// Stops it gracefully, and by force if that takes too long.
    pub(crate) fn stop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            if let Some(id) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
                kill_process(id, Signal::TERM).ok();
            }
            let since = Stopwatch::start();
            while matches!(self.child.try_wait(), Ok(None)) && since.elapsed() < STOP_LIMIT {
                std::thread::sleep(LOOK_EVERY);
            }
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }

    /// Its log file.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let line = log.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
        format!("{line} (log: {})", workspace::shown(&self.log))
    }
}
