//! `GET /api/api_endpoints`

use super::Endpoint;
use crate::answer::BareList;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::listing::Listing;
use crate::state::ManagementState;
use crate::wire::request;
use domain::{CollectionId, ProjectId};
use store::EndpointFilter;

request! {
    /// Which endpoints.
    pub(crate) struct EndpointFilters {
        /// Of this collection.
        api_collection_id: CollectionId;
        /// Of this project.
        project_id: ProjectId;
        /// Active, or inactive.
        active: bool;
    }
}

/// List endpoints
///
/// Of one collection or of all. A bare array; the total is in `X-Total-Count`.
#[utoipa::path(get, path = "/api/api_endpoints", tag = "Endpoints", operation_id = "list_endpoints",
    params(Listing, EndpointFilters),
    responses((status = 200, description = "A page of endpoints", body = Vec<Endpoint>), ReadErrors))]
pub(crate) async fn list_endpoints(
    State(state): State<ManagementState>,
    Query((listing, filters)): Query<(Listing, EndpointFilters)>,
) -> Result<BareList<Endpoint>, ApiError> {
    let filter = EndpointFilter {
        collection_id: filters.api_collection_id.value(),
        project_id: filters.project_id.value(),
        active: filters.active.value(),
    };
    let base = state.collections_url().await?;
    let page = state.store().list_endpoints(&listing.page_query(), &filter).await?;
    Ok(BareList::new(page, |row| Endpoint::new(row, &base)))
}
