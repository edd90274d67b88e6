//! `GET /api/members`

use super::Member;
use crate::answer::ListOf;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::listing::Listing;
use crate::state::ManagementState;
use crate::wire::request;
use domain::ProjectId;
use store::{MemberFilter, Role};

request! {
    /// Which members.
    pub(crate) struct MemberFilters {
        /// With this role.
        role: Role;
        /// Who see this project.
        project_id: ProjectId;
        /// Switched on, or off.
        enabled: bool;
    }
}

/// List members
///
/// `q` searches e-mail addresses and names; `sort=name` sorts by e-mail address.
#[utoipa::path(get, path = "/api/members", tag = "Members", operation_id = "list_members",
    params(Listing, MemberFilters),
    responses((status = 200, description = "A page of members", body = ListOf<Member>), ReadErrors))]
pub(crate) async fn list_members(
    State(state): State<ManagementState>,
    Query((listing, filters)): Query<(Listing, MemberFilters)>,
) -> Result<ListOf<Member>, ApiError> {
    let query = listing.page_query();
    let filter = MemberFilter {
        role: filters.role.value(),
        project_id: filters.project_id.value(),
        enabled: filters.enabled.value(),
    };
    let page = state.store().list_members(&query, &filter).await?;
    Ok(ListOf::new(&query, page, Member::from))
}
