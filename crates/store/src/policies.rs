//! Access policies: rate limits and usage quotas that terms refer to.

use crate::actor::Actor;
use crate::audit::Event;
use crate::changes::ChangeKind;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, Faults, StoreError};
use crate::page::{ListSql, Page, PageQuery, list_sql};
use crate::row::{description, known, name};
use crate::scope::{Scope, client_in_scope, in_scope};
use crate::store::Store;
use crate::tx::Committed;
use domain::PolicyId;
use domain::access_policy::{
    AccessPolicy, FailMode, OnStoreFailure, QuotaInterval, RateInterval, RateLimit, UsageQuota,
};
use domain::text::{Description, Name};
use domain::time::Timestamp;
use serde_json::{Value, json};
use sqlx::Arguments;

/// The columns of [`PolicyRecord`] but for the counts.
macro_rules! policy_columns {
    () => {
        "t.id, t.name, t.description, t.rate_limit, t.rate_interval, t.quota_limit, t.quota_interval, \
         t.on_store_failure_rate, t.on_store_failure_quota, t.created_at, t.updated_at"
    };
}
/// Profiles whose effective terms name the policy, and clients that name it in default terms or share it: those of the
/// projects that are seen.
macro_rules! policy_counts {
    ($list:literal) => {
        concat!(
            "(select count(*) from terms x join access_profiles p on p.id = x.profile_id where x.policy_id = t.id and ",
            client_in_scope!($list, "p.client_id"),
            ") + (select count(*) from terms x join access_profiles p on p.client_id = x.client_id where x.policy_id = t.id \
                and not exists (select 1 from terms o where o.profile_id = p.id) and ",
            client_in_scope!($list, "p.client_id"),
            ") as profiles_count, (select count(*) from clients c where c.shared_policy_id = t.id and ",
            in_scope!($list, "c.project_id"),
            ") + (select count(*) from terms x join clients c on c.id = x.client_id where x.policy_id = t.id \
                and (c.shared_policy_id is null or c.shared_policy_id <> t.id) and ",
            in_scope!($list, "c.project_id"),
            ") as clients_count"
        )
    };
}

const LIST_POLICIES: ListSql = list_sql! {
    page: "from access_policies t where (cast($3 as text) is null or t.name_folded like $3 escape '\\')",
    rows: concat!(
        "select page.total, ", policy_columns!(), ", ", policy_counts!("$4"),
        " from page join access_policies t on t.id = page.id"
    ),
    name: "t.name_folded",
    created_at: "t.created_at",
    updated_at: "t.updated_at",
};
const FIND_POLICY: &str =
    concat!("select ", policy_columns!(), ", ", policy_counts!("$2"), " from access_policies t where t.id = $1");
const LOAD_POLICY: &str = concat!(
    "select ",
    policy_columns!(),
    ", cast(0 as bigint) as profiles_count, cast(0 as bigint) as clients_count \
     from access_policies t where (cast($1 as bigint) is null or t.id = $1) order by t.id"
);
const INSERT_POLICY: &str = "insert into access_policies (name, name_folded, description, rate_limit, rate_interval, \
     quota_limit, quota_interval, on_store_failure_rate, on_store_failure_quota, created_at, updated_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) returning id";
const UPDATE_POLICY: &str = "update access_policies set name = $2, name_folded = $3, description = $4, \
     rate_limit = $5, rate_interval = $6, quota_limit = $7, quota_interval = $8, on_store_failure_rate = $9, \
     on_store_failure_quota = $10, updated_at = $11 where id = $1";
const DELETE_POLICY: &str = "delete from access_policies where id = $1";
const POLICY_NAME_TAKEN: &str = "select count(*) from access_policies where name_folded = $1 and id <> $2";
const POLICY_USERS: &str = "select name from (\
     select c.name as name from clients c where c.shared_policy_id = $1 or exists \
     (select 1 from terms x where x.client_id = c.id and x.policy_id = $1) \
     union all select c.name || ' / ' || p.name from terms x join access_profiles p on p.id = x.profile_id \
     join clients c on c.id = p.client_id where x.policy_id = $1\
     ) users order by name limit 20";

/// A policy with how much it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRow {
    /// The policy.
    pub policy: AccessPolicy,
    /// Profiles, of those that are seen, whose effective terms name it.
    pub profiles_count: i64,
    /// Clients, of those that are seen, that name it in their default terms or share it.
    pub clients_count: i64,
}

/// A policy to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPolicy {
    /// Its name.
    pub name: Name,
    /// Optional free text.
    pub description: Option<Description>,
    /// The rate limit. There must be this or a quota.
    pub rate_limit: Option<RateLimit>,
    /// The usage quota.
    pub usage_quota: Option<UsageQuota>,
    /// What happens while a limit cannot be counted.
    pub on_store_failure: OnStoreFailure,
}

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyUpdate {
    /// New name.
    pub name: Option<Name>,
    /// New description; `Some(None)` clears it.
    pub description: Option<Option<Description>>,
    /// New rate limit; `Some(None)`: none.
    pub rate_limit: Option<Option<RateLimit>>,
    /// New usage quota; `Some(None)`: none.
    pub usage_quota: Option<Option<UsageQuota>>,
    /// New fail modes.
    pub on_store_failure: Option<OnStoreFailure>,
}

impl Store {
    /// A page of policies.
    pub async fn list_policies(&self, query: &PageQuery) -> Result<Page<PolicyRow>, StoreError> {
        let page = self.fetch_page::<PolicyRecord>(&LIST_POLICIES, query, |values| values.add(self.scope().list()));
        page.await?.try_map(PolicyRecord::into_row)
    }

    /// One policy.
    pub async fn get_policy(&self, id: PolicyId) -> Result<PolicyRow, StoreError> {
        let mut db = self.reader().await?;
        get_policy(&mut db, self.scope(), id).await
    }

    /// One policy as gateways need it.
    pub async fn load_policy(&self, id: PolicyId) -> Result<Option<AccessPolicy>, StoreError> {
        let mut db = self.reader().await?;
        Ok(load_policies(&mut db, Some(id)).await?.pop())
    }

    /// Makes a policy.
    pub async fn create_policy(
        &self,
        actor: &Actor,
        now: Timestamp,
        new: NewPolicy,
    ) -> Result<Committed<PolicyRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        check(tx.db(), &new, 0).await?;
        let id = insert_policy(tx.db(), &new, now).await?;
        let row = get_policy(tx.db(), self.scope(), id).await?;
        tx.changed(ChangeKind::Policy, id.0);
        let event = Event::new("access_policy.created", id.0, new.name.as_str()).after(state(&row.policy));
        tx.commit(event, row).await
    }

    /// Changes a policy; it acts on all terms that name it.
    pub async fn update_policy(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: PolicyId,
        update: PolicyUpdate,
    ) -> Result<Committed<PolicyRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let before = get_policy(tx.db(), self.scope(), id).await?.policy;
        let wanted = NewPolicy {
            name: update.name.unwrap_or_else(|| before.name.clone()),
            description: update.description.unwrap_or_else(|| before.description.clone()),
            rate_limit: update.rate_limit.unwrap_or(before.rate_limit),
            usage_quota: update.usage_quota.unwrap_or(before.usage_quota),
            on_store_failure: update.on_store_failure.unwrap_or(before.on_store_failure),
        };
        check(tx.db(), &wanted, id.0).await?;
        write_policy(tx.db(), id, &wanted, now).await?;
        let row = get_policy(tx.db(), self.scope(), id).await?;
        tx.changed(ChangeKind::Policy, id.0);
        let event = Event::new("access_policy.updated", id.0, row.policy.name.as_str())
            .before(state(&before))
            .after(state(&row.policy));
        tx.commit(event, row).await
    }

    /// Deletes a policy that nobody uses; otherwise the error names up to 20 users.
    pub async fn delete_policy(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: PolicyId,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let before = get_policy(tx.db(), self.scope(), id).await?.policy;
        let users: Vec<String> = sqlx::query_scalar(POLICY_USERS).bind(id.0).fetch_all(tx.db()).await?;
        if !users.is_empty() {
            return Err(StoreError::InUse { what: "access policy", users });
        }
        remove_policy(tx.db(), id).await?;
        tx.changed(ChangeKind::Policy, id.0);
        let event = Event::new("access_policy.deleted", id.0, before.name.as_str()).before(state(&before));
        tx.commit(event, ()).await
    }
}

/// Stores a policy.
pub(crate) async fn insert_policy(
    db: &mut DbConnection,
    new: &NewPolicy,
    now: Timestamp,
) -> Result<PolicyId, StoreError> {
    let id: i64 = sqlx::query_scalar(INSERT_POLICY)
        .bind(new.name.as_str())
        .bind(new.name.folded())
        .bind(new.description.as_ref().map(Description::as_str))
        .bind(new.rate_limit.map(|rate| i64::from(rate.limit())))
        .bind(new.rate_limit.map(|rate| rate.interval().as_str()))
        .bind(new.usage_quota.map(|quota| i64::from(quota.limit())))
        .bind(new.usage_quota.map(|quota| quota.interval().as_str()))
        .bind(new.on_store_failure.rate.as_str())
        .bind(new.on_store_failure.quota.as_str())
        .bind(now.0)
        .fetch_one(db)
        .await?;
    Ok(PolicyId(id))
}

/// Gives a policy new contents.
pub(crate) async fn write_policy(
    db: &mut DbConnection,
    id: PolicyId,
    wanted: &NewPolicy,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(UPDATE_POLICY)
        .bind(id.0)
        .bind(wanted.name.as_str())
        .bind(wanted.name.folded())
        .bind(wanted.description.as_ref().map(Description::as_str))
        .bind(wanted.rate_limit.map(|rate| i64::from(rate.limit())))
        .bind(wanted.rate_limit.map(|rate| rate.interval().as_str()))
        .bind(wanted.usage_quota.map(|quota| i64::from(quota.limit())))
        .bind(wanted.usage_quota.map(|quota| quota.interval().as_str()))
        .bind(wanted.on_store_failure.rate.as_str())
        .bind(wanted.on_store_failure.quota.as_str())
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Removes a policy that nothing names.
pub(crate) async fn remove_policy(db: &mut DbConnection, id: PolicyId) -> Result<(), StoreError> {
    sqlx::query(DELETE_POLICY).bind(id.0).execute(db).await?;
    Ok(())
}

/// All policies, or one, without counts.
pub(crate) async fn load_policies(
    db: &mut DbConnection,
    id: Option<PolicyId>,
) -> Result<Vec<AccessPolicy>, StoreError> {
    let records: Vec<PolicyRecord> = sqlx::query_as(LOAD_POLICY).bind(id.map(|id| id.0)).fetch_all(db).await?;
    records.into_iter().map(|record| Ok(record.into_row()?.policy)).collect()
}

async fn get_policy(db: &mut DbConnection, scope: &Scope, id: PolicyId) -> Result<PolicyRow, StoreError> {
    let record: Option<PolicyRecord> =
        sqlx::query_as(FIND_POLICY).bind(id.0).bind(scope.list()).fetch_optional(db).await?;
    record.ok_or(StoreError::NotFound { what: "access policy" })?.into_row()
}

async fn check(db: &mut DbConnection, wanted: &NewPolicy, own_id: i64) -> Result<(), StoreError> {
    let mut faults = Faults::default();
    let taken: i64 =
        sqlx::query_scalar(POLICY_NAME_TAKEN).bind(wanted.name.folded()).bind(own_id).fetch_one(db).await?;
    if taken > 0 {
        faults.taken("name");
    }
    if wanted.rate_limit.is_none() && wanted.usage_quota.is_none() {
        faults.add("rate_limit", FaultKind::Bad, "can't be blank without usage_quota");
    }
    faults.check()
}

fn state(policy: &AccessPolicy) -> Value {
    let rate = policy.rate_limit.map(|rate| json!({ "limit": rate.limit(), "interval": rate.interval() }));
    let quota = policy.usage_quota.map(|quota| json!({ "limit": quota.limit(), "interval": quota.interval() }));
    json!({
        "name": policy.name,
        "description": policy.description,
        "rate_limit": rate,
        "usage_quota": quota,
        "on_store_failure": policy.on_store_failure,
    })
}

#[derive(sqlx::FromRow)]
struct PolicyRecord {
    id: i64,
    name: String,
    description: Option<String>,
    rate_limit: Option<i64>,
    rate_interval: Option<String>,
    quota_limit: Option<i64>,
    quota_interval: Option<String>,
    on_store_failure_rate: String,
    on_store_failure_quota: String,
    created_at: i64,
    updated_at: i64,
    profiles_count: i64,
    clients_count: i64,
}

impl PolicyRecord {
    fn into_row(self) -> Result<PolicyRow, StoreError> {
        let rate_limit = match (self.rate_limit, self.rate_interval.as_deref().and_then(RateInterval::parse)) {
            (Some(limit), Some(interval)) => {
                Some(known("access_policies.rate_limit", RateLimit::new(limit, interval))?)
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => known("access_policies.rate_interval", None)?,
        };
        let usage_quota = match (self.quota_limit, self.quota_interval.as_deref().and_then(QuotaInterval::parse)) {
            (Some(limit), Some(interval)) => {
                Some(known("access_policies.quota_limit", UsageQuota::new(limit, interval))?)
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => known("access_policies.quota_interval", None)?,
        };
        let fail_mode = |text: &str| known("access_policies.on_store_failure", FailMode::parse(text));
        let on_store_failure = OnStoreFailure {
            rate: fail_mode(&self.on_store_failure_rate)?,
            quota: fail_mode(&self.on_store_failure_quota)?,
        };
        let policy = AccessPolicy {
            id: PolicyId(self.id),
            name: name(&self.name)?,
            description: description(self.description.as_deref())?,
            rate_limit,
            usage_quota,
            on_store_failure,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        };
        Ok(PolicyRow { policy, profiles_count: self.profiles_count, clients_count: self.clients_count })
    }
}
