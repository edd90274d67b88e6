//! `GET /api/api_policies/{id}`

use super::Policy;
use crate::answer::Data;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, State};
use crate::state::ManagementState;
use domain::PolicyId;

/// Show an access policy
#[utoipa::path(get, path = "/api/api_policies/{id}", tag = "Access policies", operation_id = "get_policy",
    params(("id" = i64, Path, description = "The policy's id", example = 3)),
    responses((status = 200, description = "The policy", body = Data<Policy>), ReadErrors))]
pub(crate) async fn get_policy(
    State(state): State<ManagementState>,
    Ids(id): Ids<PolicyId>,
) -> Result<Data<Policy>, ApiError> {
    Ok(Data { data: state.store().get_policy(id).await?.into() })
}
