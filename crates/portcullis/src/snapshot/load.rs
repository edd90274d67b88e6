//! Reads the copy back, when the database cannot be used.

use super::files::{self, log_path, read_snapshot, snapshot_path};
use super::log::{self, Step};
use domain::ids::Revision;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};
use store::{DirectoryCopy, Loaded, Replica, SecretKey};

/// The directory as it was last known.
#[derive(Debug)]
pub(crate) struct Copied {
    /// Its revision.
    pub(crate) revision: Revision,
    /// Everything in it.
    pub(crate) loaded: Loaded,
    /// How long ago it was as new as the database, for certain.
    pub(crate) age: Duration,
}

/// Loads the newest copy that is whole. The message says why there is none.
pub(crate) async fn load(folder: &Path, key: &SecretKey, now: SystemTime) -> Result<Copied, String> {
    let Chain { base, steps, revision, last } = tokio::task::block_in_place(|| chain(folder))?;
    let failed = |error: store::StoreError| error.to_string();
    let mut replica = Replica::new(base.schema).await.map_err(failed)?;
    replica.put(&base.rows).await.map_err(failed)?;
    for step in steps {
        replica.put(&step.rows).await.map_err(failed)?;
    }
    let time = fs::metadata(log_path(folder, last)).and_then(|found| found.modified());
    let time = time.map_err(|error| format!("log {last}: {error}"))?;
    let loaded = replica.load(key).await.map_err(failed)?;
    Ok(Copied { revision, loaded, age: now.duration_since(time).unwrap_or_default() })
}

/// What follows from each other on the disk.
pub(super) struct Chain {
    base: DirectoryCopy,
    steps: Vec<Step>,
    /// Where it ends.
    pub(super) revision: Revision,
    /// The last generation that belongs to it.
    last: u64,
}

/// The newest snapshot that is whole, and every step since. Anything that could hide a step is an error. Blocks.
pub(super) fn chain(folder: &Path) -> Result<Chain, String> {
    let present = files::present(folder).map_err(|error| error.to_string())?;
    let (first, base) = newest_good(folder, &present.snapshots)?;
    let (mut revision, mut steps, mut last) = (base.revision, Vec::new(), first);
    if !present.logs.contains(&first) {
        return Err(format!("log {first} is missing"));
    }
    for generation in present.logs.into_iter().filter(|one| *one >= first) {
        let read = log::read(folder, generation).map_err(|why| format!("log {generation}: {why}"))?;
        let Some(log) = read else { continue };
        // The snapshot was copied while its log was written already; a later log begins where the former one ended.
        let follows = if generation == first { log.from <= revision } else { log.from == revision };
        if !follows || log.schema != base.schema {
            return Err(format!("log {generation} does not go on from what is before it"));
        }
        for step in log.steps.into_iter().filter(|step| step.to > base.revision) {
            if step.from > revision {
                return Err(format!("log {generation} lacks what came before revision {}", step.to.0));
            }
            revision = revision.max(step.to);
            steps.push(step);
        }
        last = generation;
    }
    Ok(Chain { base, steps, revision, last })
}

fn newest_good(folder: &Path, snapshots: &[u64]) -> Result<(u64, DirectoryCopy), String> {
    let mut why = "there is none".to_owned();
    for generation in snapshots.iter().rev() {
        match read_snapshot(&snapshot_path(folder, *generation)) {
            Ok(copy) => return Ok((*generation, copy)),
            Err(fault) => {
                tracing::error!(generation, fault, "a copy of the directory is refused; the one before it is tried");
                why = format!("snapshot {generation}: {fault}");
            }
        }
    }
    Err(why)
}
