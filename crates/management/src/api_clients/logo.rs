//! `PUT`, `GET` and `DELETE /api/v2/api_clients/{id}/logo`

use super::Client;
use super::image::{MAX_BYTES, make_logo};
use crate::answer::{Changed, Data, Success};
use crate::auth::Caller;
use crate::document::{ChangeErrors, ReadErrors};
use crate::error::ApiError;
use crate::extract::{Ids, OptionalBody, Query, State, read_up_to};
use crate::listing::Nothing;
use crate::state::ManagementState;
use crate::wire::{Faults, Json, Wire, request, words};
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::ClientId;
use store::{FaultKind, LogoSize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// What a multipart body may have around the image: boundaries and heads of parts.
const MULTIPART_ROOM: usize = 16 * 1024;

request! {
    /// Which logo.
    pub(crate) struct LogoQuery {
        /// Pixels a side: 128 (the default) or 256.
        size: Size;
        /// The logo's version, as in the client's `logo` URL: the answer may then be kept by the browser.
        v: i64;
    }
}

/// A size that logos have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size(LogoSize);

impl Wire for Size {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        match String::read(json, faults)?.as_str() {
            "128" => Some(Self(LogoSize::Px128)),
            "256" => Some(Self(LogoSize::Px256)),
            _ => {
                faults.bad("", "must be one of 128, 256");
                None
            }
        }
    }

    fn schema() -> RefOr<Schema> {
        words(["128", "256"])
    }
}

/// Put a client's logo
///
/// A PNG or JPEG of at most 2 MiB and 4096 pixels a side: as the body itself, or as the field `logo` of a multipart
/// form. It is stored anew as PNG of 128 and 256 pixels a side.
#[utoipa::path(put, path = "/api/v2/api_clients/{id}/logo", tag = "Clients", operation_id = "put_logo",
    params(("id" = i64, Path, description = "The client's id", example = 4)),
    request_body(description = "The image, or a multipart form with the field `logo`", content(
        (Vec<u8> = "image/png", example = json!("the bytes of the image")),
        (Vec<u8> = "image/jpeg", example = json!("the bytes of the image")),
        (LogoForm = "multipart/form-data", example = json!({"logo": "the bytes of the image"})))),
    responses((status = 200, description = "The client with its logo", body = Data<Client>), ChangeErrors))]
pub(crate) async fn put_logo(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<ClientId>,
    request: Request,
) -> Result<Changed<Data<Client>>, ApiError> {
    let upload = read_upload(request).await?;
    // An image for nobody is not worth the work.
    state.store().get_client(id).await?;
    let made = make_logo(upload).await.ok_or_else(|| ApiError::internal("the image work could not be done"))?;
    let logo = made.map_err(|reason| ApiError::fault("logo", FaultKind::Bad, reason))?;
    let committed = state.store().put_logo(&caller.actor, state.now(), id, logo).await?;
    Ok(ManagementState::answer_at_once(committed, |row| Data { data: row.into() }))
}

/// A form with an image.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form in the OpenAPI document")]
pub(crate) struct LogoForm {
    /// The image.
    #[schema(value_type = String, format = Binary)]
    logo: Vec<u8>,
}

/// Show a client's logo
#[utoipa::path(get, path = "/api/v2/api_clients/{id}/logo", tag = "Clients", operation_id = "get_logo",
    params(("id" = i64, Path, description = "The client's id", example = 4), LogoQuery),
    responses((status = 200, description = "The logo", content_type = "image/png", body = Vec<u8>), ReadErrors))]
pub(crate) async fn get_logo(
    State(state): State<ManagementState>,
    Ids(id): Ids<ClientId>,
    Query(query): Query<LogoQuery>,
) -> Result<Response, ApiError> {
    let size = query.size.value().map_or(LogoSize::Px128, |size| size.0);
    let png = state.store().get_logo(id, size).await?;
    let mut response = ([(CONTENT_TYPE, HeaderValue::from_static("image/png"))], png).into_response();
    if !query.v.is_absent() {
        let keep = HeaderValue::from_static("private, max-age=86400");
        response.headers_mut().insert(CACHE_CONTROL, keep);
    }
    Ok(response)
}

/// Delete a client's logo
#[utoipa::path(delete, path = "/api/v2/api_clients/{id}/logo", tag = "Clients", operation_id = "delete_logo",
    params(("id" = i64, Path, description = "The client's id", example = 4)),
    responses((status = 200, description = "It is gone", body = Success), ChangeErrors))]
pub(crate) async fn delete_logo(
    State(state): State<ManagementState>,
    caller: Caller,
    Ids(id): Ids<ClientId>,
    body: OptionalBody<Nothing>,
) -> Result<Changed<Success>, ApiError> {
    body.faults.check()?;
    let committed = state.store().delete_logo(&caller.actor, state.now(), id).await?;
    Ok(ManagementState::answer_at_once(committed, |_| Success::DONE))
}

/// The bytes of the image, from a form or as they are. What they are is seen by looking at them.
async fn read_upload(request: Request) -> Result<Vec<u8>, ApiError> {
    let (parts, body) = request.into_parts();
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.trim_start().to_ascii_lowercase().starts_with("multipart/") {
        return Ok(read_up_to(&parts.headers, body, MAX_BYTES).await?.to_vec());
    }
    let form = read_up_to(&parts.headers, body, MAX_BYTES + MULTIPART_ROOM).await?;
    let mut request = Request::from_parts(parts, Body::from(form));
    // The bound is kept above.
    DefaultBodyLimit::disable().apply(&mut request);
    let broken = || ApiError::fault("body", FaultKind::Bad, "is not a multipart form");
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    let mut faults = Faults::default();
    let mut logo = None;
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|_| broken())?;
        if name != "logo" {
            faults.bad(&name, "is not a known field");
        } else if logo.replace(bytes).is_some() {
            faults.bad("logo", "is given more than once");
        }
    }
    match &logo {
        None => faults.bad("logo", "can't be blank"),
        Some(bytes) if bytes.len() > MAX_BYTES => return Err(ApiError::TooLarge { limit: MAX_BYTES }),
        Some(_) => {}
    }
    faults.finish(|| logo.map(|bytes| bytes.to_vec()))
}
