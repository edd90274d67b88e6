//! One running Portcullis: the real binary on free ports and a data directory of its own.

use std::fs::OpenOptions;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::api::Api;
use crate::caller::Caller;
use crate::poll::until;
use crate::ports::free_address;
use crate::program::{Ended, program, run_bounded};

const READY_LIMIT: Duration = Duration::from_secs(30);
const COMMAND_LIMIT: Duration = Duration::from_secs(30);
const STOP_LIMIT: Duration = Duration::from_secs(40);

/// What differs from the usual start.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// More arguments for `serve`.
    pub arguments: Vec<String>,
    /// More environment variables.
    pub environment: Vec<(String, String)>,
}

/// A running server; it is killed when this is dropped.
pub struct TestSystem {
    folder: TempDir,
    settings: Settings,
    child: Option<Child>,
    /// The gateway's address.
    pub gateway: SocketAddr,
    /// The management API's address.
    pub management: SocketAddr,
}

impl TestSystem {
    /// Starts with usual settings and waits until it takes requests.
    pub async fn start() -> Result<Self> {
        Self::start_with(Settings::default()).await
    }

    /// Starts with these settings and waits until it takes requests.
    pub async fn start_with(settings: Settings) -> Result<Self> {
        let mut system = Self::prepared(settings)?;
        system.launch().await?;
        Ok(system)
    }

    /// Everything but the server, which `launch` starts.
    pub fn prepared(settings: Settings) -> Result<Self> {
        Ok(Self {
            folder: tempfile::tempdir().context("temporary folder")?,
            settings,
            child: None,
            gateway: free_address(),
            management: free_address(),
        })
    }

    /// Halts the running process, or lets it go on.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let id = self.pid().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw).context("process id")?;
        kill_process(id, signal).context("signal")
    }

    /// Starts the stopped or killed server again, on the same data directory and ports.
    pub async fn launch(&mut self) -> Result<()> {
        self.launch_unready()?;
        self.wait_ready().await
    }

    /// The same without waiting until it is ready.
    pub fn launch_unready(&mut self) -> Result<()> {
        let log = OpenOptions::new().create(true).append(true).open(self.log_path()).context("log file")?;
        let mut command = self.serve_command()?;
        command.stdout(log.try_clone().context("share the log file")?).stderr(log);
        self.child = Some(command.spawn().context("start portcullis")?);
        Ok(())
    }

    /// Other arguments for the next start.
    pub fn set_arguments(&mut self, arguments: &[&str]) {
        self.settings.arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    }

    /// Starts another process that takes over, and waits until it holds the data directory. Gives the former process,
    /// which may still serve open connections.
    pub async fn begin_takeover(&mut self) -> Result<Former> {
        let log = OpenOptions::new().create(true).append(true).open(self.log_path()).context("log file")?;
        let mut command = self.serve_command()?;
        command.arg("--takeover");
        command.stdout(log.try_clone().context("share the log file")?).stderr(log);
        let mut child = command.spawn().context("start portcullis")?;
        let pid = child.id().context("process id")?.to_string();
        let lock = self.data_dir().join("lock");
        let holds = until("the new process has taken over", READY_LIMIT, async || {
            if let Some(status) = child.try_wait()? {
                bail!("it ended with {status}");
            }
            Ok((std::fs::read_to_string(&lock)? == pid).then_some(()))
        })
        .await;
        holds.with_context(|| self.log_tail())?;
        let former = self.child.replace(child).context("not running")?;
        Ok(Former { child: former })
    }

    /// Another process takes over, and the former one ends.
    pub async fn takeover(&mut self) -> Result<()> {
        let former = self.begin_takeover().await?;
        former.ended().await.with_context(|| self.log_tail())
    }

    /// The id of the running process.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// The command that serves here, output not yet connected.
    pub fn serve_command(&self) -> Result<Command> {
        let mut command = Command::new(program()?);
        command
            .arg("serve")
            .arg("--data-dir")
            .arg(self.data_dir())
            .args(["--gateway-listen", &self.gateway.to_string()])
            .args(["--management-listen", &self.management.to_string()])
            .args(&self.settings.arguments)
            .envs(self.settings.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        Ok(command)
    }

    /// Runs a `portcullis` command on this data directory.
    pub async fn command(&self, arguments: &[&str]) -> Result<Ended> {
        let mut command = Command::new(program()?);
        command.args(arguments).arg("--data-dir").arg(self.data_dir()).current_dir(self.folder.path());
        run_bounded(command, COMMAND_LIMIT).await
    }

    /// A management client with a new admin token.
    pub async fn api(&self) -> Result<Api> {
        let token = self.command(&["token", "create", "--name", "tests", "--role", "admin"]).await?.good()?;
        let token = token.strip_suffix('\n').unwrap_or(&token);
        if token.is_empty() || token.contains(char::is_whitespace) {
            bail!("token create prints more than the token: {token:?}");
        }
        Ok(Api::new(self.management, token))
    }

    /// A management client without credentials.
    pub fn stranger(&self) -> Api {
        Api::new(self.management, "")
    }

    /// Somebody who calls through the gateway.
    pub fn caller(&self) -> Caller {
        Caller::new(self.gateway)
    }

    /// `kill -9`, and waits until the process is gone.
    pub async fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("not running")?;
        child.kill().await.context("kill")
    }

    /// SIGTERM, and waits for the end.
    pub async fn stop(&mut self) -> Result<()> {
        let mut child = self.child.take().context("not running")?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw).context("process id")?;
        kill_process(id, Signal::TERM).context("SIGTERM")?;
        let status = tokio::time::timeout(STOP_LIMIT, child.wait()).await.context("it does not stop")??;
        if !status.success() {
            bail!("stopped with {status}: {}", self.log_tail());
        }
        Ok(())
    }

    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The temporary folder around it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// All that the server printed so far.
    pub fn log(&self) -> Result<String> {
        std::fs::read_to_string(self.log_path()).context("read the log")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("portcullis.log")
    }

    fn log_tail(&self) -> String {
        let log = self.log().unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join("\n")
    }

    async fn wait_ready(&mut self) -> Result<()> {
        let stranger = self.stranger();
        let caller = self.caller();
        let Self { child, .. } = self;
        let ready = until("Portcullis is ready", READY_LIMIT, async || {
            if let Some(status) = child.as_mut().context("not running")?.try_wait()? {
                bail!("it ended with {status}");
            }
            let management = stranger.get("/readyz").await.is_ok_and(|answer| answer.status == 200);
            let gateway = caller.get("/.portcullis/ready", None).await.is_ok_and(|answer| answer.status == 200);
            Ok((management && gateway).then_some(()))
        })
        .await;
        ready.with_context(|| self.log_tail())
    }
}

/// A process from which another one took over; it is killed when this is dropped.
pub struct Former {
    child: Child,
}

impl Former {
    /// Waits for its end, which must be a clean one.
    pub async fn ended(mut self) -> Result<()> {
        let status = tokio::time::timeout(STOP_LIMIT, self.child.wait()).await.context("it does not end")??;
        if !status.success() {
            bail!("it ended with {status}");
        }
        Ok(())
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }
}

impl Drop for TestSystem {
    fn drop(&mut self) {
        // A failing test leaves its log where it can be read.
        if std::thread::panicking() {
            let name = std::thread::current().name().unwrap_or("test").replace("::", "-");
            let kept = crate::environment::target().join("e2e-logs");
            if std::fs::create_dir_all(&kept).is_ok() {
                let to = kept.join(format!("{name}.log"));
                if std::fs::copy(self.log_path(), &to).is_ok() {
                    eprintln!("server log: {}", to.display());
                }
            }
        }
    }
}
