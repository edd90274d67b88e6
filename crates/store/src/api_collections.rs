//! API collections: endpoints published together, in front of one upstream.

mod change;
mod import;
mod list;
mod secret;

pub(crate) use change::{insert_collection, remove_collection, write_collection};
pub use import::{ImportDifference, Prune};
pub(crate) use list::{get_collection, load_collections};

use crate::row::Named;
use domain::api_collection::{ApiCollection, CollectionLimits, Forwarding};
use domain::cors::Cors;
use domain::text::{Description, Name, Slug, Version};
use domain::upstream::Upstream;
use domain::{ClientId, ProfileId, ProjectId};

/// A collection with what lists show beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionRow {
    /// The collection.
    pub collection: ApiCollection,
    /// Its endpoints.
    pub endpoints_count: i64,
    /// Those that can be called.
    pub active_endpoints_count: i64,
}

/// A collection to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCollection {
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// Its name.
    pub name: Name,
    /// Its version.
    pub version: Version,
    /// First segment of its URLs.
    pub path: Slug,
    /// Optional free text.
    pub description: Option<Description>,
    /// Whether its endpoints answer.
    pub enabled: bool,
    /// The HTTP service behind it.
    pub upstream: Upstream,
    /// Bounds of one call.
    pub limits: CollectionLimits,
    /// Which web pages of other origins may call it.
    pub cors: Option<Cors>,
    /// Whether the auth token may stand in the query.
    pub allow_query_token: bool,
    /// What of a call goes on, and how.
    pub forwarding: Forwarding,
}

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CollectionUpdate {
    /// New project.
    pub project_id: Option<ProjectId>,
    /// New name.
    pub name: Option<Name>,
    /// New version.
    pub version: Option<Version>,
    /// New path.
    pub path: Option<Slug>,
    /// New description; `Some(None)` clears it.
    pub description: Option<Option<Description>>,
    /// Switches it on or off.
    pub enabled: Option<bool>,
    /// New upstream, replacing all; without a secret the present one stays, if it may
    /// ([`Upstream::may_keep_secret`]).
    pub upstream: Option<Upstream>,
    /// New bounds, replacing all.
    pub limits: Option<CollectionLimits>,
    /// New rules for web pages of other origins; `Some(None)`: none may call.
    pub cors: Option<Option<Cors>>,
    /// Whether the auth token may stand in the query.
    pub allow_query_token: Option<bool>,
    /// What of a call goes on, and how.
    pub forwarding: ForwardingUpdate,
}

/// What to change in [`Forwarding`]; `None` leaves a field as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ForwardingUpdate {
    /// The upstream gets the caller's `Host`.
    pub keep_host: Option<bool>,
    /// `Authorization` is the upstream's.
    pub pass_authorization: Option<bool>,
    /// The upstream gets the claims of the caller's JSON Web Token.
    pub send_claims: Option<bool>,
    /// `%2F` may stand in a path.
    pub allow_encoded_slash: Option<bool>,
}

impl ForwardingUpdate {
    fn of(self, present: Forwarding) -> Forwarding {
        Forwarding {
            keep_host: self.keep_host.unwrap_or(present.keep_host),
            pass_authorization: self.pass_authorization.unwrap_or(present.pass_authorization),
            send_claims: self.send_claims.unwrap_or(present.send_claims),
            allow_encoded_slash: self.allow_encoded_slash.unwrap_or(present.allow_encoded_slash),
        }
    }
}

/// Which collections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CollectionFilter {
    /// Of this project.
    pub project_id: Option<ProjectId>,
    /// Switched on, or off.
    pub enabled: Option<bool>,
}

/// From whose terms a deleted collection was taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemovedFrom {
    /// Clients that had it in their default terms.
    pub clients: Vec<Named<ClientId>>,
    /// Profiles that had it in their own terms.
    pub profiles: Vec<Named<ProfileId>>,
}
