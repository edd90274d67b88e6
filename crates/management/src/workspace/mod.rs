//! The workspace as one document: `/api/workspace`, and the commands `export`, `diff` and `apply`.
//!
//! `document.rs` declares the format: reader, JSON Schema and the API's description are made from that one declaration.
//! What a document means is said by [`domain::workspace`]; how it is written into the database by the store. Secrets leave
//! and enter in one sealed block (`sealed.rs`), and only where a passphrase is given.

pub(crate) mod apply;
mod document;
mod entries;
pub(crate) mod export;
mod schema;
mod sealed;
mod terms;
mod text;
mod view;

pub use schema::json_schema;
pub use text::{Applied, Mode, Options, apply_here, apply_text, export_text};

/// A document, for the API's description.
const YAML_EXAMPLE: &str = "version: 1\npolicies:\n- name: Gold\n  rate_limit: {limit: 100, interval: second}\n";

/// The header that carries the passphrase of secrets.
pub(crate) const PASSPHRASE: &str = "portcullis-passphrase";
