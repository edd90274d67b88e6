//! Access policies: `/api/api_policies`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod update;
mod values;
mod view;

pub(crate) use values::FailModes;
pub(crate) use view::Policy;
