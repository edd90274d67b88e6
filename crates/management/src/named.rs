//! A thing by id and name, as shown beside others.

use serde::Serialize;
use store::Named;
use utoipa::ToSchema;

/// Something that an object refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Named)]
pub(crate) struct NamedView {
    /// Its id.
    #[schema(example = 7)]
    pub(crate) id: i64,
    /// Its name.
    #[schema(example = "Quote to cash")]
    pub(crate) name: String,
}

impl NamedView {
    /// Shows a row's reference; `id` takes the number out of its id.
    pub(crate) fn new<Id>(named: Named<Id>, id: impl FnOnce(Id) -> i64) -> Self {
        Self { id: id(named.id), name: named.name.to_string() }
    }
}
