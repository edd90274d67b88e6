//! The management API as the demo uses it: JSON in, JSON out, errors in the server's words.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use ureq::Agent;

/// A client with a management token.
pub(crate) struct Api {
    agent: Agent,
    base: String,
    token: String,
}

impl Api {
    /// Speaks to `management` with `token`.
    pub(crate) fn new(management: SocketAddr, token: String) -> Self {
        Self { agent: agent(), base: format!("http://{management}"), token }
    }

    /// Reads a resource.
    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        let request = self.agent.get(format!("{}{path}", self.base));
        let answer = request.header("authorization", self.bearer()).call();
        read("GET", path, answer)
    }

    /// Creates something.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self.agent.post(format!("{}{path}", self.base));
        let answer = request.header("authorization", self.bearer()).send_json(body);
        read("POST", path, answer)
    }

    /// Does something without a body: enable, disable.
    pub(crate) fn put(&self, path: &str) -> Result<Value> {
        let request = self.agent.put(format!("{}{path}", self.base));
        let answer = request.header("authorization", self.bearer()).send_empty();
        read("PUT", path, answer)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

/// Whether the server on this address takes requests.
pub(crate) fn is_ready(management: SocketAddr) -> bool {
    agent().get(format!("http://{management}/readyz")).call().is_ok_and(|answer| answer.status() == 200)
}

/// Whether nobody has opened the set-up link yet.
pub(crate) fn needs_setup(management: SocketAddr) -> Result<bool> {
    let answer = agent().get(format!("http://{management}/api/setup")).call();
    let body = read("GET", "/api/setup", answer)?;
    body.pointer("/data/needs_setup").and_then(Value::as_bool).context("/api/setup does not say needs_setup")
}

/// The status the gateway answers a call with.
pub(crate) fn call(url: &str, key: &str) -> Result<u16> {
    let answer = agent().get(url).header("api-token", key).call().with_context(|| format!("call {url}"))?;
    Ok(answer.status().as_u16())
}

fn agent() -> Agent {
    Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(20)))
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into()
}

fn read(method: &str, path: &str, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value> {
    let mut answer = answer.with_context(|| format!("{method} {path}"))?;
    let status = answer.status();
    let text = answer.body_mut().read_to_string().with_context(|| format!("{method} {path}"))?;
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    if !status.is_success() {
        let words = body.get("message").and_then(Value::as_str).unwrap_or(&text);
        bail!("{method} {path}: {status}: {words}");
    }
    Ok(body)
}
