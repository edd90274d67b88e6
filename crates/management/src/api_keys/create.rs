//! `POST /api/v2/api_clients/{id}/api_keys`

use super::{Issued, Key, KeyInput};
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids, State};
use crate::state::ManagementState;
use domain::ClientId;

/// Create an access profile
///
/// Its auth token, or client secret, is shown in full in this one answer.
#[utoipa::path(post, path = "/api/v2/api_clients/{id}/api_keys", tag = "Access profiles", operation_id = "create_key",
    params(("id" = i64, Path, description = "The client's id", example = 4)),
    request_body(content = KeyInput, example = json!({
        "name": "Web shop", "active": true, "api_collection_ids": [7], "api_policy_id": 3,
        "ip_allow_list": ["106.226.100.3/20"]
    })),
    responses((status = 200, description = "The new profile with its token", body = Data<Key>), ChangeErrors))]
pub(crate) async fn create_key(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    body: Body<KeyInput>,
) -> Result<Changed<Data<Key>>, ApiError> {
    let Body { input, mut faults } = body;
    let mut issued = Issued::generate()?;
    let profile = input.new_profile(&mut issued, &mut faults)?;
    let profile = faults.finish(|| profile)?;
    let committed = state.store().create_profile(&caller.actor, state.now(), client, profile).await?;
    Key::answer(&state, committed, Some(&issued)).await
}
