//! The workspace as one document: everything that owners made, addressed by name.
//!
//! A document is compared with what is there ([`Plan::new`]): every object that it names becomes exactly what it says,
//! a field that is left out takes its default, and objects that it does not name stay, or go where it is to prune. A
//! section that is left out is not looked at. What would be wrong with the result is said all at once, each problem at
//! its place in the document; what would change is said field by field.
//!
//! Secrets stand beside the fields, never among them: what is serialised here holds none.

mod check;
mod diff;
mod document;
mod entries;
mod merge;
mod plan;

#[cfg(test)]
mod tests;

pub use check::{Bounds, Problem, ProblemKind};
pub use diff::{Difference, FieldChange, ObjectChange, What};
pub use entries::{
    CertBundleEntry, ClientEntry, CollectionEntry, CredentialEntry, EndpointEntry, PolicyEntry, ProfileEntry,
    ProjectEntry, TermsEntry, WebhookEntry, Workspace,
};
pub use merge::{Merge, Merged, Prune};
pub use plan::{MergedClient, MergedCollection, Plan};

/// The version of the document that this program reads and writes.
pub const FORMAT_VERSION: i64 = 1;
