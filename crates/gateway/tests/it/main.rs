//! The gateway through its front door: real sockets, real upstreams, a directory made by hand.
#![cfg(test)]

mod support;

mod access_log;
mod addresses;
mod admitted;
mod bodies;
mod cors;
mod explained;
mod forwarding;
mod hand_over;
mod header_tricks;
mod http2;
mod jwt;
mod lifecycle;
mod listeners;
mod malformed;
mod mutual_tls;
mod oauth2;
mod overload;
mod own_answers;
mod path_tricks;
mod proxies;
mod proxy_protocol;
mod query_token;
mod refused;
mod revoked_streams;
mod tls;
mod tls_callers;
mod upgrades;
mod upstream_addresses;
mod upstream_answers;
mod upstream_auth;
mod upstream_faults;
mod upstream_http2;
mod upstream_names;
mod upstreams;
