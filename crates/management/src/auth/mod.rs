//! Who calls, and whether they may: credentials, roles, passwords, and the brake on sign-ins.

mod caller;
mod cookie;
mod guard;
mod password;
mod permission;
mod throttle;

pub(crate) use caller::{Caller, Identity, peer_address};
pub(crate) use cookie::{cleared_cookie, session_cookie};
pub(crate) use guard::{Guard, guard, is_reserved};
pub(crate) use password::{Password, Passwords, SentSecret};
pub(crate) use permission::is_open;
pub(crate) use throttle::Throttle;

/// A session ends when it was idle for 12 hours.
pub(crate) const SESSION_IDLE_MICROS: i64 = 12 * 3_600_000_000;
/// A session ends at the latest after 7 days.
pub(crate) const SESSION_LIFE_MICROS: i64 = 7 * 24 * 3_600_000_000;
