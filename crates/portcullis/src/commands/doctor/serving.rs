//! The running server: whether it answers, whether its gateway follows the store, and from where it can be managed.

use super::pages::{AWAY, CRASH, MANAGEMENT};
use super::{Findings, State};
use crate::commands::status;
use crate::settings::Settings;
use serde_json::Value;
use std::net::SocketAddr;

/// Whether the server answers, and its gateway uses what the store holds. Gives its status.
pub(super) fn server(settings: &Settings, running: bool, findings: &mut Findings) -> Option<Value> {
    let check = "server";
    if !running {
        findings.add(check, State::Ok, "not running", AWAY);
        return None;
    }
    let status = match status::here(settings) {
        Ok(status) => status,
        Err(error) => {
            findings.add(check, State::Problem, format!("does not answer: {error:#}"), AWAY);
            return None;
        }
    };
    match status.get("problem").and_then(Value::as_str) {
        Some(problem) => findings.add(check, State::Problem, format!("running, but: {problem}"), AWAY),
        None => findings.add(check, State::Ok, "running and answering", AWAY),
    }
    for node in status.get("nodes").and_then(Value::as_array).into_iter().flatten() {
        let number = |name: &str| node.get(name).and_then(Value::as_i64).unwrap_or_default();
        let state = node.get("state").and_then(Value::as_str).unwrap_or("unknown");
        let lag = number("lag_revisions");
        let how = if lag > 0 { State::Warning } else { State::Ok };
        findings.add("feed", how, format!("the gateway is {lag} revisions behind the store ({state})"), AWAY);
        let stranded = number("stranded_calls");
        if stranded > 0 {
            let message = format!("{stranded} calls of usage quotas were stranded by a crash: hand them back, or not");
            findings.add("leases", State::Warning, message, CRASH);
        }
    }
    Some(status)
}

/// Passwords and management tokens in the open: the management listener has no TLS in this version.
pub(super) fn exposure(settings: &Settings, status: Option<&Value>, findings: &mut Findings) {
    let address = status.and_then(management_of).unwrap_or(settings.management.listen);
    let (state, message) = if address.ip().is_loopback() {
        (State::Ok, format!("{address} takes connections of this machine only"))
    } else {
        let message = format!(
            "{address} takes plain http from other machines, where passwords and tokens can be read on the way: \
             listen on 127.0.0.1 behind a proxy with TLS"
        );
        (State::Warning, message)
    };
    findings.add("management listener", state, message, MANAGEMENT);
}

/// Where the running server is managed, which flags may have set.
fn management_of(status: &Value) -> Option<SocketAddr> {
    let url = status.pointer("/nodes/0/management_url")?.as_str()?;
    url.strip_prefix("http://")?.parse().ok()
}
