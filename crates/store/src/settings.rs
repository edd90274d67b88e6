//! Settings of the workspace: one document, defaults until somebody changes it.

use crate::actor::Actor;
use crate::audit::Event;
use crate::changes::ChangeKind;
use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::row::{json, to_json};
use crate::store::Store;
use crate::tx::{Committed, Tx};
use domain::cidr::CidrEntry;
use domain::gateway_url::{CustomDomain, Prefix, PublicUrl};
use domain::settings::{Settings, ZoneName};
use domain::time::Timestamp;
use serde_json::json;

const FIND_SETTINGS: &str = "select document from settings where id = 1";
const PUT_SETTINGS: &str = "insert into settings (id, document) values (1, $1) \
     on conflict (id) do update set document = excluded.document";

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsUpdate {
    /// New address under which callers reach the gateway; `Some(None)`: that of its first listener.
    pub public_url: Option<Option<PublicUrl>>,
    /// New path before every collection.
    pub prefix: Option<Prefix>,
    /// New list of hosts that go without the prefix, replacing all.
    pub custom_domains: Option<Vec<CustomDomain>>,
    /// New time zone of calendar quotas.
    pub time_zone: Option<ZoneName>,
    /// New list of peers whose `X-Forwarded-For` is believed, replacing all.
    pub trusted_proxies: Option<Vec<CidrEntry>>,
    /// New list of private addresses that fetches may go to, replacing all.
    pub outbound_allowed: Option<Vec<CidrEntry>>,
    /// Whether answers carry `X-RateLimit-*`.
    pub rate_limit_headers: Option<bool>,
    /// New most access profiles of a client.
    pub profiles_per_client: Option<u32>,
    /// New idle time of console sessions.
    pub session_idle_minutes: Option<u32>,
    /// New longest life of console sessions.
    pub session_life_hours: Option<u32>,
    /// New oldest age of what the gateway decides by; `Some(None)`: any.
    pub max_staleness_seconds: Option<Option<u32>>,
}

impl SettingsUpdate {
    /// The settings with what is changed of them.
    #[must_use]
    pub fn over(self, before: &Settings) -> Settings {
        Settings {
            public_url: self.public_url.unwrap_or_else(|| before.public_url.clone()),
            prefix: self.prefix.unwrap_or_else(|| before.prefix.clone()),
            custom_domains: self.custom_domains.unwrap_or_else(|| before.custom_domains.clone()),
            time_zone: self.time_zone.unwrap_or_else(|| before.time_zone.clone()),
            trusted_proxies: self.trusted_proxies.unwrap_or_else(|| before.trusted_proxies.clone()),
            outbound_allowed: self.outbound_allowed.unwrap_or_else(|| before.outbound_allowed.clone()),
            rate_limit_headers: self.rate_limit_headers.unwrap_or(before.rate_limit_headers),
            profiles_per_client: self.profiles_per_client.unwrap_or(before.profiles_per_client),
            session_idle_minutes: self.session_idle_minutes.unwrap_or(before.session_idle_minutes),
            session_life_hours: self.session_life_hours.unwrap_or(before.session_life_hours),
            max_staleness_seconds: self.max_staleness_seconds.unwrap_or(before.max_staleness_seconds),
        }
    }
}

impl Store {
    /// The settings, for owners and for gateways.
    pub async fn get_settings(&self) -> Result<Settings, StoreError> {
        let mut db = self.reader().await?;
        load_settings(&mut db).await
    }

    /// Changes settings.
    pub async fn update_settings(
        &self,
        actor: &Actor,
        now: Timestamp,
        update: SettingsUpdate,
    ) -> Result<Committed<Settings>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let before = load_settings(tx.db()).await?;
        let after = update.over(&before);
        put_settings(&mut tx, &after).await?;
        let event = Event::new("settings.updated", 1, "settings").before(json!(before)).after(json!(after));
        tx.commit(event, after).await
    }
}

/// Stores settings.
pub(crate) async fn put_settings(tx: &mut Tx<'_>, settings: &Settings) -> Result<(), StoreError> {
    sqlx::query(PUT_SETTINGS).bind(to_json(settings)?).execute(tx.db()).await?;
    tx.changed(ChangeKind::Settings, 1);
    Ok(())
}

/// The settings as stored, or the default ones.
pub(crate) async fn load_settings(db: &mut DbConnection) -> Result<Settings, StoreError> {
    let document: Option<String> = sqlx::query_scalar(FIND_SETTINGS).fetch_optional(db).await?;
    document.map_or_else(|| Ok(Settings::default()), |text| json("settings.document", &text))
}
