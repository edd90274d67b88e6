//! OpenAPI documents: what can be made of one (import) and how a collection is written as one (export).
//!
//! Import in steps: [`Document`] is the text as a tree, JSON or YAML, bounded in size, depth and values, without
//! repeated names; [`Import::read`] takes out one endpoint per operation and lists what cannot be one. References are
//! followed inside the document only; nothing is fetched. Export is one function, [`export`].

mod document;
mod export;
mod import;
mod reference;
mod server;

pub use document::{Document, DocumentError, Format};
pub use export::export;
pub use import::{FailedOperation, Import, ImportError, ImportedEndpoint};
pub use server::ServerUrl;

/// Largest document, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 8 * 1024 * 1024;
/// Most operations of a document.
pub const MAX_OPERATIONS: usize = 5_000;
/// Deepest nesting of a document.
pub const MAX_DEPTH: usize = 64;
/// Most values (maps, lists and what they hold) of a document; what bounds YAML aliases too.
pub const MAX_VALUES: usize = 1_000_000;
