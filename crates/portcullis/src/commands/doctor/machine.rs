//! What the machine gives: disk, open files, clock, addresses.

use super::pages::{CLOCK, DATA_DIRECTORY, DISK, OPEN_FILES, PORTS};
use super::{Findings, State};
use crate::clock;
use crate::settings::Settings;
use domain::time::Timestamp;
use rustix::fs::statvfs;
use rustix::process::{Resource, getrlimit};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

/// Below this, many connections are turned away.
const FEW_FILES: u64 = 4096;
/// Below this many bytes on the disk, writes may soon fail.
const LITTLE_SPACE: u64 = 512 * 1024 * 1024;
/// Below this they fail as good as now.
const NO_SPACE: u64 = 16 * 1024 * 1024;
/// How far the newest entry may lie ahead of the clock.
const AHEAD_MICROS: i64 = 60_000_000;
/// No clock that is set shows a time before this: 2026-01-01.
const BEFORE_THE_PROGRAM_MICROS: i64 = 1_767_225_600_000_000;

/// Room for the databases.
pub(super) fn disk(data_dir: &Path, findings: &mut Findings) {
    let check = "disk space";
    match statvfs(data_dir) {
        Ok(facts) => {
            let free = facts.f_bavail.saturating_mul(facts.f_frsize);
            let (state, message) = space(free);
            findings.add(check, state, message, DISK);
            // File systems without such a table say 0 of 0.
            if facts.f_files > 0 && facts.f_favail == 0 {
                findings.add(check, State::Problem, "no more files can be made (no free inodes)", DISK);
            }
        }
        Err(error) => findings.add(check, State::Warning, format!("cannot be read: {error}"), DATA_DIRECTORY),
    }
}

fn space(free: u64) -> (State, String) {
    let shown = format!("{} MiB free", free / 1024 / 1024);
    match free {
        ..NO_SPACE => (State::Problem, format!("full: {shown}; changes fail")),
        NO_SPACE..LITTLE_SPACE => (State::Warning, format!("nearly full: {shown}")),
        LITTLE_SPACE.. => (State::Ok, shown),
    }
}

/// How many files may be open; of a server that is started as this command is.
pub(super) fn open_files(findings: &mut Findings) {
    let most = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
    let shown = if most == u64::MAX { "no limit".to_owned() } else { format!("at most {most}") };
    let state = if most < FEW_FILES { State::Warning } else { State::Ok };
    findings.add("open files", state, shown, OPEN_FILES);
}

/// A clock that went back lets tokens live longer and makes entries come before older ones.
pub(super) fn wall_clock(newest: Option<Timestamp>, findings: &mut Findings) {
    let (state, message) = time(clock::wall().0, newest.map(|newest| newest.0));
    findings.add("clock", state, message, CLOCK);
}

fn time(now: i64, newest: Option<i64>) -> (State, String) {
    if now < BEFORE_THE_PROGRAM_MICROS {
        return (State::Problem, "shows a time before this program was made: it is not set".to_owned());
    }
    match newest.map(|newest| newest.saturating_sub(now)) {
        None => (State::Ok, "there is nothing to compare it with".to_owned()),
        Some(ahead) if ahead > AHEAD_MICROS => {
            let seconds = ahead / 1_000_000;
            let message =
                format!("the newest entry of the audit log lies {seconds} s in the future: the clock went back");
            (State::Problem, message)
        }
        Some(_) => (State::Ok, "not behind the newest entry of the audit log".to_owned()),
    }
}

/// A running server holds its addresses; else they must be free.
pub(super) fn ports(settings: &Settings, running: bool, findings: &mut Findings) {
    let check = "ports";
    if running {
        findings.add(check, State::Ok, "held by the running server", PORTS);
        return;
    }
    let further = settings.gateway.listeners.iter().map(|listener| listener.listen);
    let all = [settings.gateway.listen, settings.management.listen].into_iter().chain(further);
    let mut free = true;
    for address in all.collect::<Vec<SocketAddr>>() {
        if let Err(error) = TcpListener::bind(address) {
            free = false;
            findings.add(check, State::Problem, format!("{address} cannot be listened on: {error}"), PORTS);
        }
    }
    if free {
        findings.add(check, State::Ok, "free to be listened on", PORTS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_nearly_full_before_it_is_full() {
        let mib = 1024 * 1024;
        assert_eq!(space(10 * mib).0, State::Problem);
        assert_eq!(space(16 * mib), (State::Warning, "nearly full: 16 MiB free".to_owned()));
        assert_eq!(space(512 * mib), (State::Ok, "512 MiB free".to_owned()));
    }

    #[test]
    fn a_clock_that_is_not_set_or_went_back_is_a_problem() {
        let now = 1_800_000_000_000_000;
        assert_eq!(time(0, None).0, State::Problem);
        assert_eq!(time(now, None).0, State::Ok);
        assert_eq!(time(now, Some(now + AHEAD_MICROS)).0, State::Ok);
        let (state, message) = time(now, Some(now + AHEAD_MICROS + 1_000_000));
        assert!(state == State::Problem && message.contains("61 s in the future"), "{message}");
    }
}
