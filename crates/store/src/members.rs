//! Members: people who sign in to the console.

use crate::actor::Actor;
use crate::audit::Event;
use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::page::{ListSql, Page, PageQuery, list_sql};
use crate::row::{known, name, stored};
use crate::store::Store;
use crate::tx::Committed;
use domain::MemberId;
use domain::secret::Secret;
use domain::text::{Email, Name};
use domain::time::Timestamp;

macro_rules! member_columns {
    () => {
        "t.id, t.email, t.name, t.role, t.password_hash, t.created_at, t.updated_at"
    };
}

const LIST_MEMBERS: ListSql = list_sql! {
    page: "from members t where (cast($3 as text) is null or t.email_folded like $3 escape '\\')",
    rows: concat!("select page.total, ", member_columns!(), " from page join members t on t.id = page.id"),
    name: "t.email_folded",
    created_at: "t.created_at",
    updated_at: "t.updated_at",
};
const FIND_MEMBER: &str = concat!("select ", member_columns!(), " from members t where t.id = $1");
const FIND_MEMBER_BY_EMAIL: &str = concat!("select ", member_columns!(), " from members t where t.email_folded = $1");
const COUNT_MEMBERS: &str = "select count(*) from members";
const INSERT_MEMBER: &str = "insert into members (email, email_folded, name, role, password_hash, created_at, \
     updated_at) values ($1, $2, $3, $4, $5, $6, $6) returning id";
const SET_PASSWORD: &str = "update members set password_hash = $2, updated_at = $3 where id = $1";

/// What somebody may do; each role includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Also switches things on and off and refreshes credentials.
    Operator,
    /// Also makes, changes and deletes.
    Admin,
    /// Also members, all tokens and sessions of others.
    Owner,
}

impl Role {
    /// All roles, least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Admin, Self::Owner];

    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Reads the API's name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// A member as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// Unique, case aside.
    pub email: Email,
    /// Optional name.
    pub name: Option<Name>,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A member with what a sign-in is checked against.
#[derive(Clone)]
pub struct MemberLogin {
    /// The member.
    pub member: Member,
    /// The password's hash, in PHC form.
    pub password_hash: Secret,
}

impl Store {
    /// Whether nobody has been set up yet.
    pub async fn needs_setup(&self) -> Result<bool, StoreError> {
        let mut db = self.reader().await?;
        Ok(count_members(&mut db).await? == 0)
    }

    /// A page of members; `name` sorts by e-mail address, which `q` searches.
    pub async fn list_members(&self, query: &PageQuery) -> Result<Page<Member>, StoreError> {
        let page = self.fetch_page::<MemberRecord>(&LIST_MEMBERS, query, |_| Ok(()));
        page.await?.try_map(|record| Ok(record.into_login()?.member))
    }

    /// One member.
    pub async fn get_member(&self, id: MemberId) -> Result<Member, StoreError> {
        let mut db = self.reader().await?;
        get_member(&mut db, id).await
    }

    /// The member with an address, to check a sign-in.
    pub async fn find_member_login(&self, email: &Email) -> Result<Option<MemberLogin>, StoreError> {
        let mut db = self.reader().await?;
        find_login(&mut db, email).await
    }

    /// Gives a member a new password. Its sessions stay; see [`Store::delete_sessions_of`].
    pub async fn change_password(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: MemberId,
        password_hash: Secret,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let member = get_member(tx.db(), id).await?;
        set_password(tx.db(), id, &password_hash, now).await?;
        tx.commit(Event::new("member.password_changed", id.0, member.email.as_str()), ()).await
    }
}

/// How many members there are.
pub(crate) async fn count_members(db: &mut DbConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(COUNT_MEMBERS).fetch_one(db).await?)
}

/// One member that must be there.
pub(crate) async fn get_member(db: &mut DbConnection, id: MemberId) -> Result<Member, StoreError> {
    let record: Option<MemberRecord> = sqlx::query_as(FIND_MEMBER).bind(id.0).fetch_optional(db).await?;
    Ok(record.ok_or(StoreError::NotFound { what: "member" })?.into_login()?.member)
}

/// The member with an address.
pub(crate) async fn find_login(db: &mut DbConnection, email: &Email) -> Result<Option<MemberLogin>, StoreError> {
    let record: Option<MemberRecord> =
        sqlx::query_as(FIND_MEMBER_BY_EMAIL).bind(email.folded()).fetch_optional(db).await?;
    record.map(MemberRecord::into_login).transpose()
}

/// Stores a member.
pub(crate) async fn insert_member(
    db: &mut DbConnection,
    email: &Email,
    name: Option<&Name>,
    role: Role,
    password_hash: &Secret,
    now: Timestamp,
) -> Result<MemberId, StoreError> {
    let id: i64 = sqlx::query_scalar(INSERT_MEMBER)
        .bind(email.as_str())
        .bind(email.folded())
        .bind(name.map(Name::as_str))
        .bind(role.as_str())
        .bind(password_hash.expose())
        .bind(now.0)
        .fetch_one(db)
        .await?;
    Ok(MemberId(id))
}

/// Stores a password's hash.
pub(crate) async fn set_password(
    db: &mut DbConnection,
    id: MemberId,
    password_hash: &Secret,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(SET_PASSWORD).bind(id.0).bind(password_hash.expose()).bind(now.0).execute(db).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct MemberRecord {
    id: i64,
    email: String,
    name: Option<String>,
    role: String,
    password_hash: String,
    created_at: i64,
    updated_at: i64,
}

impl MemberRecord {
    fn into_login(self) -> Result<MemberLogin, StoreError> {
        let member = Member {
            id: MemberId(self.id),
            email: stored("members.email", Email::parse(&self.email))?,
            name: self.name.as_deref().map(name).transpose()?,
            role: known("members.role", Role::parse(&self.role))?,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        };
        Ok(MemberLogin { member, password_hash: Secret::new(self.password_hash) })
    }
}
