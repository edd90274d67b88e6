//! Reading collections.

use super::secret;
use super::{CollectionFilter, CollectionRow};
use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::page::{ListSql, Page, PageQuery, list_sql};
use crate::row::{description, json, name, stored};
use crate::scope::in_scope;
use crate::secret_key::SecretKey;
use crate::store::Store;
use domain::api_collection::ApiCollection;
use domain::text::{Slug, Version};
use domain::time::Timestamp;
use domain::upstream::Upstream;
use domain::{CollectionId, ProjectId};
use sqlx::Arguments;

macro_rules! collection_columns {
    () => {
        "t.id, t.project_id, t.name, t.version, t.path, t.description, t.enabled, t.upstream, t.limits, \
         t.cors, t.allow_query_token, t.upstream_secret, t.forwarding, t.created_at, t.updated_at"
    };
}
macro_rules! collection_counts {
    () => {
        "(select count(*) from endpoints e where e.collection_id = t.id) as endpoints_count, \
         (select count(*) from endpoints e where e.collection_id = t.id and e.active) as active_endpoints_count"
    };
}

const LIST_COLLECTIONS: ListSql = list_sql! {
    page: concat!(
        "from api_collections t where (cast($3 as text) is null or t.name_folded like $3 escape '\\' \
            or t.path like $3 escape '\\') \
        and (cast($4 as bigint) is null or t.project_id = $4) and (cast($5 as boolean) is null or t.enabled = $5) and ",
        in_scope!("$6", "t.project_id")
    ),
    rows: concat!(
        "select page.total, ", collection_columns!(), ", ", collection_counts!(),
        " from page join api_collections t on t.id = page.id"
    ),
    name: "t.name_folded",
    created_at: "t.created_at",
    updated_at: "t.updated_at",
};
const FIND_COLLECTION: &str =
    concat!("select ", collection_columns!(), ", ", collection_counts!(), " from api_collections t where t.id = $1");
const LOAD_COLLECTIONS: &str = concat!(
    "select ",
    collection_columns!(),
    ", cast(0 as bigint) as endpoints_count, cast(0 as bigint) as active_endpoints_count \
     from api_collections t where (cast($1 as bigint) is null or t.id = $1) order by t.id"
);

impl Store {
    /// A page of collections. `q` searches names and paths.
    pub async fn list_collections(
        &self,
        query: &PageQuery,
        filter: &CollectionFilter,
    ) -> Result<Page<CollectionRow>, StoreError> {
        let page = self.fetch_page::<CollectionRecord>(&LIST_COLLECTIONS, query, |values| {
            values.add(filter.project_id.map(|id| id.0))?;
            values.add(filter.enabled)?;
            values.add(self.scope().list())
        });
        page.await?.try_map(|record| record.into_row(self.key()))
    }

    /// One collection.
    pub async fn get_collection(&self, id: CollectionId) -> Result<CollectionRow, StoreError> {
        let mut db = self.reader().await?;
        self.sees_collection(&mut db, id).await?;
        get_collection(&mut db, self.key(), id).await
    }
}

/// One collection that must be there.
pub(crate) async fn get_collection(
    db: &mut DbConnection,
    key: &SecretKey,
    id: CollectionId,
) -> Result<CollectionRow, StoreError> {
    let record: Option<CollectionRecord> = sqlx::query_as(FIND_COLLECTION).bind(id.0).fetch_optional(db).await?;
    record.ok_or(StoreError::NotFound { what: "API collection" })?.into_row(key)
}

/// All collections, or one, without counts, by id.
pub(crate) async fn load_collections(
    db: &mut DbConnection,
    key: &SecretKey,
    id: Option<CollectionId>,
) -> Result<Vec<ApiCollection>, StoreError> {
    let records: Vec<CollectionRecord> = sqlx::query_as(LOAD_COLLECTIONS).bind(id.map(|id| id.0)).fetch_all(db).await?;
    records.into_iter().map(|record| Ok(record.into_row(key)?.collection)).collect()
}

#[derive(sqlx::FromRow)]
struct CollectionRecord {
    id: i64,
    project_id: i64,
    name: String,
    version: String,
    path: String,
    description: Option<String>,
    enabled: bool,
    upstream: String,
    limits: String,
    cors: Option<String>,
    allow_query_token: bool,
    upstream_secret: Option<Vec<u8>>,
    forwarding: String,
    created_at: i64,
    updated_at: i64,
    endpoints_count: i64,
    active_endpoints_count: i64,
}

impl CollectionRecord {
    fn into_row(self, key: &SecretKey) -> Result<CollectionRow, StoreError> {
        let mut upstream: Upstream = json("api_collections.upstream", &self.upstream)?;
        upstream.auth.secret = secret::open(key, self.upstream_secret.as_deref())?;
        let collection = ApiCollection {
            id: CollectionId(self.id),
            project_id: ProjectId(self.project_id),
            name: name(&self.name)?,
            version: stored("api_collections.version", Version::parse(&self.version))?,
            path: stored("api_collections.path", Slug::parse(&self.path))?,
            description: description(self.description.as_deref())?,
            enabled: self.enabled,
            upstream,
            limits: json("api_collections.limits", &self.limits)?,
            cors: self.cors.as_deref().map(|text| json("api_collections.cors", text)).transpose()?,
            allow_query_token: self.allow_query_token,
            forwarding: json("api_collections.forwarding", &self.forwarding)?,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        };
        Ok(CollectionRow {
            collection,
            endpoints_count: self.endpoints_count,
            active_endpoints_count: self.active_endpoints_count,
        })
    }
}
