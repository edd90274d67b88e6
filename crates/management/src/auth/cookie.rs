//! The console's session cookie.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use domain::secret::Secret;

const NAME: &str = "portcullis_session";

/// The session token a request carries; `None` also where several are sent.
pub(crate) fn session_token(headers: &HeaderMap) -> Option<&str> {
    let mut tokens = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == NAME)
        .map(|(_, token)| token);
    let token = tokens.next()?;
    tokens.next().is_none().then_some(token)
}

/// `Set-Cookie` for a new session. Without `Secure`, as the listener itself speaks plain HTTP on loopback.
pub(crate) fn session_cookie(token: &Secret, life_seconds: i64) -> Option<HeaderValue> {
    let text = format!("{NAME}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={life_seconds}", token.expose());
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// `Set-Cookie` that ends it.
pub(crate) fn cleared_cookie() -> HeaderValue {
    HeaderValue::from_static("portcullis_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cookies: &[&'static str], expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(COOKIE, HeaderValue::from_static(cookie));
        }
        assert_eq!(session_token(&headers), expected);
    }

    #[test]
    fn exactly_one_session_cookie_is_read() {
        check(&[], None);
        check(&["other=1"], None);
        check(&["other=1; portcullis_session=abc"], Some("abc"));
        check(&["portcullis_session=abc; portcullis_session=def"], None);
        check(&["portcullis_session=abc", "portcullis_session=def"], None);
    }
}
