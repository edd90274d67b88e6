//! `POST /api/api_endpoints/{id}/try`: a call to our own gateway, over the network and with all its checks.

mod input;
mod target;
mod view;

use crate::answer::Data;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, Ids, State};
use crate::state::ManagementState;
use crate::wire::{Faults, request};
use bytes::Bytes;
use domain::EndpointId;
use domain::method::{EndpointMethod, Method};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use input::{CredentialText, PathParameters, QueryParameters, SentHeaders, TextBody};
use outbound::OwnRequest;
use std::time::Duration;
use store::EndpointRow;
use target::{Target, of_endpoint};
pub(crate) use view::TriedCall;

/// How much of an answer is shown.
const SHOWN_BYTES: usize = 64 * 1024;
/// How long an answer may take.
const ANSWERED_WITHIN: Duration = Duration::from_mins(1);

request! {
    /// A call to try.
    pub(crate) struct TryInput {
        /// An auth token, a JSON Web Token or an access token: goes in the header that its form is for. Used once, never stored.
        credential: Option<CredentialText>;
        /// The method, where the endpoint has any. Default GET.
        method: Option<EndpointMethod>;
        /// A value for each parameter of the path.
        path_params: Option<PathParameters>;
        /// Query parameters: a text or a list of texts each.
        query: Option<QueryParameters>;
        /// Further headers, a text each: not those that the connection needs, none that say where the call comes from.
        headers: Option<SentHeaders>;
        /// The body as text. Without a `Content-Type` among the headers it goes as `application/json`.
        body: Option<TextBody>;
    }
}

/// Try an endpoint
///
/// Calls this node's own gateway from this machine, as any caller would, and shows what it answered: status, headers, the first
/// 64 KiB of the body. What the gateway refuses is shown as its caller would see it. It counts as a call; its source is
/// this machine's loopback address. An answer may take one minute.
#[utoipa::path(post, path = "/api/api_endpoints/{id}/try", tag = "Endpoints", operation_id = "try_endpoint",
    params(("id" = i64, Path, description = "The endpoint's id", example = 30)),
    request_body(content = TryInput,
        example = json!({"credential": "pc_live_0123456789", "path_params": {"id": "7"}, "query": {"limit": "10"}})),
    responses((status = 200, description = "What the gateway answered", body = Data<TriedCall>), ChangeErrors))]
pub(crate) async fn try_endpoint(
    State(state): State<ManagementState>,
    Ids(id): Ids<EndpointId>,
    body: Body<TryInput>,
) -> Result<Data<TriedCall>, ApiError> {
    let Body { input, mut faults } = body;
    let body = input.body.flat().map(|body| body.0).unwrap_or_default();
    let headers = headers(input.credential.flat(), input.headers.flat(), &body, &mut faults);
    faults.check()?;
    let row = state.store().get_endpoint(id).await?;
    let settings = state.store().get_settings().await?;
    let authority = state.parts.own_gateway.authority();
    let mut faults = Faults::default();
    let method = method(&row, input.method.flat(), &mut faults);
    let target = of_endpoint(
        &row,
        &settings,
        &authority,
        &input.path_params.flat().unwrap_or_default().0,
        &input.query.flat().unwrap_or_default().0,
        &mut faults,
    );
    let (Target { path, url }, method) = faults.finish(|| target.zip(method))?;
    let name = method.as_str();
    let method = http::Method::from_bytes(name.as_bytes()).map_err(|error| ApiError::internal(error.to_string()))?;
    let request = OwnRequest { method, target: path, headers, body: Bytes::from(body) };
    let began = state.now();
    let answer = state.parts.own_gateway.call(request, SHOWN_BYTES, ANSWERED_WITHIN).await?;
    let micros = state.now().0.saturating_sub(began.0);
    Ok(Data { data: TriedCall::new(name, url, &answer, micros) })
}

/// The endpoint's own method, or the one that was chosen where it has any.
fn method(row: &EndpointRow, chosen: Option<EndpointMethod>, faults: &mut Faults) -> Option<Method> {
    let chosen = match chosen {
        Some(EndpointMethod::One(method)) => Some(method),
        Some(EndpointMethod::Any) | None => None,
    };
    match (row.endpoint.method, chosen) {
        (EndpointMethod::Any, chosen) => Some(chosen.unwrap_or(Method::Get)),
        (EndpointMethod::One(own), Some(other)) if own.as_str() != other.as_str() => {
            faults.bad("method", format!("must be {}, the endpoint's own", own.as_str()));
            None
        }
        (EndpointMethod::One(own), _) => Some(own),
    }
}

fn headers(
    credential: Option<CredentialText>,
    given: Option<SentHeaders>,
    body: &str,
    faults: &mut Faults,
) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = given.map(|given| given.0).unwrap_or_default();
    if let Some(credential) = credential {
        let (name, value) = credential.header();
        if headers.iter().any(|(given, _)| *given == "authorization" || *given == "api-token") {
            faults.bad("headers", "can't hold a credential beside the field credential");
        }
        headers.push((name, value));
    }
    if !body.is_empty() && !headers.iter().any(|(name, _)| *name == CONTENT_TYPE) {
        headers.push((CONTENT_TYPE, HeaderValue::from_static("application/json")));
    }
    headers
}
