//! Webhooks: what is told to them, where they may be, how a message is signed and when it is tried again. Pure: time and
//! randomness are arguments.
//!
//! Signatures follow the Standard Webhooks specification, version 1: HMAC-SHA256 over id, time and body, so that a
//! receiver can check who sent a message, that nothing was changed in it and that it is not an old one sent again.

mod event;
mod schedule;
mod signature;
mod url;

pub use event::{TEST_EVENT, WebhookEvent};
pub use schedule::{MAX_ATTEMPTS, pause_after};
pub use signature::{generate_secret, is_secret, sign};
pub use url::WebhookUrl;

/// Most webhooks of a workspace.
pub const MAX_WEBHOOKS: i64 = 20;
/// Most messages that wait for one webhook; further ones are dropped and counted.
pub const MAX_PENDING: i64 = 1000;
