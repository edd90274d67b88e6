//! Portcullis as its users meet it: the real binary, a real upstream, real HTTP.
#![expect(clippy::indexing_slicing, reason = "a test may panic; clippy knows that only inside test functions")]

mod admission;
mod bad_input;
mod browser;
mod clock_jumps;
mod console_steps;
mod crash;
mod explain_browser;
mod explained;
mod framing;
mod issuers;
mod jwt_browser;
mod later;
mod no_store;
mod oauth_clients;
mod official_cli;
mod overlap_browser;
mod quota_crash;
mod quotas;
mod rate_limit;
mod readme;
mod refresh;
mod revocation_storm;
mod scene;
mod secrecy;
mod signed_tokens;
mod start;
mod unauthenticated;
