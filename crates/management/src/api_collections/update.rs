//! `PUT /api/api_collections/{id}`

use super::unreachable::refuse_unreachable;
use super::{Collection, CorsValue, LimitsValue, UpstreamValue};
use crate::answer::Changed;
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids, State};
use crate::state::ManagementState;
use crate::wire::{NotAvailable, request};
use axum::Json;
use domain::text::{Description, Name, Slug, Version};
use domain::{CollectionId, ProjectId};
use store::{CollectionUpdate, ForwardingUpdate};

request! {
    /// What to change in a collection: what is left out stays.
    pub(crate) struct CollectionChange {
        /// New name.
        name: Name;
        /// New project.
        project_id: ProjectId;
        /// New version. The path stays unless it is sent too.
        version: Version;
        /// New first segment of its URLs. Callers of the old one get 404 from then on.
        path: Slug;
        /// New description; null clears it.
        description: Option<Description>;
        /// Switches it on or off.
        enabled: bool;
        /// New upstream, whole: an object, or its base URL alone.
        upstream: UpstreamValue;
        /// New bounds of one call, whole.
        limits: LimitsValue;
        /// Which web pages of other origins may call it; null: none may.
        cors: Option<CorsValue>;
        /// Whether the auth token may stand in the query, as `api_token=`. It is always removed before forwarding.
        allow_query_token: bool;
        /// Whether `%2F` may stand in paths, inside one segment; otherwise such a path is refused.
        allow_encoded_slash: bool;
        /// Whether the upstream gets the caller's `Host`; otherwise its own authority.
        keep_host: bool;
        /// Whether `Authorization` is left to the upstream: it is not read as a credential and passes unchanged. Not
        /// together with an `upstream.auth` that sets it.
        pass_authorization: bool;
        /// Whether the upstream gets the claims of the caller's JSON Web Token, as `X-Portcullis-Claims`: base64url of
        /// their JSON.
        send_claims: bool;
        /// Not available: null.
        proxy_connection_id: NotAvailable;
    }
}

/// Change an API collection
#[utoipa::path(put, path = "/api/api_collections/{id}", tag = "API collections", operation_id = "update_collection",
    params(("id" = i64, Path, description = "The collection's id", example = 7)),
    request_body(content = CollectionChange, example = json!({"upstream": "http://127.0.0.1:9001"})),
    responses((status = 200, description = "The changed collection", body = Collection), ChangeErrors))]
pub(crate) async fn update_collection(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<CollectionId>,
    body: Body<CollectionChange>,
) -> Result<Changed<Json<Collection>>, ApiError> {
    let Body { input, mut faults } = body;
    let upstream = input.upstream.value().map(|upstream| upstream.0);
    if let Some(upstream) = &upstream {
        refuse_unreachable(upstream, &state, &mut faults);
    }
    let update = faults.finish(|| {
        Some(CollectionUpdate {
            project_id: input.project_id.value(),
            name: input.name.value(),
            version: input.version.value(),
            path: input.path.value(),
            description: input.description.value(),
            enabled: input.enabled.value(),
            upstream,
            limits: input.limits.value().map(|limits| limits.0),
            cors: input.cors.value().map(|cors| cors.map(|cors| cors.0)),
            allow_query_token: input.allow_query_token.value(),
            forwarding: ForwardingUpdate {
                keep_host: input.keep_host.value(),
                pass_authorization: input.pass_authorization.value(),
                send_claims: input.send_claims.value(),
                allow_encoded_slash: input.allow_encoded_slash.value(),
            },
        })
    })?;
    let base = state.collections_url().await?;
    let committed = state.store().update_collection(&caller.actor, state.now(), id, update).await?;
    state.answer(committed, |row| Json(Collection::new(row, &base))).await
}
