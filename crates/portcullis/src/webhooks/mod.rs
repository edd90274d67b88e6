//! Sends what is told to webhooks. A message is queued in the transaction of the change that it tells of (`store`), so no
//! change waits for a receiver and none is told of that was not made.
//!
//! In steps: after each commit, and each second, the store is asked what is due; at most two messages of one webhook are
//! sent at once, so that a receiver that hangs holds up nobody else; each attempt is signed, sent through `outbound` (https,
//! nothing private but what `outbound_allowed` names, no redirects) and written down. Whatever is not answered by 2xx within
//! fifteen seconds is tried again, ten times over about a day and a half. A message may arrive twice (its sender was killed
//! before it could write down that it was taken), never less often than the attempts that are bounded.
//!
//! One task does this. When the store is away nothing is sent; it is asked again after five seconds. A second task watches
//! the gateway and tells when it is not well ([`health`]).

mod attempt;
mod health;
mod sender;

#[cfg(test)]
mod tests;

pub(crate) use attempt::LIMITS;
pub(crate) use health::{HealthWatch, Signs};
pub(crate) use sender::{Parts, Sender};
