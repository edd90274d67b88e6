//! The checks that read sources and run nothing of the product: format, spelling, dependencies, clippy.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::clock::cargo;
use crate::command::{answer_of, step};
use crate::progress::Step;
use crate::{tools, workspace};

const LIMIT: Duration = Duration::from_mins(5);
/// The first clippy run compiles every dependency.
const CLIPPY_LIMIT: Duration = Duration::from_mins(25);

/// rustfmt over the workspace.
pub(crate) fn format() -> bool {
    step("rustfmt", "rustfmt", cargo_command(&["fmt", "--all", "--check"]), LIMIT)
}

/// clippy over everything, warnings as errors.
pub(crate) fn clippy() -> bool {
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    step("clippy", "clippy", cargo_command(&arguments), CLIPPY_LIMIT)
}

/// Spelling and TOML format, by the two wheels.
pub(crate) fn spelling_and_toml() -> Result<bool> {
    let programs = tools::ensure_wheels()?;
    let mut typos = Command::new(programs.join("typos"));
    typos.current_dir(workspace::root());
    let mut taplo = Command::new(programs.join("taplo"));
    taplo.args(["fmt", "--check"]).current_dir(workspace::root());
    let spelled = step("typos", "typos", typos, LIMIT);
    Ok(step("taplo", "taplo", taplo, LIMIT) && spelled)
}

/// Bans, licences and sources, where cargo-deny is installed (`cargo install cargo-deny`).
pub(crate) fn dependencies() -> bool {
    let name = "cargo-deny";
    if answer_of(name, &["--version"]).is_none() {
        Step::begin(name).skipped("not installed (cargo install --locked cargo-deny)");
        return true;
    }
    let mut deny = Command::new(name);
    deny.args(["--offline", "check", "bans", "licenses", "sources"]).current_dir(workspace::root());
    step(name, name, deny, LIMIT)
}

/// cargo in the top folder, without colours.
pub(crate) fn cargo_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo());
    command.args(arguments).current_dir(workspace::root()).env("CARGO_TERM_COLOR", "never");
    command
}
