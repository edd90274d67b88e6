//! `cargo xtask generate`: writes the files made from code.
//!
//! The example `generate` of this crate writes the OpenAPI document and the error page (it links the
//! product, which the commands do not); npm then makes the console's types from the document.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::command::step;
use crate::console::{NPM_LIMIT, npm};
use crate::lints::cargo_command;
use crate::{console, tools};

const LIMIT: Duration = Duration::from_mins(25);

/// Writes all generated files.
pub(crate) fn generate() -> Result<ExitCode> {
    let write = cargo_command(&["run", "--quiet", "--package", "xtask", "--example", "generate"]);
    if !step("OpenAPI document and error page", "generate", write, LIMIT) {
        bail!("the generator failed");
    }
    if let Some(problem) = tools::node_problem() {
        bail!("the console's types cannot be made: {problem}");
    }
    if !(console::install()? && step("console types", "generate-types", npm(&["run", "generate"]), NPM_LIMIT)) {
        bail!("the console's types could not be made");
    }
    Ok(ExitCode::SUCCESS)
}
