//! Nodes, and the calls of usage quotas that they hold: `/api/nodes`. In this version there is one node.

pub(crate) mod give_back;
pub(crate) mod leases;
pub(crate) mod list;
mod view;

use crate::error::ApiError;
use crate::state::ManagementState;
use domain::Revision;
use domain::time::Timestamp;
use std::net::SocketAddr;

pub(crate) use view::{LeaseView, NodeView};

/// The one node's id.
const THIS_NODE: i64 = 1;

/// This node, as the program knows it.
pub struct NodeFacts {
    /// The name of its machine.
    pub name: String,
    /// The program's version.
    pub version: &'static str,
    /// When it was started.
    pub started_at: Timestamp,
    /// Gateway workers.
    pub workers: usize,
    /// Where the gateway listens.
    pub listeners: Vec<SocketAddr>,
    /// The revision that its gateway workers use.
    pub applied_revision: Box<dyn Fn() -> Revision + Send + Sync>,
}

/// `NotFound` for any other node.
fn require_node(id: i64) -> Result<(), ApiError> {
    if id == THIS_NODE { Ok(()) } else { Err(ApiError::NotFound { what: "node" }) }
}

/// All nodes, as `GET /api/nodes` answers them. The error is one line.
pub async fn nodes_json(state: &ManagementState) -> Result<String, String> {
    let node = NodeView::read(state).await.map_err(|error| error.message())?;
    serde_json::to_string(&serde_json::json!({ "data": [node], "count": 1, "page": 1, "per_page": 100 }))
        .map_err(|error| error.to_string())
}
