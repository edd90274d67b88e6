//! Who calls: `/api/users/me`.

pub(crate) mod me;
pub(crate) mod password;
pub(crate) mod totp;
mod view;

pub(crate) use view::{ROOT_FOLDER_ID, User, project_ids, roles};
