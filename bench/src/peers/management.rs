//! The management API, as far as a measurement needs it.

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use ureq::Agent;

const CALL_LIMIT: Duration = Duration::from_mins(2);

/// A client with an admin token.
#[derive(Debug)]
pub(crate) struct Management {
    agent: Agent,
    base: String,
    token: String,
}

impl Management {
    /// Makes a token by the command line of the running server.
    pub(crate) fn new(program: &Path, data_dir: &Path, address: SocketAddr) -> Result<Self> {
        let output = Command::new(program)
            .args(["token", "create", "--name", "bench", "--role", "admin", "--data-dir"])
            .arg(data_dir)
            .stdin(Stdio::null())
            .output()
            .context("portcullis token create")?;
        if !output.status.success() {
            bail!("portcullis token create: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let token = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(Self { agent: agent(), base: format!("http://{address}"), token })
    }

    /// GET, which must succeed.
    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        read(path, self.agent.get(format!("{}{path}", self.base)).header("authorization", self.bearer()).call())
    }

    /// POST, which must succeed.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let call = self.agent.post(format!("{}{path}", self.base)).header("authorization", self.bearer());
        read(path, call.send_json(body))
    }

    /// The same server as somebody confined to these projects.
    pub(crate) fn confined(&self, projects: &[u32]) -> Result<Self> {
        let wanted = json!({"name": "bench, confined", "role": "admin", "project_ids": projects});
        let made = self.post("/api/management_tokens", &wanted)?;
        let token = made.pointer("/data/token").and_then(Value::as_str).context("no token in the answer")?.to_owned();
        Ok(Self { agent: agent(), base: self.base.clone(), token })
    }

    /// PUT without a body, which must succeed.
    pub(crate) fn put(&self, path: &str) -> Result<()> {
        let call = self.agent.put(format!("{}{path}", self.base)).header("authorization", self.bearer());
        read(path, call.send_empty()).map(drop)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

/// Whether the server on this address takes requests.
pub(crate) fn is_ready(management: SocketAddr) -> bool {
    agent().get(format!("http://{management}/readyz")).call().is_ok_and(|answer| answer.status() == 200)
}

fn agent() -> Agent {
    Agent::config_builder().timeout_global(Some(CALL_LIMIT)).http_status_as_error(false).proxy(None).build().into()
}

fn read(path: &str, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value> {
    let mut answer = answer.with_context(|| path.to_owned())?;
    let status = answer.status();
    let text = answer.body_mut().read_to_string().with_context(|| path.to_owned())?;
    if !status.is_success() {
        bail!("{path}: {status}: {text}");
    }
    Ok(serde_json::from_str(&text).unwrap_or_default())
}
