//! What each command does.

mod backup;
mod doctor;
mod passphrase;
mod progress;
mod remote;
mod shell;
mod status;
mod workspace;

use crate::cli::{Command, ConfigCommand, ExplainArgs, Overrides, ServeArgs, TokenCommand};
use crate::control::{ExplainDescribed, Request, TokenOrder, parse_end, perform, role_rule};
use crate::failure::Failure;
use crate::server::{self, Start};
use crate::settings::Settings;
use crate::{clock, explain_text, logging};
use anyhow::Context as _;
use std::io::Write as _;
use store::Role;

/// Carries a command out.
pub(crate) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(args) => serve(&args),
        Command::Token { command: TokenCommand::Create { name, role, expires, projects, overrides } } => {
            let order = TokenOrder { name, role, expires, projects };
            check_order(&order)?;
            on_store(&overrides, Request::CreateToken(order))
        }
        Command::SetupLink { email, overrides } => on_store(&overrides, Request::SetupLink { email }),
        Command::Explain(args) => explain(args),
        Command::Config { command: ConfigCommand::Check(overrides) } => {
            Settings::load(&overrides)?.listeners()?;
            print("the settings are in order")
        }
        Command::Config { command: ConfigCommand::Show { json, overrides } } => show(Settings::load(&overrides)?, json),
        Command::Export(args) => workspace::export(&args),
        Command::Diff(args) => workspace::diff(&args),
        Command::Apply(args) => workspace::apply(&args),
        Command::Backup(args) => backup::backup(&args),
        Command::Restore(args) => backup::restore(&args),
        Command::Status(args) => status::status(&args),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Schema { document } => shell::schema(document),
        Command::Completion(args) => shell::completion(&args),
        Command::Man(args) => shell::man(&args),
        Command::Version => print(concat!("portcullis ", env!("CARGO_PKG_VERSION"))),
    }
}

fn serve(args: &ServeArgs) -> Result<(), Failure> {
    let settings = Settings::load(&args.overrides)?;
    let start = if args.takeover { Start::Takeover } else { Start::Alone };
    let listeners = settings.listeners()?;
    logging::install(&settings.log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("management")
        .enable_all()
        .build()
        .context("cannot start the management runtime")?;
    Ok(runtime.block_on(server::run(settings, listeners, start))?)
}

/// A runtime for one command.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start a runtime")?)
}

fn on_store(overrides: &Overrides, request: Request) -> Result<(), Failure> {
    let settings = Settings::load(overrides)?;
    print(&runtime()?.block_on(perform(&settings, request))?)
}

/// Longest file of a client certificate.
const CERTIFICATE_BYTES: usize = 32 * 1024;

fn explain(args: ExplainArgs) -> Result<(), Failure> {
    let ExplainArgs { request_id, method, url, token, authorization, profile, .. } = args;
    let ExplainArgs { client_certificate, from, json, overrides, .. } = args;
    let request = match (request_id, url) {
        (Some(request_id), _) => Request::ExplainRecorded { request_id },
        (None, Some(url)) => {
            let (token, authorization) = (from_input(token)?, from_input(authorization)?);
            let certificate = client_certificate.map(|file| read_certificate(&file)).transpose()?;
            Request::ExplainDescribed(ExplainDescribed {
                method,
                url,
                token,
                authorization,
                profile,
                certificate,
                from,
            })
        }
        (None, None) => return Err(Failure::usage("explain: give a request id or --url")),
    };
    let settings = Settings::load(&overrides)?;
    let answer = runtime()?.block_on(perform(&settings, request))?;
    if json { print(&answer) } else { print(&explain_text::explanation(&answer)?) }
}

/// `-` stands for a line of standard input, which no other process sees.
fn from_input(value: Option<String>) -> Result<Option<String>, Failure> {
    if value.as_deref() != Some("-") {
        return Ok(value);
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("cannot read standard input")?;
    Ok(Some(line.trim().to_owned()))
}

/// A file with certificates, which must be small.
fn read_certificate(file: &std::path::Path) -> Result<String, Failure> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))?;
    if text.len() > CERTIFICATE_BYTES {
        return Err(Failure::usage(format!("--client-certificate {shown}: over {CERTIFICATE_BYTES} bytes")));
    }
    Ok(text)
}

/// What can be said of an order without the store is a wrong usage.
fn check_order(order: &TokenOrder) -> Result<(), Failure> {
    if Role::parse(&order.role).is_none() {
        return Err(Failure::usage(role_rule(&order.role)));
    }
    if let Some(Err(rule)) = order.expires.as_deref().map(|text| parse_end(text, clock::wall())) {
        return Err(Failure::usage(format!("--expires {rule}")));
    }
    Ok(())
}

fn show(mut settings: Settings, json: bool) -> Result<(), Failure> {
    settings.gateway.workers = u16::try_from(settings.worker_count().get()).unwrap_or(u16::MAX);
    if json {
        return print(&serde_json::to_string_pretty(&settings).context("cannot write the settings as JSON")?);
    }
    let text = toml::to_string(&settings).context("cannot write the settings as TOML")?;
    print(text.trim_end())
}

fn print(text: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{text}").context("cannot write to standard output")?;
    Ok(())
}
