//! `POST /api/v2/api_clients`

use super::ClientCreated;
use crate::answer::{Changed, Data};
use crate::api_keys::{Issued, Key, KeyInput};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::state::ManagementState;
use crate::terms::TermsInput;
use crate::wire::{NotAvailable, request};
use domain::text::{Description, Email, Name};
use domain::{PolicyId, ProjectId};
use store::{CreatedClient, NewClient};

request! {
    /// A client to make, with default terms or without, and with its first profiles.
    pub(crate) struct ClientInput {
        /// Unique in the workspace, case aside.
        name: Name, required;
        /// Free text.
        description: Option<Description>;
        /// The project it belongs to. Default: the default project.
        project_id: Option<ProjectId>;
        /// Contact.
        email: Option<Email>;
        /// While false none of its profiles can call anything. Default: true.
        enabled: Option<bool>;
        /// Profiles to make with it, in one transaction.
        api_keys: Option<Vec<KeyInput>>;
        /// A policy counted once over all its profiles, besides each profile's own.
        shared_api_policy_id: Option<PolicyId>;
        /// Not available: null.
        api_portal_id: NotAvailable;
        ..terms: TermsInput;
    }
}

/// Create a client
///
/// With a name alone it has no default terms, and each profile has its own. `api_keys` makes its first profiles in
/// the same transaction: all or nothing, and their credentials are shown in this one answer.
#[utoipa::path(post, path = "/api/v2/api_clients", tag = "Clients", operation_id = "create_client",
    request_body(content = ClientInput, example = json!({
        "name": "Northwind Traders",
        "api_keys": [{"name": "Web shop", "active": false, "api_collection_ids": [7], "api_policy_id": 3}]
    })),
    responses((status = 200, description = "The new client", body = Data<ClientCreated>), ChangeErrors))]
pub(crate) async fn create_client(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<ClientInput>,
) -> Result<Changed<Data<ClientCreated>>, ApiError> {
    let Body { input, mut faults } = body;
    let default_terms = input.terms.default_terms(&mut faults);
    let mut profiles = Vec::new();
    let mut issued = Vec::new();
    for (at, key) in input.api_keys.flat().unwrap_or_default().into_iter().enumerate() {
        let mut credential = Issued::generate()?;
        let profile = faults.within(&format!("api_keys[{at}]"), |faults| key.new_profile(&mut credential, faults))?;
        profiles.extend(profile);
        issued.push(credential);
    }
    let new = faults.finish(|| {
        Some(NewClient {
            project_id: input.project_id.flat().unwrap_or_else(|| state.store().scope().home()),
            name: input.name.value()?,
            description: input.description.flat(),
            email: input.email.flat(),
            enabled: input.enabled.flat().unwrap_or(true),
            default_terms,
            shared_policy_id: input.shared_api_policy_id.flat(),
        })
    })?;
    let committed = state.store().create_client(&caller.actor, state.now(), new, profiles).await?;
    let Changed { revision, body: CreatedClient { client, profiles, .. } } =
        state.answer(committed, |created| created).await?;
    let mut api_keys = Vec::with_capacity(profiles.len());
    for (row, issued) in profiles.into_iter().zip(&issued) {
        api_keys.push(Key::load(row, &state, Some(issued)).await);
    }
    Ok(Changed { revision, body: Data { data: ClientCreated { client: client.into(), api_keys } } })
}
