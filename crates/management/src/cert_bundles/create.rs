//! `POST /api/cert_bundles`

use super::{CertBundleView, PemText};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, MIB, State};
use crate::state::ManagementState;
use crate::wire::request;
use domain::text::Name;
use store::NewCertBundle;

request! {
    /// A bundle to make.
    pub(crate) struct CertBundleInput {
        /// Unique in the workspace, case aside.
        name: Name, required;
        /// One or more certificates of authorities in PEM, at most 1 MiB; words around them are ignored.
        pem: PemText, required;
    }
}

/// Create a certificate bundle
///
/// Terms name it as `cert_bundle_ids`. At most 50 a workspace.
#[utoipa::path(post, path = "/api/cert_bundles", tag = "Certificate bundles", operation_id = "create_cert_bundle",
    request_body(content = CertBundleInput, example = json!({
        "name": "Partners", "pem": "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n"
    })),
    responses((status = 200, description = "The new bundle", body = Data<CertBundleView>), ChangeErrors))]
pub(crate) async fn create_cert_bundle(
    State(state): State<ManagementState>,
    caller: Caller,
    // A newline of the text is two characters of JSON.
    body: Body<CertBundleInput, { 2 * MIB }>,
) -> Result<Changed<Data<CertBundleView>>, ApiError> {
    let Body { input, faults } = body;
    let new = faults.finish(|| Some(NewCertBundle { name: input.name.value()?, authorities: input.pem.value()?.0 }))?;
    let now = state.now();
    let committed = state.store().create_cert_bundle(&caller.actor, now, new).await?;
    state.answer(committed, |row| Data { data: CertBundleView::new(&row, now) }).await
}
