//! `GET /api/api_clients`

use super::ClientV1;
use crate::answer::BareList;
use crate::api_clients::list::ClientFilters;
use crate::document::FilterErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::listing::Listing;
use crate::state::ManagementState;

/// List clients (version 1)
///
/// A bare array; the total is in `X-Total-Count`.
#[utoipa::path(get, path = "/api/api_clients", tag = "Version 1", operation_id = "list_clients_v1",
    params(Listing, ClientFilters),
    responses((status = 200, description = "A page of clients", body = Vec<ClientV1>), FilterErrors))]
pub(crate) async fn list_clients_v1(
    State(state): State<ManagementState>,
    Query((listing, filters)): Query<(Listing, ClientFilters)>,
) -> Result<BareList<ClientV1>, ApiError> {
    let page = state.store().list_clients(&listing.page_query(), &filters.filter()).await?;
    Ok(BareList::new(page, ClientV1::from))
}
