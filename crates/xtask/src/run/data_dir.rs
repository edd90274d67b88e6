//! The data directory of `cargo xtask run`, marked as its own by a file.
//!
//! The mark is written before Portcullis first starts there, so that `--fresh` never removes a directory
//! that somebody else made. It also remembers the demo service's port and that seeding was completed.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

const MARK: &str = ".made-by-xtask";
const SEEDED: &str = "seeded";

/// What was in the directory before this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing: this run fills it.
    Empty,
    /// A workspace, made by an earlier run or by somebody else.
    Filled {
        /// Made by an earlier `cargo xtask run`.
        by_us: bool,
    },
}

/// A data directory, there or not.
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    /// Names the directory; touches nothing.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Removes it, if it is there and ours.
    pub(crate) fn remove(&self) -> Result<()> {
        if !self.0.exists() {
            return Ok(());
        }
        if !self.mark().exists() {
            bail!(
                "{} was not made by `cargo xtask run`, so --fresh leaves it alone; remove it yourself",
                self.0.display()
            );
        }
        std::fs::remove_dir_all(&self.0).with_context(|| format!("remove {}", self.0.display()))
    }

    /// Says what is there; an absent or empty directory is made and marked.
    pub(crate) fn claim(&self) -> Result<State> {
        if let Ok(mark) = std::fs::read_to_string(self.mark()) {
            if mark.lines().any(|line| line == SEEDED) {
                return Ok(State::Filled { by_us: true });
            }
            bail!("an earlier run stopped before {} was filled; start over with --fresh", self.0.display());
        }
        if self.0.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
            return Ok(State::Filled { by_us: false });
        }
        std::fs::create_dir_all(&self.0).with_context(|| format!("make {}", self.0.display()))?;
        std::fs::write(self.mark(), "").with_context(|| format!("mark {}", self.0.display()))?;
        Ok(State::Empty)
    }

    /// The demo service's port of the run that filled the directory: its collections point there.
    pub(crate) fn remembered_service(&self) -> Option<u16> {
        let mark = std::fs::read_to_string(self.mark()).ok()?;
        mark.lines().find_map(|line| line.strip_prefix("demo-service-port=")?.parse().ok())
    }

    /// Notes that the workspace is complete and where its demo service is.
    pub(crate) fn remember_seeded(&self, service_port: u16) -> Result<()> {
        let text = format!("demo-service-port={service_port}\n{SEEDED}\n");
        std::fs::write(self.mark(), text).with_context(|| format!("mark {}", self.0.display()))
    }

    fn mark(&self) -> PathBuf {
        self.0.join(MARK)
    }
}

#[cfg(test)]
mod tests {
    use super::{DataDir, State};

    /// A fresh path below the system's folder for temporary files.
    fn scratch(name: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        std::fs::remove_dir_all(&path).ok();
        path
    }

    #[test]
    fn fresh_removes_only_what_was_marked() {
        let path = scratch("fresh");
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("precious"), "x").unwrap();
        let foreign = DataDir::new(path.clone());
        assert!(foreign.claim().unwrap() == State::Filled { by_us: false });
        assert!(foreign.remove().unwrap_err().to_string().contains("was not made by"));
        assert!(path.join("precious").exists());
        std::fs::remove_dir_all(&path).unwrap();

        let ours = DataDir::new(path.clone());
        assert!(ours.claim().unwrap() == State::Empty);
        assert!(ours.claim().unwrap_err().to_string().contains("--fresh"));
        ours.remember_seeded(4711).unwrap();
        assert!(ours.claim().unwrap() == State::Filled { by_us: true });
        assert_eq!(ours.remembered_service(), Some(4711));
        ours.remove().unwrap();
        assert!(!path.exists());
    }
}
