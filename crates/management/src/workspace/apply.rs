//! `POST /api/workspace`

use super::document::WorkspaceDocument;
use super::export::passphrase;
use super::text::{Mode, Options, apply, read};
use super::view::WorkspaceDifference;
use crate::answer::{Changed, Data};
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{MIB, Query, State, read_up_to};
use crate::state::ManagementState;
use crate::wire::request;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::workspace::Prune;
use store::FaultKind;

/// Largest document.
const LIMIT: usize = 64 * MIB;

request! {
    /// How to treat the document.
    pub(crate) struct ApplyQuery {
        /// Only say what would change. Default: false.
        dry_run: bool;
        /// Delete objects that the document does not name, in the sections that it has. Default: false.
        prune: bool;
    }
}

/// Apply a workspace document
///
/// In one transaction, or, with `dry_run=true`, not at all: then the answer says what would change. The body is a document as
/// exported, in JSON or YAML, at most 64 MiB. All its problems are answered at once, each at its path. New profiles have
/// no credential unless the document brings it in its secrets; no credential is ever answered.
#[utoipa::path(post, path = "/api/workspace", tag = "Workspace", operation_id = "apply_workspace",
    params(ApplyQuery,
        ("Portcullis-Passphrase" = Option<String>, Header, description = "Opens the document's secrets; without it they are not used")),
    request_body(content((WorkspaceDocument = "application/json", example = json!({
        "version": 1,
        "policies": [{"name": "Gold", "rate_limit": {"limit": 100, "interval": "second"}}]
    })), (String = "application/yaml", example = json!(super::YAML_EXAMPLE)))),
    responses((status = 200, description = "What was, or would be, changed", body = Data<WorkspaceDifference>), ChangeErrors))]
pub(crate) async fn apply_workspace(
    State(state): State<ManagementState>,
    caller: Caller,
    Query(query): Query<ApplyQuery>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let bytes = read_up_to(&parts.headers, body, LIMIT).await?;
    if bytes.is_empty() {
        return Err(ApiError::fault("body", FaultKind::Bad, "is empty: send a workspace document"));
    }
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let json = match essence.as_str() {
        "application/json" => crate::extract::parse(&bytes)?,
        "application/yaml" | "application/x-yaml" | "text/yaml" => read(bytes.into()).await?,
        _ => return Err(ApiError::UnsupportedMediaType { expected: "application/json or application/yaml" }),
    };
    let options = Options {
        mode: if query.dry_run.value().unwrap_or_default() { Mode::Compare } else { Mode::Apply },
        prune: if query.prune.value().unwrap_or_default() { Prune::Delete } else { Prune::Keep },
        passphrase: passphrase(&parts.headers)?,
        own_listeners: &state.parts.own_listeners,
    };
    let applied = apply(state.store(), &caller.actor, state.now(), json, options).await?;
    let body = Data { data: applied.difference };
    let Some(revision) = applied.committed else { return Ok(body.into_response()) };
    state.parts.changes.applied(revision).await?;
    Ok(Changed { revision, body }.into_response())
}
