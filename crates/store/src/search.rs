//! Search over everything that has a name: clients, profiles, collections, endpoints, policies.
//!
//! Each statement finds the ids of the best rows in an index that holds all it looks at, then reads those rows. A part
//! of a name can stand anywhere in it, so that the whole index is looked through: a few milliseconds at 30,000 profiles.

use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::page::like_pattern;
use crate::scope::{Scope, client_in_scope, collection_in_scope, in_scope};
use crate::store::Store;
use std::cmp::Reverse;

/// How a statement ranks rows: whole names first, then those that begin with the text, then the rest, by name.
/// `$1`: contains, `$2`: the text, `$3`: begins, `$4`: how many, `$5`: the projects that are seen.
macro_rules! best {
    ($name:literal) => {
        concat!(
            " order by case when ",
            $name,
            " = $2 then 0 when ",
            $name,
            " like $3 escape '\\' then 1 else 2 end, ",
            $name,
            ", t.id limit $4"
        )
    };
}

const SEARCH_CLIENTS: &str = concat!(
    "select t.id, t.name, cast(null as bigint) as holder_id, cast(null as text) as holder_name, t.project_id, \
     cast(null as text) as version, cast(null as text) as method, cast(null as text) as path from clients t \
     where t.id in (select t.id from clients t where t.name_folded like $1 escape '\\' and ",
    in_scope!("$5", "t.project_id"),
    best!("t.name_folded"),
    ")",
    best!("t.name_folded")
);
const SEARCH_PROFILES: &str = concat!(
    "select t.id, t.name, c.id as holder_id, c.name as holder_name, c.project_id, cast(null as text) as version, \
     cast(null as text) as method, cast(null as text) as path \
     from access_profiles t join clients c on c.id = t.client_id \
     where t.id in (select t.id from access_profiles t where t.name_folded like $1 escape '\\' and ",
    client_in_scope!("$5", "t.client_id"),
    best!("t.name_folded"),
    ")",
    best!("t.name_folded")
);
const SEARCH_COLLECTIONS: &str = concat!(
    "select t.id, t.name, cast(null as bigint) as holder_id, cast(null as text) as holder_name, t.project_id, t.version, \
     cast(null as text) as method, t.path from api_collections t \
     where (t.name_folded like $1 escape '\\' or t.path like $1 escape '\\') and ",
    in_scope!("$5", "t.project_id"),
    best!("t.name_folded")
);
const SEARCH_ENDPOINTS: &str = concat!(
    "select t.id, t.name, c.id as holder_id, c.name as holder_name, c.project_id, cast(null as text) as version, \
     t.method, t.path from endpoints t join api_collections c on c.id = t.collection_id \
     where t.id in (select t.id from endpoints t \
     where (t.name_folded like $1 escape '\\' or lower(t.path) like $1 escape '\\') and ",
    collection_in_scope!("$5", "t.collection_id"),
    best!("t.name_folded"),
    ")",
    best!("t.name_folded")
);
/// Policies belong to the workspace; everybody sees them.
const SEARCH_POLICIES: &str = concat!(
    "select t.id, t.name, cast(null as bigint) as holder_id, cast(null as text) as holder_name, \
     cast(null as bigint) as project_id, cast(null as text) as version, cast(null as text) as method, \
     cast(null as text) as path from access_policies t \
     where t.name_folded like $1 escape '\\' and (cast($5 as text) is null or $5 is not null)",
    best!("t.name_folded")
);

/// What sort of object was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SearchKind {
    /// A client.
    Client,
    /// An access profile; `holder` is its client.
    Profile,
    /// A collection.
    Collection,
    /// An endpoint; `holder` is its collection.
    Endpoint,
    /// An access policy.
    Policy,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHit {
    /// What sort of object.
    pub kind: SearchKind,
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Id and name of the client or collection that it is in.
    pub holder: Option<(i64, String)>,
    /// The project that it is in.
    pub project_id: Option<i64>,
    /// Version of a collection.
    pub version: Option<String>,
    /// Method of an endpoint.
    pub method: Option<String>,
    /// Path of a collection or endpoint.
    pub path: Option<String>,
}

impl Store {
    /// The best `limit` rows with a text in their name (of endpoints and collections: in their path too), case aside.
    /// What is called so comes first, then what begins so; the sorts of objects take turns.
    pub async fn search(&self, text: &str, limit: u32) -> Result<Vec<SearchHit>, StoreError> {
        let needle = Needle::new(text, limit, self.scope());
        let mut db = self.reader().await?;
        let mut found = Vec::new();
        for (kind, statement) in [
            (SearchKind::Client, SEARCH_CLIENTS),
            (SearchKind::Profile, SEARCH_PROFILES),
            (SearchKind::Collection, SEARCH_COLLECTIONS),
            (SearchKind::Endpoint, SEARCH_ENDPOINTS),
            (SearchKind::Policy, SEARCH_POLICIES),
        ] {
            let rows = needle.find(&mut db, statement).await?;
            found.extend(
                rows.into_iter().enumerate().map(|(at, row)| (needle.fit(&row.name), at, row.into_found(kind))),
            );
        }
        found.sort_by_key(|(fit, at, found)| (Reverse(*fit), *at, found.kind));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found.into_iter().map(|(_, _, found)| found).collect())
    }
}

/// How well a name fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Contains,
    Begins,
    Is,
}

struct Needle {
    text: String,
    contains: String,
    begins: String,
    limit: i64,
    projects: Option<String>,
}

impl Needle {
    fn new(text: &str, limit: u32, scope: &Scope) -> Self {
        // Paths are kept without the slash at their beginning.
        let text = text.trim().trim_start_matches('/').to_lowercase();
        let contains = like_pattern(&text);
        let begins = contains.trim_start_matches('%').to_owned();
        Self { text, contains, begins, limit: limit.into(), projects: scope.list() }
    }

    fn fit(&self, name: &str) -> Fit {
        let name = name.to_lowercase();
        if name == self.text {
            Fit::Is
        } else if name.starts_with(&self.text) {
            Fit::Begins
        } else {
            Fit::Contains
        }
    }

    async fn find(&self, db: &mut DbConnection, statement: &'static str) -> Result<Vec<FoundRecord>, StoreError> {
        let rows = sqlx::query_as(statement)
            .bind(&self.contains)
            .bind(&self.text)
            .bind(&self.begins)
            .bind(self.limit)
            .bind(&self.projects)
            .fetch_all(db)
            .await?;
        Ok(rows)
    }
}

#[derive(sqlx::FromRow)]
struct FoundRecord {
    id: i64,
    name: String,
    holder_id: Option<i64>,
    holder_name: Option<String>,
    project_id: Option<i64>,
    version: Option<String>,
    method: Option<String>,
    path: Option<String>,
}

impl FoundRecord {
    fn into_found(self, kind: SearchKind) -> SearchHit {
        SearchHit {
            kind,
            id: self.id,
            name: self.name,
            holder: self.holder_id.zip(self.holder_name),
            project_id: self.project_id,
            version: self.version,
            method: self.method,
            path: self.path,
        }
    }
}
