//! The database files: whether they are sound, and whether anybody owns the workspace.

use super::pages::{AWAY, FIRST_OWNER, RESTORING};
use super::{Findings, State};
use std::path::Path;
use store::{CONTROL_DB, DatabaseFacts, QUOTA_DB, check_database, database_facts};

/// Reads both files whole. Gives what the control database says of itself, if it can be read.
pub(super) fn sound(data_dir: &Path, findings: &mut Findings) -> Option<DatabaseFacts> {
    let mut facts = None;
    let has_copy = crate::snapshot::has_any(data_dir);
    for (check, name) in [("control database", CONTROL_DB), ("quota database", QUOTA_DB)] {
        let path = data_dir.join(name);
        if !path.exists() {
            if name == CONTROL_DB && has_copy {
                let message = "is not there, but the copy of its directory is: put it back";
                findings.add(check, State::Problem, message, AWAY);
            } else {
                findings.add(check, State::Ok, "none yet", RESTORING);
            }
            continue;
        }
        match check_database(&path) {
            Ok(problems) if problems.is_empty() => {
                findings.add(check, State::Ok, "sound: the integrity check finds nothing", RESTORING);
                if name == CONTROL_DB {
                    facts = database_facts(&path).ok();
                }
            }
            Ok(problems) => {
                let first = problems.first().cloned().unwrap_or_default();
                findings.add(check, State::Problem, format!("damaged: {first}; restore a backup"), RESTORING);
            }
            Err(error) => findings.add(check, State::Problem, format!("cannot be read: {error}"), AWAY),
        }
    }
    facts
}

/// A store without a member belongs to whoever opens the set-up link first.
pub(super) fn owner(facts: &DatabaseFacts, findings: &mut Findings) {
    let (state, message) = if facts.members == 0 {
        (State::Warning, "nobody has opened the set-up link yet: `portcullis setup-link` prints one")
    } else {
        (State::Ok, "the workspace has an owner")
    };
    findings.add("owner", state, message, FIRST_OWNER);
}
