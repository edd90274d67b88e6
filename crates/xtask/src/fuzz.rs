//! `cargo xtask fuzz`: fuzzes one target or all in turn. What it finds is written to `fuzz/regressions/<target>/`, where
//! the replay (`cargo test -p fuzz-targets`) fails until it is mended.
//!
//! New inputs are kept below the target folder; `fuzz/corpus` is only read. To renew that: `cargo fuzz cmin`.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::command::{answer_of, step, watch};
use crate::lints::cargo_command;
use crate::progress::Step;
use crate::workspace;

const CARGO_FUZZ: &str = "cargo-fuzz@0.13.2";
/// Building, besides the time that is asked for.
const BUILD_LIMIT: Duration = Duration::from_mins(30);

/// What to fuzz.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// One target; all in turn if none is given
    target: Option<String>,
    /// How long each target runs
    #[arg(long, default_value_t = 600)]
    seconds: u64,
}

/// Fuzzes and says whether anything was found.
pub(crate) fn fuzz(options: &Options) -> Result<ExitCode> {
    let known = targets()?;
    let chosen = match &options.target {
        Some(target) if known.contains(target) => vec![target.clone()],
        Some(target) => bail!("no target {target:?}; there are {}", known.join(", ")),
        None => known,
    };
    ensure_cargo_fuzz()?;
    let mut good = true;
    for target in &chosen {
        good &= run(target, options.seconds)?;
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The targets: each has a folder in `fuzz/corpus`.
fn targets() -> Result<Vec<String>> {
    let corpus = workspace::root().join("fuzz").join("corpus");
    let mut names = Vec::new();
    for entry in corpus.read_dir().with_context(|| format!("read {}", corpus.display()))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn ensure_cargo_fuzz() -> Result<()> {
    if answer_of("cargo-fuzz", &["--version"]).is_some() {
        return Ok(());
    }
    let install = cargo_command(&["install", "--locked", CARGO_FUZZ]);
    if !step("install cargo-fuzz", "fuzz-install", install, BUILD_LIMIT) {
        bail!("cargo install --locked {CARGO_FUZZ} failed");
    }
    Ok(())
}

fn run(target: &str, seconds: u64) -> Result<bool> {
    let fuzz = workspace::root().join("fuzz");
    let build = workspace::target()?.join("fuzz");
    let found = fuzz.join("regressions").join(target);
    let work = build.join("corpus").join(target);
    for folder in [&found, &work] {
        std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    }
    let mut step = Step::begin(&format!("fuzz {target} for {seconds} s"));
    let command = command(target, seconds, &fuzz, &build, &work, &found);
    let limit = BUILD_LIMIT + Duration::from_secs(seconds);
    let ended = watch(&mut step, &format!("fuzz-{target}"), command, limit, |_| {})?;
    if ended.status.success() {
        let runs = ended.tail.iter().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        step.done(&format!("{} runs", runs.unwrap_or("?").trim()));
        return Ok(true);
    }
    step.failed(&format!("see {}", workspace::shown(&found)));
    ended.show();
    Ok(false)
}

/// Our code has no unsafe part, so no sanitizer is built in: properties are checked by assertions.
fn command(target: &str, seconds: u64, fuzz: &Path, build: &Path, work: &Path, found: &Path) -> Command {
    let mut command = cargo_command(&["fuzz", "run", "--sanitizer", "none", "--fuzz-dir"]);
    command.arg(fuzz).arg("--target-dir").arg(build).arg(target).arg(work).arg(fuzz.join("corpus").join(target));
    command.args(["--", "-timeout=10", "-rss_limit_mb=2048", "-max_len=16384", "-print_final_stats=1"]);
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-artifact_prefix={}/", found.display()));
    // The instrumentation is behind unstable flags; the stable toolchain knows them.
    command.env("RUSTC_BOOTSTRAP", "1");
    command
}
