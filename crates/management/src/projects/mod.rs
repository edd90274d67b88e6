//! Projects: `/api/projects`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod update;
mod view;

pub(crate) use view::Project;
