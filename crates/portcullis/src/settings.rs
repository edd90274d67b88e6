//! What a node needs to start: every setting, its key, its environment name and its default.
//!
//! A flag beats the environment, which beats `portcullis.toml`. Unknown keys are errors. Settings of the workspace
//! (policies, members and so on) live in the store instead; no setting has both homes.

use crate::access_log;
use crate::cli::Overrides;
use crate::failure::Failure;
use crate::listeners::ListenerSettings;
use config::{Config, File, FileFormat};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// All settings of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// Directory for the store, its key and the control socket. `PORTCULLIS_DATA_DIR`.
    pub(crate) data_dir: PathBuf,
    /// The gateway.
    pub(crate) gateway: GatewaySettings,
    /// Management API and console.
    pub(crate) management: ManagementSettings,
    /// What goes to standard error.
    pub(crate) log: LogSettings,
    /// One line per request.
    pub(crate) access_log: AccessLogSettings,
}

/// Settings of the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct GatewaySettings {
    /// Address that callers use. `PORTCULLIS_GATEWAY__LISTEN`.
    pub(crate) listen: SocketAddr,
    /// Worker threads, 1 to 256; 0: one per core. `PORTCULLIS_GATEWAY__WORKERS`.
    pub(crate) workers: u16,
    /// Requests in flight per worker, 1 to 1,000,000. `PORTCULLIS_GATEWAY__MAX_IN_FLIGHT`.
    pub(crate) max_in_flight: u32,
    /// Seconds between failing readiness and closing listeners at a stop, 0 to 300.
    /// `PORTCULLIS_GATEWAY__DRAIN_DELAY_SECONDS`.
    pub(crate) drain_delay_seconds: u16,
    /// Open connections of callers per worker, 1 to 1,000,000; 0: what the limit of open files allows.
    /// `PORTCULLIS_GATEWAY__MAX_CONNECTIONS`.
    pub(crate) max_connections: u32,
    /// Seconds for a request's head to come whole, 1 to 300. `PORTCULLIS_GATEWAY__HEAD_TIMEOUT_SECONDS`.
    pub(crate) head_timeout_seconds: u16,
    /// Seconds between two parts of a request's body, 1 to 3,600. `PORTCULLIS_GATEWAY__BODY_TIMEOUT_SECONDS`.
    pub(crate) body_timeout_seconds: u16,
    /// Seconds in which a caller must take something of what is written to it, 1 to 3,600.
    /// `PORTCULLIS_GATEWAY__WRITE_TIMEOUT_SECONDS`.
    pub(crate) write_timeout_seconds: u16,
    /// Seconds for which a connection without a request stays open, 1 to 3,600. `PORTCULLIS_GATEWAY__KEEP_ALIVE_SECONDS`.
    pub(crate) keep_alive_seconds: u16,
    /// Further addresses that callers use. In `portcullis.toml` only.
    pub(crate) listeners: Vec<ListenerSettings>,
}

/// Settings of the access log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AccessLogSettings {
    /// off, stdout or the path of a file. `PORTCULLIS_ACCESS_LOG__OUTPUT`.
    pub(crate) output: access_log::Output,
}

/// Settings of management API and console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ManagementSettings {
    /// Address. Loopback unless told otherwise. `PORTCULLIS_MANAGEMENT__LISTEN`.
    pub(crate) listen: SocketAddr,
}

/// Settings of the log on standard error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogSettings {
    /// error, warn, info, debug or trace. `PORTCULLIS_LOG__LEVEL`.
    pub(crate) level: LogLevel,
    /// auto (text on a terminal, else JSON), text or json. `PORTCULLIS_LOG__FORMAT`.
    pub(crate) format: LogFormat,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Auto,
    Text,
    Json,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("portcullis-data"),
            gateway: GatewaySettings::default(),
            management: ManagementSettings::default(),
            log: LogSettings::default(),
            access_log: AccessLogSettings::default(),
        }
    }
}

impl Default for GatewaySettings {
    fn default() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        Self {
            listen,
            workers: 0,
            max_in_flight: 4096,
            drain_delay_seconds: 0,
            max_connections: 0,
            head_timeout_seconds: 10,
            body_timeout_seconds: 60,
            write_timeout_seconds: 60,
            keep_alive_seconds: 75,
            listeners: Vec::new(),
        }
    }
}

impl Default for ManagementSettings {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8081)) }
    }
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { level: LogLevel::Info, format: LogFormat::Auto }
    }
}

/// Environment names and the keys they set.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("PORTCULLIS_DATA_DIR", "data_dir"),
    ("PORTCULLIS_GATEWAY__LISTEN", "gateway.listen"),
    ("PORTCULLIS_GATEWAY__WORKERS", "gateway.workers"),
    ("PORTCULLIS_GATEWAY__MAX_IN_FLIGHT", "gateway.max_in_flight"),
    ("PORTCULLIS_GATEWAY__DRAIN_DELAY_SECONDS", "gateway.drain_delay_seconds"),
    ("PORTCULLIS_GATEWAY__MAX_CONNECTIONS", "gateway.max_connections"),
    ("PORTCULLIS_GATEWAY__HEAD_TIMEOUT_SECONDS", "gateway.head_timeout_seconds"),
    ("PORTCULLIS_GATEWAY__BODY_TIMEOUT_SECONDS", "gateway.body_timeout_seconds"),
    ("PORTCULLIS_GATEWAY__WRITE_TIMEOUT_SECONDS", "gateway.write_timeout_seconds"),
    ("PORTCULLIS_GATEWAY__KEEP_ALIVE_SECONDS", "gateway.keep_alive_seconds"),
    ("PORTCULLIS_MANAGEMENT__LISTEN", "management.listen"),
    ("PORTCULLIS_LOG__LEVEL", "log.level"),
    ("PORTCULLIS_LOG__FORMAT", "log.format"),
    ("PORTCULLIS_ACCESS_LOG__OUTPUT", "access_log.output"),
];

const DEFAULT_FILE: &str = "portcullis.toml";

/// The environment, as far as it is text.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// A secret that a command takes from the environment only, since arguments can be read by other users.
pub(crate) fn secret_of_environment(name: &str) -> Option<String> {
    environment().find(|(found, _)| found == name).map(|(_, value)| value).filter(|value| !value.is_empty())
}

impl Settings {
    /// Reads file, environment and flags.
    pub(crate) fn load(overrides: &Overrides) -> Result<Self, Failure> {
        Self::from_sources(overrides, environment())
    }

    fn from_sources(
        overrides: &Overrides,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Failure> {
        let mut builder = Config::builder();
        let file = match &overrides.config {
            Some(path) => File::from(path.as_path()).format(FileFormat::Toml).required(true),
            None => File::new(DEFAULT_FILE, FileFormat::Toml).required(false),
        };
        builder = builder.add_source(file);
        for (name, value) in environment {
            let known = ENVIRONMENT.iter().find(|(known, _)| *known == name);
            match known {
                Some((_, key)) => builder = set(builder, key, value)?,
                None if name.starts_with("PORTCULLIS_") && name.contains("__") => {
                    return Err(Failure::usage(format!("environment: unknown setting {name}")));
                }
                None => {}
            }
        }
        if let Some(path) = &overrides.data_dir {
            builder = set(builder, "data_dir", path.display().to_string())?;
        }
        if let Some(listen) = overrides.gateway_listen {
            builder = set(builder, "gateway.listen", listen.to_string())?;
        }
        if let Some(listen) = overrides.management_listen {
            builder = set(builder, "management.listen", listen.to_string())?;
        }
        if let Some(workers) = overrides.workers {
            if workers == 0 {
                return Err(Failure::usage("settings: gateway.workers must be from 1 to 256"));
            }
            builder = set(builder, "gateway.workers", workers.to_string())?;
        }
        let settings: Self = builder
            .build()
            .and_then(Config::try_deserialize)
            .map_err(|error| Failure::usage(format!("settings: {}", one_line(&error.to_string()))))?;
        settings.check()?;
        Ok(settings)
    }

    /// Ranges that the types do not hold.
    fn check(&self) -> Result<(), Failure> {
        let gateway = &self.gateway;
        let problem = if gateway.workers > 256 {
            "gateway.workers must be from 1 to 256"
        } else if !(1..=1_000_000).contains(&gateway.max_in_flight) {
            "gateway.max_in_flight must be from 1 to 1,000,000"
        } else if gateway.drain_delay_seconds > 300 {
            "gateway.drain_delay_seconds must be from 0 to 300"
        } else if gateway.max_connections > 1_000_000 {
            "gateway.max_connections must be from 0 to 1,000,000"
        } else if !(1..=300).contains(&gateway.head_timeout_seconds) {
            "gateway.head_timeout_seconds must be from 1 to 300"
        } else if !(1..=3600).contains(&gateway.body_timeout_seconds) {
            "gateway.body_timeout_seconds must be from 1 to 3600"
        } else if !(1..=3600).contains(&gateway.write_timeout_seconds) {
            "gateway.write_timeout_seconds must be from 1 to 3600"
        } else if !(1..=3600).contains(&gateway.keep_alive_seconds) {
            "gateway.keep_alive_seconds must be from 1 to 3600"
        } else if gateway.listen == self.management.listen && gateway.listen.port() != 0 {
            "gateway.listen and management.listen must differ"
        } else {
            return self.check_listeners();
        };
        Err(Failure::usage(format!("settings: {problem}")))
    }

    /// Worker threads of the gateway.
    pub(crate) fn worker_count(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.gateway.workers.into())
            .or_else(|| std::thread::available_parallelism().ok())
            .unwrap_or(NonZeroUsize::MIN)
    }
}

type Builder = config::ConfigBuilder<config::builder::DefaultState>;

fn set(builder: Builder, key: &str, value: String) -> Result<Builder, Failure> {
    builder.set_override(key, value).map_err(|error| Failure::usage(format!("settings: {key}: {error}")))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, environment: &[(&str, &str)], overrides: Overrides) -> Result<Settings, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("portcullis.toml");
        std::fs::write(&path, file).unwrap();
        let overrides = Overrides { config: Some(path), ..overrides };
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::from_sources(&overrides, environment)
    }

    #[test]
    fn a_flag_beats_the_environment_which_beats_the_file() {
        let file = "[gateway]\nworkers = 2\nlisten = \"127.0.0.1:1\"\n[management]\nlisten = \"127.0.0.1:9\"";
        let environment = [("PORTCULLIS_GATEWAY__LISTEN", "127.0.0.1:2"), ("PORTCULLIS_GATEWAY__WORKERS", "3")];
        let flags = Overrides { gateway_listen: Some(SocketAddr::from(([127, 0, 0, 1], 3))), ..Overrides::default() };
        let settings = load(file, &environment, flags).unwrap();
        assert_eq!(settings.gateway.listen.port(), 3);
        assert_eq!(settings.gateway.workers, 3);
        assert_eq!(settings.management.listen.port(), 9);
        assert_eq!(settings.data_dir, PathBuf::from("portcullis-data"));
    }

    #[track_caller]
    fn refused(file: &str, environment: &[(&str, &str)], part: &str) {
        let failure = load(file, environment, Overrides::default()).unwrap_err();
        assert!(matches!(failure, Failure::Usage(_)));
        let text = failure.to_string();
        assert!(text.contains(part) && !text.contains('\n'), "{text}");
    }

    #[test]
    fn wrong_settings_are_named() {
        refused("nonsense = 1", &[], "nonsense");
        refused("[gateway]\nlistn = \"x\"", &[], "listn");
        refused("[gateway]\nlisten = \"x\"", &[], "gateway.listen");
        refused("[gateway]\nworkers = 1000", &[], "gateway.workers");
        refused("[log]\nlevel = \"loud\"", &[], "loud");
        refused("[gateway]\nhead_timeout_seconds = 0", &[], "gateway.head_timeout_seconds");
        refused("[access_log]\noutputs = \"off\"", &[], "outputs");
        refused("not toml", &[], "settings");
        refused("", &[("PORTCULLIS_GATEWAY__LISTN", "x")], "PORTCULLIS_GATEWAY__LISTN");
        refused("[gateway]\nlisten = \"127.0.0.1:8081\"", &[], "must differ");
    }

    #[test]
    fn every_environment_name_sets_a_key_that_exists() {
        for (name, value) in [
            ("PORTCULLIS_DATA_DIR", "/tmp/x"),
            ("PORTCULLIS_GATEWAY__LISTEN", "127.0.0.1:5"),
            ("PORTCULLIS_GATEWAY__WORKERS", "7"),
            ("PORTCULLIS_GATEWAY__MAX_IN_FLIGHT", "7"),
            ("PORTCULLIS_GATEWAY__DRAIN_DELAY_SECONDS", "7"),
            ("PORTCULLIS_GATEWAY__MAX_CONNECTIONS", "7"),
            ("PORTCULLIS_GATEWAY__HEAD_TIMEOUT_SECONDS", "7"),
            ("PORTCULLIS_GATEWAY__BODY_TIMEOUT_SECONDS", "7"),
            ("PORTCULLIS_GATEWAY__WRITE_TIMEOUT_SECONDS", "7"),
            ("PORTCULLIS_GATEWAY__KEEP_ALIVE_SECONDS", "7"),
            ("PORTCULLIS_MANAGEMENT__LISTEN", "127.0.0.1:5"),
            ("PORTCULLIS_LOG__LEVEL", "debug"),
            ("PORTCULLIS_LOG__FORMAT", "json"),
            ("PORTCULLIS_ACCESS_LOG__OUTPUT", "stdout"),
        ] {
            let settings = load("", &[(name, value)], Overrides::default()).unwrap();
            assert_ne!(settings, Settings::default(), "{name}");
        }
        assert_eq!(ENVIRONMENT.len(), 14);
    }

    #[test]
    fn the_manual_names_every_setting() {
        let page = include_str!("../../../docs/manual/settings.md");
        for (name, key) in ENVIRONMENT {
            assert!(page.contains(&format!("| `{key}` | `{name}` |")), "{key}");
        }
    }

    #[test]
    fn a_settings_file_that_was_named_must_be_there() {
        let overrides = Overrides { config: Some(PathBuf::from("/nowhere/portcullis.toml")), ..Overrides::default() };
        assert!(Settings::from_sources(&overrides, std::iter::empty()).is_err());
    }
}
