//! `GET /api/activity_logs`

use super::ActivityLog;
use crate::auth::Caller;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::state::ManagementState;
use crate::wire::{Cursor, PerPage, SearchText, request};
use axum::Json;
use domain::ProjectId;
use domain::time::Timestamp;
use serde::Serialize;
use store::{AuditFilter, HiddenKinds, PageQuery, Role, Sort, SortField};
use utoipa::ToSchema;

/// What only owners read.
const OF_OWNERS: &[&str] = &["member", "management_token", "session", "setup_link", "sign_in_provider"];
/// What only admins and owners read, and what only owners read.
const OF_ADMINS: &[&str] =
    &["settings", "webhook", "member", "management_token", "session", "setup_link", "sign_in_provider"];

request! {
    /// Which entries of the audit log.
    pub(crate) struct ActivityFilter {
        /// Made at this moment or later.
        from: Timestamp;
        /// Made before this moment.
        to: Timestamp;
        /// What happened, as in `client.updated`.
        event_type: SearchText;
        /// Made by somebody whose e-mail address or token name contains this, case aside.
        user: SearchText;
        /// The type of what was changed, as in `client`.
        resource_type: SearchText;
        /// The id of what was changed.
        resource_id: i64;
        /// In this project.
        project_id: ProjectId;
        /// Only entries that name a resource or a user with this in its name, case aside.
        q: SearchText;
        /// Entries of a page: 1 to 100, default 100.
        per_page: PerPage;
        /// Where to go on: `next_cursor` of the page before.
        cursor: Cursor;
    }
}

/// A page of the audit log, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityLogs {
    /// The entries.
    data: Vec<ActivityLog>,
    /// Where the next page begins; null: there is none.
    #[schema(example = "412")]
    next_cursor: Option<String>,
}

/// Read the audit log
///
/// Who changed what, when, from where, before and after; newest first. Changes of members, tokens and sessions are shown to
/// owners only, those of settings and webhooks to admins too; what one did oneself is always there. Pages go on by
/// `cursor`, so that new entries move nothing.
#[utoipa::path(get, path = "/api/activity_logs", tag = "Audit log", operation_id = "list_activity_logs",
    params(ActivityFilter),
    responses((status = 200, description = "A page of entries", body = ActivityLogs), ReadErrors))]
pub(crate) async fn list_activity_logs(
    State(state): State<ManagementState>,
    caller: Caller,
    Query(filter): Query<ActivityFilter>,
) -> Result<Json<ActivityLogs>, ApiError> {
    let text = |text: Option<SearchText>| text.map(|text| text.0).filter(|text| !text.is_empty());
    let default = PageQuery::default();
    let query = PageQuery {
        per_page: filter.per_page.value().map_or(default.per_page, |rows| rows.0),
        q: text(filter.q.value()),
        sort: Sort { field: SortField::Id, descending: true },
        ..default
    };
    let filter = AuditFilter {
        from: filter.from.value(),
        to: filter.to.value(),
        event_type: text(filter.event_type.value()),
        actor: text(filter.user.value()),
        resource_kind: text(filter.resource_type.value()),
        resource_id: filter.resource_id.value(),
        project_id: filter.project_id.value(),
        older_than: filter.cursor.value().map(|cursor| cursor.0),
        hidden: hidden_from(&caller),
    };
    let page = state.store().list_audit(&query, &filter).await?;
    let is_last = i64::try_from(page.items.len()).is_ok_and(|shown| shown >= page.total);
    let next_cursor = page.items.last().filter(|_| !is_last).map(|last| last.id.to_string());
    Ok(Json(ActivityLogs { data: page.items.into_iter().map(ActivityLog::from).collect(), next_cursor }))
}

fn hidden_from(caller: &Caller) -> Option<HiddenKinds> {
    let kinds = match caller.role {
        Role::Owner => return None,
        Role::Admin => OF_OWNERS,
        Role::Operator | Role::Viewer => OF_ADMINS,
    };
    Some(HiddenKinds { kinds, seen_by: (caller.actor.kind, caller.actor.id) })
}
