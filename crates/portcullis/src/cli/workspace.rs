//! `export`, `diff`, `apply`, `schema`.

use super::Overrides;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

pub(super) const EXPORT_EXAMPLES: &str = "\
Members, management tokens, sessions, logos, counts and logs are not in the file: `portcullis backup` keeps them.
With --server the token needs the role admin; with --with-secrets, owner.
Without secrets a profile that is made from the file has no credential until it is refreshed.

Examples:
  portcullis export > workspace.yaml
  portcullis export --json | jq -r '.clients[].name'
  portcullis export --with-secrets --output workspace.yaml      (asks for a passphrase)
  PORTCULLIS_TOKEN=pcm_... portcullis export --server https://portcullis.example.com";

pub(super) const DIFF_EXAMPLES: &str = "\
Nothing is changed. The status is 0 whether or not anything differs; with --exit-code it is 1 where something does.
A file with problems ends with 1 as well, and every problem is named with its place.

Examples:
  portcullis diff workspace.yaml
  portcullis diff workspace.yaml --prune --exit-code
  portcullis export --server https://staging.example.com | portcullis diff -";

pub(super) const APPLY_EXAMPLES: &str = "\
Everything in one transaction, or nothing. An object that the file names becomes exactly what the file says: a field that is
left out takes its default. Objects that it does not name stay, unless --prune deletes them, in the sections that the
file has. No credential is ever printed.

Examples:
  portcullis apply workspace.yaml
  portcullis apply workspace.yaml --prune --dry-run
  portcullis apply workspace.yaml --with-secrets --passphrase-file /run/secrets/passphrase";

/// Where the workspace is.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Remote {
    /// Use the management API at this address, with the token in `PORTCULLIS_TOKEN`, instead of the data directory
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// Let the token go over http to another machine, where anybody on the way can read it
    #[arg(long, requires = "server")]
    pub(crate) allow_http: bool,
}

/// Where a passphrase comes from.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PassphraseArgs {
    /// Secrets too, sealed or opened by a passphrase: `PORTCULLIS_PASSPHRASE`, --passphrase-file, or asked for
    #[arg(long)]
    pub(crate) with_secrets: bool,
    /// The file whose first line is the passphrase
    #[arg(long, value_name = "FILE", requires = "with_secrets")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// What to export.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The file to write, readable by you alone [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write JSON instead of YAML; `diff` and `apply` take both
    #[arg(long)]
    pub(crate) json: bool,
    /// Secrets.
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
    /// Where from.
    #[command(flatten)]
    pub(crate) remote: Remote,
    /// Settings.
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}

/// What to compare.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The workspace file, YAML or JSON; `-`: standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Say what --prune would delete too
    #[arg(long)]
    pub(crate) prune: bool,
    /// End with status 1 where anything differs
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Print JSON, as the management API answers it
    #[arg(long)]
    pub(crate) json: bool,
    /// Secrets.
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
    /// Where.
    #[command(flatten)]
    pub(crate) remote: Remote,
    /// Settings.
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}

/// What to apply.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// The workspace file, YAML or JSON; `-`: standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Delete objects that the file does not name, in the sections that it has
    #[arg(long)]
    pub(crate) prune: bool,
    /// Say what would change, and change nothing: what `portcullis diff` does
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON, as the management API answers it
    #[arg(long)]
    pub(crate) json: bool,
    /// Secrets.
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
    /// Where to.
    #[command(flatten)]
    pub(crate) remote: Remote,
    /// Settings.
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}

/// A document whose form can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Schema {
    /// The JSON Schema of workspace files.
    Workspace,
    /// The OpenAPI document of the management API.
    Api,
}
