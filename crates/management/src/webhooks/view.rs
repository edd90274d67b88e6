//! Webhooks and their messages as shown. A secret is shown in full once, when it is made.

use crate::answer::Time;
use crate::wire::words;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::masked;
use domain::webhook::{TEST_EVENT, WebhookEvent};
use serde::Serialize;
use serde_json::Value;
use store::{Attempt, Delivery, DeliveryState, WebhookRow};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// A receiver that is told of events.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct WebhookView {
    /// Its id.
    #[schema(example = 3)]
    id: i64,
    /// Unique in the workspace, case aside.
    #[schema(example = "Operations")]
    name: String,
    /// Where messages are posted.
    #[schema(example = "https://hooks.example.com/portcullis")]
    url: String,
    /// Whether it is told of anything.
    #[schema(example = true)]
    enabled: bool,
    /// What it is told of.
    #[schema(schema_with = events_schema)]
    events: Vec<&'static str>,
    /// What messages are signed with: in full when it was just made, else masked.
    #[schema(example = "••••••••••••3fQ=")]
    secret: String,
    /// The message that ended last; null: none yet.
    last_delivery: Option<LastDelivery>,
    /// Messages that wait to be sent.
    #[schema(example = 0)]
    pending_count: i64,
    /// Messages that were dropped because 1,000 waited already.
    #[schema(example = 0)]
    dropped_total: i64,
    /// When it was made.
    created_at: Time,
    /// When it was last changed.
    updated_at: Time,
}

/// How and when a message ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LastDelivery {
    /// How.
    #[schema(schema_with = states_schema)]
    state: &'static str,
    /// When.
    at: Time,
}

/// A message to a webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct DeliveryView {
    /// Its id.
    #[schema(example = 41)]
    id: i64,
    /// What the receiver knows it by, in `webhook-id`; the same at each attempt.
    #[schema(example = "msg_5f0c8d2e9a7b4c31a0de4b7c9f12ab34")]
    message_id: String,
    /// What it tells of.
    #[schema(schema_with = message_types_schema)]
    event: String,
    /// `pending`: waits; `delivered`: answered by 2xx; `failed`: given up; `canceled`: the webhook was switched off.
    #[schema(schema_with = states_schema)]
    state: &'static str,
    /// All attempts so far.
    #[schema(example = 2)]
    attempts_count: i64,
    /// When it is tried next; null: never.
    next_attempt_at: Option<Time>,
    /// When it was queued.
    created_at: Time,
    /// When it ended; null: it waits.
    finished_at: Option<Time>,
    /// The last attempts, at most 20, oldest first.
    attempts: Vec<AttemptView>,
    /// What is sent.
    #[schema(value_type = Object, example = json!({"type": "profile.disabled", "timestamp": "2026-11-24T06:00:00.000Z",
        "data": {"client": {"id": 7, "name": "Acme"}, "api_key": {"id": 70, "name": "Production"},
            "by": {"type": "member", "id": 1, "name": "owner@example.com"}}}))]
    payload: Value,
}

/// One try to deliver a message. Of the answer only the status is kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookAttempt)]
pub(crate) struct AttemptView {
    /// When it began.
    at: Time,
    /// The status of the answer; null: none came.
    #[schema(example = 500)]
    status: Option<u16>,
    /// Why it failed; null: it did not. `status`: an answer other than 2xx; `redirect`: 3xx, which is not followed;
    /// `forbidden_address`: an address that is neither public nor in `outbound_allowed`; else what went wrong on the way.
    #[schema(schema_with = errors_schema)]
    error: Option<String>,
    /// Milliseconds from the beginning to the answer.
    #[schema(example = 12)]
    duration_ms: u64,
}

fn events_schema() -> RefOr<Schema> {
    <Vec<WebhookEvent> as crate::wire::Wire>::schema()
}

fn message_types_schema() -> RefOr<Schema> {
    words(WebhookEvent::ALL.map(WebhookEvent::as_str).into_iter().chain([TEST_EVENT]))
}

fn states_schema() -> RefOr<Schema> {
    words(DeliveryState::ALL.map(DeliveryState::as_str))
}

fn errors_schema() -> RefOr<Schema> {
    <Option<String> as crate::wire::Wire>::schema()
}

impl WebhookView {
    /// Shows a webhook; its secret only where it was just made.
    pub(crate) fn new(row: WebhookRow, secret: Option<&Secret>) -> Self {
        let WebhookRow { webhook, pending_count, last_delivery } = row;
        Self {
            id: webhook.id.0,
            name: webhook.name.to_string(),
            url: webhook.url.to_string(),
            enabled: webhook.enabled,
            events: webhook.events.into_iter().map(WebhookEvent::as_str).collect(),
            secret: secret.map_or_else(|| masked(&webhook.secret_last4), |secret| secret.expose().to_owned()),
            last_delivery: last_delivery.map(|(state, at)| LastDelivery { state: state.as_str(), at: at.into() }),
            pending_count,
            dropped_total: webhook.dropped_total,
            created_at: webhook.created_at.into(),
            updated_at: webhook.updated_at.into(),
        }
    }
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.0,
            message_id: delivery.message_id,
            event: delivery.event,
            state: delivery.state.as_str(),
            attempts_count: delivery.attempts_count,
            next_attempt_at: delivery.next_attempt_at.map(Time),
            created_at: delivery.created_at.into(),
            finished_at: delivery.finished_at.map(Time),
            attempts: delivery.attempts.into_iter().map(AttemptView::from).collect(),
            payload: delivery.payload,
        }
    }
}

impl From<Attempt> for AttemptView {
    fn from(Attempt { at, status, error, duration_ms }: Attempt) -> Self {
        Self { at: Timestamp(at).into(), status, error, duration_ms }
    }
}
