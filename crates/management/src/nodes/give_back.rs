//! `POST /api/nodes/{id}/leases/return`

use super::{LeaseView, THIS_NODE, require_node};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::counters::Lease;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::state::ManagementState;
use crate::wire::{Faults, request};
use domain::limits::SubjectKey;
use domain::{ClientId, ProfileId};
use serde::Serialize;
use store::FaultKind;
use utoipa::ToSchema;

request! {
    /// Whose stranded calls to hand back; without either list: everybody's.
    pub(crate) struct ReturnInput {
        /// Access profiles.
        api_key_ids: Option<Vec<ProfileId>>;
        /// Clients with a shared policy.
        client_ids: Option<Vec<ClientId>>;
    }
}

/// What was handed back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReturnedLeases {
    /// Calls that were granted again.
    #[schema(example = 12)]
    returned_calls: u64,
    /// The leases after it.
    leases: Vec<LeaseView>,
}

/// Hand stranded calls back
///
/// A quota grant of the calls that a crash of the node left deducted, in force on all gateway workers before the answer. They
/// count as used and are granted once more: since they may have been made before the crash, that many more may be let
/// through than the quota says.
#[utoipa::path(post, path = "/api/nodes/{id}/leases/return", tag = "Nodes", operation_id = "return_leases",
    params(("id" = i64, Path, description = "The node's id", example = 1)),
    request_body(content = ReturnInput, example = json!({"api_key_ids": [70]})),
    responses((status = 200, description = "What was handed back", body = Data<ReturnedLeases>), ChangeErrors))]
pub(crate) async fn return_leases(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<i64>,
    body: OptionalBody<ReturnInput>,
) -> Result<Changed<Data<ReturnedLeases>>, ApiError> {
    let OptionalBody { input, faults } = body;
    faults.check()?;
    require_node(id)?;
    let stranded: Vec<_> =
        state.parts.counters.leases().await?.into_iter().filter(|lease| lease.count.unaccounted > 0).collect();
    let mut faults = Faults::default();
    let chosen = choose(stranded, input, &mut faults);
    faults.check()?;
    let mut shown = Vec::with_capacity(chosen.len());
    for lease in &chosen {
        shown.extend(LeaseView::read(&state, lease).await?);
    }
    if shown.is_empty() {
        return Err(ApiError::fault("leases", FaultKind::Conflict, "there are no stranded calls"));
    }
    // The entry first: nothing is granted that the audit log does not know of.
    let audited = shown.iter().map(LeaseView::audited).collect();
    let returned_calls = shown.iter().map(LeaseView::stranded).sum();
    let committed = state.store().note_leases_returned(&caller.actor, state.now(), THIS_NODE, audited).await?;
    let keys: Vec<_> = chosen.iter().map(|lease| lease.key).collect();
    let after = state.parts.counters.return_leases(keys).await?;
    let mut leases = Vec::with_capacity(after.len());
    for lease in &after {
        leases.extend(LeaseView::read(&state, lease).await?);
    }
    Ok(Changed { revision: committed.revision, body: Data { data: ReturnedLeases { returned_calls, leases } } })
}

/// The leases that are meant; notes those that have nothing stranded.
fn choose(stranded: Vec<Lease>, input: ReturnInput, faults: &mut Faults) -> Vec<Lease> {
    let (profiles, clients) = (input.api_key_ids.flat(), input.client_ids.flat());
    if profiles.is_none() && clients.is_none() {
        return stranded;
    }
    let profiles = profiles.into_iter().flatten().map(SubjectKey::Profile);
    let clients = clients.into_iter().flatten().map(SubjectKey::Client);
    let mut chosen = Vec::new();
    for (list, keys) in [("api_key_ids", profiles.collect::<Vec<_>>()), ("client_ids", clients.collect())] {
        for (at, key) in keys.into_iter().enumerate() {
            match stranded.iter().find(|lease| lease.key == key) {
                Some(lease) if chosen.iter().all(|other: &Lease| other.key != key) => chosen.push(*lease),
                Some(_) => {}
                None => faults.impossible(&format!("{list}[{at}]"), "has no stranded calls in its present period"),
            }
        }
    }
    chosen
}
