//! `GET /api/webhooks/{id}`

use super::WebhookView;
use crate::answer::Data;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, State};
use crate::state::ManagementState;
use domain::WebhookId;

/// Show a webhook
#[utoipa::path(get, path = "/api/webhooks/{id}", tag = "Webhooks", operation_id = "get_webhook",
    params(("id" = i64, Path, description = "The webhook's id", example = 3)),
    responses((status = 200, description = "The webhook", body = Data<WebhookView>), ReadErrors))]
pub(crate) async fn get_webhook(
    State(state): State<ManagementState>,
    Ids(id): Ids<WebhookId>,
) -> Result<Data<WebhookView>, ApiError> {
    Ok(Data { data: WebhookView::new(state.store().get_webhook(id).await?, None) })
}
