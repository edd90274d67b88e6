//! The audit log: who changed what, when, from where, before and after. Secrets and digests never get here.

use crate::actor::{Actor, ActorKind};
use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::page::{ListSql, Page, PageQuery, list_sql};
use crate::row::{address, json, known};
use crate::store::Store;
use domain::Revision;
use domain::time::Timestamp;
use serde_json::Value;
use sqlx::Arguments;

const INSERT_ENTRY: &str = "insert into audit_entries (revision, event_type, at, actor_kind, actor_id, actor_name, \
     actor_address, resource_kind, resource_id, resource_name, search_folded, before_json, after_json) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

const LIST_AUDIT: ListSql = list_sql! {
    page: "from audit_entries t where (cast($3 as text) is null or t.search_folded like $3 escape '\\') \
        and (cast($4 as text) is null or t.resource_kind = $4) and (cast($5 as bigint) is null or t.resource_id = $5) \
        and (cast($6 as text) is null or t.event_type = $6)",
    rows: "select page.total, t.id, t.revision, t.event_type, t.at, t.actor_kind, t.actor_id, t.actor_name, \
        t.actor_address, t.resource_kind, t.resource_id, t.resource_name, t.before_json, t.after_json \
        from page join audit_entries t on t.id = page.id",
    name: "t.resource_name",
    created_at: "t.at",
    updated_at: "t.at",
};

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its id; rises with time.
    pub id: i64,
    /// The revision of the change.
    pub revision: Revision,
    /// What happened, as `client.created`.
    pub event_type: String,
    /// When.
    pub at: Timestamp,
    /// Who, from where.
    pub actor: Actor,
    /// The noun of what was changed, as `client`.
    pub resource_kind: String,
    /// Its id.
    pub resource_id: i64,
    /// Its name at that time.
    pub resource_name: String,
    /// Its state before; none for what was made.
    pub before: Option<Value>,
    /// Its state after; none for what was deleted.
    pub after: Option<Value>,
}

/// Which entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this noun.
    pub resource_kind: Option<String>,
    /// Of the object with this id.
    pub resource_id: Option<i64>,
    /// Of this event.
    pub event_type: Option<String>,
}

impl Store {
    /// A page of the audit log. `q` searches names of resources and actors; `created_at` sorts by time.
    pub async fn list_audit(&self, query: &PageQuery, filter: &AuditFilter) -> Result<Page<AuditEntry>, StoreError> {
        let page = self.fetch_page::<AuditRecord>(&LIST_AUDIT, query, |values| {
            values.add(filter.resource_kind.as_deref())?;
            values.add(filter.resource_id)?;
            values.add(filter.event_type.as_deref())
        });
        page.await?.try_map(AuditRecord::into_entry)
    }
}

/// What a change tells the audit log.
pub(crate) struct Event {
    what: &'static str,
    id: i64,
    name: String,
    before: Option<Value>,
    after: Option<Value>,
}

impl Event {
    /// `what` is the noun, a dot, and what happened to it.
    pub(crate) fn new(what: &'static str, id: i64, name: impl Into<String>) -> Self {
        Self { what, id, name: name.into(), before: None, after: None }
    }

    /// With the state before.
    pub(crate) fn before(mut self, state: Value) -> Self {
        self.before = Some(state);
        self
    }

    /// With the state after.
    pub(crate) fn after(mut self, state: Value) -> Self {
        self.after = Some(state);
        self
    }
}

/// A moment as states show it: ISO 8601, UTC, with milliseconds.
pub(crate) fn moment(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    format!("{at:.3}")
}

/// Writes the entry of a change.
pub(crate) async fn insert_entry(
    db: &mut DbConnection,
    revision: Revision,
    now: Timestamp,
    actor: &Actor,
    event: &Event,
) -> Result<(), StoreError> {
    let kind = event.what.split('.').next().unwrap_or_default();
    sqlx::query(INSERT_ENTRY)
        .bind(revision.0)
        .bind(event.what)
        .bind(now.0)
        .bind(actor.kind.as_str())
        .bind(actor.id)
        .bind(&actor.name)
        .bind(actor.address.map(|address| address.to_string()))
        .bind(kind)
        .bind(event.id)
        .bind(&event.name)
        .bind(format!("{}\n{}", event.name, actor.name).to_lowercase())
        .bind(event.before.as_ref().map(Value::to_string))
        .bind(event.after.as_ref().map(Value::to_string))
        .execute(db)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct AuditRecord {
    id: i64,
    revision: i64,
    event_type: String,
    at: i64,
    actor_kind: String,
    actor_id: Option<i64>,
    actor_name: String,
    actor_address: Option<String>,
    resource_kind: String,
    resource_id: i64,
    resource_name: String,
    before_json: Option<String>,
    after_json: Option<String>,
}

impl AuditRecord {
    fn into_entry(self) -> Result<AuditEntry, StoreError> {
        let actor = Actor {
            kind: known("audit_entries.actor_kind", ActorKind::parse(&self.actor_kind))?,
            id: self.actor_id,
            name: self.actor_name,
            address: address(self.actor_address.as_deref())?,
        };
        let state = |text: Option<&str>| text.map(|text| json("an audit entry", text)).transpose();
        Ok(AuditEntry {
            id: self.id,
            revision: Revision(self.revision),
            event_type: self.event_type,
            at: Timestamp(self.at),
            actor,
            resource_kind: self.resource_kind,
            resource_id: self.resource_id,
            resource_name: self.resource_name,
            before: state(self.before_json.as_deref())?,
            after: state(self.after_json.as_deref())?,
        })
    }
}
