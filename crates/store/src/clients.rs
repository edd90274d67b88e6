//! Clients: logical groups of users of the APIs, with the default terms of their profiles.

mod change;
mod list;
mod logo;

pub(crate) use change::{insert_client, remove_client, write_client};
pub(crate) use list::{find_client, get_client, load_clients};
pub use logo::{Logo, LogoSize};

use crate::access_profiles::ProfileRow;
use crate::row::Named;
use crate::terms::TermsUpdate;
use domain::client::Client;
use domain::text::{Description, Email, Name};
use domain::{CollectionId, PolicyId, ProjectId};

/// A client with what lists show beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRow {
    /// The client.
    pub client: Client,
    /// Profiles that are switched on.
    pub active_profiles: i64,
    /// All profiles.
    pub total_profiles: i64,
    /// The policy of its default terms.
    pub policy: Option<Named<PolicyId>>,
    /// The policy that all its profiles share.
    pub shared_policy: Option<Named<PolicyId>>,
    /// The collections of its default terms, by id.
    pub collections: Vec<Named<CollectionId>>,
}

/// A client to make.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// Its name.
    pub name: Name,
    /// Optional free text.
    pub description: Option<Description>,
    /// Optional contact.
    pub email: Option<Email>,
    /// Whether its profiles may call.
    pub enabled: bool,
    /// Default terms; at least one collection, and a method.
    pub default_terms: Option<TermsUpdate>,
    /// A policy counted once over all its profiles.
    pub shared_policy_id: Option<PolicyId>,
}

/// A client just made, with its first profiles in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedClient {
    /// The client.
    pub client: ClientRow,
    /// Its profiles.
    pub profiles: Vec<ProfileRow>,
}

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct ClientUpdate {
    /// New project.
    pub project_id: Option<ProjectId>,
    /// New name.
    pub name: Option<Name>,
    /// New description; `Some(None)` clears it.
    pub description: Option<Option<Description>>,
    /// New contact; `Some(None)` clears it.
    pub email: Option<Option<Email>>,
    /// Switches it on or off; its profiles keep their own state.
    pub enabled: Option<bool>,
    /// Changes or removes the default terms.
    pub default_terms: Option<DefaultTermsUpdate>,
    /// New policy counted once over all its profiles; `Some(None)`: none.
    pub shared_policy_id: Option<Option<PolicyId>>,
}

/// A change of default terms.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "made once a change and never kept")]
pub enum DefaultTermsUpdate {
    /// Takes them away; a conflict while profiles use them.
    Remove,
    /// Changes them, or makes them: then `collection_ids` and `method` are needed.
    Change(TermsUpdate),
}

/// Which clients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientFilter {
    /// Of this project.
    pub project_id: Option<ProjectId>,
    /// Switched on, or off.
    pub enabled: Option<bool>,
    /// With this collection in the default terms or in any profile's own terms.
    pub collection_id: Option<CollectionId>,
    /// With this policy in the default terms or in any profile's own terms.
    pub policy_id: Option<PolicyId>,
}
