//! Identifiers: one type per noun, so that a profile's id cannot stand where a client's is meant.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A client: a logical group of users of the APIs.
    ClientId,
    /// An access profile: one API consumer of a client.
    ProfileId,
    /// An API collection.
    CollectionId,
    /// An endpoint of a collection.
    EndpointId,
    /// An access policy.
    PolicyId,
    /// A certificate bundle: authorities whose client certificates are trusted.
    CertBundleId,
    /// A credential of a profile. Random and never used again.
    CredentialId,
    /// A project, which separates what members see.
    ProjectId,
    /// A member of the workspace: a person who signs in to the console.
    MemberId,
    /// A management token.
    ManagementTokenId,
    /// A console session.
    SessionId,
    /// A webhook: a receiver that is told of events.
    WebhookId,
    /// A message to a webhook, with its attempts.
    WebhookDeliveryId,
    /// A revision of the workspace: rises by one with each committed change.
    Revision,
}
