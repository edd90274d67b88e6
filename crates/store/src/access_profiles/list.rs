//! Reading access profiles. A profile with several credentials comes as several rows, one after the other.

use super::{ProfileFilter, ProfileRow};
use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::page::{ListSql, Page, PageQuery, list_sql};
use crate::row::{json, known, name, stored, time};
use crate::scope::client_in_scope;
use crate::secret_key::SecretKey;
use crate::store::Store;
use crate::terms::{TermsRecord, terms_columns};
use domain::access_profile::{AccessProfile, Credential, CredentialKind};
use domain::key_id::KeyId;
use domain::time::Timestamp;
use domain::token::TokenDigest;
use domain::{ClientId, CredentialId, ProfileId};
use sqlx::Arguments;

macro_rules! profile_columns {
    () => {
        "t.id, t.client_id, t.name, t.ip_allow_list, t.ip_deny_list, t.active, t.active_since, \
         t.expires_at, t.period_anchor, t.labels, t.last_used_at, t.created_at, t.updated_at, c.name as client_name, c.enabled as client_enabled, o.id as own_terms_id, \
         cr.id as credential_id, cr.kind, cr.digest, cr.identifier, cr.last4, cr.created_at as credential_created_at, \
         cr.ends_at, cu.last_used_at as credential_used_at"
    };
}
/// Client, own terms `o`, default terms `d`, effective terms `x`, credentials and their use.
macro_rules! profile_joins {
    () => {
        " join clients c on c.id = t.client_id left join terms o on o.profile_id = t.id \
         left join terms d on d.client_id = t.client_id left join terms x on x.id = coalesce(o.id, d.id) \
         left join credentials cr on cr.profile_id = t.id left join credential_uses cu on cu.id = cr.id"
    };
}

const LIST_PROFILES: ListSql = list_sql! {
    page: concat!(
        "from access_profiles t where (cast($3 as text) is null or t.name_folded like $3 escape '\\') \
        and (cast($4 as bigint) is null or t.client_id = $4) \
        and (cast($5 as bigint) is null or t.client_id in (select c.id from clients c where c.project_id = $5)) \
        and (cast($6 as bigint) is null or t.id in (select coalesce(x.profile_id, p.id) from terms_collections tc \
            join terms x on x.id = tc.terms_id left join access_profiles p on p.client_id = x.client_id \
                and not exists (select 1 from terms o where o.profile_id = p.id) where tc.collection_id = $6)) \
        and (cast($7 as bigint) is null or t.id in (select coalesce(x.profile_id, p.id) from terms x \
            left join access_profiles p on p.client_id = x.client_id \
                and not exists (select 1 from terms o where o.profile_id = p.id) where x.policy_id = $7)) \
        and (cast($8 as boolean) is null or t.active = $8) and ",
        client_in_scope!("$9", "t.client_id")
    ),
    rows: concat!(
        "select page.total, ", profile_columns!(), ", ", terms_columns!(),
        " from page join access_profiles t on t.id = page.id", profile_joins!()
    ),
    name: "t.name_folded",
    created_at: "t.created_at",
    updated_at: "t.updated_at",
    then: "cr.created_at desc, cr.id desc",
};
const FIND_PROFILE: &str = concat!(
    "select ",
    profile_columns!(),
    ", ",
    terms_columns!(),
    " from access_profiles t",
    profile_joins!(),
    " where t.id = $1 order by cr.created_at desc, cr.id desc"
);
/// For gateways: own terms only, as they know the clients' default ones.
const LOAD_PROFILES: &str = concat!(
    "select ",
    profile_columns!(),
    ", ",
    terms_columns!(),
    " from access_profiles t join clients c on c.id = t.client_id left join terms o on o.profile_id = t.id \
     left join terms x on x.id = o.id left join credentials cr on cr.profile_id = t.id \
     left join credential_uses cu on cu.id = cr.id \
     order by t.id, cr.created_at desc, cr.id desc"
);

impl Store {
    /// A page of profiles, of one client or of all.
    pub async fn list_profiles(
        &self,
        query: &PageQuery,
        filter: &ProfileFilter,
    ) -> Result<Page<ProfileRow>, StoreError> {
        let page = self.fetch_page::<ProfileRecord>(&LIST_PROFILES, query, |values| {
            values.add(filter.client_id.map(|id| id.0))?;
            values.add(filter.project_id.map(|id| id.0))?;
            values.add(filter.collection_id.map(|id| id.0))?;
            values.add(filter.policy_id.map(|id| id.0))?;
            values.add(filter.active)?;
            values.add(self.scope().list())
        });
        let page = page.await?;
        Ok(Page { items: fold(self.key(), page.items)?, total: page.total })
    }

    /// One profile.
    pub async fn get_profile(&self, id: ProfileId) -> Result<ProfileRow, StoreError> {
        let mut db = self.reader().await?;
        self.sees_profile(&mut db, id).await?;
        get_profile(&mut db, self.key(), id).await
    }

    /// One profile of this very client; not found under another.
    pub async fn get_profile_of_client(&self, client_id: ClientId, id: ProfileId) -> Result<ProfileRow, StoreError> {
        let row = self.get_profile(id).await?;
        if row.profile.client_id == client_id { Ok(row) } else { Err(not_found()) }
    }

    /// One profile as gateways need it.
    pub async fn load_profile(&self, id: ProfileId) -> Result<Option<AccessProfile>, StoreError> {
        let mut db = self.reader().await?;
        Ok(find_profile(&mut db, self.key(), id).await?.map(|row| row.profile))
    }
}

fn not_found() -> StoreError {
    StoreError::NotFound { what: "access profile" }
}

/// All profiles, by id.
pub(crate) async fn load_profiles(db: &mut DbConnection, key: &SecretKey) -> Result<Vec<AccessProfile>, StoreError> {
    let records: Vec<ProfileRecord> = sqlx::query_as(LOAD_PROFILES).fetch_all(db).await?;
    Ok(fold(key, records)?.into_iter().map(|row| row.profile).collect())
}

/// One profile that must be there.
pub(crate) async fn get_profile(
    db: &mut DbConnection,
    key: &SecretKey,
    id: ProfileId,
) -> Result<ProfileRow, StoreError> {
    find_profile(db, key, id).await?.ok_or_else(not_found)
}

/// One profile.
pub(crate) async fn find_profile(
    db: &mut DbConnection,
    key: &SecretKey,
    id: ProfileId,
) -> Result<Option<ProfileRow>, StoreError> {
    let records: Vec<ProfileRecord> = sqlx::query_as(FIND_PROFILE).bind(id.0).fetch_all(db).await?;
    Ok(fold(key, records)?.pop())
}

/// Puts the credentials of one profile, which come in rows of their own, together.
fn fold(key: &SecretKey, records: Vec<ProfileRecord>) -> Result<Vec<ProfileRow>, StoreError> {
    let mut rows: Vec<ProfileRow> = Vec::with_capacity(records.len());
    for mut record in records {
        let credential = record.take_credential()?;
        if rows.last().is_none_or(|row| row.profile.id.0 != record.id) {
            rows.push(record.into_row(key)?);
        }
        if let (Some(row), Some(credential)) = (rows.last_mut(), credential) {
            row.last_used_at = row.last_used_at.max(credential.last_used_at);
            row.profile.credentials.push(credential);
        }
    }
    Ok(rows)
}

#[derive(sqlx::FromRow)]
struct ProfileRecord {
    id: i64,
    client_id: i64,
    name: String,
    ip_allow_list: String,
    ip_deny_list: String,
    active: bool,
    active_since: Option<i64>,
    expires_at: Option<i64>,
    period_anchor: String,
    labels: String,
    last_used_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    client_name: String,
    client_enabled: bool,
    own_terms_id: Option<i64>,
    credential_id: Option<i64>,
    kind: Option<String>,
    digest: Option<Vec<u8>>,
    identifier: Option<String>,
    last4: Option<String>,
    credential_created_at: Option<i64>,
    ends_at: Option<i64>,
    credential_used_at: Option<i64>,
    #[sqlx(flatten)]
    terms: TermsRecord,
}

impl ProfileRecord {
    fn take_credential(&mut self) -> Result<Option<Credential>, StoreError> {
        let Some(id) = self.credential_id else { return Ok(None) };
        let identifier = self.identifier.as_deref();
        Ok(Some(Credential {
            id: CredentialId(id),
            kind: known("credentials.kind", self.kind.as_deref().and_then(CredentialKind::parse))?,
            identifier: identifier.map(|text| stored("credentials.identifier", KeyId::parse(text))).transpose()?,
            digest: known("credentials.digest", self.digest.as_deref().and_then(TokenDigest::from_stored))?,
            last4: self.last4.take().unwrap_or_default(),
            created_at: Timestamp(self.credential_created_at.unwrap_or_default()),
            ends_at: time(self.ends_at),
            last_used_at: time(self.credential_used_at),
        }))
    }

    fn into_row(self, key: &SecretKey) -> Result<ProfileRow, StoreError> {
        let (effective_terms, policy, collections) = match self.terms.into_terms(key)? {
            Some(named) => (Some(named.stored.terms), named.policy, named.collections),
            None => (None, None, Vec::new()),
        };
        let profile = AccessProfile {
            id: ProfileId(self.id),
            client_id: ClientId(self.client_id),
            name: name(&self.name)?,
            own_terms: self.own_terms_id.and_then(|_| effective_terms.clone()),
            ip_allow_list: json("access_profiles.ip_allow_list", &self.ip_allow_list)?,
            ip_deny_list: json("access_profiles.ip_deny_list", &self.ip_deny_list)?,
            active: self.active,
            active_since: time(self.active_since),
            expires_at: time(self.expires_at),
            period_anchor: stored("access_profiles.period_anchor", self.period_anchor.parse())?,
            labels: json("access_profiles.labels", &self.labels)?,
            credentials: Vec::new(),
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        };
        Ok(ProfileRow {
            profile,
            client_name: name(&self.client_name)?,
            client_enabled: self.client_enabled,
            effective_terms,
            policy,
            collections,
            last_used_at: time(self.last_used_at),
        })
    }
}
