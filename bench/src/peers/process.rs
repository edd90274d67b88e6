//! Programs that are measured: started on one core, stopped when dropped.

use super::machine;
use super::processor::{Snapshot, resident_bytes};
use crate::clock;
use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const START_LIMIT: Duration = Duration::from_mins(5);
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// A running program.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program pinned to a core; what it prints goes to `output` in the folder.
    pub(crate) fn start(core: u32, program: &Path, arguments: &[String], folder: &Path) -> Result<Self> {
        let log = folder.join("output");
        let file = File::create(&log).with_context(|| format!("write {}", log.display()))?;
        let child = Command::new("taskset")
            .args(["-c", &core.min(last_core()).to_string()])
            .arg(program)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(file.try_clone().context("share the output file")?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("start {} by taskset", program.display()))?;
        Ok(Self { child, log })
    }

    /// Waits until it takes connections.
    pub(crate) fn wait_listening(&mut self, address: SocketAddr) -> Result<()> {
        let started = clock::until(START_LIMIT, || {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(Err(anyhow::anyhow!("it ended with {status}")));
            }
            TcpStream::connect(address).ok().map(|_| Ok(()))
        });
        match started {
            Some(outcome) => outcome.with_context(|| self.last_words()),
            None => bail!("it does not listen at {address} after {} s: {}", START_LIMIT.as_secs(), self.last_words()),
        }
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it and its children used so far.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::of(self.child.id())
    }

    /// Resident memory, children included.
    pub(crate) fn resident_bytes(&self) -> u64 {
        resident_bytes(self.child.id())
    }

    /// The end of what it printed.
    pub(crate) fn last_words(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = lines.get(lines.len().saturating_sub(4)..).unwrap_or_default().join(" / ");
        last.chars().take(600).collect()
    }

    /// Stops it, by force if it takes longer than 20 s.
    pub(crate) fn stop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            if let Some(id) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
                kill_process(id, Signal::TERM).ok();
            }
            let ended = clock::until(STOP_LIMIT, || matches!(self.child.try_wait(), Ok(Some(_))).then_some(()));
            if ended.is_none() {
                self.child.kill().ok();
                self.child.wait().ok();
            }
        }
    }
}

/// A machine with one processor has no core 1.
fn last_core() -> u32 {
    u32::try_from(machine::cores().saturating_sub(1)).unwrap_or(0)
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}
