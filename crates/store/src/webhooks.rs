//! Webhooks: receivers that are told of events, with the secrets that their messages are signed with.

mod change;
mod deliveries;
mod dispatch;
mod list;
mod outbox;

pub use deliveries::{Attempt, Delivery, DeliveryFilter, DeliveryState};
pub use dispatch::{Claimed, Due, Outcome};

pub(crate) use change::{WantedWebhook, insert_webhook, remove_webhook, told_url, write_webhook};
pub(crate) use list::load_webhooks;

use domain::WebhookId;
use domain::secret::Secret;
use domain::text::Name;
use domain::time::Timestamp;
use domain::webhook::{WebhookEvent, WebhookUrl};

/// What a secret is sealed for.
const PURPOSE: &str = "webhooks.secret";

/// A webhook as stored; its secret stays in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Unique in the workspace, case aside.
    pub name: Name,
    /// Where it is.
    pub url: WebhookUrl,
    /// What it is told of.
    pub events: Vec<WebhookEvent>,
    /// Whether it is told at all.
    pub enabled: bool,
    /// The last characters of its secret.
    pub secret_last4: String,
    /// Messages that were not queued because too many waited.
    pub dropped_total: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A webhook with how its messages fare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRow {
    /// The webhook.
    pub webhook: Webhook,
    /// Messages that wait.
    pub pending_count: i64,
    /// The message that ended last: how and when.
    pub last_delivery: Option<(DeliveryState, Timestamp)>,
}

/// A webhook to make.
#[derive(Clone)]
pub struct NewWebhook {
    /// Its name.
    pub name: Name,
    /// Where it is.
    pub url: WebhookUrl,
    /// What it is told of.
    pub events: Vec<WebhookEvent>,
    /// Whether it is told at all.
    pub enabled: bool,
    /// What its messages are signed with.
    pub secret: Secret,
}

/// What to change; `None` leaves a field as it is.
#[derive(Clone, Default)]
pub struct WebhookUpdate {
    /// New name.
    pub name: Option<Name>,
    /// New address.
    pub url: Option<WebhookUrl>,
    /// New events, in place of all former ones.
    pub events: Option<Vec<WebhookEvent>>,
    /// On or off. Off ends what waits.
    pub enabled: Option<bool>,
    /// New secret; the former one signs nothing any more.
    pub secret: Option<Secret>,
}
