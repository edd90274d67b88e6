//! `GET /api/api_access_profiles`

use super::AccessProfileV1;
use crate::answer::BareList;
use crate::api_keys::list::KeyFilters;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::listing::Listing;
use crate::state::ManagementState;
use crate::wire::request;
use domain::ClientId;

request! {
    /// Whose profiles.
    pub(crate) struct ClientOfProfiles {
        /// Of this client.
        api_client_id: ClientId;
    }
}

/// List access profiles (version 1)
///
/// Of one client or of all. A bare array; the total is in `X-Total-Count`.
#[utoipa::path(get, path = "/api/api_access_profiles", tag = "Version 1", operation_id = "list_access_profiles_v1",
    params(Listing, ClientOfProfiles, KeyFilters),
    responses((status = 200, description = "A page of profiles", body = Vec<AccessProfileV1>), ReadErrors))]
pub(crate) async fn list_access_profiles_v1(
    State(state): State<ManagementState>,
    Query(query): Query<(Listing, (ClientOfProfiles, KeyFilters))>,
) -> Result<BareList<AccessProfileV1>, ApiError> {
    let (listing, (client, filters)) = query;
    let filter = filters.filter(client.api_client_id.value());
    let page = state.store().list_profiles(&listing.page_query(), &filter).await?;
    Ok(BareList::new(page, AccessProfileV1::from))
}
