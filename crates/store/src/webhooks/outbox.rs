//! The outbox: messages are queued in the transaction of the change that they tell of, so that neither is there without the
//! other, and no change waits for a receiver.

use super::list::event_pattern;
use crate::dialect::{BEGIN_CHANGE, DbConnection};
use crate::error::StoreError;
use crate::store::Store;
use crate::tx::Tx;
use domain::time::Timestamp;
use domain::webhook::{MAX_PENDING, WebhookEvent};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The number of messages that wait for the webhook `t`.
macro_rules! waiting {
    () => {
        "(select count(*) from webhook_deliveries d where d.webhook_id = t.id and d.next_attempt_at is not null)"
    };
}
const COUNT_DROPPED: &str = concat!(
    "update webhooks as t set dropped_total = t.dropped_total + $3 where t.enabled and t.events like $1 and ",
    waiting!(),
    " >= $2"
);
const QUEUE: &str = concat!(
    "insert into webhook_deliveries (webhook_id, message_id, event, payload, state, next_attempt_at, created_at) \
     select t.id, $3, $4, $5, 'pending', $6, $6 from webhooks t where t.enabled and t.events like $1 and ",
    waiting!(),
    " < $2"
);
const IS_ANYBODY_TOLD: &str = "select count(*) from webhooks t where t.enabled and t.events like $1";

impl Tx<'_> {
    /// Tells the webhooks that ask for an event, if this change is committed.
    pub(crate) async fn notify(&mut self, event: WebhookEvent, data: Value) -> Result<(), StoreError> {
        let now = self.now;
        queue(self.db(), now, event, data).await
    }

    /// Tells the webhooks that ask for an event of each of these, if this change is committed. Messages beyond what may
    /// wait are counted as dropped without being made.
    pub(crate) async fn notify_each(&mut self, event: WebhookEvent, data: Vec<Value>) -> Result<(), StoreError> {
        let now = self.now;
        let most = usize::try_from(MAX_PENDING).unwrap_or(usize::MAX);
        let beyond = i64::try_from(data.len().saturating_sub(most)).unwrap_or(i64::MAX);
        for data in data.into_iter().take(most) {
            queue(self.db(), now, event, data).await?;
        }
        if beyond > 0 {
            count_dropped(self.db(), event, beyond).await?;
        }
        Ok(())
    }
}

impl Store {
    /// Tells the webhooks that ask for an event which is no change of the workspace: no audit entry, no revision.
    pub async fn raise_webhook_event(
        &self,
        now: Timestamp,
        event: WebhookEvent,
        data: Value,
    ) -> Result<(), StoreError> {
        let mut transaction = self.writer()?.begin_with(BEGIN_CHANGE).await?;
        queue(&mut transaction, now, event, data).await?;
        transaction.commit().await?;
        Ok(())
    }
}

async fn queue(db: &mut DbConnection, now: Timestamp, event: WebhookEvent, data: Value) -> Result<(), StoreError> {
    let told: i64 = sqlx::query_scalar(IS_ANYBODY_TOLD).bind(event_pattern(event)).fetch_one(&mut *db).await?;
    if told == 0 {
        return Ok(());
    }
    count_dropped(db, event, 1).await?;
    sqlx::query(QUEUE)
        .bind(event_pattern(event))
        .bind(MAX_PENDING)
        .bind(new_message_id()?)
        .bind(event.as_str())
        .bind(payload(event.as_str(), now, &data))
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Counts messages for those webhooks for which no more may wait.
async fn count_dropped(db: &mut DbConnection, event: WebhookEvent, messages: i64) -> Result<(), StoreError> {
    sqlx::query(COUNT_DROPPED).bind(event_pattern(event)).bind(MAX_PENDING).bind(messages).execute(db).await?;
    Ok(())
}

/// The text that is signed and sent, the same at each attempt.
pub(super) fn payload(event: &str, now: Timestamp, data: &Value) -> String {
    let at = crate::audit::moment(now);
    json!({ "type": event, "timestamp": at, "data": data }).to_string()
}

/// Unique, so that a receiver knows a message that it gets twice.
pub(super) fn new_message_id() -> Result<String, StoreError> {
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| StoreError::NoRandom)?;
    let mut id = String::from("msg_");
    for byte in random {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    Ok(id)
}
