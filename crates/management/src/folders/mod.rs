//! Folders: `/api/folders`. In this version each project has exactly one folder, which has the project's id; there
//! are none below it.

pub(crate) mod create;
pub(crate) mod list;
mod view;

pub(crate) use view::{Folder, FolderId};
