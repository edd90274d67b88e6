//! How a command ends when it does not succeed: exit status 1 for what failed, 2 for wrong usage or configuration.

use std::fmt;
use std::process::ExitCode;

/// A command that did not succeed, and what to tell the person at the terminal.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Wrong usage or configuration: exit status 2.
    Usage(String),
    /// Something failed: exit status 1.
    Failed(anyhow::Error),
    /// Nothing failed, but what was compared differs, or a finding is bad: exit status 1, and all is said already.
    Differs,
}

impl Failure {
    /// A wrong flag or setting.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// The exit status.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Failed(_) | Self::Differs => ExitCode::from(1),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) => f.write_str(message),
            Self::Failed(error) => write!(f, "{error:#}"),
            Self::Differs => Ok(()),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}
