//! Second factors of members: the secret that an authenticator app shares with us, sealed, and recovery codes by their
//! digests. A code is good once: the time step of the last one is kept, and taken only forward.

use crate::actor::Actor;
use crate::audit::Event;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, StoreError};
use crate::members::get_member;
use crate::row::stored;
use crate::store::Store;
use crate::tx::Committed;
use domain::MemberId;
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::token::TokenDigest;

/// What a secret is sealed for.
const PURPOSE: &str = "member_totp.secret";

const FIND_TOTP: &str = "select secret, confirmed_at is not null from member_totp where member_id = $1";
const IS_CONFIRMED: &str = "select count(*) from member_totp where member_id = $1 and confirmed_at is not null";
const PUT_TOTP: &str = "insert into member_totp (member_id, secret, last_step, created_at) values ($1, $2, 0, $3) \
     on conflict (member_id) do update set secret = excluded.secret, last_step = 0, created_at = excluded.created_at";
const CONFIRM: &str = "update member_totp set confirmed_at = $3, last_step = $2 \
     where member_id = $1 and confirmed_at is null";
const TAKE_STEP: &str = "update member_totp set last_step = $2 \
     where member_id = $1 and confirmed_at is not null and last_step < $2";
const DELETE_TOTP: &str = "delete from member_totp where member_id = $1";
const INSERT_CODE: &str = "insert into member_recovery_codes (member_id, digest) values ($1, $2)";
const TAKE_CODE: &str = "delete from member_recovery_codes where member_id = $1 and digest = $2";
const DELETE_CODES: &str = "delete from member_recovery_codes where member_id = $1";

/// A member's second factor.
#[derive(Clone)]
pub struct Totp {
    /// The shared secret.
    pub secret: Secret,
    /// Whether it was proved to work; only then sign-in asks for it.
    pub is_confirmed: bool,
}

impl Store {
    /// A member's second factor.
    pub async fn find_totp(&self, id: MemberId) -> Result<Option<Totp>, StoreError> {
        let mut db = self.reader().await?;
        let found: Option<(Vec<u8>, bool)> = sqlx::query_as(FIND_TOTP).bind(id.0).fetch_optional(&mut *db).await?;
        let Some((sealed, is_confirmed)) = found else { return Ok(None) };
        let secret = self.key().open(PURPOSE, &sealed)?;
        let secret = stored(PURPOSE, std::str::from_utf8(&secret))?;
        Ok(Some(Totp { secret: Secret::new(secret.to_owned()), is_confirmed }))
    }

    /// Keeps a secret until it is proved to work; one that waits for that is replaced. A conflict where one works already.
    pub async fn begin_totp(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: MemberId,
        secret: &Secret,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let member = get_member(tx.db(), id).await?;
        let confirmed: i64 = sqlx::query_scalar(IS_CONFIRMED).bind(id.0).fetch_one(tx.db()).await?;
        if confirmed > 0 {
            return Err(StoreError::fault(
                "current_password",
                FaultKind::Conflict,
                "begins nothing: codes are asked for already; remove that first",
            ));
        }
        let sealed = self.key().seal(PURPOSE, secret.expose().as_bytes())?;
        sqlx::query(PUT_TOTP).bind(id.0).bind(sealed).bind(now.0).execute(tx.db()).await?;
        tx.commit(Event::new("member.totp_begun", id.0, member.email.as_str()), ()).await
    }

    /// Asks for codes from now on. `step` is that of the code that proved it; a conflict at `code` where nothing waits.
    pub async fn confirm_totp(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: MemberId,
        step: i64,
        recovery_codes: &[TokenDigest],
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let member = get_member(tx.db(), id).await?;
        let confirmed = sqlx::query(CONFIRM).bind(id.0).bind(step).bind(now.0).execute(tx.db()).await?;
        if confirmed.rows_affected() == 0 {
            return Err(StoreError::fault("code", FaultKind::Conflict, "has nothing to confirm"));
        }
        sqlx::query(DELETE_CODES).bind(id.0).execute(tx.db()).await?;
        for digest in recovery_codes {
            sqlx::query(INSERT_CODE).bind(id.0).bind(digest.0.as_slice()).execute(tx.db()).await?;
        }
        tx.commit(Event::new("member.totp_enabled", id.0, member.email.as_str()), ()).await
    }

    /// Takes the code of a time step; false: it, or a later one, was taken before. Not a change of the workspace.
    pub async fn take_totp_step(&self, id: MemberId, step: i64) -> Result<bool, StoreError> {
        let taken = sqlx::query(TAKE_STEP).bind(id.0).bind(step).execute(&self.writer()?).await?;
        Ok(taken.rows_affected() > 0)
    }

    /// Takes a recovery code; `None`: the member has no such code (any more).
    pub async fn take_recovery_code(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: MemberId,
        digest: TokenDigest,
    ) -> Result<Option<Committed<()>>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let member = get_member(tx.db(), id).await?;
        let taken = sqlx::query(TAKE_CODE).bind(id.0).bind(digest.0.as_slice()).execute(tx.db()).await?;
        if taken.rows_affected() == 0 {
            return Ok(None);
        }
        tx.commit(Event::new("member.recovery_code_used", id.0, member.email.as_str()), ()).await.map(Some)
    }

    /// Asks for no code any more. `NotFound` where none was asked for.
    pub async fn delete_totp(&self, actor: &Actor, now: Timestamp, id: MemberId) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let member = get_member(tx.db(), id).await?;
        if !forget_totp(tx.db(), id).await? {
            return Err(StoreError::NotFound { what: "TOTP of this member" });
        }
        tx.commit(Event::new("member.totp_disabled", id.0, member.email.as_str()), ()).await
    }
}

/// Forgets a member's second factor; whether it had one.
pub(crate) async fn forget_totp(db: &mut DbConnection, id: MemberId) -> Result<bool, StoreError> {
    sqlx::query(DELETE_CODES).bind(id.0).execute(&mut *db).await?;
    Ok(sqlx::query(DELETE_TOTP).bind(id.0).execute(db).await?.rows_affected() > 0)
}
