//! Endpoints of collections: `/api/api_endpoints`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod switch;
pub(crate) mod trying;
pub(crate) mod update;
mod view;

pub(crate) use view::Endpoint;
