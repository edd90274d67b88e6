//! `DELETE /api/cert_bundles/{id}`

use crate::answer::{Changed, Success};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, State};
use crate::listing::Nothing;
use crate::state::ManagementState;
use domain::CertBundleId;

/// Delete a certificate bundle
///
/// Refused while terms name it, also while they do not ask for certificates.
#[utoipa::path(delete, path = "/api/cert_bundles/{id}", tag = "Certificate bundles",
    operation_id = "delete_cert_bundle",
    params(("id" = i64, Path, description = "The bundle's id", example = 2)),
    responses((status = 200, description = "It is gone", body = Success), ChangeErrors))]
pub(crate) async fn delete_cert_bundle(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<CertBundleId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let committed = state.store().delete_cert_bundle(&caller.actor, state.now(), id).await?;
    state.answer(committed, |()| Success::DONE).await
}
