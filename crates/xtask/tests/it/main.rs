//! The rules of this repository, as tests: layers, sizes, words, generated files, pages that must exist.
#![expect(clippy::unwrap_used, reason = "a test may panic; clippy knows that only inside test functions")]

mod denials;
mod generated;
mod layers;
mod links;
mod migrations;
mod size;
mod sources;
mod where_is;
mod words;
