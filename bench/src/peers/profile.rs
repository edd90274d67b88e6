//! Where the time of a request goes, by function: Portcullis alone, with all checks, under a profiler.
//!
//! `perf` samples by the processor clock (virtual machines have no hardware counters); `callgrind` counts the instructions
//! of user code exactly, at about a fiftieth of the speed, which makes it the figure to compare versions by.

use super::Options;
use super::ours::WORKER_THREADS;
use super::scene::{FAST, Scene};
use super::seed::Kind;
use super::target::Target;
use crate::clock;
use crate::load::Draw;
use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Lines of the list that are printed.
const SHOWN: usize = 70;

/// What to profile with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Profiler {
    /// Linux perf, samples.
    Perf,
    /// Valgrind's callgrind, instructions.
    Callgrind,
}

/// What to profile.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ProfileOptions {
    /// The profiler.
    #[arg(long, value_enum)]
    profiler: Profiler,
    /// What is measured, and with which programs.
    #[command(flatten)]
    options: Options,
}

/// Profiles and prints.
pub(crate) fn run(asked: &ProfileOptions) -> Result<()> {
    let options = &asked.options.with_absolute_paths()?;
    let mut scene = Scene::set(options)?;
    let seed = scene.seed(Kind::Token, options.profiles)?;
    if asked.profiler == Profiler::Callgrind {
        scene.wrapper = callgrind_command(&options.folder);
    }
    let target = scene.ours("profiled", &seed, &FAST)?;
    let listed = match asked.profiler {
        Profiler::Perf => perf(options, target),
        Profiler::Callgrind => callgrind(options, target),
    };
    drop(scene);
    println!("{}", listed?);
    Ok(())
}

fn perf(options: &Options, mut target: Target) -> Result<String> {
    target.pass()?;
    let process = target.process.as_ref().map_or(0, super::process::Process::id);
    let data = options.folder.join("perf.data");
    let mut recorder = Command::new("perf")
        .args(["record", "-q", "-e", "cpu-clock", "-F", "2999", "-g", "-p", &process.to_string(), "-o"])
        .arg(&data)
        .stdin(Stdio::null())
        .spawn()
        .context("start perf (Debian: linux-perf)")?;
    let round = target.round(options.requests, Draw::new(1))?;
    if let Some(id) = i32::try_from(recorder.id()).ok().and_then(Pid::from_raw) {
        kill_process(id, Signal::INT).context("stop perf")?;
    }
    recorder.wait().context("wait for perf")?;
    let list = output(
        Command::new("perf")
            .args(["report", "--stdio", "-g", "none", "--no-children", "-s", "comm,dso,symbol", "-i"])
            .arg(&data),
    )?;
    let lines: Vec<&str> =
        list.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).take(SHOWN).collect();
    Ok(format!(
        "{:.2} us CPU per request ({} requests, profiler on)\n{}\nwith callers: perf report -i {}",
        round.cpu_us,
        round.answers,
        lines.join("\n"),
        data.display()
    ))
}

fn callgrind_command(folder: &Path) -> Vec<String> {
    let out = format!("--callgrind-out-file={}", folder.join("callgrind.out").display());
    ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--separate-threads=yes", &out].map(str::to_owned).into()
}

fn callgrind(options: &Options, mut target: Target) -> Result<String> {
    for old in std::fs::read_dir(&options.folder)?.flatten() {
        if old.file_name().to_string_lossy().starts_with("callgrind.out") {
            std::fs::remove_file(old.path()).ok();
        }
    }
    target.pass()?;
    let process = target.process.as_ref().map_or(0, super::process::Process::id).to_string();
    let control = |argument: &[&str]| output(Command::new("callgrind_control").args(argument).arg(&process));
    control(&["-i", "on"])?;
    let round = target.round(options.requests, Draw::new(1))?;
    control(&["-i", "off"])?;
    control(&["-d"])?;
    // One file per thread; the worker's is the one with the most instructions.
    let dumped = clock::until(Duration::from_secs(20), || busiest(&options.folder));
    let Some((file, instructions)) = dumped else { bail!("callgrind wrote nothing") };
    let list = output(Command::new("callgrind_annotate").args(["--auto=no", "--threshold=97"]).arg(&file))?;
    let lines: Vec<&str> = list.lines().skip_while(|line| !line.contains("file:function")).take(SHOWN).collect();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let each = instructions as f64 / round.answers as f64;
    Ok(format!(
        "{each:.0} instructions of user code per request on the busiest thread ({WORKER_THREADS}-0), {} requests\n{}\n\
         inclusive: callgrind_annotate --inclusive=yes {}",
        round.answers,
        lines.join("\n"),
        file.display()
    ))
}

/// The dump with the most instructions, and how many.
fn busiest(folder: &Path) -> Option<(std::path::PathBuf, u64)> {
    let dumps = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let counted = dumps.filter_map(|path| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        if !name.starts_with("callgrind.out") {
            return None;
        }
        let text = std::fs::read(&path).ok()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let line =
            text.lines().find_map(|line| line.strip_prefix("totals:").or_else(|| line.strip_prefix("summary:")))?;
        Some((path, line.trim().parse::<u64>().ok()?))
    });
    counted.filter(|(_, count)| *count > 0).max_by_key(|(_, count)| *count)
}

fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().display().to_string();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("start {name}"))?;
    if !output.status.success() {
        bail!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
