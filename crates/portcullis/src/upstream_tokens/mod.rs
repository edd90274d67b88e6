//! Access tokens for upstreams (OAuth 2.0 client credentials, RFC 6749 4.4), got in the background: no request fetches
//! one, but the first may wait for it.
//!
//! In steps: each second the directory is asked which enabled collections need tokens; for each source (a client with
//! its secret at a token endpoint) one is fetched, one fetch at a time, and put where the workers read it; it is renewed
//! at 80 % of its life. A worker that finds none asks by a queue ([`gateway::TokenAsk`]); so does one whose token the
//! upstream refused, which brings a renewal forward at most once in ten seconds. A source that nobody needs any longer
//! is forgotten with its token.
//!
//! While a token endpoint fails, the token in use stays until it expires; fetches are tried ever more seldom, at least
//! every ten seconds. Fetches go where all our fetches may go (crate `outbound`): https, nothing private but what
//! `outbound_allowed` names, no redirects.
//!
//! One task does this. Tokens are kept in memory only.

mod entry;
mod fetch;
mod keeper;

#[cfg(test)]
mod tests;

pub(crate) use keeper::{Keeper, Parts};
