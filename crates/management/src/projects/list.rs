//! `GET /api/projects`

use super::Project;
use crate::answer::BareList;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::listing::Listing;
use crate::state::ManagementState;

/// List projects
///
/// The header `X-Total-Count` says how many there are on all pages.
#[utoipa::path(get, path = "/api/projects", tag = "Projects", operation_id = "list_projects", params(Listing),
    responses((status = 200, description = "A page of projects", body = Vec<Project>,
        headers(("X-Total-Count" = i64, description = "Rows on all pages"))), ReadErrors))]
pub(crate) async fn list_projects(
    State(state): State<ManagementState>,
    Query(listing): Query<Listing>,
) -> Result<BareList<Project>, ApiError> {
    let page = state.store().list_projects(&listing.page_query()).await?;
    Ok(BareList::new(page, Project::from))
}
