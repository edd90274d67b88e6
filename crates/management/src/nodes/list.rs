//! `GET /api/nodes`

use super::NodeView;
use crate::answer::ListOf;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::listing::{Listing, part_of};
use crate::state::ManagementState;

/// List nodes
///
/// With the revision that each uses. In this version there is one.
#[utoipa::path(get, path = "/api/nodes", tag = "Nodes", operation_id = "list_nodes", params(Listing),
    responses((status = 200, description = "A page of nodes", body = ListOf<NodeView>), ReadErrors))]
pub(crate) async fn list_nodes(
    State(state): State<ManagementState>,
    Query(listing): Query<Listing>,
) -> Result<ListOf<NodeView>, ApiError> {
    let query = listing.page_query();
    let node = NodeView::read(&state).await?;
    let is_meant = query.q.as_ref().is_none_or(|q| state.parts.node.name.to_lowercase().contains(&q.to_lowercase()));
    let nodes = if is_meant { vec![node] } else { Vec::new() };
    Ok(ListOf::new(&query, part_of(&query, nodes), |node| node))
}
