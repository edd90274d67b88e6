//! `GET /api/webhooks/{id}/deliveries`

use super::DeliveryView;
use crate::answer::ListOf;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, Query, State};
use crate::listing::Listing;
use crate::state::ManagementState;
use crate::wire::request;
use domain::WebhookId;
use store::{DeliveryFilter, DeliveryState};

request! {
    /// Which messages.
    pub(crate) struct DeliveryStateFilter {
        /// Only messages in this state.
        state: DeliveryState;
    }
}

/// List the messages of a webhook
///
/// Those that ended are kept for 30 days, at most 1,000 of them. The name by which they are searched and sorted is the event.
#[utoipa::path(get, path = "/api/webhooks/{id}/deliveries", tag = "Webhooks", operation_id = "list_webhook_deliveries",
    params(("id" = i64, Path, description = "The webhook's id", example = 3), Listing, DeliveryStateFilter),
    responses((status = 200, description = "A page of messages", body = ListOf<DeliveryView>), ReadErrors))]
pub(crate) async fn list_webhook_deliveries(
    State(state): State<ManagementState>,
    Ids(id): Ids<WebhookId>,
    Query((listing, filter)): Query<(Listing, DeliveryStateFilter)>,
) -> Result<ListOf<DeliveryView>, ApiError> {
    let query = listing.page_query();
    let filter = DeliveryFilter { state: filter.state.value() };
    let page = state.store().list_deliveries(id, &query, filter).await?;
    Ok(ListOf::new(&query, page, DeliveryView::from))
}
