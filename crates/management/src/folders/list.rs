//! `GET /api/folders`

use super::{Folder, FolderId};
use crate::answer::BareList;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::listing::Listing;
use crate::state::ManagementState;
use crate::wire::request;
use store::Page;

request! {
    /// Which folders.
    pub(crate) struct FolderFilter {
        /// The folder they are in; default: the one that holds all projects. In a project's folder there are none.
        parent_id: FolderId;
    }
}

/// List folders
///
/// The header `X-Total-Count` says how many there are on all pages.
#[utoipa::path(get, path = "/api/folders", tag = "Projects", operation_id = "list_folders",
    params(Listing, FolderFilter),
    responses((status = 200, description = "A page of folders", body = Vec<Folder>,
        headers(("X-Total-Count" = i64, description = "Rows on all pages"))), ReadErrors))]
pub(crate) async fn list_folders(
    State(state): State<ManagementState>,
    Query((listing, filter)): Query<(Listing, FolderFilter)>,
) -> Result<BareList<Folder>, ApiError> {
    let page = match filter.parent_id.value() {
        None | Some(FolderId::Root) => state.store().list_projects(&listing.page_query()).await?,
        Some(FolderId::Project(id)) => {
            state.store().get_project(id).await?;
            Page { items: Vec::new(), total: 0 }
        }
    };
    Ok(BareList::new(page, Folder::from))
}
