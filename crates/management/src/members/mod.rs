//! Members: `/api/members`. Nobody chooses a password for somebody else: a new member, or one whose password is reset,
//! gets a one-time link.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
mod link;
pub(crate) mod list;
pub(crate) mod reset;
pub(crate) mod update;
mod values;
mod view;

use link::PasswordLink;
pub(crate) use values::{ProjectIds, scope_of};
pub(crate) use view::{Member, MemberWithLink};
