//! `backup`, `restore`, `status`, `doctor`, `completion`, `man`.

use super::{Overrides, Remote};
use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

pub(super) const BACKUP_EXAMPLES: &str = "\
Consistent copies of the control and quota databases, also while a server runs. secret.key is left out: keep it elsewhere, since
without it the secrets in a backup cannot be read, and with it they can.

Examples:
  portcullis backup /var/backups/portcullis/2026-11-24
  portcullis restore /var/backups/portcullis/2026-11-24 --data-dir /var/lib/portcullis --secret-key /safe/secret.key";

pub(super) const RESTORE_EXAMPLES: &str = "\
The data directory must be empty but for secret.key. The backup is checked before anything is written, and the key against it.

Examples:
  portcullis restore /var/backups/portcullis/2026-11-24 --data-dir ./portcullis-data --secret-key /safe/secret.key
  portcullis restore /var/backups/portcullis/2026-11-24        (secret.key is in the data directory already)";

pub(super) const DOCTOR_EXAMPLES: &str = "\
Looks at the data directory and who may read its files, key, databases, disk, open files, clock, ports, certificates that end, whether the
gateway follows the store, and from where it can be managed. Each finding says what to read. Give it the --config that the server has.
Status 0: nothing is wrong (there may be warnings); 1: something is.

Examples:
  portcullis doctor --data-dir /var/lib/portcullis --config /etc/portcullis/portcullis.toml
  portcullis doctor --json | jq '.findings[] | select(.state != \"ok\")'";

/// Where a backup goes.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The directory to write: new, or empty
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Settings.
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}

/// What to restore.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The directory that `portcullis backup` wrote
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// The secret.key of the instance that was backed up [default: the one in the data directory]
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_key: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Settings.
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}

/// Whose state.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Where.
    #[command(flatten)]
    pub(crate) remote: Remote,
    /// Settings.
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}

/// What to look at.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Settings.
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}

/// For which shell.
#[derive(Debug, Args)]
pub(crate) struct CompletionArgs {
    /// The shell
    pub(crate) shell: Shell,
}

/// Where manual pages go.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write a page for each command into this directory [default: the main page on standard output]
    #[arg(value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
}
