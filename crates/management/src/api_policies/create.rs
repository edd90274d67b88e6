//! `POST /api/api_policies`

use super::{FailModes, Policy};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::Body;
use crate::state::ManagementState;
use crate::wire::{NotAvailable, request};
use axum::extract::State;
use domain::access_policy::RateLimit;
use domain::text::{Description, Name};
use store::NewPolicy;

request! {
    /// A policy to make.
    pub(crate) struct PolicyInput {
        /// Unique in the workspace, case aside.
        name: Name, required;
        /// Free text.
        description: Option<Description>;
        /// At most so many calls in any window of that length, per profile. Needed in this version.
        rate_limit: Option<RateLimit>;
        /// Not available in this version: null.
        usage_quota: NotAvailable;
        /// This version takes the defaults only: `{"rate": "allow_local", "quota": "deny"}`.
        on_store_failure: Option<FailModes>;
    }
}

/// Create an access policy
#[utoipa::path(post, path = "/api/api_policies", tag = "Access policies", operation_id = "create_policy",
    request_body(content = PolicyInput,
        example = json!({"name": "Partners", "rate_limit": {"limit": 6, "interval": "minute"}})),
    responses((status = 200, description = "The new policy", body = Data<Policy>), ChangeErrors))]
pub(crate) async fn create_policy(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<PolicyInput>,
) -> Result<Changed<Data<Policy>>, ApiError> {
    let Body { input, mut faults } = body;
    if input.rate_limit.is_empty() {
        faults.bad("rate_limit", "can't be blank");
    }
    let new = faults.finish(|| {
        Some(NewPolicy {
            name: input.name.value()?,
            description: input.description.flat(),
            rate_limit: input.rate_limit.flat(),
        })
    })?;
    let committed = state.store().create_policy(&caller.actor, state.now(), new).await?;
    state.answer(committed, |row| Data { data: row.into() }).await
}
