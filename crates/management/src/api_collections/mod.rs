//! API collections: `/api/api_collections`.

mod cors;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod import;
mod limits;
pub(crate) mod list;
pub(crate) mod preview;
mod spec;
pub(crate) mod switch;
pub(crate) mod unreachable;
pub(crate) mod update;
mod upstream;
mod upstream_auth;
mod upstream_view;
mod view;

pub(crate) use cors::CorsValue;
pub(crate) use limits::LimitsValue;
pub(crate) use spec::Source;
pub(crate) use upstream::UpstreamValue;
pub(crate) use view::{Collection, ImportResults, ImportedCollection};
