//! `doctor`: looks for what is wrong, and says where to read about it. Nothing is changed.

mod certificates;
mod checks;
mod databases;
mod files;
mod machine;
mod pages;
mod serving;

use super::print;
use crate::cli::DoctorArgs;
use crate::failure::Failure;
use crate::settings::Settings;
use anyhow::Context as _;
use serde::Serialize;
use std::fmt::Write as _;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// Nothing to do.
    Ok,
    /// It works, but somebody should look.
    Warning,
    /// Something is wrong.
    Problem,
}

impl State {
    fn in_words(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "PROBLEM",
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    /// What was looked at.
    check: &'static str,
    /// How it ended.
    state: State,
    /// What was found.
    message: String,
    /// What to read about it.
    read: &'static str,
}

/// Collects findings of one check.
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, check: &'static str, state: State, message: impl Into<String>, read: &'static str) {
        self.0.push(Finding { check, state, message: message.into(), read });
    }
}

/// Looks and says what was found; status 1 where something is wrong.
pub(super) fn doctor(args: &DoctorArgs) -> Result<(), Failure> {
    let settings = Settings::load(&args.overrides)?;
    let mut findings = Findings(Vec::new());
    checks::all(&settings, &mut findings);
    let worst = findings.0.iter().map(|finding| finding.state).max().unwrap_or(State::Ok);
    if args.json {
        let answer = serde_json::json!({ "state": worst, "findings": findings.0 });
        print(&serde_json::to_string_pretty(&answer).context("cannot write JSON")?)?;
    } else {
        print(&in_words(&findings.0))?;
    }
    if worst == State::Problem { Err(Failure::Differs) } else { Ok(()) }
}

/// A finding a line; below what needs somebody, what to read. Lines are not cut, so that they can be searched.
fn in_words(findings: &[Finding]) -> String {
    let widest = findings.iter().map(|finding| finding.check.len()).max().unwrap_or_default();
    let mut text = String::new();
    for finding in findings {
        let (state, check, message) = (finding.state.in_words(), finding.check, &finding.message);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{state:<9}{check:<widest$}  {message}");
        if finding.state != State::Ok {
            let _ = writeln!(text, "{:<9}{:<widest$}  read {}", "", "", finding.read);
        }
    }
    let count = |state| findings.iter().filter(|finding| finding.state == state).count();
    let (checks, problems, warnings) = (findings.len(), count(State::Problem), count(State::Warning));
    let _ = write!(text, "{checks} checks; problems: {problems}, warnings: {warnings}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_somebody_says_what_to_read() {
        let mut findings = Findings(Vec::new());
        findings.add("clock", State::Ok, "set", "a page");
        findings.add("disk space", State::Problem, "full", "another page");
        assert_eq!(
            in_words(&findings.0),
            "ok       clock       set\nPROBLEM  disk space  full\n                     read another page\n\
             2 checks; problems: 1, warnings: 0"
        );
    }
}
