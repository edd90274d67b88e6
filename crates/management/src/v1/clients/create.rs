//! `POST /api/api_clients`

use super::ClientV1;
use crate::answer::Changed;
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::state::ManagementState;
use crate::wire::request;
use axum::Json;
use domain::ProjectId;
use domain::text::Name;
use store::NewClient;

request! {
    /// A client to make, without default terms.
    pub(crate) struct ClientV1Input {
        /// Unique in the workspace, case aside.
        name: Name, required;
        /// The project it belongs to. Default: the default project.
        project_id: Option<ProjectId>;
    }
}

/// Create a client (version 1)
///
/// A client without default terms: each of its access profiles brings its own.
#[utoipa::path(post, path = "/api/api_clients", tag = "Version 1", operation_id = "create_client_v1",
    request_body(content = ClientV1Input, example = json!({"name": "Northwind Traders"})),
    responses((status = 200, description = "The new client", body = ClientV1), ChangeErrors))]
pub(crate) async fn create_client_v1(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<ClientV1Input>,
) -> Result<Changed<Json<ClientV1>>, ApiError> {
    let Body { input, faults } = body;
    let new = faults.finish(|| {
        Some(NewClient {
            project_id: input.project_id.flat().unwrap_or_else(|| state.store().scope().home()),
            name: input.name.value()?,
            description: None,
            email: None,
            enabled: true,
            default_terms: None,
            shared_policy_id: None,
        })
    })?;
    let committed = state.store().create_client(&caller.actor, state.now(), new, Vec::new()).await?;
    state.answer(committed, |created| Json(created.client.into())).await
}
