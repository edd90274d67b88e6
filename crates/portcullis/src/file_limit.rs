//! How many files and sockets this process may have open: as many as the system lets it, and what follows for callers.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::num::NonZeroUsize;

/// Kept for the stores, the management side, the log and connections that are turned away.
const RESERVED: u64 = 512;
/// More connections than this are no default; each costs a few kilobytes.
const MOST_CONNECTIONS: u64 = 65_536;
/// What systems allow that do not say.
const USUAL_FILES: u64 = 1024;

/// Raises the limit to the most that is allowed; gives the limit in force.
pub(crate) fn raise() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return limit.current.unwrap_or(u64::MAX);
    }
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum.unwrap_or(u64::MAX),
        Err(error) => {
            tracing::warn!(%error, "the limit of open files cannot be raised");
            limit.current.unwrap_or(USUAL_FILES)
        }
    }
}

/// Connections of callers that each worker may have open, where nobody said: half of the files, as each may need one to
/// an upstream.
pub(crate) fn connections_per_worker(files: u64, workers: NonZeroUsize) -> usize {
    let workers = u64::try_from(workers.get()).unwrap_or(u64::MAX);
    let each = files.saturating_sub(RESERVED) / 2 / workers;
    usize::try_from(each.clamp(64, MOST_CONNECTIONS)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connection_can_have_one_to_an_upstream() {
        let two = NonZeroUsize::new(2).unwrap();
        assert_eq!(connections_per_worker(20_000, two), 4_872);
        assert_eq!(connections_per_worker(u64::MAX, two), 65_536);
        assert_eq!(connections_per_worker(256, two), 64);
    }
}
