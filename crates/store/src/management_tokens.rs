//! Management tokens: what scripts and the command line authenticate with. Only digests are stored.

use crate::actor::Actor;
use crate::audit::{Event, moment};
use crate::dialect::DbConnection;
use crate::error::{FaultKind, Faults, StoreError};
use crate::members::{Role, check_confinement, scope};
use crate::page::{ListSql, Page, PageQuery, list_sql};
use crate::row::{known, name, stored, time};
use crate::scope::Scope;
use crate::store::Store;
use crate::tx::Committed;
use domain::text::{Email, Name};
use domain::time::Timestamp;
use domain::token::TokenDigest;
use domain::{ManagementTokenId, MemberId, ProjectId};
use serde_json::{Value, json};
use sqlx::Arguments;

macro_rules! token_columns {
    () => {
        "t.id, t.name, t.role, t.confined, t.last4, t.member_id, t.expires_at, t.created_at, t.last_used_at, \
         (select string_agg(cast(kp.project_id as text), ',') from management_token_projects kp \
            where kp.token_id = t.id) as projects, \
         m.email as member_email, m.role as member_role, m.enabled as member_enabled, m.confined as member_confined, \
         (select string_agg(cast(mp.project_id as text), ',') from member_projects mp \
            where mp.member_id = t.member_id) as member_projects"
    };
}
macro_rules! select_tokens {
    () => {
        concat!("select ", token_columns!(), " from management_tokens t left join members m on m.id = t.member_id")
    };
}

const LIST_MANAGEMENT_TOKENS: ListSql = list_sql! {
    page: "from management_tokens t where (cast($3 as text) is null or t.name_folded like $3 escape '\\') \
        and (cast($4 as bigint) is null or t.member_id = $4) and (cast($5 as text) is null or t.role = $5) \
        and (cast($6 as bigint) is null or not t.confined or exists (select 1 from management_token_projects kp \
            where kp.token_id = t.id and kp.project_id = $6)) \
        and (cast($7 as bigint) is null or t.member_id = $7) and (cast($8 as bigint) is null or t.id = $8)",
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
     created_at, confined, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id";
const INSERT_PROJECT: &str = "insert into management_token_projects (token_id, project_id) values ($1, $2)";
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
    /// What it may do at most; see [`ManagementToken::role_in_force`].
    pub role: Role,
    /// What it sees at most; see [`ManagementToken::scope_in_force`].
    pub scope: Scope,
    /// The last four characters, for the masked form.
    pub last4: String,
    /// The member who made it; none for the command line.
    pub member: Option<TokenMember>,
    /// From then on it is refused.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// The member who made a token, as of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenMember {
    /// Its id.
    pub id: MemberId,
    /// Its address.
    pub email: Email,
    /// What it may do.
    pub role: Role,
    /// What it sees.
    pub scope: Scope,
    /// Whether its tokens may be used.
    pub enabled: bool,
}

impl ManagementToken {
    /// What it may do now: no more than the member who made it.
    pub fn role_in_force(&self) -> Role {
        self.member.as_ref().map_or(self.role, |member| self.role.min(member.role))
    }

    /// What it sees now: no more than the member who made it.
    pub fn scope_in_force(&self) -> Scope {
        self.member.as_ref().map_or_else(|| self.scope.clone(), |member| self.scope.and(&member.scope))
    }

    /// Whether it has ended.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// Whether its member is switched off.
    pub fn is_of_disabled_member(&self) -> bool {
        self.member.as_ref().is_some_and(|member| !member.enabled)
    }
}

/// Whose tokens somebody may see and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenOwner {
    /// Everybody's.
    Anybody,
    /// Those of a member.
    Member(MemberId),
    /// This one only: a token of no member.
    Itself(ManagementTokenId),
}

impl TokenOwner {
    fn owns(self, token: &ManagementToken) -> bool {
        match self {
            Self::Anybody => true,
            Self::Member(id) => token.member.as_ref().is_some_and(|member| member.id == id),
            Self::Itself(id) => token.id == id,
        }
    }
}

/// Which tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenFilter {
    /// Made by this member.
    pub member_id: Option<MemberId>,
    /// With this role.
    pub role: Option<Role>,
    /// That see this project.
    pub project_id: Option<ProjectId>,
}

/// A token to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewManagementToken {
    /// What it is for.
    pub name: Name,
    /// What it may do.
    pub role: Role,
    /// What it sees.
    pub scope: Scope,
    /// From then on it is refused.
    pub expires_at: Option<Timestamp>,
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
        let mut faults = Faults::default();
        check_confinement(tx.db(), new.role, &new.scope, &mut faults).await?;
        if new.expires_at.is_some_and(|end| end <= now) {
            faults.add("expires_at", FaultKind::Missing, "must be in the future");
        }
        faults.check()?;
        let id: i64 = sqlx::query_scalar(INSERT_TOKEN)
            .bind(new.name.as_str())
            .bind(new.name.folded())
            .bind(new.role.as_str())
            .bind(new.digest.0.as_slice())
            .bind(&new.last4)
            .bind(new.member_id.map(|id| id.0))
            .bind(now.0)
            .bind(!new.scope.is_all())
            .bind(new.expires_at.map(|end| end.0))
            .fetch_one(tx.db())
            .await?;
        for project in new.scope.ids().unwrap_or_default() {
            sqlx::query(INSERT_PROJECT).bind(id).bind(project.0).execute(tx.db()).await?;
        }
        let token = get_token(tx.db(), ManagementTokenId(id)).await?;
        let event = Event::new("management_token.created", id, token.name.as_str()).after(state(&token));
        tx.commit(event, token).await
    }

    /// The token with a digest; it may have ended, or its member be switched off.
    pub async fn find_management_token(&self, digest: TokenDigest) -> Result<Option<ManagementToken>, StoreError> {
        let mut db = self.reader().await?;
        let record: Option<TokenRecord> =
            sqlx::query_as(FIND_TOKEN).bind(digest.0.as_slice()).fetch_optional(&mut *db).await?;
        record.map(TokenRecord::into_token).transpose()
    }

    /// Notes that a token was used. Not a change of the workspace: no audit entry, no revision.
    pub async fn touch_management_token(&self, id: ManagementTokenId, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(TOUCH_TOKEN).bind(id.0).bind(now.0).execute(&self.writer()?).await?;
        Ok(())
    }

    /// A page of the tokens that somebody may see.
    pub async fn list_management_tokens(
        &self,
        query: &PageQuery,
        filter: &TokenFilter,
        owner: TokenOwner,
    ) -> Result<Page<ManagementToken>, StoreError> {
        let (member, itself) = match owner {
            TokenOwner::Anybody => (None, None),
            TokenOwner::Member(id) => (Some(id.0), None),
            TokenOwner::Itself(id) => (None, Some(id.0)),
        };
        let page = self.fetch_page::<TokenRecord>(&LIST_MANAGEMENT_TOKENS, query, |values| {
            values.add(filter.member_id.map(|id| id.0))?;
            values.add(filter.role.map(Role::as_str))?;
            values.add(filter.project_id.map(|id| id.0))?;
            values.add(member)?;
            values.add(itself)
        });
        page.await?.try_map(TokenRecord::into_token)
    }

    /// One token that somebody may see.
    pub async fn get_management_token(
        &self,
        id: ManagementTokenId,
        owner: TokenOwner,
    ) -> Result<ManagementToken, StoreError> {
        let mut db = self.reader().await?;
        get_own_token(&mut db, id, owner).await
    }

    /// Deletes a token; it ends at once.
    pub async fn delete_management_token(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ManagementTokenId,
        owner: TokenOwner,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let token = get_own_token(tx.db(), id, owner).await?;
        sqlx::query(DELETE_TOKEN).bind(id.0).execute(tx.db()).await?;
        let event = Event::new("management_token.deleted", id.0, token.name.as_str()).before(state(&token));
        tx.commit(event, ()).await
    }
}

async fn get_token(db: &mut DbConnection, id: ManagementTokenId) -> Result<ManagementToken, StoreError> {
    let record: Option<TokenRecord> = sqlx::query_as(FIND_TOKEN_BY_ID).bind(id.0).fetch_optional(db).await?;
    record.ok_or(StoreError::NotFound { what: "management token" })?.into_token()
}

async fn get_own_token(
    db: &mut DbConnection,
    id: ManagementTokenId,
    owner: TokenOwner,
) -> Result<ManagementToken, StoreError> {
    let token = get_token(db, id).await?;
    if owner.owns(&token) { Ok(token) } else { Err(StoreError::NotFound { what: "management token" }) }
}

fn state(token: &ManagementToken) -> Value {
    json!({
        "name": token.name,
        "role": token.role.as_str(),
        "project_ids": token.scope.ids(),
        "expires_at": token.expires_at.map(moment),
        "member": token.member.as_ref().map(|member| &member.email),
    })
}

#[derive(sqlx::FromRow)]
struct TokenRecord {
    id: i64,
    name: String,
    role: String,
    confined: bool,
    projects: Option<String>,
    last4: String,
    member_id: Option<i64>,
    member_email: Option<String>,
    member_role: Option<String>,
    member_enabled: Option<bool>,
    member_confined: Option<bool>,
    member_projects: Option<String>,
    expires_at: Option<i64>,
    created_at: i64,
    last_used_at: Option<i64>,
}

impl TokenRecord {
    fn member(&self) -> Result<Option<TokenMember>, StoreError> {
        let (Some(id), Some(email), Some(role)) = (self.member_id, &self.member_email, &self.member_role) else {
            return Ok(None);
        };
        Ok(Some(TokenMember {
            id: MemberId(id),
            email: stored("members.email", Email::parse(email))?,
            role: known("members.role", Role::parse(role))?,
            scope: scope(self.member_confined.unwrap_or(true), self.member_projects.as_deref())?,
            enabled: self.member_enabled.unwrap_or_default(),
        }))
    }

    fn into_token(self) -> Result<ManagementToken, StoreError> {
        let member = self.member()?;
        Ok(ManagementToken {
            id: ManagementTokenId(self.id),
            name: name(&self.name)?,
            role: known("management_tokens.role", Role::parse(&self.role))?,
            scope: scope(self.confined, self.projects.as_deref())?,
            last4: self.last4,
            member,
            expires_at: time(self.expires_at),
            created_at: Timestamp(self.created_at),
            last_used_at: time(self.last_used_at),
        })
    }
}
