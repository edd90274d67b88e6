//! `ETag` and `If-Match`: what somebody else changed meanwhile is not overwritten unseen.
//!
//! The `ETag` of an object is the revision that last changed it. It stands in the answers of GET and PUT, and of the POST
//! that makes the object. `If-Match` goes with the caller to the store, which compares it in the transaction of the
//! change. A GET reads the revision before it reads the object: the `ETag` may be older than what is shown, never newer.

use crate::answer::PORTCULLIS_REVISION;
use crate::auth::Caller;
use crate::error::ApiError;
use crate::state::ManagementState;
use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Revision;
use store::{FaultKind, IfMatch};

/// Objects with an `ETag`: where one is found, and its noun in the audit log. The id is the last parameter of the path;
/// without one there is a single object, 1.
const VERSIONED: &[(&str, &str)] = &[
    ("/api/projects/{id}", "project"),
    ("/api/api_policies/{id}", "access_policy"),
    ("/api/cert_bundles/{id}", "cert_bundle"),
    ("/api/api_collections/{id}", "api_collection"),
    ("/api/api_endpoints/{id}", "endpoint"),
    ("/api/v2/api_clients/{id}", "client"),
    ("/api/v2/api_clients/{id}/api_keys/{key}", "access_profile"),
    ("/api/api_access_profiles/{id}", "access_profile"),
    ("/api/members/{id}", "member"),
    ("/api/management_tokens/{id}", "management_token"),
    ("/api/webhooks/{id}", "webhook"),
    ("/api/settings", "settings"),
    ("/api/settings/oidc", "sign_in_provider"),
];

/// Whether objects at this path have an `ETag`.
pub(crate) fn is_versioned(template: &str) -> bool {
    noun(template).is_some()
}

/// Whether this is the path where such objects are made.
pub(crate) fn makes_versioned(template: &str) -> bool {
    template == "/api/api_collections/{id}/api_endpoints"
        || ["{id}", "{key}"].iter().any(|id| is_versioned(&format!("{template}/{id}")))
}

/// Whether an object with an `ETag` stands in this path, and calls here change it.
pub(crate) fn names_versioned(template: &str) -> bool {
    let below = |path: &str| template.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    !makes_versioned(template) && VERSIONED.iter().any(|(path, _)| below(path))
}

fn noun(template: &str) -> Option<&'static str> {
    VERSIONED.iter().find(|(path, _)| *path == template).map(|(_, noun)| *noun)
}

/// Hands `If-Match` to the caller's changes, and adds `ETag` to answers that show an object.
pub(crate) async fn versions(State(state): State<ManagementState>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let method = parts.method.clone();
    let reads = method == Method::GET || method == Method::HEAD;
    if !reads && let Some(caller) = parts.extensions.get_mut::<Caller>() {
        match read_if_match(&parts.headers) {
            Ok(if_match) => caller.actor.conditions.if_match = if_match,
            Err(error) => return error.into_response(),
        }
    }
    let template = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let seen = if reads { version_of(&state, &mut parts, &template).await } else { None };
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let shows =
        (method == Method::PUT && is_versioned(&template)) || (method == Method::POST && makes_versioned(&template));
    let made = if shows { response.headers().get(PORTCULLIS_REVISION).cloned() } else { None };
    let version = made.and_then(|value| value.to_str().ok()?.parse().ok().map(Revision)).or(seen);
    if let Some(tag) = version.filter(|_| response.status().is_success()).and_then(entity_tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// The revision that last changed the object at this path. A store that cannot say fails the read itself soon enough.
async fn version_of(state: &ManagementState, parts: &mut Parts, template: &str) -> Option<Revision> {
    let noun = noun(template)?;
    let params = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    let id = match params.iter().last() {
        Some((_, id)) => id.parse().ok()?,
        None => 1,
    };
    state.store().object_version(noun, id).await.ok()
}

fn entity_tag(revision: Revision) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("\"{revision}\"")).ok()
}

/// Reads `*` or a list of entity tags (RFC 9110, section 13.1.1). Weak ones, and such as we never gave, match nothing.
fn read_if_match(headers: &HeaderMap) -> Result<Option<IfMatch>, ApiError> {
    let mut lines = headers.get_all(IF_MATCH).iter().peekable();
    if lines.peek().is_none() {
        return Ok(None);
    }
    let malformed = || ApiError::fault("If-Match", FaultKind::Bad, "must be * or ETags, as in \"41\"");
    let mut seen = Vec::new();
    for line in lines {
        let line = line.to_str().map_err(|_| malformed())?.trim();
        if line == "*" {
            return Ok(Some(IfMatch::Any));
        }
        for tag in line.split(',').map(str::trim) {
            let text = tag.strip_prefix("W/").unwrap_or(tag);
            let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).ok_or_else(malformed)?;
            if text == tag
                && let Ok(revision) = inner.parse()
            {
                seen.push(Revision(revision));
            }
        }
    }
    Ok(Some(IfMatch::OneOf(seen)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &'static str, expected: Option<&[i64]>) {
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, HeaderValue::from_static(line));
        let expected = expected.map(|seen| Some(IfMatch::OneOf(seen.iter().copied().map(Revision).collect())));
        assert_eq!(read_if_match(&headers).ok(), expected, "{line}");
    }

    #[test]
    fn entity_tags_are_read() {
        check("\"41\"", Some(&[41]));
        check(" \"41\" ,\"7\"", Some(&[41, 7]));
        check("W/\"41\", \"abc\"", Some(&[]));
        for malformed in ["", "41", "\"41", "\"41\" \"42\" x", "\"41\",", "\"", "W/41"] {
            check(malformed, None);
        }
    }

    #[test]
    fn any_state_will_do_for_a_star() {
        let mut headers = HeaderMap::new();
        assert_eq!(read_if_match(&headers).ok(), Some(None));
        headers.insert(IF_MATCH, HeaderValue::from_static("*"));
        assert_eq!(read_if_match(&headers).ok(), Some(Some(IfMatch::Any)));
    }
}
