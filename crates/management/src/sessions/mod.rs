//! Console sessions: `/api/sessions`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod oidc;
mod second_factor;
mod sign_in;

pub(crate) use sign_in::{SignedInAnswer, sign_in};
