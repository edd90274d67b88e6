//! `PUT /api/api_policies/{id}`

use super::{FailModes, Policy};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids};
use crate::state::ManagementState;
use crate::wire::{Field, NotAvailable, request};
use axum::extract::State;
use domain::PolicyId;
use domain::access_policy::RateLimit;
use domain::text::{Description, Name};
use store::PolicyUpdate;

request! {
    /// What to change of a policy: absent is unchanged, null is cleared.
    pub(crate) struct PolicyChange {
        /// Unique in the workspace, case aside.
        name: Name;
        /// Free text.
        description: Option<Description>;
        /// At most so many calls in any window of that length, per profile. Cannot be cleared in this version.
        rate_limit: Option<RateLimit>;
        /// Not available in this version: null.
        usage_quota: NotAvailable;
        /// This version takes the defaults only: `{"rate": "allow_local", "quota": "deny"}`.
        on_store_failure: Option<FailModes>;
    }
}

/// Change an access policy
///
/// In force for all its profiles at once; what they have called in the present window stays counted.
#[utoipa::path(put, path = "/api/api_policies/{id}", tag = "Access policies", operation_id = "update_policy",
    params(("id" = i64, Path, description = "The policy's id", example = 3)),
    request_body(content = PolicyChange, example = json!({"rate_limit": {"limit": 60, "interval": "minute"}})),
    responses((status = 200, description = "The changed policy", body = Data<Policy>), ChangeErrors))]
pub(crate) async fn update_policy(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<PolicyId>,
    body: Body<PolicyChange>,
) -> Result<Changed<Data<Policy>>, ApiError> {
    let Body { input, mut faults } = body;
    if input.rate_limit == Field::Given(None) {
        faults.bad("rate_limit", "can't be blank");
    }
    let update = faults.finish(|| {
        Some(PolicyUpdate {
            name: input.name.value(),
            description: input.description.value(),
            rate_limit: input.rate_limit.value(),
        })
    })?;
    let committed = state.store().update_policy(&caller.actor, state.now(), id, update).await?;
    state.answer(committed, |row| Data { data: row.into() }).await
}
