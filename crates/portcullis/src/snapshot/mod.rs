//! The directory on the disk, from which a node starts when the control database cannot be used.
//!
//! A generation is two files: `directory-7.snapshot`, all rows as of one revision, and `directory-7.log`, what each change
//! since then touched. How they come about:
//! 1. at start, and when the log has grown, a new log begins where the former one ends: from then on it gets the changes;
//! 2. beside that all rows are copied; the copy becomes the generation's snapshot by a rename, and older generations but
//!    the last one go;
//! 3. a change is in the log, synced, before it is answered. If that fails, all files are removed: a copy that lacks a
//!    change could let somebody in whose credential was revoked. A new generation begins as soon as the disk takes it.
//!
//! Every file and every entry of a log has a SHA-256. What was half written when the power went is left out; anything else
//! that does not fit is refused, with one exception: a damaged snapshot is replaced by the one before it and the logs of
//! both. Secrets are sealed as in the database.
//!
//! One process writes: the one that serves. In a takeover the former one lets go first.

mod files;
mod keeper;
mod load;
mod log;

pub(crate) use files::has_any;
pub(crate) use keeper::{Keeper, Kept, Wish};
pub(crate) use load::{Copied, load};

/// Version of both formats. A file of another one is refused.
const FORMAT: u32 = 1;
