//! What the sender of messages asks of the store: what is due, to hold it while it is sent, and to write down what came of
//! it. None of this is a change of the workspace: no audit entry, no revision.
//!
//! A message is held by a claim that passes by itself, so that one whose sender was killed is sent again, and two processes
//! on one database (during a takeover) do not both send it.

use super::PURPOSE;
use super::deliveries::{Attempt, DeliveryState};
use crate::dialect::BEGIN_CHANGE;
use crate::error::StoreError;
use crate::row::{json, stored, to_json};
use crate::store::Store;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::webhook::WebhookUrl;
use domain::{WebhookDeliveryId, WebhookId};

/// Attempts of one message that are kept.
const KEPT_ATTEMPTS: usize = 20;
/// Messages that ended and are kept, of one webhook.
const KEPT_DELIVERIES: i64 = 1000;
/// How long a claim holds: longer than any attempt lasts.
const CLAIM_MICROS: i64 = 60 * 1_000_000;
/// Age at which messages that ended are forgotten: 30 days.
const KEEP_MICROS: i64 = 30 * 86_400 * 1_000_000;

const FIND_DUE: &str = "select id, webhook_id from (\
     select d.id, d.webhook_id, d.next_attempt_at, \
        row_number() over (partition by d.webhook_id order by d.next_attempt_at, d.id) as place \
     from webhook_deliveries d where d.next_attempt_at <= $1 and (d.claimed_until is null or d.claimed_until <= $1)\
     ) due where place <= $2 order by next_attempt_at, id";
const CLAIM: &str = "update webhook_deliveries set claimed_until = $2 where id = $1 and next_attempt_at <= $3 \
     and (claimed_until is null or claimed_until <= $3) returning webhook_id, message_id, payload, round_attempts";
const FIND_TARGET: &str = "select url, secret from webhooks where id = $1 and enabled";
const FIND_ATTEMPTS: &str = "select attempts, next_attempt_at is not null from webhook_deliveries where id = $1";
const RECORD: &str = "update webhook_deliveries set attempts = $2, attempts_count = attempts_count + 1, \
     round_attempts = round_attempts + 1, claimed_until = null, state = $3, next_attempt_at = $4, finished_at = $5 \
     where id = $1";
const RECORD_LATE: &str = "update webhook_deliveries set attempts = $2, attempts_count = attempts_count + 1, \
     claimed_until = null where id = $1";
const FORGET_OLD: &str = "delete from webhook_deliveries where finished_at < $1";
const FORGET_MANY: &str = "delete from webhook_deliveries where id in (select id from (\
     select d.id, row_number() over (partition by d.webhook_id order by d.finished_at desc, d.id desc) as place \
     from webhook_deliveries d where d.finished_at is not null) ended where place > $1)";

/// A message that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The message.
    pub id: WebhookDeliveryId,
    /// To whom.
    pub webhook: WebhookId,
}

/// A message that the caller is to send now.
pub struct Claimed {
    /// The message.
    pub id: WebhookDeliveryId,
    /// To whom.
    pub webhook: WebhookId,
    /// What the receiver knows it by.
    pub message_id: String,
    /// The text to be sent.
    pub payload: String,
    /// Attempts of this round before this one.
    pub attempts: u32,
    /// Where to.
    pub url: WebhookUrl,
    /// What it is signed with.
    pub secret: Secret,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver took it.
    Delivered,
    /// It is tried again then.
    Again(Timestamp),
    /// It is given up.
    Failed,
}

impl Store {
    /// Messages that are due and held by nobody, longest first; so many of one webhook at most.
    pub async fn due_deliveries(&self, now: Timestamp, of_each: u32) -> Result<Vec<Due>, StoreError> {
        let mut db = self.reader().await?;
        let rows: Vec<(i64, i64)> = sqlx::query_as(FIND_DUE).bind(now.0).bind(of_each).fetch_all(&mut *db).await?;
        Ok(rows
            .into_iter()
            .map(|(id, webhook)| Due { id: WebhookDeliveryId(id), webhook: WebhookId(webhook) })
            .collect())
    }

    /// Takes a message into the caller's hands; `None`: somebody else has it, or it is due no longer.
    pub async fn claim_delivery(&self, id: WebhookDeliveryId, now: Timestamp) -> Result<Option<Claimed>, StoreError> {
        let mut transaction = self.writer()?.begin_with(BEGIN_CHANGE).await?;
        let claimed: Option<(i64, String, String, i64)> = sqlx::query_as(CLAIM)
            .bind(id.0)
            .bind(now.0.saturating_add(CLAIM_MICROS))
            .bind(now.0)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some((webhook, message_id, payload, attempts)) = claimed else { return Ok(None) };
        let target: Option<(String, Vec<u8>)> =
            sqlx::query_as(FIND_TARGET).bind(webhook).fetch_optional(&mut *transaction).await?;
        let Some((url, sealed)) = target else { return Ok(None) };
        let secret = self.key().open(PURPOSE, &sealed)?;
        let secret = Secret::new(stored(PURPOSE, std::str::from_utf8(&secret))?.to_owned());
        let url = stored("webhooks.url", WebhookUrl::parse(&url))?;
        transaction.commit().await?;
        Ok(Some(Claimed {
            id,
            webhook: WebhookId(webhook),
            message_id,
            payload,
            attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
            url,
            secret,
        }))
    }

    /// Writes an attempt down and lets the message go. One that ended meanwhile (its webhook was switched off) stays ended.
    pub async fn record_attempt(
        &self,
        id: WebhookDeliveryId,
        attempt: &Attempt,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.writer()?.begin_with(BEGIN_CHANGE).await?;
        let found: Option<(String, bool)> =
            sqlx::query_as(FIND_ATTEMPTS).bind(id.0).fetch_optional(&mut *transaction).await?;
        let Some((text, is_pending)) = found else { return Ok(()) };
        let mut attempts: Vec<Attempt> = json("webhook_deliveries.attempts", &text)?;
        attempts.push(attempt.clone());
        let surplus = attempts.len().saturating_sub(KEPT_ATTEMPTS);
        let attempts = to_json(&attempts.split_off(surplus))?;
        let (state, next, finished) = match outcome {
            Outcome::Delivered => (DeliveryState::Delivered, None, Some(now.0)),
            Outcome::Again(at) => (DeliveryState::Pending, Some(at.0), None),
            Outcome::Failed => (DeliveryState::Failed, None, Some(now.0)),
        };
        let query = if is_pending {
            sqlx::query(RECORD).bind(id.0).bind(attempts).bind(state.as_str()).bind(next).bind(finished)
        } else {
            sqlx::query(RECORD_LATE).bind(id.0).bind(attempts)
        };
        query.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Forgets messages that ended 30 days ago, and all but the last 1,000 of each webhook that ended.
    pub async fn forget_deliveries(&self, now: Timestamp) -> Result<u64, StoreError> {
        let old = sqlx::query(FORGET_OLD).bind(now.0.saturating_sub(KEEP_MICROS)).execute(&self.writer()?).await?;
        let many = sqlx::query(FORGET_MANY).bind(KEPT_DELIVERIES).execute(&self.writer()?).await?;
        Ok(old.rows_affected() + many.rows_affected())
    }
}
