//! `status`: what runs, and how far it is.

use super::remote::server;
use super::{print, runtime};
use crate::cli::StatusArgs;
use crate::control::{Request, perform};
use crate::data_dir::control_socket;
use crate::failure::Failure;
use crate::settings::Settings;
use anyhow::Context as _;
use comfy_table::{Table, presets};
use serde_json::{Value, json};
use std::os::unix::net::UnixStream;
use std::path::Path;
use store::{CONTROL_DB, database_facts};

/// Says what runs.
pub(super) fn status(args: &StatusArgs) -> Result<(), Failure> {
    let settings = Settings::load(&args.overrides)?;
    let status = match server(&args.remote)? {
        Some(server) => {
            let nodes = runtime()?.block_on(server.nodes())?;
            let nodes: Value = serde_json::from_str(&nodes).context("the server answered nothing of use")?;
            json!({ "running": true, "nodes": nodes })
        }
        None => here(&settings)?,
    };
    if args.json {
        return print(&serde_json::to_string_pretty(&status).context("cannot write JSON")?);
    }
    print(in_words(&status).trim_end())
}

/// The state of the server on this data directory, or of its store alone.
pub(super) fn here(settings: &Settings) -> anyhow::Result<Value> {
    let data_dir = &settings.data_dir;
    let mut status = if is_running(data_dir) {
        let runtime = runtime().map_err(|failure| anyhow::anyhow!("{failure}"))?;
        let answer = runtime.block_on(perform(settings, Request::Status))?;
        serde_json::from_str(&answer).context("the server answered nothing of use")?
    } else {
        json!({ "running": false, "nodes": [] })
    };
    if let Some(fields) = status.as_object_mut() {
        fields.insert("data_dir".to_owned(), json!(data_dir));
        fields.insert("store".to_owned(), store_of(data_dir));
    }
    Ok(status)
}

/// Whether a server answers on this data directory.
pub(super) fn is_running(data_dir: &Path) -> bool {
    UnixStream::connect(control_socket(data_dir)).is_ok()
}

/// What the database file says; null where there is none that can be read.
fn store_of(data_dir: &Path) -> Value {
    let path = data_dir.join(CONTROL_DB);
    if !path.exists() {
        return Value::Null;
    }
    let length = |path: &Path| std::fs::metadata(path).map(|meta| meta.len()).unwrap_or_default();
    // What is not folded into the file yet stands beside it.
    let bytes = length(&path) + length(&data_dir.join(format!("{CONTROL_DB}-wal")));
    match database_facts(&path) {
        Ok(facts) => json!({
            "file": path,
            "bytes": bytes,
            "revision": facts.revision,
            "clients": facts.clients,
            "access_profiles": facts.profiles,
            "collections": facts.collections,
        }),
        Err(error) => json!({ "file": path, "bytes": bytes, "problem": error.to_string() }),
    }
}

fn in_words(status: &Value) -> String {
    let shown = |value: Option<&Value>| match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(", "),
        Some(other) => other.to_string(),
    };
    let mut text = String::new();
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    let running = status.get("running") == Some(&Value::Bool(true));
    table.add_row(["server", if running { "running" } else { "not running" }]);
    for (name, pointer) in [
        ("pid", "/pid"),
        ("problem", "/problem"),
        ("data directory", "/data_dir"),
        ("store", "/store/file"),
        ("store bytes", "/store/bytes"),
        ("store revision", "/store/revision"),
        ("store problem", "/store/problem"),
        ("clients", "/store/clients"),
        ("access profiles", "/store/access_profiles"),
        ("API collections", "/store/collections"),
    ] {
        if let Some(value) = status.pointer(pointer).filter(|value| !value.is_null()) {
            table.add_row([name.to_owned(), shown(Some(value))]);
        }
    }
    text.push_str(&table.to_string());
    text.push('\n');
    let nodes = status.get("nodes").and_then(Value::as_array).cloned().unwrap_or_default();
    if !nodes.is_empty() {
        let columns =
            ["name", "state", "version", "applied_revision", "lag_revisions", "workers", "listeners", "stranded_calls"];
        let mut table = Table::new();
        table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header(["node", "state", "version", "revision", "behind", "workers", "listeners", "stranded calls"]);
        for node in &nodes {
            table.add_row(columns.map(|column| shown(node.get(column))));
        }
        text.push_str(&table.to_string());
        text.push('\n');
    }
    text
}
