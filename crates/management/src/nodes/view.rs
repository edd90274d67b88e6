//! A node and its leases as shown.

use super::THIS_NODE;
use crate::answer::Time;
use crate::counters::Lease;
use crate::error::ApiError;
use crate::named::NamedView;
use crate::state::ManagementState;
use domain::Revision;
use domain::limits::SubjectKey;
use serde::Serialize;
use store::StoreError;
use utoipa::ToSchema;

/// A node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Node)]
pub(crate) struct NodeView {
    /// Its id.
    #[schema(example = 1)]
    id: i64,
    /// The name of its machine.
    #[schema(example = "gateway-1")]
    name: String,
    /// Always `serving`: a node that does not serve is not shown.
    #[schema(example = "serving")]
    state: &'static str,
    /// The program's version.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// When it was started.
    started_at: Time,
    /// The revision that its gateway workers use.
    #[schema(example = 41)]
    applied_revision: i64,
    /// The revision of the store.
    #[schema(example = 41)]
    current_revision: i64,
    /// How many revisions it is behind.
    #[schema(example = 0)]
    lag_revisions: i64,
    /// Gateway workers.
    #[schema(example = 4)]
    workers: usize,
    /// The first of its gateway listeners.
    #[schema(example = "http://127.0.0.1:8080")]
    gateway_url: String,
    /// Where its management API is reached.
    #[schema(example = "http://127.0.0.1:8081")]
    management_url: String,
    /// Where its gateway listens.
    #[schema(example = json!(["127.0.0.1:8080"]))]
    listeners: Vec<String>,
    /// Calls of usage quotas that a crash left deducted; null while the counts cannot be read.
    #[schema(example = 0)]
    stranded_calls: Option<u64>,
}

impl NodeView {
    /// The one node now.
    pub(super) async fn read(state: &ManagementState) -> Result<Self, ApiError> {
        let current = state.store().current_revision().await?;
        let leases = state.parts.counters.leases().await.ok();
        let stranded = leases.map(|leases| leases.iter().map(|lease| u64::from(lease.count.unaccounted)).sum());
        let node = &state.parts.node;
        let applied = (node.applied_revision)();
        let lag = lag_behind(state, applied, current).await?;
        Ok(Self {
            id: THIS_NODE,
            name: node.name.clone(),
            state: "serving",
            version: node.version,
            started_at: node.started_at.into(),
            // Revisions that touch nothing of the gateway's are used as soon as they are there.
            applied_revision: if lag == 0 { current.0 } else { applied.0 },
            current_revision: current.0,
            lag_revisions: lag,
            workers: node.workers,
            gateway_url: state.parts.gateway_url.clone(),
            management_url: state.parts.management_url.clone(),
            listeners: node.listeners.iter().map(ToString::to_string).collect(),
            stranded_calls: stranded,
        })
    }
}

/// How many revisions that touch something of the gateway's came after one.
async fn lag_behind(state: &ManagementState, applied: Revision, current: Revision) -> Result<i64, ApiError> {
    let Some(changes) = state.store().changes_since(applied).await? else {
        return Ok(current.0.saturating_sub(applied.0).max(0));
    };
    let mut revisions: Vec<i64> = changes.into_iter().map(|change| change.revision.0).collect();
    revisions.dedup();
    Ok(i64::try_from(revisions.len()).unwrap_or(i64::MAX))
}

/// Calls of one usage quota that a node holds, or that a crash left deducted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lease)]
pub(crate) struct LeaseView {
    /// `api_key`: the quota of one access profile; `client`: the one that all profiles of a client share.
    #[serde(rename = "type")]
    #[schema(example = "api_key")]
    kind: &'static str,
    /// The profile's or the client's id.
    #[schema(example = 70)]
    id: i64,
    /// Its name.
    #[schema(example = "Production")]
    name: String,
    /// The client.
    client: NamedView,
    /// The client's project.
    #[schema(example = 1)]
    project_id: i64,
    /// The kind of period.
    #[schema(example = "month")]
    interval: &'static str,
    /// Calls in a period.
    #[schema(example = 1000)]
    limit: u32,
    /// Calls granted on top, for this period.
    #[schema(example = 0)]
    granted: u32,
    /// Calls admitted.
    #[schema(example = 10)]
    used: u32,
    /// Calls that this node holds.
    #[schema(example = 5)]
    leased: u32,
    /// Calls that a crash left deducted: made or not, nobody knows.
    #[schema(example = 12)]
    stranded: u32,
    /// When the period began.
    period_start: Time,
    /// When it ends.
    resets_at: Time,
}

impl LeaseView {
    /// Shows a lease; `None` where its profile or client was deleted in between.
    pub(super) async fn read(state: &ManagementState, lease: &Lease) -> Result<Option<Self>, ApiError> {
        match Self::read_named(state, lease).await {
            Ok(view) => Ok(Some(view)),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn read_named(state: &ManagementState, lease: &Lease) -> Result<Self, StoreError> {
        let (kind, id, name, client) = match lease.key {
            SubjectKey::Profile(id) => {
                let profile = state.store().get_profile(id).await?.profile;
                ("api_key", id.0, Some(profile.name.to_string()), profile.client_id)
            }
            SubjectKey::Client(id) => ("client", id.0, None, id),
        };
        let client = state.store().get_client(client).await?.client;
        let count = &lease.count;
        Ok(Self {
            kind,
            id,
            name: name.unwrap_or_else(|| client.name.to_string()),
            client: NamedView { id: client.id.0, name: client.name.to_string() },
            project_id: client.project_id.0,
            interval: count.interval,
            limit: count.limit,
            granted: count.granted,
            used: count.used,
            leased: count.leased,
            stranded: count.unaccounted,
            period_start: count.period_start.into(),
            resets_at: count.resets_at.into(),
        })
    }

    /// What the audit log says of it.
    pub(super) fn audited(&self) -> serde_json::Value {
        serde_json::json!({ "type": self.kind, "id": self.id, "name": self.name, "calls": self.stranded })
    }

    /// Calls that a crash left deducted.
    pub(super) fn stranded(&self) -> u64 {
        self.stranded.into()
    }
}
