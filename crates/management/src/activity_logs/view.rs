//! An entry of the audit log as shown.

use crate::answer::Time;
use serde::Serialize;
use serde_json::Value;
use store::AuditEntry;
use utoipa::ToSchema;

/// A change that somebody made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityLog {
    /// Its id; rises with time.
    #[schema(example = 512)]
    id: i64,
    /// The type of what was changed, a dot, and what happened to it.
    #[schema(example = "client.updated")]
    event_type: String,
    /// When.
    timestamp: Time,
    /// Who.
    user: ActivityUser,
    /// Where.
    workspace: ActivityWorkspace,
    /// What was changed.
    resource: ActivityResource,
    /// How.
    details: ActivityDetails,
}

/// Who made a change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityUser {
    /// `member`, `token` or `system`: the program itself, or a command on its machine.
    #[serde(rename = "type")]
    #[schema(example = "member")]
    kind: &'static str,
    /// Id of the member or token; null for the program.
    #[schema(example = 1)]
    id: Option<i64>,
    /// E-mail address, name of the token, or command, at that time.
    #[schema(example = "owner@example.com")]
    name: String,
    /// Where the request came from.
    #[schema(example = "203.0.113.7")]
    address: Option<String>,
}

/// The workspace: there is one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityWorkspace {
    /// Always 1.
    #[schema(example = 1)]
    id: i64,
    /// Its name.
    #[schema(example = "Portcullis")]
    name: &'static str,
}

/// What was changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityResource {
    /// Its type.
    #[serde(rename = "type")]
    #[schema(example = "client")]
    kind: String,
    /// Its id.
    #[schema(example = 7)]
    id: i64,
    /// Its name at that time.
    #[schema(example = "Acme")]
    name: String,
    /// The project it is in; null: it belongs to the workspace.
    #[schema(example = 1)]
    project_id: Option<i64>,
}

/// How something was changed. Secrets never stand here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivityDetails {
    /// The revision that the change made.
    #[schema(example = 41)]
    revision: i64,
    /// Fields that differ, where there is a state before and one after.
    #[schema(example = json!(["name"]))]
    changed: Vec<String>,
    /// The state before; null for what was made, and where there is none to show.
    #[schema(value_type = Option<Object>, example = json!({"name": "Acme"}))]
    before: Option<Value>,
    /// The state after; null for what was deleted, and where there is none to show.
    #[schema(value_type = Option<Object>, example = json!({"name": "Acme Corp"}))]
    after: Option<Value>,
}

impl From<AuditEntry> for ActivityLog {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id,
            event_type: entry.event_type,
            timestamp: entry.at.into(),
            user: ActivityUser {
                kind: entry.actor.kind.as_str(),
                id: entry.actor.id,
                name: entry.actor.name,
                address: entry.actor.address.map(|address| address.to_string()),
            },
            workspace: ActivityWorkspace { id: 1, name: "Portcullis" },
            resource: ActivityResource {
                kind: entry.resource_kind,
                id: entry.resource_id,
                name: entry.resource_name,
                project_id: entry.project_id.map(|id| id.0),
            },
            details: ActivityDetails {
                revision: entry.revision.0,
                changed: changed(entry.before.as_ref(), entry.after.as_ref()),
                before: entry.before,
                after: entry.after,
            },
        }
    }
}

/// Fields of two states that are not the same, by name.
fn changed(before: Option<&Value>, after: Option<&Value>) -> Vec<String> {
    let (Some(before), Some(after)) = (before.and_then(Value::as_object), after.and_then(Value::as_object)) else {
        return Vec::new();
    };
    let mut changed: Vec<_> = before
        .iter()
        .filter(|(name, value)| after.get(*name) != Some(*value))
        .map(|(name, _)| name)
        .chain(after.keys().filter(|name| !before.contains_key(*name)))
        .cloned()
        .collect();
    changed.sort_unstable();
    changed
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_that_differ_come_or_go_are_named() {
        let before = json!({"a": 1, "b": {"c": 2}, "gone": true});
        let after = json!({"a": 1, "b": {"c": 3}, "come": null});
        assert_eq!(changed(Some(&before), Some(&after)), ["b", "come", "gone"]);
        assert!(changed(None, Some(&after)).is_empty());
        assert!(changed(Some(&before), None).is_empty());
    }
}
