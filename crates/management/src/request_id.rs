//! Every answer carries `X-Request-Id`; error bodies and log lines name the same id.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The header's name.
pub(crate) const X_REQUEST_ID: &str = "x-request-id";

/// The id of the request this task answers; empty outside of one.
pub(crate) fn current_request_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// Runs a part of a request that is on a task of its own, under the request's id.
pub(crate) async fn in_request<F: Future>(id: String, part: F) -> F::Output {
    REQUEST_ID.scope(id, part).await
}

/// Gives the request an id of our own: one sent by the caller is not used.
pub(crate) async fn with_request_id(request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().to_string();
    let header = HeaderValue::from_str(&id);
    // Never the query: it may hold what somebody typed into the wrong field.
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = REQUEST_ID.scope(id.clone(), next.run(request)).await;
    tracing::debug!(request_id = id, %method, path, status = response.status().as_u16(), "management request");
    if let Ok(value) = header {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}
