//! `POST /api/cert_bundles/preview`

use super::PemText;
use super::view::CertificatesView;
use crate::answer::Data;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, MIB, State};
use crate::state::ManagementState;
use crate::wire::request;

request! {
    /// Certificates to look at.
    pub(crate) struct CertBundlePreview {
        /// As for a new bundle.
        pem: PemText, required;
    }
}

/// Preview a certificate bundle
///
/// Shows what a bundle of these certificates would trust, or everything that is wrong with them. Nothing is stored.
#[utoipa::path(post, path = "/api/cert_bundles/preview", tag = "Certificate bundles",
    operation_id = "preview_cert_bundle",
    request_body(content = CertBundlePreview, example = json!({
        "pem": "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n"
    })),
    responses((status = 200, description = "The certificates", body = Data<CertificatesView>), ChangeErrors))]
pub(crate) async fn preview_cert_bundle(
    State(state): State<ManagementState>,
    body: Body<CertBundlePreview, { 2 * MIB }>,
) -> Result<Data<CertificatesView>, ApiError> {
    let Body { input, faults } = body;
    let authorities = faults.finish(|| Some(input.pem.value()?.0))?;
    Ok(Data { data: CertificatesView::new(&authorities, state.now()) })
}
