//! Access profiles as the second version shows them: API keys of a client, `/api/v2/api_clients/{id}/api_keys`.

pub(crate) mod counters;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
mod input;
mod issued;
pub(crate) mod list;
pub(crate) mod refresh;
pub(crate) mod switch;
pub(crate) mod update;
mod view;

pub(crate) use input::{AddressList, KeyInput};
pub(crate) use issued::Issued;
pub(crate) use view::Key;
