//! Model tests of the domain.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod rate_window;
