//! Making, changing and deleting webhooks.

use super::list::{events_text, get_webhook};
use super::{NewWebhook, PURPOSE, Webhook, WebhookRow, WebhookUpdate};
use crate::actor::Actor;
use crate::audit::Event;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, Faults, StoreError};
use crate::secret_key::SecretKey;
use crate::store::Store;
use crate::tx::Committed;
use domain::WebhookId;
use domain::secret::Secret;
use domain::text::Name;
use domain::time::Timestamp;
use domain::token::last4;
use domain::webhook::{MAX_WEBHOOKS, WebhookEvent, WebhookUrl};
use serde_json::{Value, json};

const INSERT_WEBHOOK: &str = "insert into webhooks (name, name_folded, url, events, enabled, secret, secret_last4, \
     created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8) returning id";
const UPDATE_WEBHOOK: &str = "update webhooks set name = $2, name_folded = $3, url = $4, events = $5, enabled = $6, \
     updated_at = $7 where id = $1";
const SET_SECRET: &str = "update webhooks set secret = $2, secret_last4 = $3 where id = $1";
const CANCEL_PENDING: &str = "update webhook_deliveries set state = 'canceled', next_attempt_at = null, \
     claimed_until = null, finished_at = $2 where webhook_id = $1 and next_attempt_at is not null";
const DELETE_WEBHOOK: &str = "delete from webhooks where id = $1";
const COUNT_WEBHOOKS: &str = "select count(*) from webhooks";
const WEBHOOK_NAME_TAKEN: &str = "select count(*) from webhooks where name_folded = $1 and id <> $2";

impl Store {
    /// Makes a webhook; there are at most 20.
    pub async fn create_webhook(
        &self,
        actor: &Actor,
        now: Timestamp,
        new: NewWebhook,
    ) -> Result<Committed<WebhookRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let mut faults = Faults::default();
        check_name(tx.db(), &new.name, 0, &mut faults).await?;
        let present: i64 = sqlx::query_scalar(COUNT_WEBHOOKS).fetch_one(tx.db()).await?;
        if present >= MAX_WEBHOOKS {
            faults.add("name", FaultKind::Missing, format!("a workspace has at most {MAX_WEBHOOKS} webhooks"));
        }
        faults.check()?;
        let id = insert_webhook(tx.db(), self.key(), &new, now).await?;
        let row = get_webhook(tx.db(), id).await?;
        let event = Event::new("webhook.created", id.0, new.name.as_str()).after(state(&row.webhook));
        tx.commit(event, row).await
    }

    /// Changes a webhook. Switched off, what waits for it ends.
    pub async fn update_webhook(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: WebhookId,
        update: WebhookUpdate,
    ) -> Result<Committed<WebhookRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let before = get_webhook(tx.db(), id).await?.webhook;
        let name = update.name.unwrap_or_else(|| before.name.clone());
        let url = update.url.unwrap_or_else(|| before.url.clone());
        let events = update.events.unwrap_or_else(|| before.events.clone());
        let enabled = update.enabled.unwrap_or(before.enabled);
        let mut faults = Faults::default();
        check_name(tx.db(), &name, id.0, &mut faults).await?;
        faults.check()?;
        let wanted = WantedWebhook { name: &name, url: &url, events: &events, enabled, secret: update.secret.as_ref() };
        write_webhook(tx.db(), self.key(), id, &wanted, now).await?;
        let row = get_webhook(tx.db(), id).await?;
        let mut after = state(&row.webhook);
        if let (Some(fields), true) = (after.as_object_mut(), update.secret.is_some()) {
            fields.insert("secret".to_owned(), Value::from("changed"));
        }
        let event = Event::new("webhook.updated", id.0, row.webhook.name.as_str()).before(state(&before)).after(after);
        tx.commit(event, row).await
    }

    /// Deletes a webhook, with its messages and their log.
    pub async fn delete_webhook(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: WebhookId,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let before = get_webhook(tx.db(), id).await?.webhook;
        remove_webhook(tx.db(), id).await?;
        let event = Event::new("webhook.deleted", id.0, before.name.as_str()).before(state(&before));
        tx.commit(event, ()).await
    }
}

/// What a webhook shall be; without a secret it keeps its own.
pub(crate) struct WantedWebhook<'a> {
    pub(crate) name: &'a Name,
    pub(crate) url: &'a WebhookUrl,
    pub(crate) events: &'a [WebhookEvent],
    pub(crate) enabled: bool,
    pub(crate) secret: Option<&'a Secret>,
}

/// Stores a webhook.
pub(crate) async fn insert_webhook(
    db: &mut DbConnection,
    key: &SecretKey,
    new: &NewWebhook,
    now: Timestamp,
) -> Result<WebhookId, StoreError> {
    let id: i64 = sqlx::query_scalar(INSERT_WEBHOOK)
        .bind(new.name.as_str())
        .bind(new.name.folded())
        .bind(new.url.as_str())
        .bind(events_text(&new.events))
        .bind(new.enabled)
        .bind(seal(key, &new.secret)?)
        .bind(last4(&new.secret))
        .bind(now.0)
        .fetch_one(db)
        .await?;
    Ok(WebhookId(id))
}

/// Gives a webhook new contents. Switched off, what waits for it ends.
pub(crate) async fn write_webhook(
    db: &mut DbConnection,
    key: &SecretKey,
    id: WebhookId,
    wanted: &WantedWebhook<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(UPDATE_WEBHOOK)
        .bind(id.0)
        .bind(wanted.name.as_str())
        .bind(wanted.name.folded())
        .bind(wanted.url.as_str())
        .bind(events_text(wanted.events))
        .bind(wanted.enabled)
        .bind(now.0)
        .execute(&mut *db)
        .await?;
    if let Some(secret) = wanted.secret {
        let sealed = seal(key, secret)?;
        sqlx::query(SET_SECRET).bind(id.0).bind(sealed).bind(last4(secret)).execute(&mut *db).await?;
    }
    if !wanted.enabled {
        sqlx::query(CANCEL_PENDING).bind(id.0).bind(now.0).execute(db).await?;
    }
    Ok(())
}

/// Removes a webhook with its messages and their log.
pub(crate) async fn remove_webhook(db: &mut DbConnection, id: WebhookId) -> Result<(), StoreError> {
    sqlx::query(DELETE_WEBHOOK).bind(id.0).execute(db).await?;
    Ok(())
}

fn seal(key: &SecretKey, secret: &Secret) -> Result<Vec<u8>, StoreError> {
    key.seal(PURPOSE, secret.expose().as_bytes())
}

async fn check_name(db: &mut DbConnection, name: &Name, own_id: i64, faults: &mut Faults) -> Result<(), StoreError> {
    let taken: i64 = sqlx::query_scalar(WEBHOOK_NAME_TAKEN).bind(name.folded()).bind(own_id).fetch_one(db).await?;
    if taken > 0 {
        faults.taken("name");
    }
    Ok(())
}

/// An address as the audit log shows it: what may be secret of it, its query, is left out.
pub(crate) fn told_url(url: &WebhookUrl) -> String {
    let mut url = url.as_url().clone();
    if url.query().is_some() {
        url.set_query(Some("..."));
    }
    url.into()
}

/// As the audit log shows it.
fn state(webhook: &Webhook) -> Value {
    let events: Vec<_> = webhook.events.iter().map(|event| WebhookEvent::as_str(*event)).collect();
    json!({ "name": webhook.name, "url": told_url(&webhook.url), "events": events, "enabled": webhook.enabled })
}
