//! Who calls: `/api/users/me`.

pub(crate) mod me;
pub(crate) mod password;
mod view;

pub(crate) use view::{ROOT_FOLDER_ID, User};
