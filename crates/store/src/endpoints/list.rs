//! Reading endpoints.

use super::{EndpointFilter, EndpointRow};
use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::page::{ListSql, Page, PageQuery, list_sql};
use crate::row::{description, known, name, stored};
use crate::scope::collection_in_scope;
use crate::store::Store;
use domain::endpoint::{Endpoint, EndpointPath, UpstreamPath};
use domain::method::EndpointMethod;
use domain::text::Slug;
use domain::time::Timestamp;
use domain::{CollectionId, EndpointId};
use sqlx::Arguments;

macro_rules! endpoint_columns {
    () => {
        "t.id, t.collection_id, t.name, t.method, t.path, t.description, t.upstream_path, t.active, t.created_at, \
         t.updated_at, ac.name as collection_name, ac.path as collection_path"
    };
}

const LIST_ENDPOINTS: ListSql = list_sql! {
    page: concat!(
        "from endpoints t where (cast($3 as text) is null or t.name_folded like $3 escape '\\' \
            or lower(t.path) like $3 escape '\\') \
        and (cast($4 as bigint) is null or t.collection_id = $4) \
        and (cast($5 as bigint) is null \
            or t.collection_id in (select ac.id from api_collections ac where ac.project_id = $5)) \
        and (cast($6 as boolean) is null or t.active = $6) and ",
        collection_in_scope!("$7", "t.collection_id")
    ),
    rows: concat!(
        "select page.total, ", endpoint_columns!(),
        " from page join endpoints t on t.id = page.id join api_collections ac on ac.id = t.collection_id"
    ),
    name: "t.name_folded",
    created_at: "t.created_at",
    updated_at: "t.updated_at",
};
const FIND_ENDPOINT: &str = concat!(
    "select ",
    endpoint_columns!(),
    " from endpoints t join api_collections ac on ac.id = t.collection_id where t.id = $1"
);
const LOAD_ENDPOINTS: &str = concat!(
    "select ",
    endpoint_columns!(),
    " from endpoints t join api_collections ac on ac.id = t.collection_id order by t.collection_id, t.id"
);
const LOAD_ENDPOINTS_OF_COLLECTION: &str = concat!(
    "select ",
    endpoint_columns!(),
    " from endpoints t join api_collections ac on ac.id = t.collection_id where t.collection_id = $1 order by t.id"
);

impl Store {
    /// A page of endpoints, of one collection or of all. `q` searches names and paths.
    pub async fn list_endpoints(
        &self,
        query: &PageQuery,
        filter: &EndpointFilter,
    ) -> Result<Page<EndpointRow>, StoreError> {
        let page = self.fetch_page::<EndpointRecord>(&LIST_ENDPOINTS, query, |values| {
            values.add(filter.collection_id.map(|id| id.0))?;
            values.add(filter.project_id.map(|id| id.0))?;
            values.add(filter.active)?;
            values.add(self.scope().list())
        });
        page.await?.try_map(EndpointRecord::into_row)
    }

    /// One endpoint.
    pub async fn get_endpoint(&self, id: EndpointId) -> Result<EndpointRow, StoreError> {
        let mut db = self.reader().await?;
        self.sees_endpoint(&mut db, id).await?;
        get_endpoint(&mut db, id).await
    }
}

/// One endpoint that must be there.
pub(crate) async fn get_endpoint(db: &mut DbConnection, id: EndpointId) -> Result<EndpointRow, StoreError> {
    let record: Option<EndpointRecord> = sqlx::query_as(FIND_ENDPOINT).bind(id.0).fetch_optional(db).await?;
    record.ok_or(StoreError::NotFound { what: "endpoint" })?.into_row()
}

/// All endpoints, or those of one collection, by collection and id.
pub(crate) async fn load_endpoints(
    db: &mut DbConnection,
    id: Option<CollectionId>,
) -> Result<Vec<Endpoint>, StoreError> {
    let query = match id {
        Some(id) => sqlx::query_as(LOAD_ENDPOINTS_OF_COLLECTION).bind(id.0),
        None => sqlx::query_as(LOAD_ENDPOINTS),
    };
    let records: Vec<EndpointRecord> = query.fetch_all(db).await?;
    records.into_iter().map(|record| Ok(record.into_row()?.endpoint)).collect()
}

#[derive(sqlx::FromRow)]
struct EndpointRecord {
    id: i64,
    collection_id: i64,
    name: String,
    method: String,
    path: String,
    description: Option<String>,
    upstream_path: Option<String>,
    active: bool,
    created_at: i64,
    updated_at: i64,
    collection_name: String,
    collection_path: String,
}

impl EndpointRecord {
    fn into_row(self) -> Result<EndpointRow, StoreError> {
        let path = stored("endpoints.path", EndpointPath::parse(&self.path))?;
        let upstream_path = match self.upstream_path.as_deref() {
            Some(text) => Some(stored("endpoints.upstream_path", UpstreamPath::parse(text, &path))?),
            None => None,
        };
        let endpoint = Endpoint {
            id: EndpointId(self.id),
            collection_id: CollectionId(self.collection_id),
            name: name(&self.name)?,
            method: known("endpoints.method", EndpointMethod::parse(&self.method))?,
            path,
            description: description(self.description.as_deref())?,
            upstream_path,
            active: self.active,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        };
        Ok(EndpointRow {
            endpoint,
            collection_name: name(&self.collection_name)?,
            collection_path: stored("api_collections.path", Slug::parse(&self.collection_path))?,
        })
    }
}
