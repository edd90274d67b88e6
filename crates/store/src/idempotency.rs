//! Requests that must be carried out once, however often they are sent: those with an Idempotency-Key.
//!
//! The key is written in the transaction of the change, so that no crash comes between the two; the answer is added
//! after it. A key stands for a day. A request that changed nothing leaves no key.

use crate::actor::{Actor, ActorKind};
use crate::dialect::DbConnection;
use crate::error::{FaultKind, StoreError};
use crate::store::Store;
use aws_lc_rs::hmac::{Context, HMAC_SHA256, Key, sign};
use domain::Revision;
use domain::time::Timestamp;

/// How long a key stands: 24 hours.
const KEPT_MICROS: i64 = 24 * 3_600_000_000;

const FIND_KEY: &str = "select request_digest, revision, answer from idempotency_keys \
     where actor_kind = $1 and actor_id = $2 and key_digest = $3 and created_at > $4";
const INSERT_KEY: &str = "insert into idempotency_keys (actor_kind, actor_id, key_digest, request_digest, revision, \
     created_at) values ($1, $2, $3, $4, $5, $6) on conflict (actor_kind, actor_id, key_digest) do nothing";
const KEEP_ANSWER: &str = "update idempotency_keys set answer = $4 \
     where actor_kind = $1 and actor_id = $2 and key_digest = $3";
const DELETE_OLD_KEYS: &str = "delete from idempotency_keys where created_at <= $1";

/// A request to carry out once. Holds digests only, made with the secret key: neither bodies nor keys can be guessed
/// from them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Once {
    actor_kind: ActorKind,
    actor_id: i64,
    key: Vec<u8>,
    request: Vec<u8>,
}

/// A request that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedOut {
    /// Whether it was this very request; otherwise its key was used for another one.
    pub same_request: bool,
    /// The revision it made.
    pub revision: Revision,
    /// What was answered, with secrets masked; none where the answer was lost or is too large to keep.
    pub answer: Option<String>,
}

impl Once {
    /// The same for all requests under this key.
    #[must_use]
    pub fn key_only(&self) -> Self {
        Self { request: Vec::new(), ..self.clone() }
    }
}

impl Store {
    /// A request of this actor under this key. `request` is all that makes it this request and no other. `None` for
    /// the program itself, which has no keys.
    pub fn once(&self, actor: &Actor, key: &str, request: &[&[u8]]) -> Option<Once> {
        let digests = Key::new(HMAC_SHA256, self.key().bytes());
        let digests = Key::new(HMAC_SHA256, sign(&digests, b"idempotency keys").as_ref());
        let mut context = Context::with_key(&digests);
        for part in request {
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part);
        }
        Some(Once {
            actor_kind: actor.kind,
            actor_id: actor.id?,
            key: sign(&digests, key.as_bytes()).as_ref().to_vec(),
            request: context.sign().as_ref().to_vec(),
        })
    }

    /// What became of a request that came before under the same key.
    pub async fn find_carried_out(&self, once: &Once, now: Timestamp) -> Result<Option<CarriedOut>, StoreError> {
        let mut db = self.reader().await?;
        let found: Option<(Vec<u8>, i64, Option<String>)> = sqlx::query_as(FIND_KEY)
            .bind(once.actor_kind.as_str())
            .bind(once.actor_id)
            .bind(once.key.as_slice())
            .bind(now.0.saturating_sub(KEPT_MICROS))
            .fetch_optional(&mut *db)
            .await?;
        Ok(found.map(|(request, revision, answer)| CarriedOut {
            same_request: request == once.request,
            revision: Revision(revision),
            answer,
        }))
    }

    /// Keeps the answer to a request that was carried out; secrets must be masked in it.
    pub async fn keep_answer(&self, once: &Once, answer: &str) -> Result<(), StoreError> {
        sqlx::query(KEEP_ANSWER)
            .bind(once.actor_kind.as_str())
            .bind(once.actor_id)
            .bind(once.key.as_slice())
            .bind(answer)
            .execute(&self.writer()?)
            .await?;
        Ok(())
    }
}

/// Takes the key, in the transaction of the change; fails where a request has it already. Forgets old ones.
pub(crate) async fn take_key(
    db: &mut DbConnection,
    actor: &Actor,
    now: Timestamp,
    revision: Revision,
) -> Result<(), StoreError> {
    let Some(once) = &actor.conditions.once else { return Ok(()) };
    sqlx::query(DELETE_OLD_KEYS).bind(now.0.saturating_sub(KEPT_MICROS)).execute(&mut *db).await?;
    let taken = sqlx::query(INSERT_KEY)
        .bind(once.actor_kind.as_str())
        .bind(once.actor_id)
        .bind(once.key.as_slice())
        .bind(once.request.as_slice())
        .bind(revision.0)
        .bind(now.0)
        .execute(db)
        .await?;
    if taken.rows_affected() == 0 {
        let message = "was used by a request that came before";
        return Err(StoreError::fault("Idempotency-Key", FaultKind::Conflict, message));
    }
    Ok(())
}
