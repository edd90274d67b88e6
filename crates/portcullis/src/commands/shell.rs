//! `schema`, `completion`, `man`.

use super::print;
use crate::cli::{self, CompletionArgs, ManArgs, Schema};
use crate::failure::Failure;
use anyhow::Context as _;

/// Prints the form of a document.
pub(super) fn schema(document: Schema) -> Result<(), Failure> {
    let text = match document {
        Schema::Workspace => management::workspace::json_schema(),
        Schema::Api => management::openapi_json(),
    };
    print(text.trim_end())
}

/// Prints completions.
pub(super) fn completion(args: &CompletionArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli::command(), "portcullis", &mut script);
    print(String::from_utf8_lossy(&script).trim_end())
}

/// Prints the manual page, or writes one for each command.
pub(super) fn man(args: &ManArgs) -> Result<(), Failure> {
    let Some(directory) = &args.directory else {
        let mut page = Vec::new();
        clap_mangen::Man::new(cli::command()).render(&mut page).context("cannot make the manual page")?;
        return print(String::from_utf8_lossy(&page).trim_end());
    };
    let cannot = || format!("cannot write to {}", directory.display());
    std::fs::create_dir_all(directory).with_context(cannot)?;
    clap_mangen::generate_to(cli::command(), directory).with_context(cannot)?;
    print(&format!("wrote the manual pages to {}", directory.display()))
}
