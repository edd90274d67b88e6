//! A project as shown.

use serde::Serialize;
use utoipa::ToSchema;

/// A project.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Project {
    /// Its id.
    #[schema(example = 1)]
    id: i64,
    /// Unique in the workspace, case aside.
    #[schema(example = "Default")]
    name: String,
    /// Free text.
    description: Option<String>,
    /// The project's folder; the same number.
    #[schema(example = 1)]
    folder_id: i64,
}

impl From<store::Project> for Project {
    fn from(project: store::Project) -> Self {
        Self {
            id: project.id.0,
            name: project.name.to_string(),
            description: project.description.map(|text| text.to_string()),
            folder_id: project.id.0,
        }
    }
}
