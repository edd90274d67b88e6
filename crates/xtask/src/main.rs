//! Developer commands: `cargo xtask <command>`. Nothing needs to be installed first but Rust.
//!
//! `run` shows the product working, `test` is what CI runs, `check` is the inner loop, `generate`
//! writes the files made from code, `console` builds the page, `fuzz` looks for inputs that break a rule, `bench` measures. One
//! file per command.

mod bench;
mod check;
mod clock;
mod command;
mod console;
mod fuzz;
mod generate;
mod lints;
mod progress;
mod run;
mod tally;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Developer commands of Portcullis", after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask run              see it work: a link to the console and a curl line
  cargo xtask check            before each commit
  cargo xtask test --fast      the inner loop; without --fast all that CI runs
  cargo xtask generate         after a change of the management API";

#[derive(Subcommand)]
enum Command {
    /// Build everything, start Portcullis with a demo service and a seeded workspace
    Run(run::Options),
    /// Run all that CI runs
    Test(test::Options),
    /// Format, lints and types
    Check,
    /// Write the files that are made from code: OpenAPI document, TypeScript types, error page
    Generate,
    /// Build the console page
    Console,
    /// Fuzz what comes from outside: one target or all in turn
    Fuzz(fuzz::Options),
    /// Measure what Portcullis costs on this machine, alone or beside other proxies
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Run(options) => run::run(&options),
        Command::Test(options) => test::test(options),
        Command::Check => check::check(),
        Command::Generate => generate::generate(),
        Command::Console => console::build_page(),
        Command::Fuzz(options) => fuzz::fuzz(&options),
        Command::Bench(options) => bench::bench(&options),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
