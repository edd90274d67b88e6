//! `GET /api/webhooks`

use super::WebhookView;
use crate::answer::ListOf;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::listing::Listing;
use crate::state::ManagementState;

/// List webhooks
#[utoipa::path(get, path = "/api/webhooks", tag = "Webhooks", operation_id = "list_webhooks",
    params(Listing),
    responses((status = 200, description = "A page of webhooks", body = ListOf<WebhookView>), ReadErrors))]
pub(crate) async fn list_webhooks(
    State(state): State<ManagementState>,
    Query(listing): Query<Listing>,
) -> Result<ListOf<WebhookView>, ApiError> {
    let query = listing.page_query();
    let page = state.store().list_webhooks(&query).await?;
    Ok(ListOf::new(&query, page, |row| WebhookView::new(row, None)))
}
