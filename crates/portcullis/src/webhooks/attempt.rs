//! One attempt to deliver one message.

use super::sender::Parts;
use domain::WebhookDeliveryId;
use domain::time::Timestamp;
use domain::webhook::{pause_after, sign};
use outbound::{FetchError, Limits, Message};
use std::time::Duration;
use store::{Attempt, Claimed, Outcome, StoreError};

/// Bounds of one attempt. Of the answer only its status is looked at.
pub(crate) const LIMITS: Limits =
    Limits { body_bytes: 0, total: Duration::from_secs(15), connect: Duration::from_secs(5) };

/// Takes a message, sends it and writes down what came of it.
pub(super) async fn attempt(parts: Parts, id: WebhookDeliveryId) -> Result<(), StoreError> {
    let began = (parts.clock)();
    let Some(claimed) = parts.store.claim_delivery(id, began).await? else { return Ok(()) };
    let answer = send(&parts, &claimed, began).await;
    let ended = (parts.clock)();
    let (status, error) = match answer {
        Ok(status @ 200..=299) => (Some(status), None),
        Ok(status @ 300..=399) => (Some(status), Some("redirect")),
        Ok(status) => (Some(status), Some("status")),
        Err(fault) => (None, Some(word(fault))),
    };
    let outcome = match error {
        None => Outcome::Delivered,
        Some(_) => after_failure(claimed.attempts.saturating_add(1), ended, (parts.random)()),
    };
    if let Some(error) = error {
        let (webhook, delivery) = (claimed.webhook.0, claimed.id.0);
        match outcome {
            Outcome::Failed => tracing::error!(webhook, delivery, error, status, "a webhook message is given up"),
            Outcome::Again(_) | Outcome::Delivered => {
                tracing::info!(webhook, delivery, error, status, "a webhook message is tried again later");
            }
        }
    }
    let duration_ms = u64::try_from(ended.0.saturating_sub(began.0) / 1000).unwrap_or(0);
    let attempt = Attempt { at: began.0, status, error: error.map(str::to_owned), duration_ms };
    parts.store.record_attempt(claimed.id, &attempt, outcome, ended).await
}

async fn send(parts: &Parts, claimed: &Claimed, now: Timestamp) -> Result<u16, FetchError> {
    let seconds = now.0.div_euclid(1_000_000);
    let signature = sign(&claimed.secret, &claimed.message_id, seconds, &claimed.payload).unwrap_or_default();
    let seconds = seconds.to_string();
    let headers = [
        ("webhook-id", claimed.message_id.as_str()),
        ("webhook-timestamp", seconds.as_str()),
        ("webhook-signature", signature.as_str()),
    ];
    let message = Message { headers: &headers, body: &claimed.payload };
    let allowed = parts.directory.load().settings().outbound_allowed.clone();
    parts.fetcher.post_json(claimed.url.as_url(), &message, &allowed, parts.limits).await
}

fn after_failure(attempts: u32, now: Timestamp, [chance, ..]: [u8; 16]) -> Outcome {
    match pause_after(attempts, chance) {
        Some(pause) => Outcome::Again(Timestamp(now.0.saturating_add(pause))),
        None => Outcome::Failed,
    }
}

/// Why nothing was answered, in the word that the delivery log shows.
fn word(fault: FetchError) -> &'static str {
    match fault {
        FetchError::Scheme | FetchError::UserInfo | FetchError::Fragment => "bad_url",
        FetchError::PlainHttp | FetchError::Forbidden(_) => "forbidden_address",
        FetchError::Unresolved => "unresolved",
        FetchError::Timeout => "timeout",
        FetchError::Unreachable => "unreachable",
        FetchError::Certificate => "certificate",
        FetchError::Tls => "tls",
        FetchError::Broken | FetchError::TooLarge { .. } | FetchError::Encoded => "broken",
    }
}
