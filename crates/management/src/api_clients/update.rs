//! `PUT /api/v2/api_clients/{id}`

use super::Client;
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids, State};
use crate::state::ManagementState;
use crate::terms::TermsInput;
use crate::wire::{NotAvailable, request};
use domain::text::{Description, Email, Name};
use domain::{ClientId, PolicyId, ProjectId};
use store::ClientUpdate;

request! {
    /// What to change in a client: what is left out stays. `auth_type: null` takes its default terms away.
    pub(crate) struct ClientChange {
        /// New name.
        name: Name;
        /// New description; null clears it.
        description: Option<Description>;
        /// New project.
        project_id: ProjectId;
        /// New contact; null clears it.
        email: Option<Email>;
        /// Switches it on or off.
        enabled: bool;
        /// A policy counted once over all its profiles, besides each profile's own; null: none.
        shared_api_policy_id: Option<PolicyId>;
        /// Not available: null.
        api_portal_id: NotAvailable;
        ..terms: TermsInput;
    }
}

/// Change a client
///
/// A change of its default terms acts on all profiles that use them, at once; credentials and counters stay.
#[utoipa::path(put, path = "/api/v2/api_clients/{id}", tag = "Clients", operation_id = "update_client",
    params(("id" = i64, Path, description = "The client's id", example = 4)),
    request_body(content = ClientChange, example = json!({"description": "Partner since 2024"})),
    responses((status = 200, description = "The changed client", body = Data<Client>), ChangeErrors))]
pub(crate) async fn update_client(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<ClientId>,
    body: Body<ClientChange>,
) -> Result<Changed<Data<Client>>, ApiError> {
    let Body { input, mut faults } = body;
    let default_terms = input.terms.default_terms_update(&mut faults);
    let update = faults.finish(|| {
        Some(ClientUpdate {
            project_id: input.project_id.value(),
            name: input.name.value(),
            description: input.description.value(),
            email: input.email.value(),
            enabled: input.enabled.value(),
            default_terms,
            shared_policy_id: input.shared_api_policy_id.value(),
        })
    })?;
    let committed = state.store().update_client(&caller.actor, state.now(), id, update).await?;
    state.answer(committed, |row| Data { data: row.into() }).await
}
