//! What handlers take: strict bodies, strict queries, ids from the path.

pub(crate) use crate::state::State;

use crate::error::ApiError;
use crate::wire::{Faults, Json, ObjectReader, Request};
use axum::body::{Body as HttpBody, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request as HttpRequest};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use std::time::Duration;
use store::FaultKind;
use tokio::time::timeout;
use url::form_urlencoded;

/// 1 MiB: largest body of most operations.
pub(crate) const MIB: usize = 1024 * 1024;

/// A body takes at most so long to arrive.
const READ_WITHIN: Duration = Duration::from_mins(1);

/// How much of a refused body is read and thrown away, so that the caller gets to see the answer.
const DRAIN_BYTES: usize = 32 * MIB;
const DRAIN_WITHIN: Duration = Duration::from_secs(10);

/// A JSON body read into `T`, and the faults found in it. Needs `Content-Type: application/json`; at most `LIMIT`
/// bytes. End with [`Faults::finish`].
pub(crate) struct Body<T, const LIMIT: usize = MIB> {
    /// What was sent.
    pub(crate) input: T,
    /// Faults so far.
    pub(crate) faults: Faults,
}

impl<S: Sync, T: Request, const LIMIT: usize> FromRequest<S> for Body<T, LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: HttpRequest, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let bytes = read_up_to(&parts.headers, body, LIMIT).await?;
        if bytes.is_empty() {
            return Err(ApiError::fault("body", FaultKind::Bad, "is empty: send a JSON object"));
        }
        require_json(&parts.headers)?;
        let (input, faults) = read_object(&parse(&bytes)?)?;
        Ok(Self { input, faults })
    }
}

/// Like [`Body`], but the body may also be missing, with any `Content-Type`: then nothing was sent for any field.
pub(crate) struct OptionalBody<T> {
    /// What was sent.
    pub(crate) input: T,
    /// Faults so far.
    pub(crate) faults: Faults,
}

impl<S: Sync, T: Request> FromRequest<S> for OptionalBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: HttpRequest, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let bytes = read_up_to(&parts.headers, body, MIB).await?;
        let json = if bytes.trim_ascii().is_empty() {
            Json::Object(Vec::new())
        } else {
            require_json(&parts.headers)?;
            parse(&bytes)?
        };
        let (input, faults) = read_object(&json)?;
        Ok(Self { input, faults })
    }
}

/// A query string read into `T`; a tuple reads several. Any fault, unknown names too, is a 400.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Sync, T: Request> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let (input, faults) = read_object(&query_object(parts.uri.query().unwrap_or_default()))?;
        faults.finish(|| Some(Self(input)))
    }
}

/// A query string as an object.
pub(crate) fn query_object(query: &str) -> Json {
    let pairs = form_urlencoded::parse(query.as_bytes());
    Json::Object(pairs.map(|(name, value)| (name.into_owned(), Json::Raw(value.into_owned()))).collect())
}

/// Ids from the path. One that is no id is the id of nothing: 404.
pub(crate) struct Ids<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Ids<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(ids)) => Ok(Self(ids)),
            Err(_) => Err(ApiError::NotFound { what: "the id in the path" }),
        }
    }
}

impl<A: Request, B: Request> Request for (A, B) {
    fn read_fields(object: &mut ObjectReader<'_>) -> Self {
        (A::read_fields(object), B::read_fields(object))
    }

    fn properties() -> Vec<crate::wire::Property> {
        let mut properties = A::properties();
        properties.extend(B::properties());
        properties
    }
}

/// Reads a body of at most `limit` bytes; of a larger one enough is thrown away for the caller to see the 413.
pub(crate) async fn read_up_to(headers: &HeaderMap, body: HttpBody, limit: usize) -> Result<Bytes, ApiError> {
    if declared_length(headers).is_some_and(|length| length > limit) {
        drain(body).await;
        return Err(ApiError::TooLarge { limit });
    }
    match timeout(READ_WITHIN, read_bounded(body, limit)).await {
        Ok(read) => read,
        Err(_) => Err(ApiError::fault("body", FaultKind::Bad, "did not arrive in time")),
    }
}

async fn read_bounded(body: HttpBody, limit: usize) -> Result<Bytes, ApiError> {
    let mut read = Vec::new();
    let mut stream = body.into_data_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| ApiError::fault("body", FaultKind::Bad, "ended too early"))?;
        if read.len() + chunk.len() > limit {
            drain(HttpBody::from_stream(stream)).await;
            return Err(ApiError::TooLarge { limit });
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read.into())
}

/// Reads and throws away a body that is not wanted, within bounds.
pub(crate) async fn drain(body: HttpBody) {
    let mut stream = body.into_data_stream();
    let mut left = DRAIN_BYTES;
    let reading = async {
        while let Some(Ok(chunk)) = stream.next().await {
            match left.checked_sub(chunk.len()) {
                Some(rest) => left = rest,
                None => break,
            }
        }
    };
    // When time is up the connection is closed instead.
    let _ = timeout(DRAIN_WITHIN, reading).await;
}

fn declared_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn require_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json")) {
        return Ok(());
    }
    Err(ApiError::UnsupportedMediaType { expected: "application/json" })
}

/// Reads the text of a JSON body.
pub(crate) fn parse(bytes: &[u8]) -> Result<Json, ApiError> {
    Json::parse(bytes).map_err(|error| {
        let message = format!("is not valid JSON: see line {}, column {}", error.line(), error.column());
        ApiError::fault("body", FaultKind::Bad, message)
    })
}

/// Reads an object into a request, and the faults found in it.
pub(crate) fn read_object<T: Request>(json: &Json) -> Result<(T, Faults), ApiError> {
    let mut faults = Faults::default();
    let Some(mut object) = ObjectReader::open(json, &mut faults) else {
        faults.check()?;
        return Err(ApiError::internal("a body that is no object had no fault"));
    };
    let input = T::read_fields(&mut object);
    object.refuse_unknown();
    Ok((input, faults))
}
