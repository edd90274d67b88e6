//! The audit log: who changed what, when, from where, before and after. Secrets and digests never get here.

use crate::actor::{Actor, ActorKind, Conditions};
use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::page::{ListSql, Page, PageQuery, like_pattern, list_sql};
use crate::row::{address, json, known};
use crate::scope::{Scope, in_scope};
use crate::store::Store;
use domain::time::Timestamp;
use domain::{ProjectId, Revision};
use serde_json::Value;
use sqlx::Arguments;

/// In the state after a change: what it did in other projects than the one whose members see the entry. Only those who
/// see the whole workspace are shown it.
pub(crate) const ELSEWHERE: &str = "in_other_projects";

const INSERT_ENTRY: &str = "insert into audit_entries (revision, event_type, at, actor_kind, actor_id, actor_name, \
     actor_address, resource_kind, resource_id, resource_name, search_folded, before_json, after_json, project_id) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

const LIST_AUDIT: ListSql = list_sql! {
    page: concat!(
        "from audit_entries t where (cast($3 as text) is null or t.search_folded like $3 escape '\\') \
        and (cast($4 as text) is null or t.resource_kind = $4) and (cast($5 as bigint) is null or t.resource_id = $5) \
        and (cast($6 as text) is null or t.event_type = $6) \
        and (cast($7 as bigint) is null or t.at >= $7) and (cast($8 as bigint) is null or t.at < $8) \
        and (cast($9 as text) is null or t.search_folded like $9 escape '\\') \
        and (cast($10 as bigint) is null or t.id < $10) and (cast($11 as bigint) is null or t.project_id = $11) \
        and (cast($12 as text) is null or not $12 like '%,' || t.resource_kind || ',%' \
            or (t.actor_kind = $13 and t.actor_id = $14)) and ",
        in_scope!("$15", "t.project_id")
    ),
    rows: "select page.total, t.id, t.revision, t.event_type, t.at, t.actor_kind, t.actor_id, t.actor_name, \
        t.actor_address, t.resource_kind, t.resource_id, t.resource_name, t.before_json, t.after_json, t.project_id \
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
    /// The project whose members see the entry; none: it belongs to the workspace.
    pub project_id: Option<ProjectId>,
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
    /// Made at this time or later.
    pub from: Option<Timestamp>,
    /// Made before this time.
    pub to: Option<Timestamp>,
    /// By somebody whose name contains this, case aside.
    pub actor: Option<String>,
    /// Older than the entry with this id.
    pub older_than: Option<i64>,
    /// Of this project.
    pub project_id: Option<ProjectId>,
    /// Without entries about some nouns.
    pub hidden: Option<HiddenKinds>,
}

/// Nouns whose entries somebody does not see, but for those about what they did themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenKinds {
    /// The nouns.
    pub kinds: &'static [&'static str],
    /// Who looks.
    pub seen_by: (ActorKind, Option<i64>),
}

impl HiddenKinds {
    fn list(&self) -> String {
        format!(",{},", self.kinds.join(","))
    }
}

impl Store {
    /// A page of the audit log. `q` searches names of resources and actors; `created_at` sorts by time.
    pub async fn list_audit(&self, query: &PageQuery, filter: &AuditFilter) -> Result<Page<AuditEntry>, StoreError> {
        let page = self.fetch_page::<AuditRecord>(&LIST_AUDIT, query, |values| {
            values.add(filter.resource_kind.as_deref())?;
            values.add(filter.resource_id)?;
            values.add(filter.event_type.as_deref())?;
            values.add(filter.from.map(|at| at.0))?;
            values.add(filter.to.map(|at| at.0))?;
            // The name of the actor stands after that of the resource, on a line of its own.
            values.add(filter.actor.as_deref().map(|actor| format!("%\n{}", like_pattern(actor))))?;
            values.add(filter.older_than)?;
            values.add(filter.project_id.map(|id| id.0))?;
            values.add(filter.hidden.as_ref().map(HiddenKinds::list))?;
            values.add(filter.hidden.as_ref().map(|hidden| hidden.seen_by.0.as_str()))?;
            values.add(filter.hidden.as_ref().and_then(|hidden| hidden.seen_by.1))?;
            values.add(self.scope().list())
        });
        page.await?.try_map(|record| record.into_entry(self.scope()))
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

    /// The noun: what stands before the dot.
    pub(crate) fn noun(&self) -> &'static str {
        self.what.split('.').next().unwrap_or_default()
    }

    /// The object's id.
    pub(crate) fn id(&self) -> i64 {
        self.id
    }

    /// Whether the object is gone.
    pub(crate) fn is_deletion(&self) -> bool {
        self.what.ends_with(".deleted")
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
    project: Option<ProjectId>,
    event: &Event,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_ENTRY)
        .bind(revision.0)
        .bind(event.what)
        .bind(now.0)
        .bind(actor.kind.as_str())
        .bind(actor.id)
        .bind(&actor.name)
        .bind(actor.address.map(|address| address.to_string()))
        .bind(event.noun())
        .bind(event.id)
        .bind(&event.name)
        .bind(format!("{}\n{}", event.name, actor.name).to_lowercase())
        .bind(event.before.as_ref().map(Value::to_string))
        .bind(event.after.as_ref().map(Value::to_string))
        .bind(project.map(|id| id.0))
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
    project_id: Option<i64>,
    before_json: Option<String>,
    after_json: Option<String>,
}

impl AuditRecord {
    fn into_entry(self, scope: &Scope) -> Result<AuditEntry, StoreError> {
        let actor = Actor {
            kind: known("audit_entries.actor_kind", ActorKind::parse(&self.actor_kind))?,
            id: self.actor_id,
            name: self.actor_name,
            address: address(self.actor_address.as_deref())?,
            conditions: Conditions::default(),
        };
        let state = |text: Option<&str>| text.map(|text| json("an audit entry", text)).transpose();
        let mut after = state(self.after_json.as_deref())?;
        if let (Some(fields), false) = (after.as_mut().and_then(Value::as_object_mut), scope.is_all()) {
            fields.remove(ELSEWHERE);
        }
        Ok(AuditEntry {
            id: self.id,
            revision: Revision(self.revision),
            event_type: self.event_type,
            at: Timestamp(self.at),
            actor,
            resource_kind: self.resource_kind,
            resource_id: self.resource_id,
            resource_name: self.resource_name,
            project_id: self.project_id.map(ProjectId),
            before: state(self.before_json.as_deref())?,
            after,
        })
    }
}
