//! Clients, second version: `/api/v2/api_clients`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
mod image;
pub(crate) mod list;
pub(crate) mod logo;
pub(crate) mod switch;
pub(crate) mod update;
mod view;

pub(crate) use view::{Client, ClientCreated};
