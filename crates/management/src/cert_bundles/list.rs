//! `GET /api/cert_bundles`

use super::CertBundleView;
use crate::answer::ListOf;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::listing::Listing;
use crate::state::ManagementState;

/// List certificate bundles
#[utoipa::path(get, path = "/api/cert_bundles", tag = "Certificate bundles", operation_id = "list_cert_bundles",
    params(Listing),
    responses((status = 200, description = "A page of bundles", body = ListOf<CertBundleView>), ReadErrors))]
pub(crate) async fn list_cert_bundles(
    State(state): State<ManagementState>,
    Query(listing): Query<Listing>,
) -> Result<ListOf<CertBundleView>, ApiError> {
    let query = listing.page_query();
    let page = state.store().list_cert_bundles(&query).await?;
    let now = state.now();
    Ok(ListOf::new(&query, page, |row| CertBundleView::new(&row, now)))
}
