//! Reading webhooks.

use super::{DeliveryState, NewWebhook, PURPOSE, Webhook, WebhookRow};
use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::page::{ListSql, Page, PageQuery, list_sql};
use crate::row::{known, name, stored};
use crate::secret_key::SecretKey;
use crate::store::Store;
use domain::WebhookId;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::webhook::{WebhookEvent, WebhookUrl};

macro_rules! webhook_columns {
    () => {
        "t.id, t.name, t.url, t.events, t.enabled, t.secret_last4, t.dropped_total, t.created_at, t.updated_at, \
         (select count(*) from webhook_deliveries d where d.webhook_id = t.id and d.next_attempt_at is not null) \
            as pending_count, \
         (select d.state from webhook_deliveries d where d.webhook_id = t.id and d.finished_at is not null \
            order by d.finished_at desc, d.id desc limit 1) as last_state, \
         (select max(d.finished_at) from webhook_deliveries d where d.webhook_id = t.id and d.finished_at is not null) \
            as last_finished_at"
    };
}

const LIST_WEBHOOKS: ListSql = list_sql! {
    page: "from webhooks t where (cast($3 as text) is null or t.name_folded like $3 escape '\\')",
    rows: concat!("select page.total, ", webhook_columns!(), " from page join webhooks t on t.id = page.id"),
    name: "t.name_folded",
    created_at: "t.created_at",
    updated_at: "t.updated_at",
};
const LOAD_WEBHOOKS: &str = "select id, name, url, events, enabled, secret from webhooks order by id";
const FIND_WEBHOOK: &str = concat!("select ", webhook_columns!(), " from webhooks t where t.id = $1");

impl Store {
    /// A page of webhooks.
    pub async fn list_webhooks(&self, query: &PageQuery) -> Result<Page<WebhookRow>, StoreError> {
        self.fetch_page::<WebhookRecord>(&LIST_WEBHOOKS, query, |_| Ok(())).await?.try_map(WebhookRecord::into_row)
    }

    /// One webhook.
    pub async fn get_webhook(&self, id: WebhookId) -> Result<WebhookRow, StoreError> {
        let mut db = self.reader().await?;
        get_webhook(&mut db, id).await
    }
}

/// One webhook that must be there.
pub(super) async fn get_webhook(db: &mut DbConnection, id: WebhookId) -> Result<WebhookRow, StoreError> {
    let record: Option<WebhookRecord> = sqlx::query_as(FIND_WEBHOOK).bind(id.0).fetch_optional(db).await?;
    record.ok_or(StoreError::NotFound { what: "webhook" })?.into_row()
}

/// All webhooks with their ids, their secrets opened.
pub(crate) async fn load_webhooks(
    db: &mut DbConnection,
    key: &SecretKey,
) -> Result<Vec<(WebhookId, NewWebhook)>, StoreError> {
    let rows: Vec<(i64, String, String, String, bool, Vec<u8>)> = sqlx::query_as(LOAD_WEBHOOKS).fetch_all(db).await?;
    let webhook = |(id, text, url, events, enabled, sealed): (i64, String, String, String, bool, Vec<u8>)| {
        let secret = key.open(PURPOSE, &sealed)?;
        let webhook = NewWebhook {
            name: name(&text)?,
            url: stored("webhooks.url", WebhookUrl::parse(&url))?,
            events: read_events(&events)?,
            enabled,
            secret: Secret::new(stored(PURPOSE, std::str::from_utf8(&secret))?.to_owned()),
        };
        Ok((WebhookId(id), webhook))
    };
    rows.into_iter().map(webhook).collect()
}

fn read_events(text: &str) -> Result<Vec<WebhookEvent>, StoreError> {
    let words = text.split(',').filter(|word| !word.is_empty());
    words.map(|word| known("webhooks.events", WebhookEvent::parse(word))).collect()
}

/// Events as stored: with a comma on both sides of each.
pub(super) fn events_text(events: &[WebhookEvent]) -> String {
    let mut text = String::from(",");
    for event in events {
        text.push_str(event.as_str());
        text.push(',');
    }
    text
}

/// How a statement asks for those that are told of an event.
pub(super) fn event_pattern(event: WebhookEvent) -> String {
    format!("%,{},%", event.as_str())
}

#[derive(sqlx::FromRow)]
struct WebhookRecord {
    id: i64,
    name: String,
    url: String,
    events: String,
    enabled: bool,
    secret_last4: String,
    dropped_total: i64,
    created_at: i64,
    updated_at: i64,
    pending_count: i64,
    last_state: Option<String>,
    last_finished_at: Option<i64>,
}

impl WebhookRecord {
    fn into_row(self) -> Result<WebhookRow, StoreError> {
        let webhook = Webhook {
            id: WebhookId(self.id),
            name: name(&self.name)?,
            url: stored("webhooks.url", WebhookUrl::parse(&self.url))?,
            events: read_events(&self.events)?,
            enabled: self.enabled,
            secret_last4: self.secret_last4,
            dropped_total: self.dropped_total,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        };
        let last_delivery = match (self.last_state, self.last_finished_at) {
            (Some(state), Some(at)) => {
                Some((known("webhook_deliveries.state", DeliveryState::parse(&state))?, Timestamp(at)))
            }
            (_, _) => None,
        };
        Ok(WebhookRow { webhook, pending_count: self.pending_count, last_delivery })
    }
}
