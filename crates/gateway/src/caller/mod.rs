//! The caller's side of a connection, below HTTP: every byte passes here before the HTTP library sees it.
//!
//! Heads are read whole and checked strictly ([`head_scan`]); what is refused never reaches the library. The ends of
//! bodies are known here too ([`chunk_scan`]), so that the next head is found exactly, pipelined or not.

pub(crate) mod chunk_scan;
mod goodbye;
pub(crate) mod head_scan;
mod state;
mod stream;

pub(crate) use state::CallerState;
pub(crate) use stream::{CallerStream, CallerTimeouts};
