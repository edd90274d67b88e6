//! Rate windows outside of the process: saved at a stop and read at the next start (`DATA_DIR/rate_windows`), or given to a
//! process that takes over.
//!
//! Windows are kept as ages. How much time has passed since is told by the system's clock since it was booted, which no
//! change of the date moves: after a restart of the machine itself only the time since then is certain, so a window
//! may stay closed for longer than it had to, and never opens early. After a crash there is no file and windows start
//! empty.
//!
//! The size is bounded: with very many active profiles the windows are kept in fewer groups, which also errs on the
//! closed side.

use crate::clock::{self, Uptime};
use domain::access_policy::{RateInterval, RateLimit};
use domain::directory::Directory;
use domain::ids::{ClientId, ProfileId};
use domain::limits::{Counters, SavedWindow, SubjectKey};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAGIC: &[u8; 8] = b"PCRW\0\0\0\x01";
const CHECKSUM_BYTES: usize = 32;
/// Largest set of windows.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// Groups per window, from whole windows down.
const GROUPS: [usize; 5] = [128, 32, 8, 2, 1];

/// Why saved windows are not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("they are damaged, or of another version")]
pub(crate) struct Damaged;

/// Saved windows, and how long ago that was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Saved {
    windows: Vec<(SubjectKey, SavedWindow)>,
    elapsed_nanos: u64,
}

/// All that is known in rate windows now, as bytes.
pub(crate) fn collect(directory: &Directory) -> Vec<u8> {
    collect_within(directory, MOST_BYTES)
}

fn collect_within(directory: &Directory, most_bytes: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for most_groups in GROUPS {
        bytes.clear();
        bytes.extend_from_slice(MAGIC);
        // In this order ages come out too young rather than too old.
        let now = clock::now().monotonic;
        let uptime = clock::uptime();
        bytes.extend_from_slice(&uptime.boot);
        bytes.extend_from_slice(&uptime.nanos.to_le_bytes());
        let fits = subjects(directory).all(|(key, counters)| {
            if let Some(window) = counters.save_rate(now, most_groups) {
                put(&mut bytes, key, &window);
            }
            bytes.len() <= most_bytes
        });
        if fits {
            break;
        }
        if most_groups == 1 {
            tracing::warn!("too many rate windows are in use: some of them will start empty");
        }
    }
    let checksum = checksum(&bytes);
    bytes.extend_from_slice(&checksum);
    bytes
}

/// Reads windows.
pub(crate) fn parse(bytes: &[u8], now: &Uptime) -> Result<Saved, Damaged> {
    let (body, sum) = bytes.split_at_checked(bytes.len().saturating_sub(CHECKSUM_BYTES)).ok_or(Damaged)?;
    if checksum(body) != sum {
        return Err(Damaged);
    }
    let mut reader = Reader(body);
    if &reader.take::<8>()? != MAGIC {
        return Err(Damaged);
    }
    let then = Uptime { boot: reader.take()?, nanos: u64::from_le_bytes(reader.take()?) };
    let mut windows = Vec::new();
    while !reader.0.is_empty() {
        windows.push(reader.window()?);
    }
    Ok(Saved { windows, elapsed_nanos: now.since(&then) })
}

impl Saved {
    /// Puts the windows where calls will be counted. No call may have been counted yet.
    pub(crate) fn restore(&self, directory: &Directory) {
        let now = clock::now().monotonic;
        for (key, window) in &self.windows {
            let counters = match key {
                SubjectKey::Profile(id) => directory.profile(*id).map(|profile| profile.counters()),
                SubjectKey::Client(id) => directory.client(*id).map(|client| client.counters()),
            };
            if let Some(counters) = counters {
                counters.restore_rate(window, self.elapsed_nanos, now);
            }
        }
    }
}

/// Saves the windows in the data directory. Blocks.
pub(crate) fn save(data_dir: &Path, directory: &Directory) -> io::Result<()> {
    let path = path(data_dir);
    let fresh = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(&collect(directory))?;
    file.sync_all()?;
    fs::rename(&fresh, &path)?;
    File::open(data_dir)?.sync_all()
}

/// Puts back what was saved at the last stop, if anything was.
pub(crate) fn load(data_dir: &Path, directory: &Directory) {
    let path = path(data_dir);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "saved rate windows cannot be read: they start empty");
            return;
        }
    };
    match parse(&bytes, &clock::uptime()) {
        Ok(saved) => saved.restore(directory),
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "saved rate windows are not used: windows start empty");
        }
    }
}

/// Removes what was saved: from now on it is out of date.
pub(crate) fn forget(data_dir: &Path) {
    let path = path(data_dir);
    if let Err(error) = fs::remove_file(&path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, path = %path.display(), "saved rate windows cannot be removed");
    }
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("rate_windows")
}

fn subjects(directory: &Directory) -> impl Iterator<Item = (SubjectKey, &Arc<Counters>)> {
    let profiles = directory.profiles().map(|profile| (SubjectKey::Profile(profile.id()), profile.counters()));
    let clients = directory.clients().map(|client| (SubjectKey::Client(client.id()), client.counters()));
    profiles.chain(clients)
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}

/// One window: whose (9 bytes), limit and interval (5), number of groups (1), groups of age and count (12 each).
fn put(bytes: &mut Vec<u8>, key: SubjectKey, window: &SavedWindow) {
    let (kind, id) = match key {
        SubjectKey::Profile(id) => (0, id.0),
        SubjectKey::Client(id) => (1, id.0),
    };
    let interval = RateInterval::ALL.iter().position(|interval| *interval == window.rate.interval());
    bytes.push(kind);
    bytes.extend_from_slice(&id.to_le_bytes());
    bytes.extend_from_slice(&window.rate.limit().to_le_bytes());
    bytes.push(interval.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX));
    let groups = u8::try_from(window.groups.len()).unwrap_or(u8::MAX);
    bytes.push(groups);
    for (age, count) in window.groups.iter().take(groups.into()) {
        bytes.extend_from_slice(&age.to_le_bytes());
        bytes.extend_from_slice(&count.to_le_bytes());
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Damaged)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn window(&mut self) -> Result<(SubjectKey, SavedWindow), Damaged> {
        let [kind] = self.take()?;
        let id = i64::from_le_bytes(self.take()?);
        let key = match kind {
            0 => SubjectKey::Profile(ProfileId(id)),
            1 => SubjectKey::Client(ClientId(id)),
            _ => return Err(Damaged),
        };
        let limit = u32::from_le_bytes(self.take()?);
        let [interval] = self.take()?;
        let interval = *RateInterval::ALL.get(usize::from(interval)).ok_or(Damaged)?;
        let rate = RateLimit::new(limit.into(), interval).ok_or(Damaged)?;
        let [groups] = self.take()?;
        let group = |_| Ok((u64::from_le_bytes(self.take()?), u32::from_le_bytes(self.take()?)));
        let groups = (0..groups).map(group).collect::<Result<Vec<_>, Damaged>>()?;
        Ok((key, SavedWindow { rate, groups }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::client::Client;
    use domain::directory::Delta;
    use domain::ids::{ProjectId, Revision};
    use domain::limits::{Counting, Limits, Patience, Subject, take};
    use domain::text::Name;
    use domain::time::Timestamp;

    const MINUTE: u64 = 60_000_000_000;

    fn directory(clients: i64) -> Directory {
        let client = |id| {
            let client = Client {
                id: ClientId(id),
                project_id: ProjectId(1),
                name: Name::parse(&format!("client {id}")).unwrap(),
                description: None,
                email: None,
                enabled: true,
                default_terms: None,
                shared_policy_id: None,
                logo_version: None,
                created_at: Timestamp(0),
                updated_at: Timestamp(0),
            };
            Delta::Client(ClientId(id), Some(Box::new(client)))
        };
        Directory::empty().apply(Revision(1), (1..=clients).map(client))
    }

    /// Calls as often as a limit of three an hour admits.
    fn call(directory: &Directory, client: i64) -> u32 {
        let rate = RateLimit::new(3, RateInterval::Hour).unwrap();
        let counters = directory.client(ClientId(client)).unwrap().counters();
        let limits = Limits { rate: Some(rate), quota: None };
        let subject = Subject { key: SubjectKey::Client(ClientId(client)), counters, limits };
        let is_admitted =
            |_: &i32| take(&subject, None, Revision(1), Counting::Take, Patience::Fresh, clock::now()).is_ok();
        (0..10).filter(is_admitted).count().try_into().unwrap()
    }

    #[test]
    fn a_used_up_window_is_used_up_after_a_restart_and_open_an_hour_later() {
        let before = directory(2);
        assert_eq!(call(&before, 1), 3);
        let bytes = collect(&before);
        let now = clock::uptime();
        for (passed, admitted) in [(0, 0), (59 * MINUTE, 0), (61 * MINUTE, 3)] {
            let after = directory(2);
            let now = Uptime { nanos: now.nanos + passed, ..now };
            parse(&bytes, &now).unwrap().restore(&after);
            assert_eq!(call(&after, 1), admitted, "{passed}");
            assert_eq!(call(&after, 2), 3, "another client has its own window");
        }
    }

    #[test]
    fn after_a_restart_of_the_machine_only_the_time_since_then_has_passed_for_certain() {
        let before = directory(1);
        call(&before, 1);
        let bytes = collect(&before);
        for (uptime, admitted) in [(MINUTE, 0), (61 * MINUTE, 3)] {
            let after = directory(1);
            parse(&bytes, &Uptime { boot: [9; 16], nanos: uptime }).unwrap().restore(&after);
            assert_eq!(call(&after, 1), admitted, "{uptime}");
        }
    }

    #[test]
    fn with_little_room_windows_are_kept_coarsely_and_stay_closed() {
        let before = directory(20);
        for client in 1..=20 {
            assert_eq!(call(&before, client), 3);
        }
        let whole = collect(&before);
        let bytes = collect_within(&before, 20 * 30 + 100);
        assert!(bytes.len() < whole.len());
        let after = directory(20);
        parse(&bytes, &clock::uptime()).unwrap().restore(&after);
        for client in 1..=20 {
            assert_eq!(call(&after, client), 0);
        }
    }

    #[test]
    fn what_is_damaged_is_not_used() {
        let before = directory(1);
        call(&before, 1);
        let good = collect(&before);
        let now = clock::uptime();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(parse(&bad, &now), Err(Damaged), "byte {at}");
            assert_eq!(parse(&good[..at], &now), Err(Damaged), "cut at {at}");
        }
        assert!(parse(&good, &now).is_ok());
    }

    #[test]
    fn the_file_is_read_back_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let before = directory(1);
        call(&before, 1);
        save(folder.path(), &before).unwrap();
        let after = directory(1);
        load(folder.path(), &after);
        assert_eq!(call(&after, 1), 0);
        forget(folder.path());
        let later = directory(1);
        load(folder.path(), &later);
        assert_eq!(call(&later, 1), 3);
    }
}
