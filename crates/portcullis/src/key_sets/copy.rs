//! The copy of all sets in use: `DATA_DIR/key_sets.json`. It is replaced whole, by a rename, so that it is never half.

use super::entry::Kept;
use super::schedule::KEEP;
use domain::jwt::KeySet;
use domain::terms::KeySource;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const VERSION: u32 = 1;

/// A set that was in use when the program last ran.
#[derive(Debug, Clone)]
pub(crate) struct Restored {
    /// Where it is from.
    pub(super) source: KeySource,
    /// The set.
    pub(super) kept: Kept,
    /// How long ago it was last fetched. Zero if the clock was set back since.
    pub(super) age: Duration,
}

#[derive(Serialize, Deserialize)]
struct Contents {
    version: u32,
    key_sets: Vec<Item>,
}

#[derive(Serialize, Deserialize)]
struct Item {
    kind: Kind,
    url: Arc<str>,
    fetched_at: Timestamp,
    /// The set as it was fetched.
    text: Arc<str>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    JwksUri,
    Issuer,
}

/// Where it is.
pub(super) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("key_sets.json")
}

/// Reads the copy. Without one, or with a damaged one, there is nothing; the sets are then fetched.
pub(super) fn read(path: &Path, now: Timestamp) -> Vec<Restored> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "the copy of key sets cannot be read; they are fetched");
            return Vec::new();
        }
    };
    match serde_json::from_slice::<Contents>(&bytes) {
        Ok(contents) if contents.version == VERSION => {
            contents.key_sets.into_iter().filter_map(|item| restore(item, now)).collect()
        }
        Ok(_) | Err(_) => {
            tracing::warn!(path = %path.display(), "the copy of key sets is damaged; they are fetched");
            Vec::new()
        }
    }
}

fn restore(item: Item, now: Timestamp) -> Option<Restored> {
    let age = Duration::from_micros(u64::try_from(now.0.saturating_sub(item.fetched_at.0)).unwrap_or(0));
    if age >= KEEP {
        return None;
    }
    let set = Arc::new(KeySet::parse(item.text.as_bytes()).ok()?);
    let source = match item.kind {
        Kind::JwksUri => KeySource::JwksUri(item.url),
        Kind::Issuer => KeySource::Issuer(item.url),
    };
    Some(Restored { source, kept: Kept { set, text: item.text, fetched_at: item.fetched_at }, age })
}

/// Replaces the copy, with the new one on the disk before the old one is gone. Blocks.
pub(super) fn write(path: &Path, sets: Vec<(KeySource, Kept)>) -> io::Result<()> {
    let key_sets = sets.into_iter().map(|(source, kept)| {
        let (kind, url) = match source {
            KeySource::JwksUri(url) => (Kind::JwksUri, url),
            KeySource::Issuer(url) => (Kind::Issuer, url),
        };
        Item { kind, url, fetched_at: kept.fetched_at, text: kept.text }
    });
    let bytes = serde_json::to_vec(&Contents { version: VERSION, key_sets: key_sets.collect() })?;
    let fresh = path.with_extension("json.new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
