//! The command line: a contract, since scripts use it.

mod operate;
mod workspace;

pub(crate) use operate::{BackupArgs, CompletionArgs, DoctorArgs, ManArgs, RestoreArgs, StatusArgs};
pub(crate) use workspace::{ApplyArgs, DiffArgs, ExportArgs, PassphraseArgs, Remote, Schema};

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Self-hosted API management: gateway, management API and console in one program.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, disable_help_subcommand = true, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  portcullis serve                                start on the data directory ./portcullis-data
  portcullis serve --gateway-listen 0.0.0.0:8080  let callers from elsewhere in
  portcullis serve --takeover                     take the place of the running server, as for an upgrade
  portcullis token create --role admin            print a management token for scripts
  portcullis setup-link                           print a link that makes the owner of the workspace
  portcullis explain REQUEST_ID                   say why a request was refused
  portcullis export > workspace.yaml              write the workspace down; `diff` and `apply` take it
  portcullis backup DIR                           copy the databases, also while a server runs
  portcullis status, portcullis doctor            what runs, what is wrong

Exit status: 0 done, 1 failed, 2 wrong usage or configuration.
Settings: a flag beats the environment (PORTCULLIS_GATEWAY__LISTEN), which beats portcullis.toml.
More: portcullis COMMAND --help, with examples; portcullis man | man -l -";

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start gateway, management API and console.
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(ServeArgs),
    /// Management tokens, for scripts and command-line clients.
    #[command(
        arg_required_else_help = true,
        after_help = "Examples:\n  portcullis token create --help\n  portcullis token create --name ci --role admin --expires 90d"
    )]
    Token {
        /// What to do with tokens.
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Print a one-time link (1 hour) that makes the owner, or resets a member's password.
    #[command(after_help = "Examples:\n  portcullis setup-link\n  portcullis setup-link --email ops@example.com")]
    SetupLink {
        /// Reset the password of the member with this e-mail address.
        #[arg(long, value_name = "EMAIL")]
        email: Option<String>,
        /// Settings.
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Say why a request was, or would be, admitted or refused: every check with the values that it compared.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Write the workspace as one YAML document: settings, projects, policies, collections, clients.
    #[command(after_help = workspace::EXPORT_EXAMPLES)]
    Export(ExportArgs),
    /// Say what a workspace file would change, field by field.
    #[command(after_help = workspace::DIFF_EXAMPLES)]
    Diff(DiffArgs),
    /// Change the workspace to what a file says, in one transaction.
    #[command(after_help = workspace::APPLY_EXAMPLES)]
    Apply(ApplyArgs),
    /// Copy the databases into a directory, also while a server runs.
    #[command(after_help = operate::BACKUP_EXAMPLES)]
    Backup(BackupArgs),
    /// Put a backup into an empty data directory.
    #[command(after_help = operate::RESTORE_EXAMPLES)]
    Restore(RestoreArgs),
    /// Say what runs: node, revision, store.
    #[command(
        after_help = "Examples:\n  portcullis status\n  PORTCULLIS_TOKEN=pcm_... portcullis status --server https://portcullis.example.com --json"
    )]
    Status(StatusArgs),
    /// Look for what is wrong, and say where to read about it.
    #[command(after_help = operate::DOCTOR_EXAMPLES)]
    Doctor(DoctorArgs),
    /// Print the form of a document: JSON Schema of workspace files, OpenAPI document of the management API.
    #[command(after_help = "Examples:\n  portcullis schema workspace > workspace.schema.json\n  portcullis schema api")]
    Schema {
        /// Which document.
        document: Schema,
    },
    /// Print completions for a shell.
    #[command(
        after_help = "Examples:\n  portcullis completion bash > /etc/bash_completion.d/portcullis\n  portcullis completion zsh > ~/.zfunc/_portcullis"
    )]
    Completion(CompletionArgs),
    /// Print the manual page, or write all of them.
    #[command(after_help = "Examples:\n  portcullis man | man -l -\n  portcullis man /usr/local/share/man/man1")]
    Man(ManArgs),
    /// Look at the settings.
    #[command(arg_required_else_help = true, after_help = CONFIG_EXAMPLES)]
    Config {
        /// What to do with settings.
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print the version.
    Version,
}

/// Commands on management tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a management token and print it, alone, on standard output. It is shown this once.
    #[command(
        after_help = "Examples:\n  PORTCULLIS_TOKEN=$(portcullis token create --name ci --role admin --expires 90d)\n  portcullis token create --role viewer --project Partners"
    )]
    Create {
        /// What people call it.
        #[arg(long, default_value = "command line")]
        name: String,
        /// What it may do: viewer, operator, admin or owner.
        #[arg(long)]
        role: String,
        /// When it ends: a length of time as 90d, 12h or 30m, or a moment as 2027-11-24T00:00:00Z [default: never]
        #[arg(long, value_name = "WHEN")]
        expires: Option<String>,
        /// Confine it to this project, by name or id; may be given several times [default: all projects]
        #[arg(long = "project", value_name = "PROJECT")]
        projects: Vec<String>,
        /// Settings.
        #[command(flatten)]
        overrides: Overrides,
    },
}

/// Commands on settings.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check settings and say what is wrong; exit status 2 if anything is.
    #[command(after_help = CONFIG_EXAMPLES)]
    Check(Overrides),
    /// Print the settings in force, as they would stand in portcullis.toml.
    #[command(after_help = CONFIG_EXAMPLES)]
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Settings.
        #[command(flatten)]
        overrides: Overrides,
    },
}

const CONFIG_EXAMPLES: &str = "\
Examples:
  portcullis config check --config /etc/portcullis/portcullis.toml
  portcullis config show > portcullis.toml
  portcullis config show --json | jq .gateway.listen";

const SERVE_EXAMPLES: &str = "\
Examples:
  portcullis serve --data-dir /var/lib/portcullis
  portcullis serve --data-dir /var/lib/portcullis --takeover   (an upgrade: no request fails, the old process ends by itself)";

/// How to serve.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Take the place of the server that runs on the data directory, without a failed request.
    #[arg(long)]
    pub(crate) takeover: bool,
    /// Settings.
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}

const EXPLAIN_EXAMPLES: &str = "\
Nothing is counted and nothing is forwarded. A described request is judged as it would be now; a request that was
made is shown as it was recorded (the latest ones are in the server's memory), beside what would become of it now.

Examples:
  portcullis explain 01936b6e-7a3f-7c1d-9d2b-5f0c7e1a2b3c
  portcullis explain --url /quote-to-cash-v1/quotes --token - --from 203.0.113.7     (the token is read from standard input)
  portcullis explain --method POST --url http://127.0.0.1:8080/orders-v1/orders --profile 9
  portcullis explain --url /orders-v1/orders --profile 9 --client-certificate shop.pem";

/// What to explain.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The id of a request that was made: the header X-Request-Id of its answer.
    #[arg(value_name = "REQUEST_ID", conflicts_with_all = ["method", "url", "token", "authorization", "profile", "client_certificate", "from"])]
    pub(crate) request_id: Option<String>,
    /// Method of a described request.
    #[arg(long, default_value = "GET")]
    pub(crate) method: String,
    /// URL of a described request, or its path.
    #[arg(long, required_unless_present = "request_id")]
    pub(crate) url: Option<String>,
    /// Its auth token, as in the header api-token; `-` reads it from standard input, where no other process sees it.
    #[arg(long, value_name = "T", conflicts_with_all = ["authorization", "profile"])]
    pub(crate) token: Option<String>,
    /// Its header Authorization, as in `Bearer ...`; `-` reads it from standard input.
    #[arg(long, value_name = "VALUE", conflicts_with = "profile")]
    pub(crate) authorization: Option<String>,
    /// The access profile that makes it, by id, instead of a credential.
    #[arg(long, value_name = "ID")]
    pub(crate) profile: Option<i64>,
    /// The client certificate of its connection: a PEM file, with its chain if it has one.
    #[arg(long, value_name = "FILE")]
    pub(crate) client_certificate: Option<PathBuf>,
    /// The address that it comes from.
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub(crate) from: std::net::IpAddr,
    /// Print JSON, as the management API answers it.
    #[arg(long)]
    pub(crate) json: bool,
    /// Settings.
    #[command(flatten)]
    pub(crate) overrides: Overrides,
}

/// Settings that a flag can set. Each has an environment name and a key in portcullis.toml too.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Overrides {
    /// Directory for the store, its key and the control socket [default: ./portcullis-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Settings file [default: portcullis.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Address that callers of the APIs use [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub(crate) gateway_listen: Option<SocketAddr>,
    /// Address of management API and console [default: 127.0.0.1:8081]
    #[arg(long, value_name = "ADDR")]
    pub(crate) management_listen: Option<SocketAddr>,
    /// Gateway workers, 1 to 256 [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<u16>,
}

/// Commands to which settings of listeners and workers mean something. The others take them too, so that one set of flags
/// goes with every command, but their help does not dwell on them.
const LISTENING: [&str; 4] = ["serve", "setup-link", "doctor", "config"];
const OF_LISTENING: [&str; 3] = ["gateway_listen", "management_listen", "workers"];

/// The command line as it is parsed, completed and described.
pub(crate) fn command() -> clap::Command {
    let command = Cli::command();
    let names: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    let quiet = names.into_iter().filter(|name| !LISTENING.contains(&name.as_str()));
    quiet.fold(command, |command, name| command.mut_subcommand(name, without_listening))
}

fn without_listening(command: clap::Command) -> clap::Command {
    let command = command.mut_subcommands(without_listening);
    command.mut_args(|arg| if OF_LISTENING.contains(&arg.get_id().as_str()) { arg.hide(true) } else { arg })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_begins_with_what_the_program_is() {
        let help = command().render_help().to_string();
        assert!(help.starts_with("Self-hosted API management: gateway, management API and console"), "{help}");
    }

    #[test]
    fn every_command_but_version_has_an_example() {
        fn check(command: &mut clap::Command) {
            let help = command.render_long_help().to_string();
            assert!(command.get_name() == "version" || help.contains("Example"), "{help}");
            command.get_subcommands_mut().for_each(check);
        }
        check(&mut command());
    }

    #[test]
    fn listeners_are_in_the_help_of_commands_that_listen_only() {
        let mut command = command();
        for one in command.get_subcommands_mut() {
            let of_listening = LISTENING.contains(&one.get_name()) && one.get_name() != "config";
            assert_eq!(one.render_help().to_string().contains("--gateway-listen"), of_listening, "{}", one.get_name());
        }
        // Where they are not shown they are still taken.
        let taken = ["portcullis", "backup", "here", "--gateway-listen", "127.0.0.1:1"];
        assert!(command.try_get_matches_from(taken).is_ok());
    }
}
