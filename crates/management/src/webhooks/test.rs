//! `POST /api/webhooks/{id}/test`

use super::DeliveryView;
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::WebhookId;

/// Try a webhook out
///
/// Queues a message of the type `webhook.test`, which is sent at once: look for it among the deliveries. 422 while the
/// webhook is switched off.
#[utoipa::path(post, path = "/api/webhooks/{id}/test", tag = "Webhooks", operation_id = "test_webhook",
    params(("id" = i64, Path, description = "The webhook's id", example = 3)),
    responses((status = 200, description = "The message", body = Data<DeliveryView>), ChangeErrors))]
pub(crate) async fn test_webhook(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<WebhookId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Data<DeliveryView>>, ApiError> {
    body.faults.check()?;
    let committed = state.store().test_webhook(&caller.actor, state.now(), id).await?;
    Ok(ManagementState::answer_at_once(committed, |delivery| Data { data: delivery.into() }))
}
