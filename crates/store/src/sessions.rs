//! Console sessions. How long they live is the caller's business: see [`Store::delete_stale_sessions`].

use crate::actor::Actor;
use crate::audit::{Event, moment};
use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::members::{Member, get_member};
use crate::row::{address, stored};
use crate::store::Store;
use crate::tx::Committed;
use domain::text::Email;
use domain::time::Timestamp;
use domain::token::TokenDigest;
use domain::{MemberId, SessionId};
use serde_json::{Value, json};
use std::net::IpAddr;

macro_rules! session_columns {
    () => {
        "t.id, t.member_id, t.created_at, t.last_seen_at, t.user_agent, t.address, \
         (select m.email from members m where m.id = t.member_id) as member_email"
    };
}

const FIND_SESSION: &str = concat!("select ", session_columns!(), " from sessions t where t.digest = $1");
const FIND_SESSION_BY_ID: &str = concat!("select ", session_columns!(), " from sessions t where t.id = $1");
const LIST_SESSIONS: &str = concat!(
    "select ",
    session_columns!(),
    " from sessions t where (cast($1 as bigint) is null or t.member_id = $1) order by t.last_seen_at desc, t.id desc"
);
const INSERT_SESSION: &str = "insert into sessions (digest, member_id, created_at, last_seen_at, user_agent, address) \
     values ($1, $2, $3, $3, $4, $5) returning id";
const TOUCH_SESSION: &str = "update sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2";
const DELETE_SESSION: &str = "delete from sessions where id = $1";
const DELETE_SESSIONS_OF: &str = "delete from sessions where member_id = $1";
const DELETE_OTHER_SESSIONS: &str = "delete from sessions where member_id = $1 and id <> $2";
const SET_LAST_SIGN_IN: &str = "update members set last_sign_in_at = $2 where id = $1";
const DELETE_STALE_SESSIONS: &str = "delete from sessions where last_seen_at < $1 or created_at < $2";

/// A session as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who signed in.
    pub member_id: MemberId,
    /// The address of that member.
    pub member_email: Email,
    /// When.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen_at: Timestamp,
    /// The browser, as it names itself.
    pub user_agent: String,
    /// Where it signed in from.
    pub address: Option<IpAddr>,
}

/// A session to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// SHA-256 of the session token.
    pub digest: TokenDigest,
    /// Who signed in.
    pub member_id: MemberId,
    /// The browser, as it names itself.
    pub user_agent: String,
    /// Where it signed in from.
    pub address: Option<IpAddr>,
}

/// A session and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The member as of now.
    pub member: Member,
}

impl Store {
    /// Makes a session; `NotFound` for a member that is gone or switched off.
    pub async fn create_session(
        &self,
        actor: &Actor,
        now: Timestamp,
        new: NewSession,
    ) -> Result<Committed<Session>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let member = get_member(tx.db(), new.member_id).await?;
        if !member.enabled {
            return Err(StoreError::NotFound { what: "member" });
        }
        sqlx::query(SET_LAST_SIGN_IN).bind(new.member_id.0).bind(now.0).execute(tx.db()).await?;
        let id: i64 = sqlx::query_scalar(INSERT_SESSION)
            .bind(new.digest.0.as_slice())
            .bind(new.member_id.0)
            .bind(now.0)
            .bind(new.user_agent)
            .bind(new.address.map(|address| address.to_string()))
            .fetch_one(tx.db())
            .await?;
        let session = get_session(tx.db(), SessionId(id)).await?;
        let event = Event::new("session.created", id, member.email.as_str()).after(state(&session));
        tx.commit(event, session).await
    }

    /// The session of a token, with its member, who may be switched off.
    pub async fn find_session(&self, digest: TokenDigest) -> Result<Option<SignedIn>, StoreError> {
        let mut db = self.reader().await?;
        let record: Option<SessionRecord> =
            sqlx::query_as(FIND_SESSION).bind(digest.0.as_slice()).fetch_optional(&mut *db).await?;
        let Some(record) = record else { return Ok(None) };
        let session = record.into_session()?;
        let member = get_member(&mut db, session.member_id).await?;
        Ok(Some(SignedIn { session, member }))
    }

    /// Notes that a session was used. Not a change of the workspace: no audit entry, no revision.
    pub async fn touch_session(&self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(TOUCH_SESSION).bind(id.0).bind(now.0).execute(&self.writer()?).await?;
        Ok(())
    }

    /// Sessions of a member, or all, last used first.
    pub async fn list_sessions(&self, member: Option<MemberId>) -> Result<Vec<Session>, StoreError> {
        let mut db = self.reader().await?;
        let records: Vec<SessionRecord> =
            sqlx::query_as(LIST_SESSIONS).bind(member.map(|id| id.0)).fetch_all(&mut *db).await?;
        records.into_iter().map(SessionRecord::into_session).collect()
    }

    /// Ends a session.
    pub async fn delete_session(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: SessionId,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let session = get_session(tx.db(), id).await?;
        let member = get_member(tx.db(), session.member_id).await?;
        sqlx::query(DELETE_SESSION).bind(id.0).execute(tx.db()).await?;
        let event = Event::new("session.deleted", id.0, member.email.as_str()).before(state(&session));
        tx.commit(event, ()).await
    }

    /// Ends all sessions of a member; answers how many.
    pub async fn delete_sessions_of(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: MemberId,
    ) -> Result<Committed<u64>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let member = get_member(tx.db(), id).await?;
        let ended = delete_sessions_of(tx.db(), id).await?;
        tx.commit(Event::new("member.sessions_deleted", id.0, member.email.as_str()), ended).await
    }

    /// Forgets sessions that were last used, or made, too long ago. Not a change of the workspace: no audit entry.
    pub async fn delete_stale_sessions(
        &self,
        idle_before: Timestamp,
        created_before: Timestamp,
    ) -> Result<u64, StoreError> {
        let done = sqlx::query(DELETE_STALE_SESSIONS)
            .bind(idle_before.0)
            .bind(created_before.0)
            .execute(&self.writer()?)
            .await?;
        Ok(done.rows_affected())
    }
}

/// Ends all sessions of a member; answers how many.
pub(crate) async fn delete_sessions_of(db: &mut DbConnection, id: MemberId) -> Result<u64, StoreError> {
    Ok(sqlx::query(DELETE_SESSIONS_OF).bind(id.0).execute(db).await?.rows_affected())
}

/// Ends the sessions of a member but one.
pub(crate) async fn delete_other_sessions(
    db: &mut DbConnection,
    id: MemberId,
    keep: SessionId,
) -> Result<(), StoreError> {
    sqlx::query(DELETE_OTHER_SESSIONS).bind(id.0).bind(keep.0).execute(db).await?;
    Ok(())
}

fn state(session: &Session) -> Value {
    json!({
        "member_id": session.member_id,
        "user_agent": session.user_agent,
        "address": session.address,
        "created_at": moment(session.created_at),
    })
}

async fn get_session(db: &mut DbConnection, id: SessionId) -> Result<Session, StoreError> {
    let record: Option<SessionRecord> = sqlx::query_as(FIND_SESSION_BY_ID).bind(id.0).fetch_optional(db).await?;
    record.ok_or(StoreError::NotFound { what: "session" })?.into_session()
}

#[derive(sqlx::FromRow)]
struct SessionRecord {
    id: i64,
    member_id: i64,
    created_at: i64,
    last_seen_at: i64,
    user_agent: String,
    address: Option<String>,
    member_email: String,
}

impl SessionRecord {
    fn into_session(self) -> Result<Session, StoreError> {
        Ok(Session {
            id: SessionId(self.id),
            member_id: MemberId(self.member_id),
            member_email: stored("members.email", Email::parse(&self.member_email))?,
            created_at: Timestamp(self.created_at),
            last_seen_at: Timestamp(self.last_seen_at),
            user_agent: self.user_agent,
            address: address(self.address.as_deref())?,
        })
    }
}
