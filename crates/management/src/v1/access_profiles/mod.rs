//! Access profiles, first version: `/api/api_access_profiles`. They have their own terms and start disabled.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod refresh;
pub(crate) mod switch;
pub(crate) mod update;
mod view;

pub(crate) use view::AccessProfileV1;
