//! First start: `/api/setup`. Also how a set-up link resets a member's password.

pub(crate) mod complete;
pub(crate) mod get;
