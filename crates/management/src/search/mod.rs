//! Search over the workspace: `/api/search`.

mod view;

use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::explain::Recorded;
use crate::extract::{Query, State};
use crate::state::ManagementState;
use crate::wire::{Faults, Json, SearchText, Wire, integer, request};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
pub(crate) use view::{FoundRow, SearchResults};

/// Rows of an answer, unless said otherwise.
const DEFAULT_ROWS: u32 = 20;

request! {
    /// What to search for.
    pub(crate) struct SearchInput {
        /// Part of a name or path, case aside; or a whole request id.
        q: SearchText, required;
        /// At most so many rows: 1 to 50, default 20.
        limit: SearchLimit;
    }
}

/// Search
///
/// Clients, access profiles, collections, endpoints and policies with this in their name (of collections and endpoints: in their
/// path too), the best first: what is called so, what begins so, what contains it; and a recent request by its whole id.
#[utoipa::path(get, path = "/api/search", tag = "Search", operation_id = "search",
    params(SearchInput),
    responses((status = 200, description = "What was found", body = SearchResults), ReadErrors))]
pub(crate) async fn search(
    State(state): State<ManagementState>,
    Query(input): Query<SearchInput>,
) -> Result<axum::Json<SearchResults>, ApiError> {
    let limit = input.limit.value().map_or(DEFAULT_ROWS, |limit| limit.0);
    let text = input.q.value().map(|text| text.0).unwrap_or_default();
    if text.is_empty() {
        return Err(ApiError::fault("q", store::FaultKind::Bad, "can't be blank"));
    }
    let mut rows: Vec<FoundRow> = Vec::new();
    if is_request_id(&text)
        && let Some(recorded) = seen_request(&state, &text).await?
    {
        rows.push(FoundRow::of_request(recorded));
    }
    rows.extend(state.store().search(&text, limit).await?.into_iter().map(FoundRow::from));
    Ok(axum::Json(SearchResults::new(rows)))
}

/// Whether a text has the form of our request ids: that of a UUID.
fn is_request_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A recent request, if its client or collection is seen.
async fn seen_request(state: &ManagementState, id: &str) -> Result<Option<Recorded>, ApiError> {
    let Some((recorded, _)) = state.parts.explanations.recorded(id.to_ascii_lowercase()).await else { return Ok(None) };
    if state.store().scope().is_all() {
        return Ok(Some(recorded));
    }
    let client = match recorded.client {
        Some(id) => state.store().get_client(id).await.is_ok(),
        None => false,
    };
    let collection = match recorded.collection {
        Some(id) => state.store().get_collection(id).await.is_ok(),
        None => false,
    };
    Ok((client || collection).then_some(recorded))
}

/// Rows of an answer: 1 to 50.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SearchLimit(u32);

impl SearchLimit {
    const MAX: u32 = 50;
}

impl Wire for SearchLimit {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let rows = u32::try_from(i64::read(json, faults)?).ok().filter(|rows| (1..=Self::MAX).contains(rows));
        if rows.is_none() {
            faults.bad("", format!("must be 1 to {}", Self::MAX));
        }
        rows.map(Self)
    }

    fn schema() -> RefOr<Schema> {
        integer(1, Self::MAX.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_have_the_form_of_a_uuid() {
        assert!(is_request_id("01936b6e-7a3f-7c1d-9d2b-5f0c7e1a2b3c"));
        for other in ["01936b6e-7a3f-7c1d-9d2b-5f0c7e1a2b3", "01936b6e_7a3f-7c1d-9d2b-5f0c7e1a2b3c", "orders", ""] {
            assert!(!is_request_id(other), "{other:?}");
        }
    }
}
