//! Access profiles: single API consumers of a client, each with its credentials.

mod change;
mod counters;
mod credential;
mod list;
mod new;
mod refresh;
mod told;
mod upkeep;
mod whole;

pub use credential::{FreshCredentials, NewIdentifier, NewSecret};
pub(crate) use credential::{load_revoked, retire_all};
pub(crate) use list::{find_profile, get_profile, load_profiles};
pub(crate) use new::{NewOwner, ProfilePlanner, insert_profile};
pub use refresh::Overlap;
pub(crate) use told::tell_disabled_with_client;
pub(crate) use whole::{delete_profile_row, end_credentials, insert_whole, issue_credentials, tell_whole, write_whole};

use crate::row::Named;
use crate::terms::TermsUpdate;
use domain::access_profile::AccessProfile;
use domain::cidr::CidrEntry;
use domain::terms::Terms;
use domain::text::Name;
use domain::time::Timestamp;
use domain::{ClientId, CollectionId, PolicyId, ProjectId};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// A profile with what lists show beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileRow {
    /// The profile.
    pub profile: AccessProfile,
    /// Name of its client.
    pub client_name: Name,
    /// Whether its client is switched on.
    pub client_enabled: bool,
    /// Its own terms, or its client's default ones.
    pub effective_terms: Option<Terms>,
    /// The policy of the effective terms.
    pub policy: Option<Named<PolicyId>>,
    /// The collections of the effective terms, by id.
    pub collections: Vec<Named<CollectionId>>,
    /// When it was last used, by any credential, also one that is gone.
    pub last_used_at: Option<Timestamp>,
}

/// A profile to make.
#[derive(Debug, Clone)]
pub struct NewProfile {
    /// Its name.
    pub name: Name,
    /// Its own terms, with at least one collection; `None`: the client's default terms, which must be there.
    pub own_terms: Option<TermsUpdate>,
    /// Sources that may call.
    pub ip_allow_list: Vec<CidrEntry>,
    /// Sources that may not.
    pub ip_deny_list: Vec<CidrEntry>,
    /// Whether it is switched on.
    pub active: bool,
    /// From then on its calls are refused.
    pub expires_at: Option<Timestamp>,
    /// The day from which quota periods of so many days run; `None`: that of its creation, in UTC.
    pub period_anchor: Option<Date>,
    /// Optional key/value pairs.
    pub labels: BTreeMap<String, String>,
    /// A token or client secret that the owner brings from elsewhere.
    pub auth_token: Option<NewSecret>,
    /// An identifier that the owner chose.
    pub api_key: Option<NewIdentifier>,
    /// What it gets where nothing is chosen.
    pub fresh: FreshCredentials,
}

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct ProfileUpdate {
    /// New name.
    pub name: Option<Name>,
    /// Changes its own terms or goes back to the client's.
    pub own_terms: Option<OwnTermsUpdate>,
    /// New allow list, replacing all.
    pub ip_allow_list: Option<Vec<CidrEntry>>,
    /// New deny list, replacing all.
    pub ip_deny_list: Option<Vec<CidrEntry>>,
    /// Switches it on or off.
    pub active: Option<bool>,
    /// New expiry; `Some(None)`: never.
    pub expires_at: Option<Option<Timestamp>>,
    /// New day from which quota periods of so many days run.
    pub period_anchor: Option<Date>,
    /// New labels, replacing all.
    pub labels: Option<BTreeMap<String, String>>,
    /// A token or client secret in the place of the present one, which ends at once. The present one: no change.
    pub auth_token: Option<NewSecret>,
    /// An identifier in the place of the present one, which ends at once. The present one: no change.
    pub api_key: Option<NewIdentifier>,
}

/// A change of own terms.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "made once a change and never kept")]
pub enum OwnTermsUpdate {
    /// Goes back to the client's default terms, which must be there.
    UseClients,
    /// Changes the own terms. A profile that used the client's gets its own, which begin as a copy of those.
    Change(TermsUpdate),
}

/// Which profiles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProfileFilter {
    /// Of this client.
    pub client_id: Option<ClientId>,
    /// Of clients of this project.
    pub project_id: Option<ProjectId>,
    /// With this collection in the effective terms.
    pub collection_id: Option<CollectionId>,
    /// With this policy in the effective terms.
    pub policy_id: Option<PolicyId>,
    /// Switched on, or off.
    pub active: Option<bool>,
}
