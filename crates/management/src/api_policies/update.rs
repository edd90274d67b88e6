//! `PUT /api/api_policies/{id}`

use super::{FailModes, Policy};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids, State};
use crate::state::ManagementState;
use crate::wire::request;
use domain::PolicyId;
use domain::access_policy::{RateLimit, UsageQuota};
use domain::text::{Description, Name};
use store::PolicyUpdate;

request! {
    /// What to change of a policy: absent is unchanged, null is cleared.
    pub(crate) struct PolicyChange {
        /// Unique in the workspace, case aside.
        name: Name;
        /// Free text.
        description: Option<Description>;
        /// At most so many calls in any window of that length, per profile.
        rate_limit: Option<RateLimit>;
        /// At most so many calls in any period of that kind, per profile.
        usage_quota: Option<UsageQuota>;
        /// What happens to calls while a limit cannot be counted. Default: `{"rate": "allow_local", "quota": "deny"}`.
        on_store_failure: Option<FailModes>;
    }
}

/// Change an access policy
///
/// In force for all its profiles at once; what they have called in the present window and period stays counted. Another quota
/// interval begins a new period now, with nothing used.
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
    let Body { input, faults } = body;
    let update = faults.finish(|| {
        Some(PolicyUpdate {
            name: input.name.value(),
            description: input.description.value(),
            rate_limit: input.rate_limit.value(),
            usage_quota: input.usage_quota.value(),
            on_store_failure: input
                .on_store_failure
                .value()
                .map(|modes| modes.map(|modes| modes.0).unwrap_or_default()),
        })
    })?;
    let committed = state.store().update_policy(&caller.actor, state.now(), id, update).await?;
    state.answer(committed, |row| Data { data: row.into() }).await
}
