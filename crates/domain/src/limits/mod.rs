//! Limits and the counters they are decided on.
//!
//! Counters belong to a profile (or, for limits that a client's profiles share, to the client), not to a policy: they
//! hang on the directory's entry by id and survive every change of it. One small lock per subject, never held over a
//! wait, never shared by two profiles but through a client; profile before client.
//!
//! A rate limit is a window in memory ([`RateRing`]). A usage quota is counted by an authority outside of this crate,
//! which deducts calls in blocks before they are admitted; the counters hold what is leased ([`take`] uses it up), and
//! [`Counters::begin_exchange`] / [`Counters::end_exchange`] settle with the authority. A request never waits here:
//! without a leased call it is told that it needs one.

mod counters;
mod exchange;
mod holding;
mod packed_times;
mod period;
mod quota_meter;
mod rate_ring;
mod reading;
mod saved_window;
mod subject;
mod take;

pub use counters::Counters;
pub use exchange::{Answer, Exchange, LeaseAsk, Leased, QuotaCount, QuotaTerms, Settlement, lease_block};
pub use period::{Period, QuotaBasis};
pub use quota_meter::{Turn, Wish};
pub use rate_ring::{RateRing, RateState};
pub use reading::{LeaseNeed, LimitKind, LimitReading, LimitRefused, Readings, Stopped, Taken};
pub use saved_window::SavedWindow;
pub use subject::{Counting, Limits, Patience, QuotaRule, Subject, SubjectKey};
pub use take::take;
