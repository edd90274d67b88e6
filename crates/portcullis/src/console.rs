//! The console's files, built into the program. Unknown paths get the page itself, which knows its own routes.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../console/dist"]
#[allow_missing = true]
struct Files;

const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Routes of the console.
pub(crate) fn router() -> Router {
    Router::new().fallback(get(file))
}

async fn file(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if let Some(response) = packed(path, &headers) {
        return response;
    }
    if let Some(found) = Files::get(path).filter(|_| !path.is_empty()) {
        // Names under assets/ carry a hash of their content.
        let cache = if path.starts_with("assets/") { FOR_EVER } else { "no-cache" };
        return answer(path, found.data.into_owned(), cache);
    }
    if path.starts_with("assets/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match Files::get("index.html") {
        Some(page) => answer("index.html", page.data.into_owned(), "no-cache"),
        None => (StatusCode::NOT_FOUND, "This build has no console. The management API is at /api.\n").into_response(),
    }
}

/// A script or style as the build compressed it, for who takes it so.
fn packed(path: &str, headers: &HeaderMap) -> Option<Response> {
    let names = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    if !path.starts_with("assets/") || !names.into_iter().any(takes_gzip) {
        return None;
    }
    let found = Files::get(&format!("{path}.gz"))?;
    let mut response = answer(path, found.data.into_owned(), FOR_EVER);
    response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    Some(response)
}

/// `Accept-Encoding: br, gzip;q=0.5` does, `gzip;q=0` does not.
fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        is_gzip && !parts.any(|weight| weight.trim_start_matches(['q', 'Q', '=']).trim_matches(['0', '.']).is_empty())
    })
}

fn answer(path: &str, data: Vec<u8>, cache: &'static str) -> Response {
    let mut response = Response::new(Body::from(data));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("json" | "webmanifest") => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::takes_gzip;

    #[test]
    fn gzip_is_taken_when_it_is_named_and_not_weighed_nought() {
        for accepted in ["gzip", "br, GZIP", "gzip, deflate, br, zstd", "deflate;q=1, gzip;q=0.5"] {
            assert!(takes_gzip(accepted), "{accepted}");
        }
        for accepted in ["", "br", "identity", "gzip;q=0", "br, gzip; q=0.000", "x-gzip"] {
            assert!(!takes_gzip(accepted), "{accepted}");
        }
    }
}
