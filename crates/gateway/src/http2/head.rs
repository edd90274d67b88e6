//! Heads: a caller's request as the gateway sees it, and fields from and to the library's maps.

use crate::seam::{Field, Fields};
use domain::denial::Denial;
use h2::RecvStream;
use http::header::{CONTENT_LENGTH, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;

/// As for HTTP/1.
const MAX_FIELDS: usize = 100;
const MAX_FIELD_BYTES: usize = 16 * 1024;

/// Fields that no message of HTTP/2 has (RFC 9113 8.2.2). `TE` may say `trailers`, and nothing else is sent on.
const CONNECTION_SPECIFIC: [&[u8]; 5] =
    [b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"];

/// All cookies in one (RFC 9113 8.2.3), where they came apart.
pub(super) fn joined_cookies(headers: &HeaderMap) -> Option<Vec<u8>> {
    let mut crumbs = headers.get_all(COOKIE).iter();
    let (first, second) = (crumbs.next()?, crumbs.next()?);
    let mut joined = first.as_bytes().to_vec();
    for crumb in std::iter::once(second).chain(crumbs) {
        joined.extend_from_slice(b"; ");
        joined.extend_from_slice(crumb.as_bytes());
    }
    Some(joined)
}

/// The fields of a request, its authority among them as `host`. Refused is what HTTP/1 would refuse, and what the
/// library lets pass though it is malformed (RFC 9113 8.2.1, 8.3.1).
pub(super) fn fields<'a>(parts: &'a Parts, cookies: Option<&'a [u8]>) -> Result<Vec<Field<'a>>, Denial> {
    if parts.headers.len() > MAX_FIELDS {
        return Err(Denial::HeaderTooLarge);
    }
    let authority = parts.uri.authority().map(http::uri::Authority::as_str);
    let mut fields = Vec::with_capacity(parts.headers.len() + 1);
    fields.extend(authority.map(|authority| (&b"host"[..], authority.as_bytes())));
    fields.extend(cookies.map(|cookies| (&b"cookie"[..], cookies)));
    for (name, value) in &parts.headers {
        let value = value.as_bytes();
        if is_padded(value) {
            return Err(Denial::BadFraming);
        }
        match authority {
            Some(authority) if *name == HOST => {
                if !authority.as_bytes().eq_ignore_ascii_case(value) {
                    return Err(Denial::BadFraming);
                }
            }
            Some(_) | None if *name == COOKIE && cookies.is_some() => {}
            Some(_) | None => fields.push((name.as_str().as_bytes(), value)),
        }
    }
    let is_long = |(name, value): &Field<'_>| name.len() + value.len() + 2 > MAX_FIELD_BYTES;
    if fields.iter().any(is_long) {
        return Err(Denial::HeaderTooLarge);
    }
    if parts.headers.get_all(HOST).iter().nth(1).is_some() || announced(&parts.headers).is_err() {
        return Err(Denial::BadFraming);
    }
    Ok(fields)
}

/// Whether the head of an answer can be passed on: what the library lets pass is refused as HTTP/1 would refuse it.
pub(super) fn is_good_answer(headers: &HeaderMap) -> bool {
    headers.len() <= MAX_FIELDS
        && announced(headers).is_ok()
        && !headers.values().any(|value| is_padded(value.as_bytes()))
}

/// Values do not begin or end with white space.
pub(super) fn is_padded(value: &[u8]) -> bool {
    let is_space = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    is_space(value.first()) || is_space(value.last())
}

/// The length is announced in a way that could be read differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadLength;

/// The announced length, once and in plain digits.
pub(super) fn announced(headers: &HeaderMap) -> Result<Option<u64>, BadLength> {
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let Some(length) = lengths.next() else { return Ok(None) };
    let digits = std::str::from_utf8(length.as_bytes()).map_err(|_| BadLength)?;
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain || lengths.next().is_some() {
        return Err(BadLength);
    }
    digits.parse().map(Some).map_err(|_| BadLength)
}

/// Bytes of a body that are to come, where known.
pub(super) fn length_of(headers: &HeaderMap, body: &RecvStream) -> Option<u64> {
    if body.is_end_stream() { Some(0) } else { announced(headers).ok().flatten() }
}

/// Fields as the library sends them. What only HTTP/1 says is left out; what the library cannot write too: there is
/// none, as both ends were parsed by the same rules.
pub(super) fn into_map(fields: &Fields) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(fields.len());
    for (name, value) in fields.iter() {
        if CONNECTION_SPECIFIC.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            continue;
        }
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            map.append(name, value);
        }
    }
    map
}

/// Fields as they came.
pub(super) fn from_map(map: &HeaderMap) -> Fields {
    let mut fields = Fields::with_capacity(map.len());
    for (name, value) in map {
        fields.push(name.as_str(), value.as_bytes());
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn read(uri: &str, headers: &[(&str, &str)]) -> Result<Vec<(String, String)>, Denial> {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let cookies = joined_cookies(&parts.headers);
        let text = |text: &[u8]| String::from_utf8(text.to_vec()).unwrap();
        let found = fields(&parts, cookies.as_deref())?;
        Ok(found.into_iter().map(|(name, value)| (text(name), text(value))).collect())
    }

    #[track_caller]
    fn check(headers: &[(&str, &str)], expected: Result<&[(&str, &str)], Denial>) {
        let owned = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(read("http://gw.test/a", headers), expected.map(owned), "{headers:?}");
    }

    #[test]
    fn the_authority_is_the_host() {
        let host = ("host", "gw.test");
        check(&[], Ok(&[host]));
        check(&[("a", "b")], Ok(&[host, ("a", "b")]));
        check(&[("host", "GW.test")], Ok(&[host]));
        check(&[("host", "other.test")], Err(Denial::BadFraming));
        check(&[("host", "gw.test:80")], Err(Denial::BadFraming));
        check(&[host, host], Err(Denial::BadFraming));
        assert_eq!(read("/a", &[host]), Ok(vec![("host".into(), "gw.test".into())]));
        assert_eq!(read("/a", &[host, ("host", "b")]), Err(Denial::BadFraming));
        assert_eq!(read("/a", &[]), Ok(vec![]));
    }

    #[test]
    fn crumbs_of_cookies_become_one() {
        let host = ("host", "gw.test");
        check(&[("cookie", "a=1")], Ok(&[host, ("cookie", "a=1")]));
        check(&[("cookie", "a=1"), ("x", "y"), ("cookie", "b=2")], Ok(&[host, ("cookie", "a=1; b=2"), ("x", "y")]));
    }

    #[test]
    fn what_the_library_lets_pass_is_refused() {
        for value in [" b", "b ", "\tb", "b\t", " "] {
            check(&[("a", value)], Err(Denial::BadFraming));
        }
        for length in ["", "+5", "-5", "5,5", "0x5", "five", "99999999999999999999"] {
            check(&[("content-length", length)], Err(Denial::BadFraming));
        }
        check(&[("content-length", "5"), ("content-length", "5")], Err(Denial::BadFraming));
        check(&[("a", &"b".repeat(MAX_FIELD_BYTES))], Err(Denial::HeaderTooLarge));
        let half = "b".repeat(MAX_FIELD_BYTES / 2);
        check(&[("cookie", &half), ("cookie", &half)], Err(Denial::HeaderTooLarge));
        check(&[("a", "b"); MAX_FIELDS + 1], Err(Denial::HeaderTooLarge));
        assert!(read("http://gw.test/", &[("a", "b"); MAX_FIELDS]).is_ok());
    }

    #[test]
    fn nothing_of_http_1_is_sent() {
        let mut fields = Fields::default();
        for name in ["Connection", "keep-alive", "Transfer-Encoding", "upgrade", "proxy-connection", "X-Kept"] {
            fields.push(name, "x");
        }
        let map = into_map(&fields);
        assert_eq!(map.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-kept"]);
    }
}
