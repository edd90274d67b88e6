//! The log on standard error: text on a terminal, JSON otherwise.

use crate::settings::{LogFormat, LogLevel, LogSettings};
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

/// Libraries whose own lines could hold parts of requests, statements or keys: silenced at every level.
const SILENCED: &str = "hyper=off,hyper_util=off,h2=off,sqlx=off,rustls=off,tokio_rustls=off,reqwest=off,hyper_rustls=off,tower=off,tower_http=off,axum=off,axum_core=off,multer=off";

/// Installs the log for the life of the process.
pub(crate) fn install(settings: &LogSettings) {
    let level = match settings.level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    };
    let filter = EnvFilter::new(format!("{level},{SILENCED}"));
    let terminal = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let json = match settings.format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    if json {
        builder.json().flatten_event(true).init();
    } else {
        builder.with_ansi(terminal).init();
    }
}
