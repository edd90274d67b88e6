//! Key sets against real servers on loopback, with a clock that the test moves.

mod asking;
mod discovery;
mod issuer;
mod keeping;
mod restarting;
mod support;
