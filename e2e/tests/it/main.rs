//! Portcullis as its users meet it: the real binary, a real upstream, real HTTP.
#![expect(clippy::indexing_slicing, reason = "a test may panic; clippy knows that only inside test functions")]

mod admission;
mod bad_input;
mod browser;
mod crash;
mod framing;
mod later;
mod official_cli;
mod rate_limit;
mod readme;
mod refresh;
mod scene;
mod secrecy;
mod start;
mod unauthenticated;
