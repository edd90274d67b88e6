//! Processor time and memory of a process with all its children, from `/proc`.
//!
//! Times are those of the scheduler (`/proc/PID/task/TID/schedstat`, nanoseconds: user and system); the kernel's own
//! sums in `/proc/PID/stat` count in steps of 10 ms, and are read beside them as a check.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Nanoseconds of one step of `/proc/PID/stat` (`CLK_TCK` is 100 on every Linux of today).
const TICK_NANOS: u64 = 10_000_000;

/// What was used up to a moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    /// By thread id: name and nanoseconds.
    threads: BTreeMap<u32, (String, u64)>,
    /// By `/proc/PID/stat`, threads that ended included.
    coarse_nanos: u64,
}

/// What was used between two moments.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Used {
    /// All threads, in nanoseconds.
    pub(crate) nanos: u64,
    /// Threads that serve no requests themselves: those whose name does not begin as said.
    pub(crate) background_nanos: u64,
    /// All threads, in steps of 10 ms.
    pub(crate) coarse_nanos: u64,
    /// The part of background threads, by name.
    pub(crate) background: BTreeMap<String, u64>,
}

impl Snapshot {
    /// Of a process and its children, now.
    pub(crate) fn of(process: u32) -> Self {
        let mut snapshot = Self::default();
        for process in tree(process) {
            snapshot.coarse_nanos += coarse_nanos(process);
            for thread in numbers(Path::new(&format!("/proc/{process}/task"))) {
                let file = |name: &str| fs::read_to_string(format!("/proc/{process}/task/{thread}/{name}"));
                let (Ok(times), Ok(name)) = (file("schedstat"), file("comm")) else { continue };
                let nanos = times.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0);
                snapshot.threads.insert(thread, (name.trim().to_owned(), nanos));
            }
        }
        snapshot
    }

    /// What was used since an earlier moment. A thread that ended meanwhile is missing here, not in the coarse sum.
    pub(crate) fn since(&self, before: &Self, worker_prefix: &str) -> Used {
        let mut used = Used { coarse_nanos: self.coarse_nanos.saturating_sub(before.coarse_nanos), ..Used::default() };
        for (thread, (name, nanos)) in &self.threads {
            let former = before.threads.get(thread).map_or(0, |(_, nanos)| *nanos);
            let nanos = nanos.saturating_sub(former);
            used.nanos += nanos;
            if !name.starts_with(worker_prefix) {
                used.background_nanos += nanos;
                *used.background.entry(name.clone()).or_default() += nanos;
            }
        }
        used
    }
}

/// Resident memory of a process and its children, in bytes.
pub(crate) fn resident_bytes(process: u32) -> u64 {
    let kibibytes = |process: u32| -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    };
    tree(process).into_iter().filter_map(kibibytes).sum::<u64>() * 1024
}

/// A process, its children, and theirs.
fn tree(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> =
        numbers(Path::new("/proc")).into_iter().filter_map(|process| Some((process, parent(process)?))).collect();
    let mut found = vec![root];
    let mut at = 0;
    while let Some(&parent) = found.get(at) {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(process, _)| *process));
        at += 1;
    }
    found
}

fn parent(process: u32) -> Option<u32> {
    stat_fields(process)?.get(1)?.parse().ok()
}

fn coarse_nanos(process: u32) -> u64 {
    let fields = stat_fields(process).unwrap_or_default();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<u64>().ok()).unwrap_or(0);
    (ticks(11) + ticks(12)) * TICK_NANOS
}

/// What follows the name in `/proc/PID/stat`; the name may hold anything.
fn stat_fields(process: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    Some(fields.split(' ').map(str::to_owned).collect())
}

/// The entries of a folder that are numbers.
fn numbers(folder: &Path) -> Vec<u32> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_work_of_a_process_is_seen_by_both_clocks() {
        let own = std::process::id();
        let before = Snapshot::of(own);
        let mut sum: u64 = 0;
        let mut used = Used::default();
        // Until a step of the coarse clock has passed.
        for round in 0..100_000_u64 {
            (0..200_000).for_each(|step| sum = std::hint::black_box(sum.wrapping_add(round ^ step)));
            used = Snapshot::of(own).since(&before, "no thread is called this");
            if used.coarse_nanos > 0 && used.nanos > 0 {
                break;
            }
        }
        assert!(used.coarse_nanos > 0 && used.nanos > 0, "{used:?}");
        assert_eq!(used.nanos, used.background_nanos);
        assert!(resident_bytes(own) > 100_000);
    }
}
