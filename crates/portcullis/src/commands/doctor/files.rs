//! The data directory and who may read what is in it.

use super::pages::{DATA_DIRECTORY, SECRET_KEY};
use super::{Findings, State};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use store::{CONTROL_DB, SECRET_KEY_FILE};

/// Rights of everybody but the owner.
const OTHERS: u32 = 0o077;

/// Whether there is a data directory that can be looked into.
pub(super) fn data_directory(data_dir: &Path, findings: &mut Findings) -> bool {
    let check = "data directory";
    let shown = data_dir.display();
    let Ok(meta) = fs::metadata(data_dir) else {
        findings.add(check, State::Warning, format!("{shown} is not there: the first start makes it"), DATA_DIRECTORY);
        return false;
    };
    if !meta.is_dir() {
        findings.add(check, State::Problem, format!("{shown} is no directory"), DATA_DIRECTORY);
        return false;
    }
    let mode = meta.permissions().mode() & 0o777;
    if meta.uid() != rustix::process::geteuid().as_raw() {
        let message = format!("{shown} belongs to another user (uid {})", meta.uid());
        findings.add(check, State::Warning, message, DATA_DIRECTORY);
    } else if mode & OTHERS != 0 {
        let message = format!("{shown} can be entered by other users (mode {mode:03o}): chmod 700");
        findings.add(check, State::Warning, message, DATA_DIRECTORY);
    } else {
        findings.add(check, State::Ok, format!("{shown}, mode {mode:03o}"), DATA_DIRECTORY);
    }
    true
}

/// Files that other users may read, or that belong to another user. The key has a check of its own; the lock holds a process id.
pub(super) fn permissions(data_dir: &Path, findings: &mut Findings) {
    let check = "file permissions";
    let entries = match fs::read_dir(data_dir) {
        Ok(entries) => entries,
        Err(error) => {
            findings.add(check, State::Problem, format!("cannot be read: {error}"), DATA_DIRECTORY);
            return;
        }
    };
    let us = rustix::process::geteuid().as_raw();
    let mut wrong = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(meta) = fs::metadata(entry.path()) else { continue };
        let mode = meta.permissions().mode() & 0o777;
        if meta.uid() != us {
            wrong.push(format!("{name} belongs to another user (uid {})", meta.uid()));
        } else if mode & OTHERS != 0 && ![SECRET_KEY_FILE, "lock"].contains(&name.as_str()) {
            wrong.push(format!("{name} can be used by other users (mode {mode:03o}): chmod 600"));
        }
    }
    wrong.sort();
    if wrong.is_empty() {
        findings.add(check, State::Ok, "every file is its owner's alone", DATA_DIRECTORY);
    }
    for message in wrong {
        findings.add(check, State::Warning, message, DATA_DIRECTORY);
    }
}

/// Whether the key is there, readable by nobody else, and one.
pub(super) fn secret_key(data_dir: &Path, findings: &mut Findings) {
    let check = "secret key";
    let path = data_dir.join(SECRET_KEY_FILE);
    let has_store = data_dir.join(CONTROL_DB).exists();
    let (state, message) = match fs::metadata(&path) {
        Err(_) if has_store => (
            State::Problem,
            "there is a store but no secret.key: the program does not start, and its secrets cannot be read".to_owned(),
        ),
        Err(_) => (State::Ok, "none yet: the first start makes one".to_owned()),
        Ok(meta) if meta.permissions().mode() & OTHERS != 0 => {
            let mode = meta.permissions().mode() & 0o777;
            (State::Problem, format!("other users can read it (mode {mode:03o}): chmod 600"))
        }
        Ok(_) => match fs::read_to_string(&path).map(|text| store::SecretKey::parse(&text)) {
            Ok(Ok(_)) => (State::Ok, "readable by its owner only".to_owned()),
            Ok(Err(error)) => (State::Problem, error.to_string()),
            Err(error) => (State::Problem, format!("cannot be read: {error}")),
        },
    };
    findings.add(check, state, message, SECRET_KEY);
}
