//! `GET /api/v2/api_clients`

use super::Client;
use crate::answer::ListOf;
use crate::document::FilterErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::listing::Listing;
use crate::state::ManagementState;
use crate::wire::{NotAvailable, request};
use domain::{CollectionId, PolicyId, ProjectId};
use store::ClientFilter;

request! {
    /// Which clients.
    pub(crate) struct ClientFilters {
        /// Of this project.
        project_id: ProjectId;
        /// With this collection in the default terms or in any profile's own.
        api_collection_id: CollectionId;
        /// With this policy in the default terms or in any profile's own.
        api_policy_id: PolicyId;
        /// Enabled, or disabled.
        active: bool;
        /// Not available in this version.
        cert_bundle_ids: NotAvailable;
    }
}

impl ClientFilters {
    /// What to ask of the store.
    pub(crate) fn filter(self) -> ClientFilter {
        ClientFilter {
            project_id: self.project_id.value(),
            enabled: self.active.value(),
            collection_id: self.api_collection_id.value(),
            policy_id: self.api_policy_id.value(),
        }
    }
}

/// List clients
#[utoipa::path(get, path = "/api/v2/api_clients", tag = "Clients", operation_id = "list_clients",
    params(Listing, ClientFilters),
    responses((status = 200, description = "A page of clients", body = ListOf<Client>), FilterErrors))]
pub(crate) async fn list_clients(
    State(state): State<ManagementState>,
    Query((listing, filters)): Query<(Listing, ClientFilters)>,
) -> Result<ListOf<Client>, ApiError> {
    let query = listing.page_query();
    let page = state.store().list_clients(&query, &filters.filter()).await?;
    Ok(ListOf::new(&query, page, Client::from))
}
