//! Measurements of Portcullis on this machine. Numbers in time units depend on the machine: compare ratios of one run.

mod decide;
mod workspace;

use clap::{Parser, Subcommand};

/// Measurements of Portcullis on this machine. Run with `--release`.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What one decision costs: token, address list and rate limit, among this many profiles.
    Decide {
        /// Profiles in the directory.
        #[arg(long, default_value_t = 100_000)]
        profiles: u32,
        /// Decisions per round; seven rounds are run.
        #[arg(long, default_value_t = 1_000_000)]
        decisions: u32,
    },
}

fn main() {
    match Cli::parse().command {
        Command::Decide { profiles, decisions } => decide::run(profiles, decisions),
    }
}
