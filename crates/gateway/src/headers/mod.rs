//! Which header fields go on, in both directions, and which are added.

pub(crate) mod answer;
mod hop_by_hop;
mod location;
pub(crate) mod request;
mod trace;
pub(crate) mod upgrade;
