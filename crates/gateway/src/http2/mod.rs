//! HTTP/2 on both sides, on the `h2` library. Nothing outside this module names it, or its header maps.
//!
//! A caller's connection: `guard/` watches the bytes that come, the library makes streams of them, each stream goes
//! through the pipeline in a task of its own (`stream.rs`), as a request of HTTP/1 does. An upstream's connection
//! (`client.rs`) is shared by many requests of one worker.
//!
//! What is refused, where: frames, header compression, pseudo-header fields, connection-specific fields, upper case, lengths
//! that do not fit by the library (the stream is reset, or the connection ended); what it lets pass by `head.rs` (400,
//! 431); floods by `guard/` (the connection is ended).
//!
//! Back-pressure: data is taken from a stream when somebody pulls it, and only then is its window opened again; data is
//! pulled when the other side's window is open.

mod body;
mod client;
mod guard;
mod head;
mod outgoing;
mod serve;
mod stream;

pub(crate) use body::Http2Body;
pub(crate) use client::Client;
pub(crate) use serve::serve;

/// Streams that may be open at a time on one connection, either way.
const MAX_STREAMS: u32 = 100;
/// Largest header list: names, values, and 32 bytes for each field (RFC 9113 6.5.2).
const MAX_HEADER_LIST_BYTES: u32 = 64 * 1024;
/// What may be on the way on one stream before anybody pulls it.
const STREAM_WINDOW_BYTES: u32 = 128 * 1024;
/// And on one connection: as much as its streams may hold, so that a slow one never keeps the others waiting.
const CONNECTION_WINDOW_BYTES: u32 = MAX_STREAMS * STREAM_WINDOW_BYTES;
/// What the library may hold of one stream while it cannot be written.
const SEND_BUFFER_BYTES: usize = 128 * 1024;
