//! The rows that a directory is made of, as text: what a node keeps on its disk to start without the database.
//!
//! Rows are copied as they are, so secrets stay sealed, and whatever a later migration adds to these tables is copied
//! too. One line each: `clients [7,1,"Acme",null]`, the values in the order of the columns, blobs in hexadecimal. What a
//! change touched begins with a line like `!client 7`: what there was of this object goes, then come its rows, if any.
//! The text belongs to one version of the schema: `replica.rs` reads it.

use crate::changes::ChangeKind;
use crate::dialect::DbConnection;
use crate::error::StoreError;
use sqlx::AssertSqlSafe;
use std::fmt::Write as _;

const COLUMNS: &str = "select name, lower(type) = 'blob' from pragma_table_info($1) order by cid";

/// Rows of one object in one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) table: &'static str,
    /// `$1` is the object's id.
    pub(crate) of_object: &'static str,
}

const fn part(table: &'static str, of_object: &'static str) -> Part {
    Part { table, of_object }
}

const OF_CLIENT: [Part; 4] = [
    part("clients", "id = $1"),
    part("terms", "client_id = $1"),
    part("terms_collections", "terms_id in (select id from terms where client_id = $1)"),
    part("terms_cert_bundles", "terms_id in (select id from terms where client_id = $1)"),
];
const OF_PROFILE: [Part; 6] = [
    part("access_profiles", "id = $1"),
    part("credentials", "profile_id = $1"),
    part("revoked_credentials", "profile_id = $1"),
    part("terms", "profile_id = $1"),
    part("terms_collections", "terms_id in (select id from terms where profile_id = $1)"),
    part("terms_cert_bundles", "terms_id in (select id from terms where profile_id = $1)"),
];
const OF_COLLECTION: [Part; 2] = [part("api_collections", "id = $1"), part("endpoints", "collection_id = $1")];
const OF_POLICY: [Part; 1] = [part("access_policies", "id = $1")];
const OF_CERT_BUNDLE: [Part; 1] = [part("cert_bundles", "id = $1")];
const OF_SETTINGS: [Part; 1] = [part("settings", "id = $1")];
const OF_ACCESS_TOKEN_KEYS: [Part; 1] = [part("access_token_keys", "$1 = 1")];

/// All tables of a directory; `workspace` tells which secret key it is sealed with.
pub(crate) const TABLES: [&str; 14] = [
    "workspace",
    "access_policies",
    "cert_bundles",
    "api_collections",
    "endpoints",
    "clients",
    "access_profiles",
    "credentials",
    "revoked_credentials",
    "terms",
    "terms_collections",
    "terms_cert_bundles",
    "settings",
    "access_token_keys",
];

/// Where the rows of an object are. A row is found by one that stands before it in the list, if by any.
pub(crate) fn parts(kind: ChangeKind) -> &'static [Part] {
    match kind {
        ChangeKind::Client => &OF_CLIENT,
        ChangeKind::Profile => &OF_PROFILE,
        ChangeKind::Collection => &OF_COLLECTION,
        ChangeKind::Policy => &OF_POLICY,
        ChangeKind::CertBundle => &OF_CERT_BUNDLE,
        ChangeKind::Settings => &OF_SETTINGS,
        ChangeKind::AccessTokenKeys => &OF_ACCESS_TOKEN_KEYS,
    }
}

/// A table with its columns.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Name, and whether it holds blobs.
    columns: Vec<(String, bool)>,
}

/// The tables as they are in one version of the schema.
#[derive(Debug)]
pub(crate) struct Tables(Vec<Table>);

impl Tables {
    /// Those of a database.
    pub(crate) async fn read(db: &mut DbConnection) -> Result<Self, StoreError> {
        let mut tables = Vec::with_capacity(TABLES.len());
        for name in TABLES {
            let columns = sqlx::query_as(COLUMNS).bind(name).fetch_all(&mut *db).await?;
            tables.push(Table { name, columns });
        }
        Ok(Self(tables))
    }

    /// One by its name.
    pub(crate) fn find(&self, name: &str) -> Option<&Table> {
        self.0.iter().find(|table| table.name == name)
    }

    /// All rows of all of them.
    pub(crate) async fn copy_all(&self, db: &mut DbConnection) -> Result<String, StoreError> {
        let mut text = String::new();
        for table in &self.0 {
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(table.select())).fetch_all(&mut *db).await?;
            table.write(&rows, &mut text);
        }
        Ok(text)
    }

    /// The rows of one object as they are now, after a line that says whose they are.
    pub(crate) async fn copy_object(
        &self,
        db: &mut DbConnection,
        kind: ChangeKind,
        id: i64,
        text: &mut String,
    ) -> Result<(), StoreError> {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "!{} {id}", kind.as_str());
        for part in parts(kind) {
            let Some(table) = self.find(part.table) else { continue };
            let select = format!("{} where {}", table.select(), part.of_object);
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(select)).bind(id).fetch_all(&mut *db).await?;
            table.write(&rows, text);
        }
        Ok(())
    }
}

impl Table {
    /// Gives each row as a JSON array.
    fn select(&self) -> String {
        let values = self.columns.iter().map(|(name, is_blob)| {
            // hex() makes an empty text of null.
            if *is_blob { format!("case when {name} is null then null else hex({name}) end") } else { name.clone() }
        });
        format!("select json_array({}) from {}", values.collect::<Vec<_>>().join(", "), self.name)
    }

    /// Takes a JSON array of rows.
    pub(crate) fn insert(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        let values = self.columns.iter().enumerate().map(|(at, (_, is_blob))| {
            let value = format!("json_extract(value, '$[{at}]')");
            if *is_blob { format!("unhex({value})") } else { value }
        });
        let values: Vec<_> = values.collect();
        format!("insert into {} ({}) select {} from json_each($1)", self.name, names.join(", "), values.join(", "))
    }

    fn write(&self, rows: &[String], text: &mut String) {
        for row in rows {
            // JSON escapes line ends.
            let _ = writeln!(text, "{} {row}", self.name);
        }
    }
}
