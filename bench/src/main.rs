//! Measurements of Portcullis on this machine. Numbers in time units depend on the machine: compare ratios of one run.

mod clock;
mod counters;
mod decide;
mod directory;
mod lists;
mod load;
mod peers;
mod rounds;
mod workspace;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Measurements of Portcullis on this machine. Run with `--release`.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What one decision costs by each kind of credential, among this many profiles.
    Decide {
        /// Profiles in the directory.
        #[arg(long, default_value_t = 100_000)]
        profiles: u32,
        /// Decisions per round; seven rounds are run.
        #[arg(long, default_value_t = 1_000_000)]
        decisions: u32,
    },
    /// What an idle profile costs in memory.
    Memory {
        /// Profiles in the directory.
        #[arg(long, default_value_t = 1_000_000)]
        profiles: u32,
    },
    /// What one change of the directory costs.
    Apply {
        /// Profiles in the directory.
        #[arg(long, default_value_t = 1_000_000)]
        profiles: u32,
    },
    /// What the counters of a profile cost in memory, idle and called.
    Counters {
        /// Profiles.
        #[arg(long, default_value_t = 100_000)]
        profiles: u32,
    },
    /// What lists and searches of the management API cost in a large workspace.
    Lists(lists::Options),
    /// Portcullis beside other proxies. `cargo xtask bench --peers` runs it with all that it needs.
    Peers(peers::Options),
    /// Where the time of a request goes, by function. `cargo xtask bench --profile` runs it with all that it needs.
    Profile(peers::ProfileOptions),
}

/// As in the program: another allocator has other overheads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Decide { profiles, decisions } => decide::run(profiles, decisions),
        Command::Memory { profiles } => directory::memory(profiles),
        Command::Apply { profiles } => directory::apply(profiles),
        Command::Counters { profiles } => counters::run(profiles),
        Command::Lists(options) => return ended(lists::run(&options)),
        Command::Peers(options) => return ended(peers::run(&options)),
        Command::Profile(options) => return ended(peers::run_profile(&options)),
    }
    ExitCode::SUCCESS
}

fn ended(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
