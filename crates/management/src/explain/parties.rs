//! Whose request is explained. Who is confined to projects gets an explanation only where all that the request has to do
//! with is in them, or was granted to a client that is: the values of the checks name it.

use crate::error::ApiError;
use crate::state::ManagementState;
use domain::decide::Explanation;
use domain::{ClientId, CollectionId, ProfileId};

/// What a request has to do with, as far as that is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parties {
    /// Whose it is.
    pub(super) client: Option<ClientId>,
    /// Whose it is.
    pub(super) profile: Option<ProfileId>,
    /// Where its path leads.
    pub(super) collection: Option<CollectionId>,
}

impl Parties {
    /// Those of an explanation.
    pub(super) fn of_explanation(explanation: &Explanation) -> Self {
        Self { client: explanation.client, profile: explanation.profile, collection: explanation.collection }
    }

    /// Whether nothing is known.
    pub(super) fn is_nobodys(self) -> bool {
        self.client.is_none() && self.profile.is_none() && self.collection.is_none()
    }

    /// `NotFound` where the caller does not see one of them.
    pub(super) async fn require_seen(self, state: &ManagementState) -> Result<(), ApiError> {
        let store = state.store();
        if store.scope().is_all() {
            return Ok(());
        }
        if let Some(id) = self.client {
            store.get_client(id).await?;
        }
        let granted = match self.profile {
            Some(id) => store.get_profile(id).await?.effective_terms.map(|terms| terms.collection_ids),
            None => None,
        };
        if let Some(id) = self.collection
            && !granted.unwrap_or_default().contains(&id)
        {
            store.get_collection(id).await?;
        }
        Ok(())
    }
}
