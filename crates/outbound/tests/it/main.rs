//! The fetcher against real servers on loopback: what it refuses, what it takes, what it makes of broken answers.
#![cfg(test)]

mod support;

mod addresses;
mod answers;
mod names;
mod tls;
