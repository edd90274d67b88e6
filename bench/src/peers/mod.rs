//! Portcullis beside other proxies: CPU per request in interleaved rounds, latency, memory; see `bench/README.md`.
//!
//! Everything measured runs on core 0 with one worker, driver and upstream on core 1. Peers that cannot be started are
//! said to be missing; a round with anything but answers 200 is void; counts that are not exactly the driver's end the run.

mod certificate;
pub(crate) mod machine;
pub(crate) mod management;
mod manual;
pub(crate) mod ours;
mod peer;
mod peer_files;
mod process;
mod processor;
mod profile;
mod ratio;
mod report;
mod scale;
mod scene;
mod seed;
mod series;
mod target;
mod tokens;

pub(crate) use profile::{ProfileOptions, run as run_profile};

use anyhow::{Context as _, Result};
use scene::Scene;
use series::Series;
use std::path::PathBuf;

/// What to measure, and with which programs. `cargo xtask bench --peers` fills it in.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// The portcullis program (a release build).
    #[arg(long)]
    portcullis: PathBuf,
    /// Programs of peers, as NAME=PATH.
    #[arg(long, value_parser = parse_program)]
    program: Vec<(String, PathBuf)>,
    /// The peers that take part.
    #[arg(long, value_delimiter = ',', default_value = "nginx,haproxy")]
    peers: Vec<String>,
    /// Interleaved rounds of each series.
    #[arg(long, default_value_t = 7)]
    rounds: u32,
    /// Requests of a round.
    #[arg(long, default_value_t = 100_000)]
    requests: u64,
    /// Profiles, each with its own key.
    #[arg(long, default_value_t = 100_000)]
    profiles: usize,
    /// The largest number of profiles of the scale series.
    #[arg(long, default_value_t = 1_000_000)]
    largest: usize,
    /// The series to run, all if none is given.
    #[arg(long, value_delimiter = ',', value_enum)]
    series: Vec<Series>,
    /// First of the ports that are used, at most 200.
    #[arg(long, default_value_t = 19_000)]
    port: u16,
    /// Folder for data directories, which are kept, and logs.
    #[arg(long)]
    folder: PathBuf,
    /// Folder that the report goes to.
    #[arg(long, default_value = "results")]
    results: PathBuf,
    /// A page of the manual whose tables are written too.
    #[arg(long)]
    manual: Option<PathBuf>,
    /// The command to repeat the run, for the report.
    #[arg(long, default_value = "cargo xtask bench --peers")]
    command_line: String,
}

impl Options {
    /// Programs are started in folders of their own.
    fn with_absolute_paths(&self) -> Result<Self> {
        let mut options = self.clone();
        let all = [&mut options.portcullis, &mut options.folder, &mut options.results];
        // A bare name is looked up where programs are.
        let is_path = |path: &&mut PathBuf| path.components().count() > 1;
        let programs = options.program.iter_mut().map(|(_, path)| path).filter(is_path);
        for path in all.into_iter().chain(programs).chain(&mut options.manual) {
            *path = std::path::absolute(&*path).with_context(|| format!("the path {}", path.display()))?;
        }
        Ok(options)
    }
}

fn parse_program(text: &str) -> Result<(String, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("NAME=PATH is wanted")?;
    Ok((name.to_owned(), PathBuf::from(path)))
}

/// Runs the series and writes the report.
pub(crate) fn run(options: &Options) -> Result<()> {
    let options = &options.with_absolute_paths()?;
    let wanted = if options.series.is_empty() { Series::ALL.to_vec() } else { options.series.clone() };
    let mut scene = Scene::set(options)?;
    let mut found = Vec::new();
    for series in wanted {
        eprintln!("series {series:?}");
        found.extend(series::run(series, &mut scene)?);
    }
    let report = report::Report::new(&scene, found);
    drop(scene);
    std::fs::create_dir_all(&options.results).with_context(|| format!("make {}", options.results.display()))?;
    report.write(&options.results)?;
    if let Some(page) = &options.manual {
        manual::write(&report, page)?;
    }
    println!("{}", report.summary());
    Ok(())
}
