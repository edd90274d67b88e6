//! Usage quotas: periods, leases, and the two together with rate limits.
#![expect(clippy::result_large_err, reason = "a test may be slow")]

mod fake;
mod model;
mod periods;
mod rules;
mod threads;
mod world;
