//! `PUT /api/v2/api_clients/{id}/api_keys/{key}/refresh_secret`

use super::{Issued, Key};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use crate::wire::{Faults, Json, Wire, integer, request};
use domain::{ClientId, ProfileId};
use store::Overlap;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

request! {
    /// How to refresh. The body may be left out.
    pub(crate) struct RefreshInput {
        /// How long the old credential works besides the new one: 60 to 2,592,000 seconds (30 days), or 0: it ends at once.
        overlap_seconds: Option<OverlapSeconds>;
    }
}

/// Refresh the credential of an access profile
///
/// A new auth token, client secret or key id, shown in full in this one answer. The old one ends at once, on all gateway
/// workers before the answer, or after an overlap; a refresh during an overlap ends the older one. Works on disabled and
/// expired profiles too and does not enable them.
#[utoipa::path(put, path = "/api/v2/api_clients/{id}/api_keys/{key}/refresh_secret", tag = "Access profiles",
    operation_id = "refresh_key",
    params(
        ("id" = i64, Path, description = "The client's id", example = 4),
        ("key" = i64, Path, description = "The profile's id", example = 9)),
    request_body(content = Option<RefreshInput>, example = json!({"overlap_seconds": 86400})),
    responses((status = 200, description = "The profile with its new credential", body = Data<Key>), ChangeErrors))]
pub(crate) async fn refresh_key(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids((client, key)): Ids<(ClientId, ProfileId)>,
    body: OptionalBody<RefreshInput>,
) -> Result<Changed<Data<Key>>, ApiError> {
    let OptionalBody { input, faults } = body;
    faults.check()?;
    state.store().get_profile_of_client(client, key).await?;
    let issued = Issued::generate()?;
    let overlap = input.overlap();
    let fresh = issued.fresh.clone();
    let committed = state.store().refresh_credential(&caller.actor, state.now(), key, fresh, overlap).await?;
    Key::answer(&state, committed, Some(&issued)).await
}

/// Finish an overlap
///
/// The older credential ends now, on all gateway workers before the answer.
#[utoipa::path(put, path = "/api/v2/api_clients/{id}/api_keys/{key}/finish_overlap", tag = "Access profiles",
    operation_id = "finish_overlap",
    params(
        ("id" = i64, Path, description = "The client's id", example = 4),
        ("key" = i64, Path, description = "The profile's id", example = 9)),
    responses((status = 200, description = "The profile with its one credential", body = Data<Key>), ChangeErrors))]
pub(crate) async fn finish_overlap(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids((client, key)): Ids<(ClientId, ProfileId)>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Data<Key>>, ApiError> {
    body.faults.check()?;
    state.store().get_profile_of_client(client, key).await?;
    let committed = state.store().finish_overlap(&caller.actor, state.now(), key).await?;
    Key::answer(&state, committed, None).await
}

impl RefreshInput {
    /// The overlap asked for; `None`: the old credential ends at once.
    pub(crate) fn overlap(self) -> Option<Overlap> {
        self.overlap_seconds.flat().and_then(|seconds| seconds.0)
    }
}

/// Length of an overlap in seconds; 0 is none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OverlapSeconds(Option<Overlap>);

impl Wire for OverlapSeconds {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let seconds = i64::read(json, faults)?;
        let overlap = u32::try_from(seconds).ok().and_then(Overlap::new);
        if overlap.is_none() && seconds != 0 {
            faults.bad("", "must be 0, or 60 to 2592000 seconds");
            return None;
        }
        Some(Self(overlap))
    }

    fn schema() -> RefOr<Schema> {
        integer(0, Overlap::MAX_SECONDS.into())
    }
}
