//! `PUT /api/webhooks/{id}`

use super::{EventList, WebhookView, fresh_secret};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids, State};
use crate::state::ManagementState;
use crate::wire::request;
use domain::WebhookId;
use domain::text::Name;
use domain::webhook::WebhookUrl;
use store::WebhookUpdate;

request! {
    /// What to change in a webhook: what is left out stays.
    pub(crate) struct WebhookChange {
        /// New name.
        name: Name;
        /// New address.
        url: WebhookUrl;
        /// New events, in place of all former ones.
        events: EventList;
        /// On or off. Off cancels what waits.
        enabled: bool;
        /// True makes a new secret, which this answer alone shows; the former one signs nothing any more.
        new_secret: bool;
    }
}

/// Change a webhook
///
/// Messages that wait are sent to the new address, signed with the new secret.
#[utoipa::path(put, path = "/api/webhooks/{id}", tag = "Webhooks", operation_id = "update_webhook",
    params(("id" = i64, Path, description = "The webhook's id", example = 3)),
    request_body(content = WebhookChange, example = json!({"events": ["profile.disabled", "gateway.unhealthy"]})),
    responses((status = 200, description = "The changed webhook", body = Data<WebhookView>), ChangeErrors))]
pub(crate) async fn update_webhook(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<WebhookId>,
    body: Body<WebhookChange>,
) -> Result<Changed<Data<WebhookView>>, ApiError> {
    let Body { input, faults } = body;
    let secret = if input.new_secret.value() == Some(true) { Some(fresh_secret()?) } else { None };
    let update = faults.finish(|| {
        Some(WebhookUpdate {
            name: input.name.value(),
            url: input.url.value(),
            events: input.events.value().map(|events| events.0),
            enabled: input.enabled.value(),
            secret: secret.clone(),
        })
    })?;
    let committed = state.store().update_webhook(&caller.actor, state.now(), id, update).await?;
    Ok(ManagementState::answer_at_once(committed, |row| Data { data: WebhookView::new(row, secret.as_ref()) }))
}
