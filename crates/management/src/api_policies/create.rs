//! `POST /api/api_policies`

use super::{FailModes, Policy};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::state::ManagementState;
use crate::wire::request;
use domain::access_policy::{RateLimit, UsageQuota};
use domain::text::{Description, Name};
use store::NewPolicy;

request! {
    /// A policy to make.
    pub(crate) struct PolicyInput {
        /// Unique in the workspace, case aside.
        name: Name, required;
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

/// Create an access policy
#[utoipa::path(post, path = "/api/api_policies", tag = "Access policies", operation_id = "create_policy",
    request_body(content = PolicyInput,
        example = json!({"name": "Partners", "rate_limit": {"limit": 6, "interval": "minute"},
            "usage_quota": {"limit": 1000, "interval": "30 days"}})),
    responses((status = 200, description = "The new policy", body = Data<Policy>), ChangeErrors))]
pub(crate) async fn create_policy(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<PolicyInput>,
) -> Result<Changed<Data<Policy>>, ApiError> {
    let Body { input, faults } = body;
    let new = faults.finish(|| {
        Some(NewPolicy {
            name: input.name.value()?,
            description: input.description.flat(),
            rate_limit: input.rate_limit.flat(),
            usage_quota: input.usage_quota.flat(),
            on_store_failure: input.on_store_failure.flat().map(|modes| modes.0).unwrap_or_default(),
        })
    })?;
    let committed = state.store().create_policy(&caller.actor, state.now(), new).await?;
    state.answer(committed, |row| Data { data: row.into() }).await
}
