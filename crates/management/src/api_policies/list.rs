//! `GET /api/api_policies`

use super::Policy;
use crate::answer::ListOf;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::listing::Listing;
use crate::state::ManagementState;

/// List access policies
#[utoipa::path(get, path = "/api/api_policies", tag = "Access policies", operation_id = "list_policies",
    params(Listing),
    responses((status = 200, description = "A page of policies", body = ListOf<Policy>), ReadErrors))]
pub(crate) async fn list_policies(
    State(state): State<ManagementState>,
    Query(listing): Query<Listing>,
) -> Result<ListOf<Policy>, ApiError> {
    let query = listing.page_query();
    let page = state.store().list_policies(&query).await?;
    Ok(ListOf::new(&query, page, Policy::from))
}
