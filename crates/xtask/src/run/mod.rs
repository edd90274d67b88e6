//! `cargo xtask run`: from a clean clone to the first call through.
//!
//! 1 look whether it can work (ports free, data directory ours or absent), 2 build console and release
//! binary, 3 start the demo service and Portcullis, 4 fill the workspace through the public API, once,
//! 5 say what to open and what to call, 6 wait for Ctrl-C and stop everything.

mod api;
mod data_dir;
mod demo_service;
mod report;
mod seed;
mod server;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::channel;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::command::step;
use crate::lints::cargo_command;
use crate::progress::Step;
use crate::{console, workspace};

use data_dir::{DataDir, State};
use demo_service::DemoService;
use server::{Binary, Server};

/// A release build from nothing, on two cores.
const BUILD_LIMIT: Duration = Duration::from_hours(1);

/// Where and how to run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Start over: remove the data directory first, if this command made it
    #[arg(long)]
    fresh: bool,
    /// Do not build the console (needs no Node.js); the API and the gateway work without it
    #[arg(long)]
    no_console: bool,
    /// Data directory
    #[arg(long, value_name = "DIR", default_value = "./portcullis-data")]
    data_dir: PathBuf,
    /// Address of the gateway
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    gateway_listen: SocketAddr,
    /// Address of the management API and the console
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8081")]
    management_listen: SocketAddr,
}

/// Builds, starts, fills, tells, waits.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    require_free("--gateway-listen", options.gateway_listen)?;
    require_free("--management-listen", options.management_listen)?;
    let data_dir = DataDir::new(options.data_dir.clone());
    if options.fresh {
        data_dir.remove()?;
    }
    let binary = build(options.no_console)?;

    // From here on Ctrl-C is ours: the server is stopped first, then this program ends.
    let (interrupt, interrupted) = channel();
    ctrlc::set_handler(move || {
        interrupt.send(()).ok();
    })
    .context("listen for Ctrl-C")?;

    let before = data_dir.claim()?;
    let service = DemoService::start(data_dir.remembered_service())?;
    let mut server = Server::start(&binary, &data_dir, options)?;
    let outcome = (|| {
        let starting = Step::begin("start Portcullis");
        server.wait_ready(&interrupted)?;
        starting.done("");
        let key = match before {
            State::Empty => Some(seed::seed(&binary, &data_dir, &server, &service)?),
            State::Filled { by_us: true | false } => None,
        };
        report::tell(&binary, &data_dir, &server, key.as_ref())?;
        server.wait_end(&interrupted)
    })();
    server.stop();
    outcome?;
    eprintln!("stopped");
    Ok(ExitCode::SUCCESS)
}

fn build(no_console: bool) -> Result<Binary> {
    if !no_console {
        console::build()?;
    }
    let arguments = ["build", "--release", "--package", "portcullis", "--locked"];
    if !step("build Portcullis (release)", "build-release", cargo_command(&arguments), BUILD_LIMIT) {
        bail!("the release binary does not build");
    }
    Ok(Binary::new(workspace::target()?.join("release").join("portcullis")))
}

fn require_free(option: &str, address: SocketAddr) -> Result<()> {
    TcpListener::bind(address)
        .map(drop)
        .with_context(|| format!("{address} cannot be used; stop what listens there or pass {option} ADDR"))
}
