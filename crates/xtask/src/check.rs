//! `cargo xtask check`: format, lints and types, without running anything of the product.

use std::process::ExitCode;

use anyhow::Result;

use crate::command::step;
use crate::console::{NPM_LIMIT, npm};
use crate::progress::Step;
use crate::{console, lints, tools};

/// Runs every check and reports all that fail.
pub(crate) fn check() -> Result<ExitCode> {
    let mut good = lints::format();
    good &= lints::spelling_and_toml()?;
    good &= lints::dependencies();
    good &= lints::clippy();
    if let Some(problem) = tools::node_problem() {
        Step::begin("console check").skipped(&problem);
    } else {
        good &= console::install()? && step("console check", "console-check", npm(&["run", "check"]), NPM_LIMIT);
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
