//! `GET /api/cert_bundles/{id}`

use super::CertBundleView;
use crate::answer::Data;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Ids, State};
use crate::state::ManagementState;
use domain::CertBundleId;

/// Show a certificate bundle
#[utoipa::path(get, path = "/api/cert_bundles/{id}", tag = "Certificate bundles", operation_id = "get_cert_bundle",
    params(("id" = i64, Path, description = "The bundle's id", example = 2)),
    responses((status = 200, description = "The bundle", body = Data<CertBundleView>), ReadErrors))]
pub(crate) async fn get_cert_bundle(
    State(state): State<ManagementState>,
    Ids(id): Ids<CertBundleId>,
) -> Result<Data<CertBundleView>, ApiError> {
    let row = state.store().get_cert_bundle(id).await?;
    Ok(Data { data: CertBundleView::new(&row, state.now()) })
}
