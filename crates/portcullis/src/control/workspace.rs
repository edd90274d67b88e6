//! Export, comparison and application of workspace documents, on the running server or on the store itself.

use crate::clock;
use anyhow::Context as _;
use domain::secret::Secret;
use domain::workspace::Prune;
use management::ManagementState;
use management::workspace::{Mode, Options, apply_here, apply_text, export_text};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use store::{Actor, Store};

/// What to do with a document.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplyOrder {
    /// Its text.
    pub(crate) document: String,
    /// Whether it is only compared.
    pub(crate) dry_run: bool,
    /// Whether objects that it does not name are deleted.
    pub(crate) prune: bool,
    /// Opens its secrets.
    pub(crate) passphrase: Option<String>,
}

impl ApplyOrder {
    fn ways(&self) -> (Mode, Prune) {
        let mode = if self.dry_run { Mode::Compare } else { Mode::Apply };
        (mode, if self.prune { Prune::Delete } else { Prune::Keep })
    }
}

fn actor() -> Actor {
    Actor::system("command line")
}

/// The workspace as YAML.
pub(super) async fn export(store: &Store, passphrase: Option<String>) -> anyhow::Result<Secret> {
    let text = export_text(store, passphrase.map(Secret::new)).await;
    text.map(Secret::new).map_err(anyhow::Error::msg)
}

/// Compares or applies on the running server; the gateway uses what was changed before this ends.
pub(super) async fn apply_running(state: &ManagementState, order: ApplyOrder) -> anyhow::Result<Secret> {
    let ways = order.ways();
    let passphrase = order.passphrase.map(Secret::new);
    let answer = apply_here(state, &actor(), order.document, ways, passphrase).await;
    answer.map(Secret::new).map_err(anyhow::Error::msg)
}

/// Compares or applies on the store itself.
pub(super) async fn apply_offline(
    store: &Store,
    own_listeners: &[SocketAddr],
    order: ApplyOrder,
) -> anyhow::Result<Secret> {
    let (mode, prune) = order.ways();
    let options = Options { mode, prune, passphrase: order.passphrase.map(Secret::new), own_listeners };
    let applied = apply_text(store, &actor(), clock::wall(), order.document, options).await;
    applied.map(|applied| Secret::new(applied.json())).map_err(anyhow::Error::msg)
}

/// The state of the running server: its nodes, and itself. While the database is away it says so, and no nodes.
pub(super) async fn status(state: &ManagementState) -> anyhow::Result<Secret> {
    let mut status = serde_json::json!({ "running": true, "pid": std::process::id(), "nodes": [] });
    let (name, value) = match management::nodes_json(state).await {
        Ok(nodes) => {
            let nodes: serde_json::Value = serde_json::from_str(&nodes).context("nodes cannot be read")?;
            ("nodes", nodes.get("data").cloned().unwrap_or_default())
        }
        Err(problem) => ("problem", problem.into()),
    };
    if let Some(fields) = status.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    Ok(Secret::new(status.to_string()))
}
