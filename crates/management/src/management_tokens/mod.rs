//! Management tokens: `/api/management_tokens`. A token never has more rights than the member who made it: role and
//! projects in force are the lesser of both, looked up at each request.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
mod view;

pub(crate) use view::Token;
