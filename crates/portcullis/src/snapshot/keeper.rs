//! Keeps the copy on the disk as new as the directory. Everything here blocks on the disk.

use super::files::{self, Present, log_path, snapshot_path};
use super::load::chain;
use super::log::Log;
use domain::ids::Revision;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;
use store::DirectoryCopy;

/// A log is not followed by a new generation before it is so long, nor before it is as long as its snapshot.
const SHORT_LOG_BYTES: u64 = 4 * 1024 * 1024;

/// The one who writes.
#[derive(Debug)]
pub(crate) struct Keeper {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// `None`: nothing is kept now.
    open: Option<Open>,
    /// Whether this process writes.
    is_ours: bool,
    /// A change is in force that the files lack, and they are still there.
    must_withdraw: bool,
    /// Writes that failed.
    failures: u64,
}

#[derive(Debug)]
struct Open {
    generation: u64,
    log: Log,
    /// What the log leads to.
    revision: Revision,
    /// Length of the snapshot, once there is one.
    snapshot_bytes: Option<u64>,
}

/// What is kept, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The revision that a start would find; `None`: none.
    pub(crate) revision: Option<Revision>,
    /// Writes that failed.
    pub(crate) failures: u64,
}

impl Keeper {
    /// Keeps nothing yet; what is there stays.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), state: Mutex::default() }
    }

    /// What is kept now.
    pub(crate) fn kept(&self) -> Kept {
        let state = self.state();
        let whole = state.open.as_ref().filter(|open| open.snapshot_bytes.is_some());
        Kept { revision: whole.map(|open| open.revision), failures: state.failures }
    }

    /// Writes from now on: no other process does.
    pub(crate) fn take(&self) {
        self.state().is_ours = true;
    }

    /// The revision that a start would find now, if there is a copy that is whole.
    pub(crate) fn last_kept(&self) -> Option<Revision> {
        chain(&self.folder).ok().map(|chain| chain.revision)
    }

    /// Begins a generation: the directory is at this revision, and every change from now on is told. Gives its number. If
    /// it cannot be begun, all files are removed; an error says that not even that could be done.
    pub(crate) fn begin(&self, revision: Revision, schema: i64) -> io::Result<Option<u64>> {
        let mut state = self.state();
        if !state.is_ours {
            return Ok(None);
        }
        state.open = None;
        let begun = files::present(&self.folder).and_then(|present| {
            let generation = newest(&present).map_or(1, |newest| newest + 1);
            Ok((generation, Log::create(&self.folder, generation, schema, revision)?))
        });
        match begun {
            Ok((generation, log)) => {
                state.open = Some(Open { generation, log, revision, snapshot_bytes: None });
                Ok(Some(generation))
            }
            Err(error) => self.withdraw(&mut state, &error).map(|()| None),
        }
    }

    /// The same where the log has grown long: the new one begins where it ends.
    pub(crate) fn go_on_anew(&self, schema: i64) -> io::Result<Option<u64>> {
        let Some(revision) = self.state().open.as_ref().map(|open| open.revision) else { return Ok(None) };
        self.begin(revision, schema)
    }

    /// Completes a generation with all rows, and removes what came before the former one.
    pub(crate) fn complete(&self, generation: u64, copy: &DirectoryCopy) -> io::Result<()> {
        let is_current = |state: &State| state.open.as_ref().is_some_and(|open| open.generation == generation);
        if !is_current(&self.state()) {
            return Ok(());
        }
        let written = files::write_snapshot(&self.folder, generation, copy);
        let mut state = self.state();
        if !is_current(&state) {
            return files::remove(&self.folder, [snapshot_path(&self.folder, generation)]);
        }
        if let Err(error) = written {
            state.failures += 1;
            return Err(error);
        }
        if let Some(open) = &mut state.open {
            open.snapshot_bytes = Some(copy.rows.len() as u64);
        }
        let present = files::present(&self.folder)?;
        let former = present.snapshots.iter().rev().find(|one| **one < generation).copied().unwrap_or(generation);
        let old = present.snapshots.iter().filter(|one| **one < former).map(|one| snapshot_path(&self.folder, *one));
        let old_logs = present.logs.iter().filter(|one| **one < former).map(|one| log_path(&self.folder, *one));
        files::remove(&self.folder, old.chain(old_logs).chain(present.drafts))
    }

    /// Takes down what a step of the directory touched. On the disk when this returns. If it cannot be written, all files
    /// are removed; an error says that not even that could be done.
    pub(crate) fn append(&self, from: Revision, to: Revision, rows: &str) -> io::Result<()> {
        let mut state = self.state();
        let Some(open) = &mut state.open else { return Ok(()) };
        match open.log.append(from, to, rows) {
            Ok(()) => {
                open.revision = to;
                Ok(())
            }
            Err(error) => self.withdraw(&mut state, &error),
        }
    }

    /// Removes all files, as the directory is no longer what they say and that cannot be written down: tried again here
    /// if it could not be done before.
    pub(crate) fn settle(&self) -> io::Result<()> {
        let mut state = self.state();
        if state.must_withdraw { self.remove_all(&mut state) } else { Ok(()) }
    }

    /// Notes that the directory is as new as the database.
    pub(crate) fn touch(&self, now: SystemTime) {
        if let Some(open) = &self.state().open
            && let Err(error) = open.log.touch(now)
        {
            tracing::debug!(%error, "the time of the directory's log cannot be set");
        }
    }

    /// Whether a new generation is to be made: there is none, it lacks its snapshot, or its log has grown long.
    pub(crate) fn wants(&self) -> Wish {
        let state = self.state();
        match &state.open {
            None if !state.is_ours => Wish::Nothing,
            None => Wish::Begin,
            Some(Open { snapshot_bytes: None, generation, .. }) => Wish::Complete(*generation),
            Some(Open { snapshot_bytes: Some(bytes), log, .. }) if log.bytes() > SHORT_LOG_BYTES.max(*bytes) => {
                Wish::GoOn
            }
            Some(_) => Wish::Nothing,
        }
    }

    /// Writes nothing more: another process does.
    pub(crate) fn let_go(&self) {
        let mut state = self.state();
        state.open = None;
        state.is_ours = false;
    }

    fn withdraw(&self, state: &mut State, error: &io::Error) -> io::Result<()> {
        tracing::error!(%error, "the copy of the directory cannot be written: it is removed until it can");
        state.open = None;
        state.failures += 1;
        state.must_withdraw = true;
        self.remove_all(state)
    }

    fn remove_all(&self, state: &mut State) -> io::Result<()> {
        let Present { snapshots, logs, drafts } = files::present(&self.folder)?;
        let snapshots = snapshots.into_iter().map(|one| snapshot_path(&self.folder, one));
        let logs = logs.into_iter().map(|one| log_path(&self.folder, one));
        // Snapshots first: a log without one is nothing to start from.
        files::remove(&self.folder, snapshots.chain(logs).chain(drafts))?;
        state.must_withdraw = false;
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is to be done for the copy, when there is time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Nothing.
    Nothing,
    /// Begin a generation.
    Begin,
    /// Copy all rows for this one.
    Complete(u64),
    /// Begin the next one, as the log is long.
    GoOn,
}

fn newest(present: &Present) -> Option<u64> {
    present.snapshots.last().max(present.logs.last()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn copy(revision: i64) -> DirectoryCopy {
        DirectoryCopy { revision: Revision(revision), schema: 1, rows: String::new() }
    }

    #[test]
    fn the_present_and_the_former_generation_stay() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = Keeper::new(folder.path());
        keeper.take();
        for revision in 1..=4 {
            let generation = keeper.begin(Revision(revision), 1).unwrap().unwrap();
            assert_eq!(keeper.kept().revision, None);
            assert_eq!(keeper.wants(), Wish::Complete(generation));
            keeper.complete(generation, &copy(revision)).unwrap();
            assert_eq!((keeper.kept().revision, keeper.wants()), (Some(Revision(revision)), Wish::Nothing));
        }
        let present = files::present(folder.path()).unwrap();
        assert_eq!((present.snapshots, present.logs), (vec![3, 4], vec![3, 4]));
    }

    #[test]
    fn a_generation_that_another_one_followed_is_not_completed() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = Keeper::new(folder.path());
        keeper.take();
        let first = keeper.begin(Revision(1), 1).unwrap().unwrap();
        let second = keeper.begin(Revision(2), 1).unwrap().unwrap();
        keeper.complete(first, &copy(1)).unwrap();
        keeper.complete(second, &copy(2)).unwrap();
        assert_eq!(files::present(folder.path()).unwrap().snapshots, [second]);
    }

    #[test]
    fn what_cannot_be_begun_leaves_nothing_to_start_from() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = Keeper::new(folder.path());
        keeper.take();
        let generation = keeper.begin(Revision(1), 1).unwrap().unwrap();
        keeper.complete(generation, &copy(1)).unwrap();
        let away = folder.path().with_extension("away");
        fs::rename(folder.path(), &away).unwrap();
        assert!(keeper.append(Revision(1), Revision(2), "").is_ok(), "the file is open");
        assert!(keeper.begin(Revision(3), 1).is_err());
        assert!(keeper.settle().is_err(), "nobody knows what is there");
        fs::rename(&away, folder.path()).unwrap();
        assert!(files::has_any(folder.path()));
        keeper.settle().unwrap();
        assert!(!files::has_any(folder.path()));
        assert_eq!((keeper.wants(), keeper.kept()), (Wish::Begin, Kept { revision: None, failures: 1 }));
        let generation = keeper.begin(Revision(3), 1).unwrap();
        assert_eq!(generation, Some(1), "numbers begin anew");
    }
}
