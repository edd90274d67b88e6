//! `PUT /api/cert_bundles/{id}`

use super::{CertBundleView, PemText};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids, MIB, State};
use crate::state::ManagementState;
use crate::wire::request;
use domain::CertBundleId;
use domain::text::Name;
use store::CertBundleUpdate;

request! {
    /// What to change in a bundle: what is left out stays.
    pub(crate) struct CertBundleChange {
        /// New name.
        name: Name;
        /// New certificates, in place of all former ones.
        pem: PemText;
    }
}

/// Change a certificate bundle
///
/// In force at once for all terms that name it, on open connections too.
#[utoipa::path(put, path = "/api/cert_bundles/{id}", tag = "Certificate bundles", operation_id = "update_cert_bundle",
    params(("id" = i64, Path, description = "The bundle's id", example = 2)),
    request_body(content = CertBundleChange, example = json!({"name": "Partners of 2027"})),
    responses((status = 200, description = "The changed bundle", body = Data<CertBundleView>), ChangeErrors))]
pub(crate) async fn update_cert_bundle(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<CertBundleId>,
    body: Body<CertBundleChange, { 2 * MIB }>,
) -> Result<Changed<Data<CertBundleView>>, ApiError> {
    let Body { input, faults } = body;
    let update = faults.finish(|| {
        Some(CertBundleUpdate { name: input.name.value(), authorities: input.pem.value().map(|pem| pem.0) })
    })?;
    let now = state.now();
    let committed = state.store().update_cert_bundle(&caller.actor, now, id, update).await?;
    state.answer(committed, |row| Data { data: CertBundleView::new(&row, now) }).await
}
