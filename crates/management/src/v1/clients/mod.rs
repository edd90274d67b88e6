//! Clients, first version: `/api/api_clients`.

pub(crate) mod create;
pub(crate) mod list;

use crate::answer::Time;
use serde::Serialize;
use store::ClientRow;
use utoipa::ToSchema;

/// A client as the older API shows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClientV1 {
    /// Its id.
    #[schema(example = 4)]
    id: i64,
    /// Unique in the workspace, case aside.
    #[schema(example = "Northwind Traders")]
    name: String,
    /// The project it belongs to.
    #[schema(example = 1)]
    project_id: i64,
    /// When it was made.
    created_at: Time,
    /// When it was last changed.
    updated_at: Time,
}

impl From<ClientRow> for ClientV1 {
    fn from(row: ClientRow) -> Self {
        let client = row.client;
        Self {
            id: client.id.0,
            name: client.name.to_string(),
            project_id: client.project_id.0,
            created_at: client.created_at.into(),
            updated_at: client.updated_at.into(),
        }
    }
}
