//! A directory from copied rows: a database in memory with the schema that the rows are of, then brought up to date by
//! the same migrations and read by the same statements as the real one.

use crate::changes::ChangeKind;
use crate::dialect::{self, DbConnection};
use crate::directory::{Loaded, load_all};
use crate::directory_rows::{TABLES, Tables, parts};
use crate::error::StoreError;
use crate::secret_key::SecretKey;
use crate::store::{check_key, migration_error};
use sqlx::AssertSqlSafe;

/// Rows inserted at once.
const BATCH: usize = 500;

/// A directory that is being put together. Not shared: one task builds it.
#[derive(Debug)]
pub struct Replica {
    db: DbConnection,
    tables: Tables,
}

impl Replica {
    /// An empty one for rows of this version of the schema.
    pub async fn new(schema: i64) -> Result<Self, StoreError> {
        let known = dialect::schema_version();
        if schema > known {
            return Err(StoreError::NewerSchema { found: schema, known });
        }
        let mut db = dialect::connect_memory().await?;
        dialect::migrate(&mut db, Some(schema)).await.map_err(migration_error)?;
        let tables = Tables::read(&mut db).await?;
        for table in TABLES {
            sqlx::query(AssertSqlSafe(format!("delete from {table}"))).execute(&mut db).await?;
        }
        Ok(Self { db, tables })
    }

    /// Takes rows: all of them, or those of a change.
    pub async fn put(&mut self, rows: &str) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for line in rows.lines() {
            if let Some(object) = line.strip_prefix('!') {
                self.insert(&mut batch).await?;
                self.remove(object).await?;
                continue;
            }
            let (table, row) = line.split_once(' ').ok_or_else(|| unreadable(line))?;
            if batch.table != table || batch.count == BATCH {
                self.insert(&mut batch).await?;
                table.clone_into(&mut batch.table);
            }
            batch.add(row);
        }
        self.insert(&mut batch).await
    }

    /// Everything, as if it had been read from the database.
    pub async fn load(mut self, key: &SecretKey) -> Result<Loaded, StoreError> {
        dialect::migrate(&mut self.db, None).await.map_err(migration_error)?;
        check_key(&mut self.db, key).await?;
        load_all(&mut self.db, key).await
    }

    async fn insert(&mut self, batch: &mut Batch) -> Result<(), StoreError> {
        let Batch { table, rows, count } = std::mem::take(batch);
        if count == 0 {
            return Ok(());
        }
        let table = self.tables.find(&table).ok_or_else(|| unreadable(&table))?;
        let done = sqlx::query(AssertSqlSafe(table.insert())).bind(format!("[{rows}]")).execute(&mut self.db).await?;
        if done.rows_affected() == count as u64 { Ok(()) } else { Err(unreadable(table.name)) }
    }

    async fn remove(&mut self, object: &str) -> Result<(), StoreError> {
        let named = object.split_once(' ').and_then(|(kind, id)| Some((ChangeKind::parse(kind)?, id.parse().ok()?)));
        let (kind, id): (ChangeKind, i64) = named.ok_or_else(|| unreadable(object))?;
        for part in parts(kind).iter().rev() {
            let text = format!("delete from {} where {}", part.table, part.of_object);
            sqlx::query(AssertSqlSafe(text)).bind(id).execute(&mut self.db).await?;
        }
        Ok(())
    }
}

/// Rows of one table that wait.
#[derive(Debug, Default)]
struct Batch {
    table: String,
    rows: String,
    count: usize,
}

impl Batch {
    fn add(&mut self, row: &str) {
        if self.count > 0 {
            self.rows.push(',');
        }
        self.rows.push_str(row);
        self.count += 1;
    }
}

fn unreadable(what: &str) -> StoreError {
    StoreError::Corrupt(format!("copied rows: {}", what.split(' ').next().unwrap_or_default()))
}
