//! Management tokens: what scripts and the command line authenticate with. Only digests are stored.

use crate::actor::Actor;
use crate::audit::Event;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, StoreError};
use crate::members::Role;
use crate::page::{ListSql, Page, PageQuery, list_sql};
use crate::row::{known, name, stored, time};
use crate::store::Store;
use crate::tx::Committed;
use domain::text::{Email, Name};
use domain::time::Timestamp;
use domain::token::TokenDigest;
use domain::{ManagementTokenId, MemberId};
use serde_json::{Value, json};

macro_rules! token_columns {
    () => {
        "t.id, t.name, t.role, t.last4, t.member_id, m.email as member_email, t.created_at, t.last_used_at"
    };
}
macro_rules! select_tokens {
    () => {
        concat!("select ", token_columns!(), " from management_tokens t left join members m on m.id = t.member_id")
    };
}

const LIST_MANAGEMENT_TOKENS: ListSql = list_sql! {
    page: "from management_tokens t where (cast($3 as text) is null or t.name_folded like $3 escape '\\')",
    rows: concat!(
        "select page.total, ", token_columns!(),
        " from page join management_tokens t on t.id = page.id left join members m on m.id = t.member_id"
    ),
    name: "t.name_folded",
    created_at: "t.created_at",
    updated_at: "t.created_at",
};
const FIND_TOKEN: &str = concat!(select_tokens!(), " where t.digest = $1");
const FIND_TOKEN_BY_ID: &str = concat!(select_tokens!(), " where t.id = $1");
const INSERT_TOKEN: &str = "insert into management_tokens (name, name_folded, role, digest, last4, member_id, \
     created_at) values ($1, $2, $3, $4, $5, $6, $7) returning id";
const DELETE_TOKEN: &str = "delete from management_tokens where id = $1";
const TOUCH_TOKEN: &str = "update management_tokens set last_used_at = $2 \
     where id = $1 and (last_used_at is null or last_used_at < $2)";
const MEMBER_EXISTS: &str = "select count(*) from members where id = $1";

/// A token as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagementToken {
    /// Its id.
    pub id: ManagementTokenId,
    /// What it is for.
    pub name: Name,
    /// What it may do.
    pub role: Role,
    /// The last four characters, for the masked form.
    pub last4: String,
    /// The member who made it; none for the command line.
    pub member_id: Option<MemberId>,
    /// Address of that member.
    pub member_email: Option<Email>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// A token to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewManagementToken {
    /// What it is for.
    pub name: Name,
    /// What it may do.
    pub role: Role,
    /// SHA-256 of the token.
    pub digest: TokenDigest,
    /// Its last four characters.
    pub last4: String,
    /// The member who makes it; it ends with the member.
    pub member_id: Option<MemberId>,
}

impl Store {
    /// Makes a token.
    pub async fn create_management_token(
        &self,
        actor: &Actor,
        now: Timestamp,
        new: NewManagementToken,
    ) -> Result<Committed<ManagementToken>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        if let Some(member) = new.member_id {
            let found: i64 = sqlx::query_scalar(MEMBER_EXISTS).bind(member.0).fetch_one(tx.db()).await?;
            if found == 0 {
                return Err(StoreError::fault("member_id", FaultKind::Missing, format!("unknown member {member}")));
            }
        }
        let id: i64 = sqlx::query_scalar(INSERT_TOKEN)
            .bind(new.name.as_str())
            .bind(new.name.folded())
            .bind(new.role.as_str())
            .bind(new.digest.0.as_slice())
            .bind(&new.last4)
            .bind(new.member_id.map(|id| id.0))
            .bind(now.0)
            .fetch_one(tx.db())
            .await?;
        let token = get_token(tx.db(), ManagementTokenId(id)).await?;
        let event = Event::new("management_token.created", id, token.name.as_str()).after(state(&token));
        tx.commit(event, token).await
    }

    /// The token with a digest.
    pub async fn find_management_token(&self, digest: TokenDigest) -> Result<Option<ManagementToken>, StoreError> {
        let mut db = self.reader().await?;
        let record: Option<TokenRecord> =
            sqlx::query_as(FIND_TOKEN).bind(digest.0.as_slice()).fetch_optional(&mut *db).await?;
        record.map(TokenRecord::into_token).transpose()
    }

    /// Notes that a token was used. Not a change of the workspace: no audit entry, no revision.
    pub async fn touch_management_token(&self, id: ManagementTokenId, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(TOUCH_TOKEN).bind(id.0).bind(now.0).execute(self.writer()).await?;
        Ok(())
    }

    /// A page of tokens.
    pub async fn list_management_tokens(&self, query: &PageQuery) -> Result<Page<ManagementToken>, StoreError> {
        let page = self.fetch_page::<TokenRecord>(&LIST_MANAGEMENT_TOKENS, query, |_| Ok(()));
        page.await?.try_map(TokenRecord::into_token)
    }

    /// One token.
    pub async fn get_management_token(&self, id: ManagementTokenId) -> Result<ManagementToken, StoreError> {
        let mut db = self.reader().await?;
        get_token(&mut db, id).await
    }

    /// Deletes a token; it ends at once.
    pub async fn delete_management_token(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ManagementTokenId,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let token = get_token(tx.db(), id).await?;
        sqlx::query(DELETE_TOKEN).bind(id.0).execute(tx.db()).await?;
        let event = Event::new("management_token.deleted", id.0, token.name.as_str()).before(state(&token));
        tx.commit(event, ()).await
    }
}

async fn get_token(db: &mut DbConnection, id: ManagementTokenId) -> Result<ManagementToken, StoreError> {
    let record: Option<TokenRecord> = sqlx::query_as(FIND_TOKEN_BY_ID).bind(id.0).fetch_optional(db).await?;
    record.ok_or(StoreError::NotFound { what: "management token" })?.into_token()
}

fn state(token: &ManagementToken) -> Value {
    json!({ "name": token.name, "role": token.role.as_str(), "member": token.member_email })
}

#[derive(sqlx::FromRow)]
struct TokenRecord {
    id: i64,
    name: String,
    role: String,
    last4: String,
    member_id: Option<i64>,
    member_email: Option<String>,
    created_at: i64,
    last_used_at: Option<i64>,
}

impl TokenRecord {
    fn into_token(self) -> Result<ManagementToken, StoreError> {
        let email = self.member_email.as_deref();
        Ok(ManagementToken {
            id: ManagementTokenId(self.id),
            name: name(&self.name)?,
            role: known("management_tokens.role", Role::parse(&self.role))?,
            last4: self.last4,
            member_id: self.member_id.map(MemberId),
            member_email: email.map(|text| stored("members.email", Email::parse(text))).transpose()?,
            created_at: Timestamp(self.created_at),
            last_used_at: time(self.last_used_at),
        })
    }
}
