//! A client: a logical group of users of the APIs: an organization, department, team.

use crate::ids::{ClientId, PolicyId, ProjectId};
use crate::terms::Terms;
use crate::text::{Description, Email, Name};
use crate::time::Timestamp;

/// A client as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// Unique in the workspace, case aside.
    pub name: Name,
    /// Optional free text.
    pub description: Option<Description>,
    /// Optional contact.
    pub email: Option<Email>,
    /// While false none of its profiles can call anything.
    pub enabled: bool,
    /// Terms of the profiles that have none of their own.
    pub default_terms: Option<Terms>,
    /// A policy counted once over all its profiles, besides each profile's own.
    pub shared_policy_id: Option<PolicyId>,
    /// Rises with each new logo; `None` without a logo.
    pub logo_version: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
