//! `GET /api/api_collections`

use super::Collection;
use crate::answer::BareList;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::listing::Listing;
use crate::state::ManagementState;
use crate::wire::request;
use domain::ProjectId;
use store::CollectionFilter;

request! {
    /// Which collections.
    pub(crate) struct CollectionFilters {
        /// Of this project.
        project_id: ProjectId;
        /// Switched on, or off.
        active: bool;
    }
}

/// List API collections
///
/// A bare array; the total is in `X-Total-Count`.
#[utoipa::path(get, path = "/api/api_collections", tag = "API collections", operation_id = "list_collections",
    params(Listing, CollectionFilters),
    responses((status = 200, description = "A page of collections", body = Vec<Collection>), ReadErrors))]
pub(crate) async fn list_collections(
    State(state): State<ManagementState>,
    Query((listing, filters)): Query<(Listing, CollectionFilters)>,
) -> Result<BareList<Collection>, ApiError> {
    let filter = CollectionFilter { project_id: filters.project_id.value(), enabled: filters.active.value() };
    let base = state.collections_url().await?;
    let page = state.store().list_collections(&listing.page_query(), &filter).await?;
    Ok(BareList::new(page, |row| Collection::new(row, &base)))
}
