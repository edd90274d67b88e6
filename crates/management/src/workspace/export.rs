//! `GET /api/workspace`

use super::document::WorkspaceDocument;
use super::text::{export, to_yaml, written};
use crate::answer::Data;
use crate::auth::Caller;
use crate::document::ReadErrors;
use crate::error::ApiError;
use crate::extract::{Query, State};
use crate::state::ManagementState;
use crate::wire::request;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::secret::Secret;
use store::{FaultKind, Role};

request! {
    /// What to export.
    pub(crate) struct ExportQuery {
        /// Whether secrets are exported too, encrypted under the passphrase of the header `Portcullis-Passphrase`. Only for owners.
        /// Default: false.
        with_secrets: bool;
    }
}

/// Export the workspace
///
/// Settings, projects, policies, certificate bundles, collections, clients and webhooks as one document, in the order of names; members,
/// management tokens, logos, counts and logs are not in it. As YAML with `Accept: application/yaml`.
#[utoipa::path(get, path = "/api/workspace", tag = "Workspace", operation_id = "export_workspace",
    params(ExportQuery,
        ("Portcullis-Passphrase" = Option<String>, Header, description = "The passphrase of the secrets: at least 12 characters")),
    responses((status = 200, description = "The workspace", content(
        (Data<WorkspaceDocument> = "application/json"), (String = "application/yaml", example = json!(super::YAML_EXAMPLE)))), ReadErrors))]
pub(crate) async fn export_workspace(
    State(state): State<ManagementState>,
    caller: Caller,
    Query(query): Query<ExportQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let passphrase = if query.with_secrets.value().unwrap_or_default() {
        if caller.role != Role::Owner {
            return Err(ApiError::Forbidden { needs: Role::Owner });
        }
        let blank = || ApiError::fault("Portcullis-Passphrase", FaultKind::Bad, "can't be blank with with_secrets");
        Some(passphrase(&headers)?.ok_or_else(blank)?)
    } else {
        None
    };
    let (workspace, block) = export(state.store(), passphrase).await?;
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains("yaml") {
        let text = to_yaml(workspace, block).await?;
        return Ok(([(CONTENT_TYPE, "application/yaml; charset=utf-8")], text).into_response());
    }
    Ok(Data { data: written(&workspace, block) }.into_response())
}

/// The passphrase of a request.
pub(super) fn passphrase(headers: &HeaderMap) -> Result<Option<Secret>, ApiError> {
    let Some(value) = headers.get(super::PASSPHRASE) else { return Ok(None) };
    let text = std::str::from_utf8(value.as_bytes())
        .map_err(|_| ApiError::fault("Portcullis-Passphrase", FaultKind::Bad, "must be UTF-8"))?;
    Ok(Some(Secret::new(text.to_owned())).filter(|text| !text.expose().is_empty()))
}
