//! Members: people who sign in to the console. What a member may do, and in which projects, is read anew for each request.

mod change;

pub use change::{MemberUpdate, NewMember, NewPasswordLink};
pub(crate) use change::{check_confinement, insert_member, set_password};

use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::page::{ListSql, Page, PageQuery, list_sql};
use crate::row::{known, name, stored, time};
use crate::scope::Scope;
use crate::store::Store;
use domain::secret::Secret;
use domain::text::{Email, Name};
use domain::time::Timestamp;
use domain::{MemberId, ProjectId};
use sqlx::Arguments;

macro_rules! member_columns {
    () => {
        "t.id, t.email, t.name, t.role, t.password_hash, t.enabled, t.confined, \
         (select string_agg(cast(mp.project_id as text), ',') from member_projects mp where mp.member_id = t.id) \
            as projects, exists (select 1 from member_totp mt where mt.member_id = t.id \
            and mt.confirmed_at is not null) as has_totp, t.last_sign_in_at, t.created_at, t.updated_at"
    };
}

const LIST_MEMBERS: ListSql = list_sql! {
    page: "from members t where (cast($3 as text) is null or t.email_folded like $3 escape '\\' \
            or lower(t.name) like $3 escape '\\') \
        and (cast($4 as text) is null or t.role = $4) and (cast($5 as boolean) is null or t.enabled = $5) \
        and (cast($6 as bigint) is null or not t.confined or exists (select 1 from member_projects mp \
            where mp.member_id = t.id and mp.project_id = $6))",
    rows: concat!("select page.total, ", member_columns!(), " from page join members t on t.id = page.id"),
    name: "t.email_folded",
    created_at: "t.created_at",
    updated_at: "t.updated_at",
};
const FIND_MEMBER: &str = concat!("select ", member_columns!(), " from members t where t.id = $1");
const FIND_MEMBER_BY_EMAIL: &str = concat!("select ", member_columns!(), " from members t where t.email_folded = $1");
const COUNT_MEMBERS: &str = "select count(*) from members";

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
    /// What it sees; an owner sees everything.
    pub scope: Scope,
    /// Whether it may sign in, and its tokens be used.
    pub enabled: bool,
    /// Whether it has a password; without one only a link lets it in.
    pub has_password: bool,
    /// Whether its sign-in by password asks for a code too.
    pub has_totp: bool,
    /// When it last signed in.
    pub last_sign_in_at: Option<Timestamp>,
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
    /// The password's hash, in PHC form; `None`: it has no password.
    pub password_hash: Option<Secret>,
}

/// Which members.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemberFilter {
    /// With this role.
    pub role: Option<Role>,
    /// Who see this project.
    pub project_id: Option<ProjectId>,
    /// Switched on, or off.
    pub enabled: Option<bool>,
}

impl Store {
    /// Whether nobody has been set up yet.
    pub async fn needs_setup(&self) -> Result<bool, StoreError> {
        let mut db = self.reader().await?;
        Ok(count_members(&mut db).await? == 0)
    }

    /// A page of members; `name` sorts by e-mail address. `q` searches addresses and names.
    pub async fn list_members(&self, query: &PageQuery, filter: &MemberFilter) -> Result<Page<Member>, StoreError> {
        let page = self.fetch_page::<MemberRecord>(&LIST_MEMBERS, query, |values| {
            values.add(filter.role.map(Role::as_str))?;
            values.add(filter.enabled)?;
            values.add(filter.project_id.map(|id| id.0))
        });
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

/// What somebody sees, as stored: whether it is confined, and to which projects (`1,7`).
pub(crate) fn scope(confined: bool, projects: Option<&str>) -> Result<Scope, StoreError> {
    if !confined {
        return Ok(Scope::All);
    }
    let numbers = projects.unwrap_or_default().split(',').filter(|number| !number.is_empty());
    let ids: Result<Vec<_>, _> = numbers.map(|number| number.parse().map(ProjectId)).collect();
    Ok(Scope::only(stored("a list of projects", ids)?))
}

#[derive(sqlx::FromRow)]
struct MemberRecord {
    id: i64,
    email: String,
    name: Option<String>,
    role: String,
    password_hash: String,
    enabled: bool,
    confined: bool,
    projects: Option<String>,
    has_totp: bool,
    last_sign_in_at: Option<i64>,
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
            scope: scope(self.confined, self.projects.as_deref())?,
            enabled: self.enabled,
            has_password: !self.password_hash.is_empty(),
            has_totp: self.has_totp,
            last_sign_in_at: time(self.last_sign_in_at),
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        };
        let password_hash = member.has_password.then(|| Secret::new(self.password_hash));
        Ok(MemberLogin { member, password_hash })
    }
}
