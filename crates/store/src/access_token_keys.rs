//! Keys for the MAC of access tokens: random, sealed, one that makes tokens and former ones that still verify.

use crate::actor::Actor;
use crate::audit::Event;
use crate::changes::ChangeKind;
use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::row::{known, stored};
use crate::secret_key::SecretKey;
use crate::store::Store;
use crate::tx::{Committed, Tx};
use domain::access_token::{ACCESS_TOKEN_SECONDS, AccessTokenKey, AccessTokenKeys};
use domain::time::Timestamp;
use zeroize::Zeroizing;

const KEY_PURPOSE: &str = "access_token_keys.sealed";
const KEY_BYTES: usize = 32;
/// How long a former key verifies: as long as a token that it made may live.
const FORMER_MICROS: i64 = ACCESS_TOKEN_SECONDS * 1_000_000;

const LOAD_KEYS: &str = "select id, sealed, retired_at from access_token_keys order by id desc";
const NEWEST_MADE_AT: &str = "select max(created_at) from access_token_keys";
const INSERT_KEY: &str = "insert into access_token_keys (sealed, created_at) values ($1, $2) returning id";
const RETIRE_KEY: &str = "update access_token_keys set retired_at = $1 where retired_at is null";
const DELETE_FORMER_KEYS: &str = "delete from access_token_keys where retired_at <= $1";

impl Store {
    /// The keys, the newest first. Makes the first one where there is none.
    pub async fn load_access_token_keys(&self, now: Timestamp) -> Result<AccessTokenKeys, StoreError> {
        let mut db = self.reader().await?;
        let keys = load_keys(&mut db, self.key()).await?;
        drop(db);
        let keys = if keys.is_empty() { self.first_key(now).await? } else { keys };
        Ok(AccessTokenKeys::new(keys))
    }

    /// When the newest key was made; `None` without any.
    pub async fn access_token_key_made_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut db = self.reader().await?;
        let made_at: Option<i64> = sqlx::query_scalar(NEWEST_MADE_AT).fetch_one(&mut *db).await?;
        Ok(made_at.map(Timestamp))
    }

    /// Makes a new key. The former one verifies for an hour more.
    pub async fn rotate_access_token_key(&self, actor: &Actor, now: Timestamp) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        sqlx::query(RETIRE_KEY).bind(now.0).execute(tx.db()).await?;
        sqlx::query(DELETE_FORMER_KEYS).bind(now.0.saturating_sub(FORMER_MICROS)).execute(tx.db()).await?;
        let id = insert_key(&mut tx, self.key()).await?;
        tx.commit(Event::new("access_token_key.rotated", id, "access token key"), ()).await
    }

    async fn first_key(&self, now: Timestamp) -> Result<Vec<AccessTokenKey>, StoreError> {
        let actor = Actor::system("start");
        let mut tx = self.begin(&actor, now).await?;
        let keys = load_keys(tx.db(), self.key()).await?;
        if !keys.is_empty() {
            return Ok(keys);
        }
        let id = insert_key(&mut tx, self.key()).await?;
        let keys = load_keys(tx.db(), self.key()).await?;
        Ok(tx.commit(Event::new("access_token_key.created", id, "access token key"), keys).await?.value)
    }
}

async fn insert_key(tx: &mut Tx<'_>, key: &SecretKey) -> Result<i64, StoreError> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    aws_lc_rs::rand::fill(bytes.as_mut_slice()).map_err(|_| StoreError::NoRandom)?;
    let sealed = key.seal(KEY_PURPOSE, bytes.as_slice())?;
    let now = tx.now;
    let id = sqlx::query_scalar(INSERT_KEY).bind(sealed).bind(now.0).fetch_one(tx.db()).await?;
    tx.changed(ChangeKind::AccessTokenKeys, 1);
    Ok(id)
}

/// The keys, the newest first.
pub(crate) async fn load_keys(db: &mut DbConnection, key: &SecretKey) -> Result<Vec<AccessTokenKey>, StoreError> {
    let rows: Vec<(i64, Vec<u8>, Option<i64>)> = sqlx::query_as(LOAD_KEYS).fetch_all(db).await?;
    let keys = rows.into_iter().map(|(id, sealed, retired_at)| {
        let bytes = key.open(KEY_PURPOSE, &sealed)?;
        let bytes: &[u8; KEY_BYTES] = known("access_token_keys.sealed", bytes.as_slice().try_into().ok())?;
        let id = stored("access_token_keys.id", u32::try_from(id))?;
        let good_until = retired_at.map(|at| Timestamp(at.saturating_add(FORMER_MICROS)));
        Ok(AccessTokenKey::new(id, bytes, good_until))
    });
    keys.collect()
}
