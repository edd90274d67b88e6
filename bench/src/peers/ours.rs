//! Portcullis itself: the release program on a filled data directory, with one worker.

use super::management::{Management, is_ready};
use super::process::Process;
use super::seed::{PER_CLIENT, Seed, SeededProfile};
use crate::clock;
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Names of threads that serve requests begin so.
pub(crate) const WORKER_THREADS: &str = "gateway";
const READY_LIMIT: Duration = Duration::from_mins(5);
/// Workers hand their counts over once a second.
const COUNTS_LIMIT: Duration = Duration::from_secs(10);

/// A running server.
#[derive(Debug)]
pub(crate) struct Ours {
    /// The process.
    pub(crate) process: Process,
    /// Where callers call.
    pub(crate) gateway: SocketAddr,
    program: PathBuf,
    data_dir: PathBuf,
}

/// How a server is started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Launch<'a> {
    /// The program.
    pub(crate) program: &'a Path,
    /// A program with arguments that runs it, such as a profiler; empty: none.
    pub(crate) wrapper: &'a [String],
    /// Its data directory.
    pub(crate) data_dir: &'a Path,
    /// Where its settings and its output go.
    pub(crate) folder: &'a Path,
    /// The gateway's address; management is one port above.
    pub(crate) gateway: SocketAddr,
    /// Where a line per request goes.
    pub(crate) access_log: Option<&'a Path>,
    /// Where it listens with TLS too, by `cert.pem` and `key.pem` in the folder.
    pub(crate) secure: Option<SocketAddr>,
}

impl Ours {
    /// Starts it on core 0 and waits until it is ready.
    pub(crate) fn serve(launch: &Launch<'_>) -> Result<Self> {
        let Launch { program, wrapper, data_dir, folder, gateway, access_log, secure } = *launch;
        let mut arguments: Vec<String> = ["serve", "--workers", "1", "--data-dir"].map(str::to_owned).into();
        arguments.push(data_dir.display().to_string());
        arguments.extend(["--gateway-listen".to_owned(), gateway.to_string()]);
        arguments.extend(["--management-listen".to_owned(), management_address(gateway).to_string()]);
        let settings = folder.join("portcullis.toml");
        let mut text = access_log.map_or(String::new(), access_log_settings);
        if let Some(address) = secure {
            text.push_str(&tls_settings(address, folder));
        }
        std::fs::write(&settings, text).with_context(|| format!("write {}", settings.display()))?;
        arguments.extend(["--config".to_owned(), settings.display().to_string()]);
        let mut process = match wrapper.split_first() {
            Some((first, rest)) => {
                let own = [program.display().to_string()];
                Process::start(0, Path::new(first), &[rest, &own, &arguments].concat(), folder)
            }
            None => Process::start(0, program, &arguments, folder),
        }
        .context("portcullis")?;
        process.wait_listening(gateway).context("portcullis")?;
        // The sockets are bound before the directory is loaded; management answers when all is there.
        let address = management_address(gateway);
        let ready = clock::until(READY_LIMIT, || (process.has_ended() || is_ready(address)).then_some(()));
        if ready.is_none() || process.has_ended() {
            bail!("portcullis is not ready: {}", process.last_words());
        }
        Ok(Self { process, gateway, program: program.to_owned(), data_dir: data_dir.to_owned() })
    }

    /// A management client.
    pub(crate) fn management(&self) -> Result<Management> {
        Management::new(&self.program, &self.data_dir, management_address(self.gateway))
    }
}

/// Whether this build has an access log.
pub(crate) fn has_access_log(program: &Path, folder: &Path) -> bool {
    let settings = folder.join("with-access-log.toml");
    if std::fs::write(&settings, access_log_settings(&folder.join("access.log"))).is_err() {
        return false;
    }
    let shown = Command::new(program).args(["config", "show", "--config"]).arg(&settings).stdin(Stdio::null()).output();
    shown.is_ok_and(|output| output.status.success())
}

fn access_log_settings(path: &Path) -> String {
    format!("[access_log]\noutput = \"{}\"\n", path.display())
}

fn tls_settings(address: SocketAddr, folder: &Path) -> String {
    let file = |name: &str| folder.join(name).display().to_string();
    format!(
        "[[gateway.listeners]]\nlisten = \"{address}\"\n\
         tls = {{ certificates = [{{ certificate = \"{}\", key = \"{}\" }}] }}\n",
        file("cert.pem"),
        file("key.pem")
    )
}

fn management_address(gateway: SocketAddr) -> SocketAddr {
    SocketAddr::new(gateway.ip(), gateway.port() + 1)
}

/// The calls that the server should have counted, profile by profile.
#[derive(Debug)]
pub(crate) struct Expected {
    management: Management,
    calls: Vec<u64>,
}

impl Expected {
    /// Begins with none: the server has just been started.
    pub(crate) fn new(ours: &Ours, seed: &Seed) -> Result<Self> {
        Ok(Self { management: ours.management()?, calls: vec![0; seed.profiles.len()] })
    }

    /// The client that asks for counts.
    pub(crate) fn management(&self) -> &Management {
        &self.management
    }

    /// Adds what the driver counted.
    pub(crate) fn add(&mut self, by_key: &[u32]) {
        for (calls, more) in self.calls.iter_mut().zip(by_key) {
            *calls += u64::from(*more);
        }
    }

    /// Adds one call of the first profile.
    pub(crate) fn add_one(&mut self) {
        if let Some(calls) = self.calls.first_mut() {
            *calls += 1;
        }
    }

    /// Compares the counts of every profile. What the workers hand over once a second is waited for.
    pub(crate) fn check(&self, seed: &Seed) -> Result<u64> {
        let mut found = Ok(());
        let equal = clock::until(COUNTS_LIMIT, || {
            found = self.compare(seed);
            found.is_ok().then_some(())
        });
        match (equal, found) {
            (Some(()), _) | (None, Ok(())) => Ok(self.calls.iter().sum()),
            (None, Err(error)) => Err(error),
        }
    }

    /// Takes the server's counts as they are: after a void round it is not known how many calls were admitted.
    pub(crate) fn learn(&mut self, seed: &Seed) -> Result<()> {
        let mut calls = Vec::with_capacity(self.calls.len());
        self.read(seed, |_, counted| {
            calls.push(counted);
            Ok(())
        })?;
        self.calls = calls;
        Ok(())
    }

    fn compare(&self, seed: &Seed) -> Result<()> {
        let mut expected = self.calls.iter();
        self.read(seed, |profile, counted| {
            let expected = expected.next().copied().unwrap_or_default();
            if counted != expected {
                bail!("profile {}: {counted} calls are counted, {expected} were answered", profile.id);
            }
            Ok(())
        })
    }

    /// Reads the calls counted for every profile, client by client.
    fn read(&self, seed: &Seed, mut take: impl FnMut(&SeededProfile, u64) -> Result<()>) -> Result<()> {
        for profiles in seed.profiles.chunks(PER_CLIENT) {
            let client = profiles.first().map_or(0, |profile| profile.client);
            let answer = self.management.get(&format!("/api/v2/api_clients/{client}/api_keys?per_page=100"))?;
            let rows = answer.get("data").and_then(Value::as_array).context("no data")?;
            for profile in profiles {
                let row = rows.iter().find(|row| row.get("id").and_then(Value::as_u64) == Some(profile.id));
                take(profile, row.and_then(|row| row.get("calls_total")?.as_u64()).context("no calls_total")?)?;
            }
        }
        Ok(())
    }
}
