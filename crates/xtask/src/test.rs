//! `cargo xtask test`: all that CI runs. Steps go on after a failure, so that one run tells all.
//!
//! The last line printed is `N passed, N failed`, added up from the test runners; a step that is not a
//! test run counts as one failure if it fails.

use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::Result;

use crate::clock::{Stopwatch, in_words};
use crate::command::{step, watch};
use crate::console::{NPM_LIMIT, npm};
use crate::lints::cargo_command;
use crate::progress::Step;
use crate::tally::Tally;
use crate::{console, lints, tools};

/// The first build of all tests on two cores stays under 15 minutes; the tests themselves under 10.
const TEST_LIMIT: Duration = Duration::from_mins(30);

/// What to run.
#[derive(Clone, Copy, clap::Args)]
pub(crate) struct Options {
    /// The inner loop: no servers, no browser, no console
    #[arg(long)]
    fast: bool,
}

/// Runs the steps and prints the sum.
pub(crate) fn test(options: Options) -> Result<ExitCode> {
    let since = Stopwatch::start();
    let mut sum = Tally::default();
    if !options.fast {
        tools::ensure_test_tools()?;
    }
    count(&mut sum, lints::format());
    count(&mut sum, told("typos and taplo", lints::spelling_and_toml()));
    count(&mut sum, lints::dependencies());
    if !options.fast {
        console_steps(&mut sum);
    }
    count(&mut sum, lints::clippy());
    let inner = ["test", "--workspace", "--exclude", "e2e", "--no-fail-fast", "--locked"];
    sum.add(test_step("tests of all crates", "test-crates", cargo_command(&inner)));
    if !options.fast {
        let build = cargo_command(&["build", "--package", "portcullis", "--package", "bench", "--locked"]);
        count(&mut sum, step("build portcullis", "build", build, TEST_LIMIT));
        let outer = ["test", "--package", "e2e", "--no-fail-fast", "--locked"];
        sum.add(test_step("end-to-end tests", "test-e2e", cargo_command(&outer)));
    }
    eprintln!("all steps took {}", in_words(since.elapsed()));
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(if sum.failed == 0 && sum.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn console_steps(sum: &mut Tally) {
    if count(sum, told("console install", console::install())) {
        count(sum, step("console check", "console-check", npm(&["run", "check"]), NPM_LIMIT));
        sum.add(test_step("console tests", "console-test", npm(&["run", "test"])));
        count(sum, step("console build", "console-build", npm(&["run", "build"]), NPM_LIMIT));
    }
}

/// A step that is not a test run: one failure if it fails.
fn count(sum: &mut Tally, good: bool) -> bool {
    sum.failed += u64::from(!good);
    good
}

/// Whether it went well; an error is printed.
fn told(name: &str, outcome: Result<bool>) -> bool {
    outcome.unwrap_or_else(|error| {
        eprintln!("FAILED {name}: {error:#}");
        false
    })
}

/// A test runner as a step: its counts, and one failure more if it fails without naming one.
fn test_step(name: &str, log_name: &str, command: Command) -> Tally {
    let mut step = Step::begin(name);
    let mut tally = Tally::default();
    let mut failures: Vec<String> = Vec::new();
    let ended = watch(&mut step, log_name, command, TEST_LIMIT, |line| {
        tally.read(line);
        if line.starts_with("test ") && line.ends_with("FAILED") {
            failures.push(line.to_owned());
        }
    });
    match ended {
        Ok(ended) if ended.status.success() => step.done(&format!("{} passed", tally.passed)),
        Ok(ended) => {
            tally.failed = tally.failed.max(1);
            step.failed(&format!("{} passed, {} failed", tally.passed, tally.failed));
            ended.show();
            for failure in failures {
                eprintln!("   {failure}");
            }
        }
        Err(error) => {
            tally.failed = tally.failed.max(1);
            step.failed(&format!("{error:#}"));
        }
    }
    tally
}
