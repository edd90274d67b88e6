//! Endpoints: single callable methods and paths of collections.

mod change;
mod list;

pub(crate) use change::{check_new_endpoints, delete_endpoint, insert_endpoint, update_endpoint};
pub(crate) use list::{get_endpoint, load_endpoints};

use domain::endpoint::{Endpoint, EndpointPath, UpstreamPath};
use domain::method::EndpointMethod;
use domain::text::{Description, Name, Slug};
use domain::{CollectionId, ProjectId};

/// An endpoint with what its URL needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointRow {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Name of its collection.
    pub collection_name: Name,
    /// Path of its collection.
    pub collection_path: Slug,
}

/// An endpoint to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEndpoint {
    /// What people call it.
    pub name: Name,
    /// Its method.
    pub method: EndpointMethod,
    /// Path below the collection.
    pub path: EndpointPath,
    /// Optional free text.
    pub description: Option<Description>,
    /// Optional rewrite, already checked against the path.
    pub upstream_path: Option<UpstreamPath>,
    /// Whether it can be called.
    pub active: bool,
}

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndpointUpdate {
    /// New name.
    pub name: Option<Name>,
    /// New method.
    pub method: Option<EndpointMethod>,
    /// New path; a rewrite that stays must fit it.
    pub path: Option<EndpointPath>,
    /// New description; `Some(None)` clears it.
    pub description: Option<Option<Description>>,
    /// New rewrite; `Some(None)` clears it.
    pub upstream_path: Option<Option<UpstreamPath>>,
    /// Switches it on or off.
    pub active: Option<bool>,
}

/// Which endpoints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EndpointFilter {
    /// Of this collection.
    pub collection_id: Option<CollectionId>,
    /// Of collections of this project.
    pub project_id: Option<ProjectId>,
    /// Switched on, or off.
    pub active: Option<bool>,
}
