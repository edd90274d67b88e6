//! `Idempotency-Key` on POST: a request sent again is not carried out again.
//!
//! In steps: 1 read key and body; 2 wait for a request with the same key that is under way; 3 where the store knows the
//! key, answer what was answered then, or 409 where it was another request; 4 carry the request out, on a task of its
//! own, so that it ends even when its caller has gone; the store takes the key in the transaction of the change; 5 keep
//! the answer, secrets masked. A request that changed nothing leaves no key and is carried out anew. When the store is
//! away, 503.

use crate::answer::PORTCULLIS_REVISION;
use crate::auth::Caller;
use crate::error::ApiError;
use crate::extract::{MIB, read_up_to};
use crate::request_id::{current_request_id, in_request};
use crate::shown_once::{mask, noting};
use crate::state::ManagementState;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::secret::Secret;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use store::{CarriedOut, FaultKind, Once};
use tokio::sync::Mutex as Turn;

/// The request header.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Says that an answer is one that was given before.
pub(crate) const IDEMPOTENCY_REPLAYED: &str = "idempotency-replayed";

/// Longest key.
pub(crate) const KEY_CHARS: usize = 255;
/// Largest body: that of the operation which takes the largest one.
const BODY_LIMIT: usize = 64 * MIB;
/// Larger answers are not kept.
const ANSWER_LIMIT: usize = MIB;

/// Keys of requests under way: who comes with the same one waits.
#[derive(Default)]
pub(crate) struct UnderWay(Mutex<HashMap<Once, Arc<Turn<()>>>>);

impl UnderWay {
    fn turn(&self, once: &Once) -> Arc<Turn<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        turns.entry(once.key_only()).or_default().clone()
    }
}

/// Carries a POST with a key out once.
pub(crate) async fn idempotency(State(state): State<ManagementState>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>().cloned();
    let (true, true, Some(caller)) =
        (request.method() == Method::POST, request.headers().contains_key(IDEMPOTENCY_KEY), caller)
    else {
        return next.run(request).await;
    };
    carry_out(state, caller, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn carry_out(
    state: ManagementState,
    mut caller: Caller,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    let key = read_key(&parts.headers)?;
    let body = read_up_to(&parts.headers, body, BODY_LIMIT).await?;
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let Some(once) = state.store().once(&caller.actor, &key, &[target.as_bytes(), &body]) else {
        return Ok(next.run(Request::from_parts(parts, Body::from(body))).await);
    };
    let turn = state.under_way.turn(&once).lock_owned().await;
    if let Some(before) = state.store().find_carried_out(&once, state.now()).await? {
        return replay(before);
    }
    caller.actor.conditions.once = Some(once.clone());
    parts.extensions.insert(caller);
    let request = Request::from_parts(parts, Body::from(body));
    let work = in_request(current_request_id(), async move {
        let (response, secrets) = noting(next.run(request)).await;
        let response = keep(&state, &once, response, &secrets).await;
        drop(turn);
        response
    });
    tokio::spawn(work).await.map_err(|error| ApiError::internal(format!("an operation panicked: {error}")))
}

fn read_key(headers: &HeaderMap) -> Result<String, ApiError> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let key = keys.next().and_then(|key| key.to_str().ok()).map(str::trim).unwrap_or_default();
    if keys.next().is_some() || key.is_empty() || key.len() > KEY_CHARS {
        let message = format!("must be one value of 1 to {KEY_CHARS} visible ASCII characters");
        return Err(ApiError::fault("Idempotency-Key", FaultKind::Bad, message));
    }
    Ok(key.to_owned())
}

fn replay(before: CarriedOut) -> Result<Response, ApiError> {
    let conflict = |message| Err(ApiError::fault("Idempotency-Key", FaultKind::Conflict, message));
    if !before.same_request {
        return conflict("was used for another request within the last 24 hours".to_owned());
    }
    let Some(answer) = before.answer else {
        let revision = before.revision;
        return conflict(format!(
            "was used: that request was carried out as revision {revision}, its answer was not kept"
        ));
    };
    let mut response = answer.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(PORTCULLIS_REVISION, HeaderValue::from(before.revision.0));
    headers.insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// Keeps the answer to a change. That it could not be kept does not undo the change.
async fn keep(state: &ManagementState, once: &Once, response: Response, secrets: &[Secret]) -> Response {
    let is_json = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    let changed = response.headers().contains_key(PORTCULLIS_REVISION);
    if response.status() != StatusCode::OK || !is_json || !changed {
        return response;
    }
    let (parts, body) = response.into_parts();
    // Our own answers are in memory already.
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    if let Some(text) = text_to_keep(&bytes)
        && let Err(error) = state.store().keep_answer(once, &mask(text, secrets)).await
    {
        tracing::warn!(cause = %error, "the answer to a request with an Idempotency-Key could not be kept");
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn text_to_keep(bytes: &Bytes) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| text.len() <= ANSWER_LIMIT)
}
