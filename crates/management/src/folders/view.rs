//! A folder as shown, and its id as sent.

use crate::answer::Time;
use crate::users::ROOT_FOLDER_ID;
use crate::wire::{Faults, Json, Wire};
use domain::ProjectId;
use serde::Serialize;
use store::Project;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// A folder: in this version always that of a project.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Folder {
    /// Its id, that of its project.
    #[schema(example = 1)]
    id: i64,
    /// Its name, that of its project.
    #[schema(example = "Default")]
    name: String,
    /// The folder that holds all projects.
    #[schema(example = 0)]
    parent_id: i64,
    /// Always true.
    #[schema(example = true)]
    is_project: bool,
    /// Its project.
    #[schema(example = 1)]
    project_id: i64,
    /// When it was made.
    created_at: Time,
    /// When it was last changed.
    updated_at: Time,
}

impl From<Project> for Folder {
    fn from(project: Project) -> Self {
        Self {
            id: project.id.0,
            name: project.name.to_string(),
            parent_id: ROOT_FOLDER_ID,
            is_project: true,
            project_id: project.id.0,
            created_at: project.created_at.into(),
            updated_at: project.updated_at.into(),
        }
    }
}

/// A folder's id as sent: the one that holds all projects, or a project's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FolderId {
    /// The folder that holds all projects.
    Root,
    /// A project's folder.
    Project(ProjectId),
}

impl Wire for FolderId {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let is_root = match json {
            Json::Number(number) => number.as_i64() == Some(ROOT_FOLDER_ID),
            Json::Text(text) | Json::Raw(text) => text.trim().parse() == Ok(ROOT_FOLDER_ID),
            Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => false,
        };
        if is_root { Some(Self::Root) } else { ProjectId::read(json, faults).map(Self::Project) }
    }

    fn schema() -> RefOr<Schema> {
        <i64 as Wire>::schema()
    }
}
