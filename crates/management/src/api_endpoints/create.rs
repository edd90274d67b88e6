//! `POST /api/api_collections/{id}/api_endpoints`

use super::Endpoint;
use crate::answer::Changed;
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids, State};
use crate::state::ManagementState;
use crate::wire::{Faults, request};
use axum::Json;
use domain::CollectionId;
use domain::endpoint::{EndpointPath, UpstreamPath};
use domain::method::EndpointMethod;
use domain::text::{Description, Name};
use store::NewEndpoint;

request! {
    /// An endpoint to make.
    pub(crate) struct EndpointInput {
        /// What people call it.
        name: Name, required;
        /// A method, or `ANY` for all.
        method: EndpointMethod, required;
        /// Path below the collection: `{parameters}` as whole segments and, last, an optional `{rest...}`.
        path: EndpointPath, required;
        /// Free text.
        description: Option<Description>;
        /// Its path at the upstream, with the path's own parameters. Default: the path as called.
        upstream_path: Option<String>;
        /// Whether it can be called at once. Default: false.
        active: Option<bool>;
        /// Accepted and not used.
        flow_id: Option<i64>;
    }
}

/// Create an endpoint
#[utoipa::path(post, path = "/api/api_collections/{id}/api_endpoints", tag = "Endpoints",
    operation_id = "create_endpoint",
    params(("id" = i64, Path, description = "The collection's id", example = 7)),
    request_body(content = EndpointInput,
        example = json!({"name": "Get an order", "method": "GET", "path": "/orders/{id}", "active": true})),
    responses((status = 200, description = "The new endpoint", body = Endpoint), ChangeErrors))]
pub(crate) async fn create_endpoint(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<CollectionId>,
    body: Body<EndpointInput>,
) -> Result<Changed<Json<Endpoint>>, ApiError> {
    let Body { input, mut faults } = body;
    let path = input.path.value();
    let upstream_path = match (input.upstream_path.flat(), &path) {
        (Some(text), Some(path)) => parse_upstream_path(&text, path, &mut faults),
        (Some(_) | None, _) => None,
    };
    let new = faults.finish(|| {
        Some(NewEndpoint {
            name: input.name.value()?,
            method: input.method.value()?,
            path: path?,
            description: input.description.flat(),
            upstream_path,
            active: input.active.flat().unwrap_or_default(),
        })
    })?;
    let base = state.collections_url().await?;
    let committed = state.store().create_endpoint(&caller.actor, state.now(), id, new).await?;
    state.answer(committed, |row| Json(Endpoint::new(row, &base))).await
}

/// Reads a rewrite against the path it belongs to.
pub(super) fn parse_upstream_path(text: &str, path: &EndpointPath, faults: &mut Faults) -> Option<UpstreamPath> {
    match UpstreamPath::parse(text, path) {
        Ok(rewrite) => Some(rewrite),
        Err(message) => {
            faults.bad("upstream_path", message);
            None
        }
    }
}
