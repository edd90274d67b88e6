//! `DELETE /api/webhooks/{id}`

use crate::answer::{Changed, Success};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::WebhookId;

/// Delete a webhook
///
/// With its messages, also those that wait, and their log.
#[utoipa::path(delete, path = "/api/webhooks/{id}", tag = "Webhooks", operation_id = "delete_webhook",
    params(("id" = i64, Path, description = "The webhook's id", example = 3)),
    responses((status = 200, description = "It is gone", body = Success), ChangeErrors))]
pub(crate) async fn delete_webhook(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<WebhookId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let committed = state.store().delete_webhook(&caller.actor, state.now(), id).await?;
    Ok(ManagementState::answer_at_once(committed, |()| Success::DONE))
}
