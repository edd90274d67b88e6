//! Logos of clients, kept in two sizes as re-encoded by the management API.

use super::ClientRow;
use super::list::get_client;
use crate::actor::Actor;
use crate::audit::{Event, moment};
use crate::error::StoreError;
use crate::store::Store;
use crate::tx::Committed;
use domain::ClientId;
use domain::client::Client;
use domain::time::Timestamp;
use serde_json::{Value, json};

const UPSERT_LOGO: &str = "insert into client_logos (client_id, png_128, png_256) values ($1, $2, $3) \
     on conflict (client_id) do update set png_128 = excluded.png_128, png_256 = excluded.png_256";
const DELETE_LOGO: &str = "delete from client_logos where client_id = $1";
const SET_LOGO_VERSION: &str = "update clients set logo_version = $2, updated_at = $3 where id = $1";
const FIND_LOGO_128: &str = "select png_128 from client_logos where client_id = $1";
const FIND_LOGO_256: &str = "select png_256 from client_logos where client_id = $1";

/// A logo, as PNG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// At most 128 pixels a side.
    pub png_128: Vec<u8>,
    /// At most 256 pixels a side.
    pub png_256: Vec<u8>,
}

/// Which size of a logo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoSize {
    /// 128 pixels.
    Px128,
    /// 256 pixels.
    Px256,
}

impl Store {
    /// Gives a client a logo, in the place of the one it had.
    pub async fn put_logo(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ClientId,
        logo: Logo,
    ) -> Result<Committed<ClientRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_client(id).await?;
        let before = get_client(tx.db(), self.key(), id).await?.client;
        sqlx::query(UPSERT_LOGO).bind(id.0).bind(logo.png_128).bind(logo.png_256).execute(tx.db()).await?;
        // The time of the change, so that it also rises over a logo that was deleted in between.
        let version = now.0.max(before.logo_version.map_or(0, |version| version + 1));
        sqlx::query(SET_LOGO_VERSION).bind(id.0).bind(version).bind(now.0).execute(tx.db()).await?;
        let row = get_client(tx.db(), self.key(), id).await?;
        let event = Event::new("client.logo_changed", id.0, before.name.as_str());
        tx.commit(event.before(state(&before)).after(state(&row.client)), row).await
    }

    /// A client's logo; `NotFound` of "client" or "logo".
    pub async fn get_logo(&self, id: ClientId, size: LogoSize) -> Result<Vec<u8>, StoreError> {
        let mut db = self.reader().await?;
        self.sees_client(&mut db, id).await?;
        let text = match size {
            LogoSize::Px128 => FIND_LOGO_128,
            LogoSize::Px256 => FIND_LOGO_256,
        };
        let found: Option<Vec<u8>> = sqlx::query_scalar(text).bind(id.0).fetch_optional(&mut *db).await?;
        if let Some(png) = found {
            return Ok(png);
        }
        get_client(&mut db, self.key(), id).await?;
        Err(StoreError::NotFound { what: "logo" })
    }

    /// Takes a client's logo away; `NotFound` of "logo" where it has none.
    pub async fn delete_logo(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ClientId,
    ) -> Result<Committed<ClientRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_client(id).await?;
        let before = get_client(tx.db(), self.key(), id).await?.client;
        if before.logo_version.is_none() {
            return Err(StoreError::NotFound { what: "logo" });
        }
        sqlx::query(DELETE_LOGO).bind(id.0).execute(tx.db()).await?;
        sqlx::query(SET_LOGO_VERSION).bind(id.0).bind(None::<i64>).bind(now.0).execute(tx.db()).await?;
        let row = get_client(tx.db(), self.key(), id).await?;
        let event = Event::new("client.logo_deleted", id.0, before.name.as_str());
        tx.commit(event.before(state(&before)).after(state(&row.client)), row).await
    }
}

/// What changes with a logo: the time of its last change, none without one.
fn state(client: &Client) -> Value {
    json!({ "logo_version": client.logo_version.map(|version| moment(Timestamp(version))) })
}
