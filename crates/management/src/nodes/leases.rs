//! `GET /api/nodes/{id}/leases`

use super::{LeaseView, require_node};
use crate::answer::ListOf;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, Query, State};
use crate::listing::{Listing, part_of};
use crate::state::ManagementState;
use store::Page;

/// List the leases of a node
///
/// Calls of usage quotas that the node holds, and those that a crash left deducted (stranded), in the periods that run now.
/// Those with the most stranded calls come first; `q` and `sort` change nothing here.
#[utoipa::path(get, path = "/api/nodes/{id}/leases", tag = "Nodes", operation_id = "list_leases",
    params(("id" = i64, Path, description = "The node's id", example = 1), Listing),
    responses((status = 200, description = "A page of leases", body = ListOf<LeaseView>), ReadErrors))]
pub(crate) async fn list_leases(
    State(state): State<ManagementState>,
    Ids(id): Ids<i64>,
    Query(listing): Query<Listing>,
) -> Result<ListOf<LeaseView>, ApiError> {
    require_node(id)?;
    let query = listing.page_query();
    let mut leases = state.parts.counters.leases().await?;
    leases.sort_by_key(|lease| std::cmp::Reverse((lease.count.unaccounted, lease.count.leased)));
    let page = part_of(&query, leases);
    let mut shown = Vec::with_capacity(page.items.len());
    for lease in &page.items {
        shown.extend(LeaseView::read(&state, lease).await?);
    }
    Ok(ListOf::new(&query, Page { items: shown, total: page.total }, |lease| lease))
}
