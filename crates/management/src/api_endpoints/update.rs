//! `PUT /api/api_endpoints/{id}`

use super::Endpoint;
use super::create::parse_upstream_path;
use crate::answer::Changed;
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids, State};
use crate::state::ManagementState;
use crate::wire::{Field, request};
use axum::Json;
use domain::EndpointId;
use domain::endpoint::EndpointPath;
use domain::method::EndpointMethod;
use domain::text::{Description, Name};
use store::EndpointUpdate;

request! {
    /// What to change in an endpoint: what is left out stays.
    pub(crate) struct EndpointChange {
        /// New name.
        name: Name;
        /// New method.
        method: EndpointMethod;
        /// New path.
        path: EndpointPath;
        /// New description; null clears it.
        description: Option<Description>;
        /// New path at the upstream; null: the path as called.
        upstream_path: Option<String>;
        /// Whether it can be called.
        active: bool;
        /// Accepted and not used.
        flow_id: Option<i64>;
    }
}

/// Change an endpoint
#[utoipa::path(put, path = "/api/api_endpoints/{id}", tag = "Endpoints", operation_id = "update_endpoint",
    params(("id" = i64, Path, description = "The endpoint's id", example = 12)),
    request_body(content = EndpointChange, example = json!({"name": "Get one order"})),
    responses((status = 200, description = "The changed endpoint", body = Endpoint), ChangeErrors))]
pub(crate) async fn update_endpoint(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<EndpointId>,
    body: Body<EndpointChange>,
) -> Result<Changed<Json<Endpoint>>, ApiError> {
    let Body { input, mut faults } = body;
    // The store looks at path and rewrite together again, as they are then.
    let present = state.store().get_endpoint(id).await?.endpoint;
    let path = input.path.value();
    let upstream_path = match input.upstream_path {
        Field::Absent | Field::Faulty => None,
        Field::Given(None) => Some(None),
        Field::Given(Some(text)) => {
            parse_upstream_path(&text, path.as_ref().unwrap_or(&present.path), &mut faults).map(Some)
        }
    };
    let update = faults.finish(|| {
        Some(EndpointUpdate {
            name: input.name.value(),
            method: input.method.value(),
            path,
            description: input.description.value(),
            upstream_path,
            active: input.active.value(),
        })
    })?;
    let base = state.collections_url().await?;
    let committed = state.store().update_endpoint(&caller.actor, state.now(), id, update).await?;
    state.answer(committed, |row| Json(Endpoint::new(row, &base))).await
}
