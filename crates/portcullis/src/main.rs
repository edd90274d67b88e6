//! Portcullis: a self-hosted API management platform in one program.
//!
//! `cli.rs` says what there is to do, `settings.rs` with what, `server.rs` what happens at start and stop.

mod access_log;
mod certificates;
mod cli;
mod clock;
mod commands;
mod config_feed;
mod console;
mod control;
mod counters;
mod data_dir;
mod explain_text;
mod explanations;
mod failure;
mod file_limit;
mod housekeeping;
mod key_sets;
mod listeners;
mod logging;
mod metrics;
mod quota;
mod quota_changes;
mod rate_windows;
mod server;
mod settings;
mod snapshot;
mod takeover;
mod upstream_tokens;
mod webhooks;

use clap::FromArgMatches as _;
use cli::Cli;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let _ = clock::now();
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("portcullis: the TLS library was set up twice");
        return ExitCode::from(1);
    }
    // Wrong usage ends here, with exit status 2.
    let cli = Cli::from_arg_matches(&cli::command().get_matches()).unwrap_or_else(|error| error.exit());
    match commands::run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !matches!(failure, failure::Failure::Differs) {
                eprintln!("portcullis: {failure}");
            }
            failure.exit_code()
        }
    }
}
