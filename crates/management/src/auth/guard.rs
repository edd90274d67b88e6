//! Stands before every route: default deny. In steps: 1 is the path ours (else it is a console file)? 2 who calls?
//! 3 may they, by role and by how far the operation reaches beyond their projects? 4 does the operation take a query at
//! all? Then the handler, with the [`Caller`] in its extensions.

use super::caller::{Caller, find_caller};
use super::permission::{Needs, Reach, needs, reach};
use crate::error::ApiError;
use crate::extract::{drain, query_object};
use crate::state::ManagementState;
use crate::wire::{Faults, Json};
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::collections::HashSet;
use std::sync::Arc;
use store::Role;

/// What the guard knows.
#[derive(Clone)]
pub(crate) struct Guard {
    /// Shared by all operations.
    pub(crate) state: ManagementState,
    /// All operations.
    pub(crate) operations: Arc<HashSet<(Method, String)>>,
    /// Those that take query parameters.
    pub(crate) with_query: Arc<HashSet<(Method, String)>>,
}

/// Lets a request through to its operation, or answers it.
pub(crate) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match admit(&guard, &mut parts).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => refuse(error, body).await,
    }
}

async fn refuse(error: ApiError, body: Body) -> Response {
    drain(body).await;
    error.into_response()
}

async fn admit(guard: &Guard, parts: &mut Parts) -> Result<(), ApiError> {
    let template = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let Some(template) = template else {
        // No operation has this path. Whoever is not signed in does not learn that.
        if is_reserved(parts.uri.path()) {
            find_caller(&guard.state, parts).await?;
        }
        return Ok(());
    };
    let needed = needs(&parts.method, &template);
    if needed != Some(Needs::Open) {
        let caller = find_caller(&guard.state, parts).await?;
        match needed {
            Some(Needs::Role(needs)) if caller.role < needs => return Err(ApiError::Forbidden { needs }),
            Some(_) => {}
            // A method that the path does not have: told as such further on.
            None if !guard.operations.contains(&(parts.method.clone(), template.clone())) => return Ok(()),
            // An operation that was forgotten in the table: nobody may.
            None => return Err(ApiError::Forbidden { needs: Role::Owner }),
        }
        check_reach(&caller, &parts.method, &template)?;
        parts.extensions.insert(caller);
    }
    refuse_query(guard, parts, template)
}

/// What belongs to the workspace is not there for callers who are confined to projects, or only to be read.
fn check_reach(caller: &Caller, method: &Method, template: &str) -> Result<(), ApiError> {
    if caller.scope.is_all() {
        return Ok(());
    }
    match reach(template) {
        Reach::Projects => Ok(()),
        Reach::Readable if *method == Method::GET || *method == Method::HEAD => Ok(()),
        Reach::Readable => Err(ApiError::Confined),
        Reach::Workspace => Err(ApiError::NotFound { what: "this path" }),
    }
}

/// Paths that are never console files.
pub(crate) fn is_reserved(path: &str) -> bool {
    ["/api", "/docs", "/metrics"]
        .into_iter()
        .any(|ours| path.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

fn refuse_query(guard: &Guard, parts: &Parts, template: String) -> Result<(), ApiError> {
    let Some(query) = parts.uri.query().filter(|query| !query.is_empty()) else { return Ok(()) };
    let method = if parts.method == Method::HEAD { Method::GET } else { parts.method.clone() };
    if guard.with_query.contains(&(method, template)) {
        return Ok(());
    }
    let mut faults = Faults::default();
    if let Json::Object(pairs) = query_object(query) {
        for (name, _) in pairs {
            faults.bad(&name, "is not a known parameter");
        }
    }
    faults.check()
}
