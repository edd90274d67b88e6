//! HTTP/1.1, on both sides, strictly (RFC 9112).
//!
//! One task serves a caller's connection, the request on it and the upstream connection that answers it. Heads are
//! read as positions in the buffer they came in (`fields.rs`), bodies are handed through as they come (`framing.rs`,
//! `chunked.rs`), small parts of a message are written together (`outbox.rs`). What two servers could read
//! differently is refused, and a connection about which there is any doubt serves no further request.

mod answer_head;
mod bytes_allowed;
mod caller;
mod chunked;
mod fields;
mod framing;
pub(crate) mod fuzzing;
mod goodbye;
mod inbound;
mod outbox;
mod request_head;
mod response_head;
mod upstream;
mod upstream_body;

pub(crate) use caller::{Switched, serve};
pub(crate) use inbound::CallerBody;
pub(crate) use upstream::Client;
pub(crate) use upstream_body::UpstreamBody;
