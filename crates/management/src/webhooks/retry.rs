//! `POST /api/webhooks/{id}/deliveries/{n}/retry`

use super::DeliveryView;
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::{WebhookDeliveryId, WebhookId};

/// Send a message again
///
/// At once, with the same id, and with all attempts before it again; also one that was delivered. 422 while the webhook is
/// switched off.
#[utoipa::path(post, path = "/api/webhooks/{id}/deliveries/{n}/retry", tag = "Webhooks",
    operation_id = "retry_webhook_delivery",
    params(
        ("id" = i64, Path, description = "The webhook's id", example = 3),
        ("n" = i64, Path, description = "The delivery's id", example = 41),
    ),
    responses((status = 200, description = "The message", body = Data<DeliveryView>), ChangeErrors))]
pub(crate) async fn retry_webhook_delivery(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids((id, delivery)): Ids<(WebhookId, WebhookDeliveryId)>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Data<DeliveryView>>, ApiError> {
    body.faults.check()?;
    let committed = state.store().retry_delivery(&caller.actor, state.now(), id, delivery).await?;
    Ok(ManagementState::answer_at_once(committed, |delivery| Data { data: delivery.into() }))
}
