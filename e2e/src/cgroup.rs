//! Holds a process down to a part of the processor, by a control group with a CPU quota: version 1 (`cpu.cfs_quota_us`)
//! or version 2 (`cpu.max`), whichever the machine has.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

const PERIOD_MICROS: u32 = 100_000;

/// A control group of one process. It is taken away when this is dropped, after the process has ended.
#[derive(Debug)]
pub struct CpuHold {
    folder: PathBuf,
    /// What to call the machine's way.
    pub version: &'static str,
}

/// Why no process can be held here.
#[derive(Debug)]
pub struct NotHere(pub String);

impl CpuHold {
    /// A group that gets this many hundredths of one processor; the process is put into it. The inner error: this machine
    /// lets nobody make one.
    pub fn on(process: u32, hundredths: u32) -> Result<std::result::Result<Self, NotHere>> {
        let name = format!("portcullis-test-{process}");
        let quota = PERIOD_MICROS / 100 * hundredths;
        let mut problems = Vec::new();
        let v1 = Path::new("/sys/fs/cgroup/cpu");
        let v2 = Path::new("/sys/fs/cgroup");
        for (version, root, setting, value) in [
            ("cgroup v1", v1, "cpu.cfs_quota_us", quota.to_string()),
            ("cgroup v2", v2, "cpu.max", format!("{quota} {PERIOD_MICROS}")),
        ] {
            if version == "cgroup v2" && !root.join("cgroup.controllers").exists() {
                problems.push("cgroup v2: not mounted at /sys/fs/cgroup".to_owned());
                continue;
            }
            let hold = Self { folder: root.join(&name), version };
            match hold.set(setting, &value) {
                Ok(()) => {
                    fs::write(hold.folder.join("cgroup.procs"), process.to_string()).context("join the group")?;
                    return Ok(Ok(hold));
                }
                Err(error) => problems.push(format!("{version}: {error}")),
            }
        }
        Ok(Err(NotHere(problems.join("; "))))
    }

    fn set(&self, setting: &str, value: &str) -> std::io::Result<()> {
        fs::create_dir(&self.folder)?;
        fs::write(self.folder.join(setting), value)
    }
}

impl Drop for CpuHold {
    fn drop(&mut self) {
        // Fails while the process runs: then an empty group stays behind, which holds nobody.
        let _left = fs::remove_dir(&self.folder);
    }
}
