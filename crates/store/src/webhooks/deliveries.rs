//! The delivery log: what was sent to a webhook, how often it was tried and what came of it.

use super::list::get_webhook;
use super::outbox::{new_message_id, payload};
use crate::actor::Actor;
use crate::audit::Event;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, StoreError};
use crate::page::{ListSql, Page, PageQuery, list_sql};
use crate::row::{json as read_json, known, time};
use crate::store::Store;
use crate::tx::Committed;
use domain::time::Timestamp;
use domain::webhook::TEST_EVENT;
use domain::{WebhookDeliveryId, WebhookId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::Arguments;

macro_rules! delivery_columns {
    () => {
        "t.id, t.message_id, t.event, t.payload, t.state, t.attempts, t.attempts_count, t.next_attempt_at, \
         t.created_at, t.finished_at"
    };
}

const LIST_DELIVERIES: ListSql = list_sql! {
    page: "from webhook_deliveries t where (cast($3 as text) is null or t.event like $3 escape '\\') \
        and t.webhook_id = $4 and (cast($5 as text) is null or t.state = $5)",
    rows: concat!("select page.total, ", delivery_columns!(), " from page join webhook_deliveries t on t.id = page.id"),
    name: "t.event",
    created_at: "t.created_at",
    updated_at: "coalesce(t.finished_at, t.created_at)",
};
const FIND_DELIVERY: &str =
    concat!("select ", delivery_columns!(), " from webhook_deliveries t where t.id = $1 and t.webhook_id = $2");
const INSERT_TEST: &str = "insert into webhook_deliveries (webhook_id, message_id, event, payload, state, \
     next_attempt_at, created_at) values ($1, $2, $3, $4, 'pending', $5, $5) returning id";
const SEND_AGAIN: &str = "update webhook_deliveries set state = 'pending', next_attempt_at = $2, round_attempts = 0, \
     finished_at = null where id = $1";

/// How a message fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It waits to be sent, for the first time or again.
    Pending,
    /// The receiver took it.
    Delivered,
    /// It was tried for the last time.
    Failed,
    /// Its webhook was switched off before it was taken.
    Canceled,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Delivered, Self::Failed, Self::Canceled];

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Reads the API's name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// One try to deliver a message. Of the answer only the status is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it began, in microseconds.
    pub at: i64,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// Why it failed, in a word; none where the receiver took the message.
    pub error: Option<String>,
    /// From the beginning to the answer.
    pub duration_ms: u64,
}

/// A message to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// What the receiver knows it by.
    pub message_id: String,
    /// What it tells of.
    pub event: String,
    /// The text that is sent.
    pub payload: Value,
    /// How it fares.
    pub state: DeliveryState,
    /// The last attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// All attempts so far.
    pub attempts_count: i64,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it was taken or given up.
    pub finished_at: Option<Timestamp>,
}

/// Which messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// In this state.
    pub state: Option<DeliveryState>,
}

impl Store {
    /// A page of a webhook's messages. `q` searches the events.
    pub async fn list_deliveries(
        &self,
        id: WebhookId,
        query: &PageQuery,
        filter: DeliveryFilter,
    ) -> Result<Page<Delivery>, StoreError> {
        self.get_webhook(id).await?;
        let page = self.fetch_page::<DeliveryRecord>(&LIST_DELIVERIES, query, |values| {
            values.add(id.0)?;
            values.add(filter.state.map(DeliveryState::as_str))
        });
        page.await?.try_map(DeliveryRecord::into_delivery)
    }

    /// Queues a message that tries a webhook out.
    pub async fn test_webhook(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: WebhookId,
    ) -> Result<Committed<Delivery>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let webhook = get_webhook(tx.db(), id).await?.webhook;
        must_be_enabled(webhook.enabled)?;
        let data = json!({ "webhook": { "id": id, "name": webhook.name } });
        let delivery: i64 = sqlx::query_scalar(INSERT_TEST)
            .bind(id.0)
            .bind(new_message_id()?)
            .bind(TEST_EVENT)
            .bind(payload(TEST_EVENT, now, &data))
            .bind(now.0)
            .fetch_one(tx.db())
            .await?;
        let delivery = get_delivery(tx.db(), id, WebhookDeliveryId(delivery)).await?;
        tx.commit(Event::new("webhook.tested", id.0, webhook.name.as_str()), delivery).await
    }

    /// Sends a message again, at once and with all attempts before it; also one that was delivered.
    pub async fn retry_delivery(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: WebhookId,
        delivery: WebhookDeliveryId,
    ) -> Result<Committed<Delivery>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let webhook = get_webhook(tx.db(), id).await?.webhook;
        get_delivery(tx.db(), id, delivery).await?;
        must_be_enabled(webhook.enabled)?;
        sqlx::query(SEND_AGAIN).bind(delivery.0).bind(now.0).execute(tx.db()).await?;
        let row = get_delivery(tx.db(), id, delivery).await?;
        let event = Event::new("webhook.delivery_retried", id.0, webhook.name.as_str())
            .after(json!({ "delivery": delivery, "event": row.event }));
        tx.commit(event, row).await
    }
}

fn must_be_enabled(enabled: bool) -> Result<(), StoreError> {
    if enabled {
        return Ok(());
    }
    Err(StoreError::fault("enabled", FaultKind::Missing, "is false: switch the webhook on first"))
}

async fn get_delivery(
    db: &mut DbConnection,
    webhook: WebhookId,
    id: WebhookDeliveryId,
) -> Result<Delivery, StoreError> {
    let record: Option<DeliveryRecord> =
        sqlx::query_as(FIND_DELIVERY).bind(id.0).bind(webhook.0).fetch_optional(db).await?;
    record.ok_or(StoreError::NotFound { what: "delivery" })?.into_delivery()
}

#[derive(sqlx::FromRow)]
struct DeliveryRecord {
    id: i64,
    message_id: String,
    event: String,
    payload: String,
    state: String,
    attempts: String,
    attempts_count: i64,
    next_attempt_at: Option<i64>,
    created_at: i64,
    finished_at: Option<i64>,
}

impl DeliveryRecord {
    fn into_delivery(self) -> Result<Delivery, StoreError> {
        Ok(Delivery {
            id: WebhookDeliveryId(self.id),
            message_id: self.message_id,
            event: self.event,
            payload: read_json("webhook_deliveries.payload", &self.payload)?,
            state: known("webhook_deliveries.state", DeliveryState::parse(&self.state))?,
            attempts: read_json("webhook_deliveries.attempts", &self.attempts)?,
            attempts_count: self.attempts_count,
            next_attempt_at: time(self.next_attempt_at),
            created_at: Timestamp(self.created_at),
            finished_at: time(self.finished_at),
        })
    }
}
