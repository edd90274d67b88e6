//! Documents as text: YAML or JSON in, YAML out. Used by the operations and by the program's commands.

use super::document::WorkspaceDocument;
use super::sealed::{self, Block, MIN_PASSPHRASE_CHARS};
use super::view::WorkspaceDifference;
use super::{entries, sealed::open};
use crate::error::ApiError;
use crate::extract::read_object;
use crate::state::ManagementState;
use crate::wire::{Faults, Json};
use domain::secret::Secret;
use domain::time::Timestamp;
use domain::workspace::{FORMAT_VERSION, Prune, Workspace};
use serde::Serialize;
use std::net::SocketAddr;
use store::{Actor, Fault, FaultKind, Store, StoreError};

const HEAD: &str = "# A Portcullis workspace. `portcullis diff FILE` says what it would change here, `portcullis apply FILE` \
changes it.\n# The format: docs/manual/workspace-file.md; its JSON Schema: `portcullis schema workspace`.\n";
const NO_PASSPHRASE: &str = "the secrets of the document were not used: no passphrase was given";

/// Whether a document is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is only compared.
    Compare,
    /// It is carried out.
    Apply,
}

/// How to treat a document.
pub struct Options<'a> {
    /// Whether it is carried out.
    pub mode: Mode,
    /// What becomes of objects that it does not name.
    pub prune: Prune,
    /// Opens its secrets; without one they are not used.
    pub passphrase: Option<Secret>,
    /// Our own listeners: no upstream may lead there.
    pub own_listeners: &'a [SocketAddr],
}

/// What a document changed, or would change.
pub struct Applied {
    pub(super) difference: WorkspaceDifference,
    /// The revision that the gateway must use before anybody is told; `None`: nothing was changed.
    pub(super) committed: Option<domain::Revision>,
}

impl Applied {
    /// As the management API's JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(&self.difference).unwrap_or_default()
    }

    /// The revision that was made, if any.
    pub fn revision(&self) -> Option<domain::Revision> {
        self.committed
    }
}

/// A document as written.
#[derive(Serialize)]
pub(super) struct Written<'a> {
    version: i64,
    #[serde(flatten)]
    workspace: &'a Workspace,
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets: Option<Block>,
}

/// Reads everything and hands it over as it is to be written.
pub(super) async fn export(store: &Store, passphrase: Option<Secret>) -> Result<(Workspace, Option<Block>), ApiError> {
    let (_, workspace) = store.export_workspace().await?;
    let block = match passphrase {
        Some(passphrase) => {
            check_passphrase(&passphrase)?;
            Some(sealed::seal(&workspace, passphrase).await?)
        }
        None => None,
    };
    Ok((workspace, block))
}

pub(super) fn written(workspace: &Workspace, secrets: Option<Block>) -> Written<'_> {
    Written { version: FORMAT_VERSION, workspace, secrets }
}

/// The same as YAML.
pub(super) async fn to_yaml(workspace: Workspace, block: Option<Block>) -> Result<String, ApiError> {
    let write = move || yaml_serde::to_string(&written(&workspace, block)).ok();
    let text = tokio::task::spawn_blocking(write).await.ok().flatten();
    let text = text.ok_or_else(|| ApiError::internal("a workspace could not be written as YAML"))?;
    Ok(format!("{HEAD}{text}"))
}

fn check_passphrase(passphrase: &Secret) -> Result<(), ApiError> {
    if passphrase.expose().chars().count() < MIN_PASSPHRASE_CHARS {
        let message = format!("is too short (minimum is {MIN_PASSPHRASE_CHARS} characters)");
        return Err(ApiError::fault("passphrase", FaultKind::Bad, message));
    }
    Ok(())
}

/// Reads a document: JSON where it begins like an object of JSON, else YAML.
pub(super) async fn read(bytes: Vec<u8>) -> Result<Json, ApiError> {
    let parse = move || {
        let text = std::str::from_utf8(&bytes).map_err(|_| "is not UTF-8".to_owned())?;
        if text.trim_start().starts_with('{')
            && let Ok(json) = Json::parse(text.as_bytes())
        {
            return Ok(json);
        }
        yaml_serde::from_str::<Json>(text).map_err(|error| match error.location() {
            Some(at) => format!("is not valid YAML or JSON: see line {}, column {}", at.line(), at.column()),
            None => "is not valid YAML or JSON".to_owned(),
        })
    };
    let parsed = tokio::task::spawn_blocking(parse).await;
    let parsed = parsed.map_err(|_| ApiError::internal("a workspace could not be read"))?;
    parsed.map_err(|message| ApiError::fault("body", FaultKind::Bad, message))
}

/// Compares a document with the store, or carries it out.
pub(super) async fn apply(
    store: &Store,
    actor: &Actor,
    now: Timestamp,
    json: Json,
    options: Options<'_>,
) -> Result<Applied, ApiError> {
    let (document, mut faults) = read_object::<WorkspaceDocument>(&json)?;
    drop(json);
    let mut document = document;
    let block = std::mem::replace(&mut document.secrets, crate::wire::Field::Absent).flat();
    let Some(mut workspace) = entries::workspace(document, options.own_listeners, &mut faults) else {
        return Err(ApiError::Invalid(faults.into_found()));
    };
    let mut notes = Vec::new();
    match (block, options.passphrase) {
        (Some(block), Some(passphrase)) => open(&mut workspace, block, passphrase, &mut faults).await?,
        (Some(_), None) => notes.push(NO_PASSPHRASE.to_owned()),
        (None, Some(_)) => faults.impossible("secrets", "are not there, but a passphrase was given for them"),
        (None, None) => {}
    }
    if faults.any() {
        return Err(all_faults(store, workspace, options.prune, faults).await);
    }
    let applied = match options.mode {
        Mode::Compare => {
            let (revision, difference) = store.compare_workspace(workspace, options.prune).await?;
            Applied { difference: WorkspaceDifference::new(difference, revision.0), committed: None }
        }
        Mode::Apply => {
            let committed = store.apply_workspace(actor, now, workspace, options.prune).await?;
            let mut difference = WorkspaceDifference::new(committed.value, committed.revision.0);
            difference.applied = difference.is_any();
            let committed = difference.is_any().then_some(committed.revision);
            Applied { difference, committed }
        }
    };
    let Applied { mut difference, committed } = applied;
    notes.append(&mut difference.notes);
    difference.notes = notes;
    Ok(Applied { difference, committed })
}

/// Faults of what could be read besides those of reading, one a field.
async fn all_faults(store: &Store, workspace: Workspace, prune: Prune, faults: Faults) -> ApiError {
    let mut found = faults.into_found();
    match store.compare_workspace(workspace, prune).await {
        Err(StoreError::Invalid(more)) => {
            // A field that could not be read looks as if it were left out.
            let is_of = |own: &Fault, field: &str| {
                own.field.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            };
            let is_new = |fault: &Fault| !found.iter().any(|own| is_of(own, &fault.field));
            let more: Vec<_> = more.into_iter().filter(is_new).collect();
            found.extend(more);
            ApiError::Invalid(found)
        }
        Ok(_) => ApiError::Invalid(found),
        Err(other) => other.into(),
    }
}

/// The workspace of a store as YAML; with its secrets where there is a passphrase.
pub async fn export_text(store: &Store, passphrase: Option<Secret>) -> Result<String, String> {
    let exported = async {
        let (workspace, block) = export(store, passphrase).await?;
        to_yaml(workspace, block).await
    };
    exported.await.map_err(|error| in_words(&error))
}

/// Compares a text with a store, or carries it out. The error has a line for each problem.
pub async fn apply_text(
    store: &Store,
    actor: &Actor,
    now: Timestamp,
    text: String,
    options: Options<'_>,
) -> Result<Applied, String> {
    let applied = async {
        let json = read(text.into_bytes()).await?;
        apply(store, actor, now, json, options).await
    };
    applied.await.map_err(|error| in_words(&error))
}

/// Carries a text out, or compares it, on the running program: after a change the gateway workers use it before this answers. Gives
/// the management API's JSON.
pub async fn apply_here(
    state: &ManagementState,
    actor: &Actor,
    text: String,
    (mode, prune): (Mode, Prune),
    passphrase: Option<Secret>,
) -> Result<String, String> {
    let options = Options { mode, prune, passphrase, own_listeners: &state.parts.own_listeners };
    let applied = apply_text(state.store(), actor, state.now(), text, options).await?;
    if let Some(revision) = applied.committed {
        state.parts.changes.applied(revision).await.map_err(|error| in_words(&error))?;
    }
    Ok(applied.json())
}

/// All problems, one a line.
fn in_words(error: &ApiError) -> String {
    let ApiError::Invalid(faults) = error else { return error.message() };
    let lines: Vec<_> = faults.iter().map(|fault| format!("{}: {}", fault.field, fault.message)).collect();
    let plural = if lines.len() == 1 { "" } else { "s" };
    format!("{} problem{plural} in the workspace:\n  {}", lines.len(), lines.join("\n  "))
}
