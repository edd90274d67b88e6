//! `GET /api/v2/api_clients/{id}/api_keys`

use super::Key;
use crate::answer::ListOf;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, Query, State};
use crate::listing::Listing;
use crate::state::ManagementState;
use crate::wire::request;
use domain::{ClientId, CollectionId, PolicyId, ProjectId};
use store::{Page, ProfileFilter};

request! {
    /// Which profiles, by the terms in force for them.
    pub(crate) struct KeyFilters {
        /// With this collection.
        api_collection_id: CollectionId;
        /// Under this policy.
        api_policy_id: PolicyId;
        /// Of clients of this project.
        project_id: ProjectId;
        /// Switched on, or off.
        active: bool;
    }
}

impl KeyFilters {
    /// What to ask of the store.
    pub(crate) fn filter(self, client_id: Option<ClientId>) -> ProfileFilter {
        ProfileFilter {
            client_id,
            project_id: self.project_id.value(),
            collection_id: self.api_collection_id.value(),
            policy_id: self.api_policy_id.value(),
            active: self.active.value(),
        }
    }
}

/// List the access profiles of a client
#[utoipa::path(get, path = "/api/v2/api_clients/{id}/api_keys", tag = "Access profiles", operation_id = "list_keys",
    params(("id" = i64, Path, description = "The client's id", example = 4), Listing, KeyFilters),
    responses((status = 200, description = "A page of profiles", body = ListOf<Key>), ReadErrors))]
pub(crate) async fn list_keys(
    State(state): State<ManagementState>,
    Ids(client): Ids<ClientId>,
    Query((listing, filters)): Query<(Listing, KeyFilters)>,
) -> Result<ListOf<Key>, ApiError> {
    state.store().get_client(client).await?;
    let query = listing.page_query();
    let page = state.store().list_profiles(&query, &filters.filter(Some(client))).await?;
    let total = page.total;
    let items = Key::load_all(page.items, &state).await;
    Ok(ListOf::new(&query, Page { items, total }, |key| key))
}
