//! `POST /api/webhooks`

use super::{EventList, WebhookView, fresh_secret};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::state::ManagementState;
use crate::wire::request;
use domain::text::Name;
use domain::webhook::WebhookUrl;
use store::NewWebhook;

request! {
    /// A webhook to make.
    pub(crate) struct WebhookInput {
        /// Unique in the workspace, case aside.
        name: Name, required;
        /// Where messages are posted: https; http only on a loopback address. Private addresses need `outbound_allowed`.
        url: WebhookUrl, required;
        /// What it is told of: one event or more.
        events: EventList, required;
        /// Whether it is told of anything; by default it is.
        enabled: bool;
    }
}

/// Create a webhook
///
/// This answer alone shows the secret that its messages are signed with. At most 20 a workspace.
#[utoipa::path(post, path = "/api/webhooks", tag = "Webhooks", operation_id = "create_webhook",
    request_body(content = WebhookInput, example = json!({
        "name": "Operations", "url": "https://hooks.example.com/portcullis", "events": ["profile.disabled"]
    })),
    responses((status = 200, description = "The new webhook", body = Data<WebhookView>), ChangeErrors))]
pub(crate) async fn create_webhook(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<WebhookInput>,
) -> Result<Changed<Data<WebhookView>>, ApiError> {
    let Body { input, faults } = body;
    let secret = fresh_secret()?;
    let new = faults.finish(|| {
        Some(NewWebhook {
            name: input.name.value()?,
            url: input.url.value()?,
            events: input.events.value()?.0,
            enabled: input.enabled.value().unwrap_or(true),
            secret: secret.clone(),
        })
    })?;
    let committed = state.store().create_webhook(&caller.actor, state.now(), new).await?;
    Ok(ManagementState::answer_at_once(committed, |row| Data { data: WebhookView::new(row, Some(&secret)) }))
}
