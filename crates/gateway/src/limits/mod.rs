//! Leases of quota calls: kept filled, reported, and given back.
//!
//! How it works: one task, the keeper, talks to the authority that counts quotas. Workers tell it whose lease is empty
//! (a request waits) or half used (none does); it gathers what has come in and asks for all of it in one exchange.
//! Twice a second it also reports what was used, gives back what has been idle, and asks early for the next period. A
//! change of an owner goes through the same task, so that leases, changes and returns of one subject never overlap.
//!
//! Any number of workers may ask at once; no lock is held while the authority is waited for. While it is away, requests
//! that need a lease are decided by the fail mode of their policy; all others go on.

mod authority;
mod batch;
mod control;
mod keeper;
mod subject;
#[cfg(test)]
mod tests;

pub use authority::{AuthorityAway, LimitAuthority};
pub use control::{QuotaControl, QuotaFailure};
pub(crate) use keeper::UsedLease;
pub use keeper::{LeaseKeeper, LeaseWait, start};
pub use subject::{QuotaSubject, QuotaView};
