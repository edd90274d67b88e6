//! The gateway through its front door: real sockets, real upstreams, a directory made by hand.
#![cfg(test)]

mod support;

mod admitted;
mod bodies;
mod lifecycle;
mod malformed;
mod refused;
mod tls;
mod upstreams;
