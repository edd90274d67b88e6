//! The load driver: one thread that keeps many connections busy and counts what comes back.
//!
//! It shares a core with the upstream, so it does little: requests are put together from prepared bytes, an answer is
//! read as far as its status and length say, one read and one write for each small exchange. Anything but a whole
//! answer 200 voids the run.

mod answer;
mod closed;
mod connection;
mod figures;
mod http2;
mod keys;
mod open;
#[cfg(test)]
mod tests;

pub(crate) use closed::{Order, closed_loop};
pub(crate) use connection::status_of;
pub(crate) use figures::Figures;
pub(crate) use http2::{HOST, Streams, http2_loop};
pub(crate) use keys::{Draw, Keys};
pub(crate) use open::open_loop;
