//! Console sessions: `/api/sessions`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
mod sign_in;

pub(crate) use sign_in::{SignedInAnswer, sign_in};
