//! The access log's setting, and its file being opened anew on SIGHUP.

use anyhow::Context as _;
use gateway::{AccessLogOutput, AccessLogWriter};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};

/// Where the access log goes: `off`, `stdout`, or a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(crate) enum Output {
    /// There is none.
    #[default]
    Off,
    /// Standard output.
    Stdout,
    /// The end of this file.
    File(PathBuf),
}

impl From<String> for Output {
    fn from(text: String) -> Self {
        match text.as_str() {
            "off" | "" => Self::Off,
            "stdout" => Self::Stdout,
            _ => Self::File(text.into()),
        }
    }
}

impl From<Output> for String {
    fn from(output: Output) -> Self {
        match output {
            Output::Off => "off".to_owned(),
            Output::Stdout => "stdout".to_owned(),
            Output::File(path) => path.to_string_lossy().into_owned(),
        }
    }
}

/// Opens the access log, unless it is off.
pub(crate) fn start(output: &Output) -> anyhow::Result<Option<AccessLogWriter>> {
    let output = match output {
        Output::Off => return Ok(None),
        Output::Stdout => AccessLogOutput::Stdout,
        Output::File(path) => AccessLogOutput::File(path.clone()),
    };
    let named = match &output {
        AccessLogOutput::Stdout => "standard output".to_owned(),
        AccessLogOutput::File(path) => path.display().to_string(),
    };
    let writer = AccessLogWriter::start(output).with_context(|| format!("cannot write the access log to {named}"))?;
    Ok(Some(writer))
}

/// Opens the file anew on each SIGHUP, so that it can be rotated. Runs until it is aborted.
pub(crate) async fn reopen_on_hang_up(writer: AccessLogWriter) {
    let mut hang_up = match signal(SignalKind::hangup()) {
        Ok(hang_up) => hang_up,
        Err(error) => {
            tracing::error!(%error, "cannot listen for SIGHUP: the access log cannot be rotated");
            return;
        }
    };
    while hang_up.recv().await.is_some() {
        writer.reopen();
    }
}

/// Waits until the last lines are written, for a bounded time.
pub(crate) async fn flush(writer: Option<AccessLogWriter>) {
    if let Some(writer) = writer
        && tokio::task::spawn_blocking(move || writer.flush()).await.is_err()
    {
        tracing::error!("flushing the access log failed");
    }
}
