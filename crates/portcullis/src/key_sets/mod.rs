//! Key sets of issuers (JWKS, RFC 7517), kept fresh in the background: no request waits for an issuer, but for the
//! first time that a key is asked for.
//!
//! In steps: once a second the directory is asked which sources any terms need; sources that are due are fetched,
//! several at once, each for itself; a set that is new goes to the configuration feed, the only writer of the
//! directory; all sets in use are copied to a file, so that a restart while an issuer is down still admits. A worker
//! that meets an unknown `kid` may ask for a fetch out of turn. A source that nobody needs any longer is forgotten.
//!
//! While an issuer is down its last good set stays in use for up to 24 hours and is then withdrawn; fetches are tried
//! ever more seldom. A set that cannot be read never replaces a good one. `schedule.rs` has the times.
//!
//! One task does this. Workers ask by a queue ([`gateway::KeyAsk`]): the answer comes when fresh keys are in force,
//! when they cannot be had, or at once when the source was fetched not long ago. Pages read
//! [`status::KeySetStatuses`]. Both may be done from any thread.

mod copy;
mod entry;
mod fault;
mod fetch;
mod keeper;
mod outcome;
mod saver;
mod schedule;
mod status;

#[cfg(test)]
mod tests;

pub(crate) use copy::Restored;
pub(crate) use fetch::LIMITS;
pub(crate) use keeper::{KeySets, Parts};

use domain::directory::{Delta, Directory};
use domain::terms::KeySource;
use domain::time::Timestamp;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

/// Reads the sets that were in use when the program last ran. What is damaged or too old is left out.
pub(crate) fn restore(data_dir: &Path, now: Timestamp) -> Vec<Restored> {
    copy::read(&copy::path(data_dir), now)
}

/// The restored sets as changes of this directory: those that it needs.
pub(crate) fn restored_deltas(restored: &[Restored], directory: &Directory) -> Vec<Delta> {
    let needed: HashSet<&KeySource> = directory.key_sources().collect();
    let wanted = restored.iter().filter(|restored| needed.contains(&restored.source));
    wanted.map(|restored| Delta::KeySet(restored.source.clone(), Some(Arc::clone(&restored.kept.set)))).collect()
}
