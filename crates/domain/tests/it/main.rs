//! Model tests of the domain.
#![cfg(test)]

mod jwt;
mod quota;
mod rate_window;
mod source_address;
