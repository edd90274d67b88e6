//! `DELETE /api/api_collections/{id}`

use crate::answer::Changed;
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::named::NamedView;
use crate::state::ManagementState;
use axum::Json;
use domain::CollectionId;
use serde::Serialize;
use utoipa::ToSchema;

/// A deleted collection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CollectionDeleted {
    /// Always true.
    #[schema(example = true)]
    success: bool,
    /// Whose terms it was in. What is left with no collection may call nothing.
    removed_from: RemovedFromView,
}

/// Whose terms a collection was taken out of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RemovedFrom)]
pub(crate) struct RemovedFromView {
    /// Clients, by their default terms.
    api_clients: Vec<NamedView>,
    /// Profiles, by their own terms.
    api_keys: Vec<NamedView>,
}

/// Delete an API collection
///
/// With its endpoints; it is taken out of all terms in the same transaction.
#[utoipa::path(delete, path = "/api/api_collections/{id}", tag = "API collections", operation_id = "delete_collection",
    params(("id" = i64, Path, description = "The collection's id", example = 7)),
    responses((status = 200, description = "It is gone", body = CollectionDeleted), ChangeErrors))]
pub(crate) async fn delete_collection(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<CollectionId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Json<CollectionDeleted>>, ApiError> {
    body.faults.check()?;
    let committed = state.store().delete_collection(&caller.actor, state.now(), id).await?;
    let answer = state.answer(committed, |removed_from| {
        let clients = removed_from.clients.into_iter().map(|client| NamedView::new(client, |id| id.0));
        let profiles = removed_from.profiles.into_iter().map(|profile| NamedView::new(profile, |id| id.0));
        let removed_from = RemovedFromView { api_clients: clients.collect(), api_keys: profiles.collect() };
        Json(CollectionDeleted { success: true, removed_from })
    });
    answer.await
}
