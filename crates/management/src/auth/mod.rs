//! Who calls, and whether they may: credentials, roles, passwords, and the brake on sign-ins.

mod caller;
mod cookie;
mod guard;
mod password;
mod permission;
mod scrapers;
mod throttle;
mod totp;

pub(crate) use caller::{Caller, Identity, peer_address};
pub(crate) use cookie::{cleared_cookie, session_cookie};
pub(crate) use guard::{Guard, guard, is_reserved};
pub(crate) use password::{Password, Passwords, SentSecret};
pub(crate) use permission::{Needs, needs};
pub(crate) use scrapers::Scrapers;
pub(crate) use throttle::Throttle;
pub(crate) use totp::{TypedCode, new_secret, recovery_codes, step_of, url_of};
