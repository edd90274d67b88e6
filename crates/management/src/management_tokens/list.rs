//! `GET /api/management_tokens`

use super::Token;
use crate::answer::ListOf;
use crate::auth::Caller;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::listing::Listing;
use crate::state::ManagementState;
use crate::wire::request;
use domain::{MemberId, ProjectId};
use store::{Role, TokenFilter};

request! {
    /// Which management tokens.
    pub(crate) struct TokenFilters {
        /// Made by this member.
        member_id: MemberId;
        /// With this role.
        role: Role;
        /// That are not confined to other projects than this one.
        project_id: ProjectId;
    }
}

/// List management tokens
///
/// One's own; an owner sees everybody's.
#[utoipa::path(get, path = "/api/management_tokens", tag = "Management tokens",
    operation_id = "list_management_tokens", params(Listing, TokenFilters),
    responses((status = 200, description = "A page of tokens", body = ListOf<Token>), ReadErrors))]
pub(crate) async fn list_tokens(
    State(state): State<ManagementState>,
    caller: Caller,
    Query((listing, filters)): Query<(Listing, TokenFilters)>,
) -> Result<ListOf<Token>, ApiError> {
    let query = listing.page_query();
    let filter = TokenFilter {
        member_id: filters.member_id.value(),
        role: filters.role.value(),
        project_id: filters.project_id.value(),
    };
    let page = state.store().list_management_tokens(&query, &filter, caller.tokens()).await?;
    let now = state.now();
    Ok(ListOf::new(&query, page, |token| Token::new(token, now)))
}
