//! Reading clients.

use super::{ClientFilter, ClientRow};
use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::page::{ListSql, Page, PageQuery, list_sql};
use crate::row::{Named, description, name, stored};
use crate::scope::in_scope;
use crate::secret_key::SecretKey;
use crate::store::Store;
use crate::terms::{TermsRecord, terms_columns};
use domain::client::Client;
use domain::text::Email;
use domain::time::Timestamp;
use domain::{ClientId, PolicyId, ProjectId};
use sqlx::Arguments;

macro_rules! client_columns {
    () => {
        "t.id, t.project_id, t.name, t.description, t.email, t.enabled, t.logo_version, \
         t.shared_policy_id, t.created_at, t.updated_at, \
         (select sp.name from access_policies sp where sp.id = t.shared_policy_id) as shared_policy_name"
    };
}
macro_rules! client_counts {
    () => {
        "(select count(*) from access_profiles p where p.client_id = t.id and p.active) as active_profiles, \
         (select count(*) from access_profiles p where p.client_id = t.id) as total_profiles"
    };
}

const LIST_CLIENTS: ListSql = list_sql! {
    page: concat!(
        "from clients t where (cast($3 as text) is null or t.name_folded like $3 escape '\\') \
        and (cast($4 as bigint) is null or t.project_id = $4) and (cast($5 as boolean) is null or t.enabled = $5) \
        and (cast($6 as bigint) is null or t.id in (select coalesce(x.client_id, p.client_id) from terms_collections tc \
            join terms x on x.id = tc.terms_id left join access_profiles p on p.id = x.profile_id \
            where tc.collection_id = $6)) \
        and (cast($7 as bigint) is null or t.id in (select coalesce(x.client_id, p.client_id) from terms x \
            left join access_profiles p on p.id = x.profile_id where x.policy_id = $7)) and ",
        in_scope!("$8", "t.project_id")
    ),
    rows: concat!(
        "select page.total, ", client_columns!(), ", ", client_counts!(), ", ", terms_columns!(),
        " from page join clients t on t.id = page.id left join terms x on x.client_id = t.id"
    ),
    name: "t.name_folded",
    created_at: "t.created_at",
    updated_at: "t.updated_at",
};
const FIND_CLIENT: &str = concat!(
    "select ",
    client_columns!(),
    ", ",
    client_counts!(),
    ", ",
    terms_columns!(),
    " from clients t left join terms x on x.client_id = t.id where t.id = $1"
);
const LOAD_CLIENTS: &str = concat!(
    "select ",
    client_columns!(),
    ", cast(0 as bigint) as active_profiles, cast(0 as bigint) as total_profiles, ",
    terms_columns!(),
    " from clients t left join terms x on x.client_id = t.id order by t.id"
);

impl Store {
    /// A page of clients.
    pub async fn list_clients(&self, query: &PageQuery, filter: &ClientFilter) -> Result<Page<ClientRow>, StoreError> {
        let page = self.fetch_page::<ClientRecord>(&LIST_CLIENTS, query, |values| {
            values.add(filter.project_id.map(|id| id.0))?;
            values.add(filter.enabled)?;
            values.add(filter.collection_id.map(|id| id.0))?;
            values.add(filter.policy_id.map(|id| id.0))?;
            values.add(self.scope().list())
        });
        page.await?.try_map(|record| record.into_row(self.key()))
    }

    /// One client.
    pub async fn get_client(&self, id: ClientId) -> Result<ClientRow, StoreError> {
        let mut db = self.reader().await?;
        self.sees_client(&mut db, id).await?;
        get_client(&mut db, self.key(), id).await
    }

    /// One client as gateways need it.
    pub async fn load_client(&self, id: ClientId) -> Result<Option<Client>, StoreError> {
        let mut db = self.reader().await?;
        Ok(find_client(&mut db, self.key(), id).await?.map(|row| row.client))
    }
}

/// All clients, by id.
pub(crate) async fn load_clients(db: &mut DbConnection, key: &SecretKey) -> Result<Vec<Client>, StoreError> {
    let records: Vec<ClientRecord> = sqlx::query_as(LOAD_CLIENTS).fetch_all(db).await?;
    records.into_iter().map(|record| Ok(record.into_row(key)?.client)).collect()
}

/// One client that must be there.
pub(crate) async fn get_client(db: &mut DbConnection, key: &SecretKey, id: ClientId) -> Result<ClientRow, StoreError> {
    find_client(db, key, id).await?.ok_or(StoreError::NotFound { what: "client" })
}

/// One client.
pub(crate) async fn find_client(
    db: &mut DbConnection,
    key: &SecretKey,
    id: ClientId,
) -> Result<Option<ClientRow>, StoreError> {
    let record: Option<ClientRecord> = sqlx::query_as(FIND_CLIENT).bind(id.0).fetch_optional(db).await?;
    record.map(|record| record.into_row(key)).transpose()
}

#[derive(sqlx::FromRow)]
struct ClientRecord {
    id: i64,
    project_id: i64,
    name: String,
    description: Option<String>,
    email: Option<String>,
    enabled: bool,
    logo_version: Option<i64>,
    shared_policy_id: Option<i64>,
    shared_policy_name: Option<String>,
    created_at: i64,
    updated_at: i64,
    active_profiles: i64,
    total_profiles: i64,
    #[sqlx(flatten)]
    terms: TermsRecord,
}

impl ClientRecord {
    fn into_row(self, key: &SecretKey) -> Result<ClientRow, StoreError> {
        let (default_terms, policy, collections) = match self.terms.into_terms(key)? {
            Some(named) => (Some(named.stored.terms), named.policy, named.collections),
            None => (None, None, Vec::new()),
        };
        let shared_policy = match (self.shared_policy_id, self.shared_policy_name) {
            (Some(id), Some(text)) => Some(Named { id: PolicyId(id), name: name(&text)? }),
            (Some(_) | None, _) => None,
        };
        let client = Client {
            id: ClientId(self.id),
            project_id: ProjectId(self.project_id),
            name: name(&self.name)?,
            description: description(self.description.as_deref())?,
            email: self.email.as_deref().map(|text| stored("clients.email", Email::parse(text))).transpose()?,
            enabled: self.enabled,
            default_terms,
            shared_policy_id: self.shared_policy_id.map(PolicyId),
            logo_version: self.logo_version,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        };
        Ok(ClientRow {
            client,
            active_profiles: self.active_profiles,
            total_profiles: self.total_profiles,
            policy,
            shared_policy,
            collections,
        })
    }
}
