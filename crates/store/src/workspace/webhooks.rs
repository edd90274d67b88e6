//! Writing webhooks. One whose secret the document does not bring gets a fresh one, which nobody is shown.

use super::read::Present;
use super::write::Writing;
use crate::error::StoreError;
use crate::webhooks::{NewWebhook, WantedWebhook, insert_webhook, remove_webhook, write_webhook};
use domain::WebhookId;
use domain::secret::Secret;
use domain::webhook::generate_secret;
use domain::workspace::{Plan, WebhookEntry};

/// Removes those that go, changes those that stay, then makes the new ones: a name may move from one to another.
pub(super) async fn write_webhooks(
    writing: &mut Writing<'_, '_>,
    present: &Present,
    plan: &Plan,
) -> Result<(), StoreError> {
    let names = present.workspace.webhooks.as_deref().unwrap_or_default();
    for place in &plan.webhooks.gone {
        let (Some(id), Some(entry)) = (present.webhooks.get(*place), names.get(*place)) else { continue };
        remove_webhook(writing.tx.db(), *id).await?;
        writing.note("webhook", entry.name.as_str(), id.0, None);
    }
    let mut changed: Vec<_> = plan.webhooks.kept.iter().filter(|merged| merged.changed).collect();
    changed.sort_by_key(|merged| merged.present.is_none());
    for merged in changed {
        let there = merged.present.and_then(|place| present.webhooks.get(place));
        let id = write_one(writing, there.copied(), &merged.entry).await?;
        writing.note("webhook", merged.entry.name.as_str(), id.0, None);
    }
    Ok(())
}

async fn write_one(
    writing: &mut Writing<'_, '_>,
    present: Option<WebhookId>,
    entry: &WebhookEntry,
) -> Result<WebhookId, StoreError> {
    let (now, key) = (writing.tx.now, writing.key);
    if let Some(id) = present {
        let WebhookEntry { name, url, events, enabled, secret } = entry;
        let wanted = WantedWebhook { name, url, events, enabled: *enabled, secret: secret.as_ref() };
        write_webhook(writing.tx.db(), key, id, &wanted, now).await?;
        return Ok(id);
    }
    let secret = match &entry.secret {
        Some(secret) => secret.clone(),
        None => fresh_secret()?,
    };
    let (name, url, events) = (entry.name.clone(), entry.url.clone(), entry.events.clone());
    let new = NewWebhook { name, url, events, enabled: entry.enabled, secret };
    insert_webhook(writing.tx.db(), key, &new, now).await
}

fn fresh_secret() -> Result<Secret, StoreError> {
    let mut random = [0; 32];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| StoreError::NoRandom)?;
    Ok(generate_secret(random))
}
