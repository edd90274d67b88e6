//! `DELETE /api/settings/oidc`

use crate::answer::{Changed, Success};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;

/// Let members sign in by password only
///
/// Members that came from the provider stay, without a password until an owner gives them a link.
#[utoipa::path(delete, path = "/api/settings/oidc", tag = "Settings", operation_id = "delete_oidc_settings",
    responses((status = 200, description = "Nobody signs in there any more", body = Success), ChangeErrors))]
pub(crate) async fn delete_oidc_settings(
    State(state): State<ManagementState>,
    caller: Caller,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let committed = state.store().delete_sign_in_provider(&caller.actor, state.now()).await?;
    Ok(ManagementState::answer_at_once(committed, |()| Success::DONE))
}
