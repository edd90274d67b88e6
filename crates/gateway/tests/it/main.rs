//! The gateway through its front door: real sockets, real upstreams, a directory made by hand.
#![cfg(test)]

mod support;

mod admitted;
mod bodies;
mod cors;
mod explained;
mod jwt;
mod lifecycle;
mod malformed;
mod oauth2;
mod own_answers;
mod proxies;
mod query_token;
mod refused;
mod revoked_streams;
mod tls;
mod upstreams;
