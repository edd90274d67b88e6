//! What a document changes, as shown.

use domain::workspace::{Difference, FieldChange, ObjectChange, What};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What a document changes, or would change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkspaceDifference {
    /// Whether it has been changed; false for a dry run, and where nothing differs.
    #[schema(example = false)]
    pub(crate) applied: bool,
    /// The revision that was made, or that was compared with.
    #[schema(example = 42)]
    pub(crate) revision: i64,
    /// Objects that are made.
    #[schema(example = 1)]
    created: usize,
    /// Objects of which fields change.
    #[schema(example = 1)]
    changed: usize,
    /// Objects that are deleted.
    #[schema(example = 0)]
    deleted: usize,
    /// Objects that stay as they are.
    #[schema(example = 12)]
    unchanged: usize,
    /// Each object that does not stay as it is: by section, then by name.
    changes: Vec<WorkspaceChange>,
    /// What an owner should know, as that a new profile has no credential yet.
    #[schema(example = json!(["access profile \"Acme / Web\" has no credential: refresh it to issue one; its calls get 401 until then"]))]
    pub(crate) notes: Vec<String>,
}

/// What becomes of one object.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkspaceChange {
    /// The noun.
    #[schema(example = "client")]
    object: &'static str,
    /// Its name; of profiles and endpoints with that of their owner in front.
    #[schema(example = "Acme")]
    name: String,
    /// What becomes of it: `created`, `changed` or `deleted`.
    #[schema(example = "changed")]
    change: &'static str,
    /// Its fields that differ. Of secrets is said only whether they are set or change.
    fields: Vec<WorkspaceFieldChange>,
}

/// A field that differs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkspaceFieldChange {
    /// Its path in the object.
    #[schema(example = "default_terms.policy")]
    field: String,
    /// Its value now; null: none.
    #[schema(value_type = Value, example = "Silver")]
    before: Option<Value>,
    /// Its value afterwards; null: none.
    #[schema(value_type = Value, example = "Gold")]
    after: Option<Value>,
}

impl WorkspaceDifference {
    pub(super) fn new(difference: Difference, revision: i64) -> Self {
        Self {
            applied: false,
            revision,
            created: difference.count(What::Created),
            changed: difference.count(What::Changed),
            deleted: difference.count(What::Deleted),
            unchanged: difference.unchanged,
            changes: difference.changes.into_iter().map(WorkspaceChange::from).collect(),
            notes: difference.notes,
        }
    }

    /// Whether anything differs.
    pub(super) fn is_any(&self) -> bool {
        !self.changes.is_empty()
    }
}

impl From<ObjectChange> for WorkspaceChange {
    fn from(change: ObjectChange) -> Self {
        let ObjectChange { noun, name, what, fields } = change;
        let fields = fields.into_iter();
        let fields = fields.map(|FieldChange { field, before, after }| WorkspaceFieldChange { field, before, after });
        Self { object: noun, name, change: what.as_str(), fields: fields.collect() }
    }
}
