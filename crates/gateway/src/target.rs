//! The request target and the host it is for (RFC 9112 3.2).

use crate::connection::CallerScheme;
use crate::seam::RequestHead;
use domain::denial::Denial;
use std::borrow::Cow;

/// A target taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    /// The path as sent.
    pub(crate) path: &'a [u8],
    /// What follows `?`.
    pub(crate) query: Option<&'a [u8]>,
}

/// Reads the target and checks it against `Host`, which must be there once and well formed. Gives the host too.
pub(crate) fn read<'a>(head: &RequestHead<'a>, scheme: CallerScheme) -> Result<(Target<'a>, &'a str), Denial> {
    let host = head.single("host").and_then(checked_host).ok_or(Denial::BadFraming)?;
    let rest = match strip_scheme(head.target, scheme) {
        None => head.target,
        Some(rest) => {
            let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
            let (authority, rest) = rest.split_at(end);
            let authority = checked_host(authority).ok_or(Denial::BadFraming)?;
            if !same_host(authority, host, scheme) {
                return Err(Denial::BadFraming);
            }
            if rest.is_empty() { b"/" } else { rest }
        }
    };
    let (path, query) = match memchr::memchr(b'?', rest) {
        Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 1..)),
        None => (rest, None),
    };
    Ok((Target { path, query }, host))
}

/// What follows `http://` or `https://`, whichever the connection is.
fn strip_scheme(target: &[u8], scheme: CallerScheme) -> Option<&[u8]> {
    let scheme = scheme.as_str().as_bytes();
    let (own, rest) = target.split_at_checked(scheme.len())?;
    own.eq_ignore_ascii_case(scheme).then(|| rest.strip_prefix(b"://")).flatten()
}

/// A host name or address with an optional port, as it stands in `Host`; never user or empty.
fn checked_host(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(text).ok()?.trim_ascii();
    let (host, port) = match text.strip_prefix('[') {
        Some(inner) => {
            let (address, after) = inner.split_once(']')?;
            address.parse::<std::net::Ipv6Addr>().ok()?;
            match after.strip_prefix(':') {
                Some(port) => (address, Some(port)),
                None if after.is_empty() => (address, None),
                None => return None,
            }
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':');
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    (!host.is_empty() && host.len() <= 255 && host.bytes().all(is_name) && port.is_none_or(is_port)).then_some(text)
}

/// Whether two hosts are the same, case and the default port aside.
fn same_host(one: &str, other: &str, scheme: CallerScheme) -> bool {
    let plain = |host| str::strip_suffix(host, scheme.default_port()).unwrap_or(host).to_owned();
    plain(one).eq_ignore_ascii_case(&plain(other))
}

/// The query without a credential in it. Otherwise it passes byte for byte.
pub(crate) fn without_credential(query: &[u8]) -> Cow<'_, [u8]> {
    if !query.split(|&byte| byte == b'&').any(is_credential) {
        return Cow::Borrowed(query);
    }
    let kept: Vec<_> = query.split(|&byte| byte == b'&').filter(|part| !is_credential(part)).collect();
    Cow::Owned(kept.join(&b'&'))
}

/// The token in a query, decoded, and how many there are. A `+` is a plus: a token may hold one and never a space.
pub(crate) fn token_in(query: &[u8]) -> (Option<Cow<'_, [u8]>>, usize) {
    let mut found = (None, 0);
    for part in query.split(|&byte| byte == b'&').filter(|part| is_credential(part)) {
        let value = memchr::memchr(b'=', part).and_then(|at| part.get(at + 1..)).unwrap_or_default();
        found.0.get_or_insert_with(|| percent_encoding::percent_decode(value).into());
        found.1 += 1;
    }
    found
}

/// Whether a part of a query is a credential: `api_token`, in any case, with or without escapes.
fn is_credential(part: &[u8]) -> bool {
    is_named(part, b"api_token")
}

/// Whether a part of a query has this name, in any case, with or without escapes.
pub(crate) fn is_named(part: &[u8], expected: &[u8]) -> bool {
    let name = memchr::memchr(b'=', part).and_then(|at| part.get(..at)).unwrap_or(part);
    decoded_eq(name, expected)
}

/// Whether a query name means this one, escapes decoded, case aside.
fn decoded_eq(name: &[u8], expected: &[u8]) -> bool {
    let mut rest = name;
    for &want in expected {
        let (byte, after) = match rest {
            [b'%', high, low, after @ ..] => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                let (Some(high), Some(low)) = (digit(high), digit(low)) else { return false };
                (high << 4 | low, after)
            }
            [byte, after @ ..] => (*byte, after),
            [] => return false,
        };
        if !byte.eq_ignore_ascii_case(&want) {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seam::Version;

    #[track_caller]
    fn check(target: &str, hosts: &[&str], expected: Option<(&str, Option<&str>)>) {
        let headers: Vec<_> = hosts.iter().map(|host| (&b"host"[..], host.as_bytes())).collect();
        let head =
            RequestHead { method: b"GET", target: target.as_bytes(), version: Version::Http11, headers: &headers };
        let expected = expected
            .map(|(path, query)| Target { path: path.as_bytes(), query: query.map(str::as_bytes) })
            .ok_or(Denial::BadFraming);
        assert_eq!(read(&head, CallerScheme::Http).map(|(target, _)| target), expected, "{target} {hosts:?}");
    }

    #[test]
    fn targets_are_taken_apart() {
        check("/a?b?c", &["h"], Some(("/a", Some("b?c"))));
        check("/a?", &["h:8080"], Some(("/a", Some(""))));
        check("http://H/a", &["h:80"], Some(("/a", None)));
        check("HTTP://h:81?x", &["h:81"], Some(("", Some("x"))));
        check("http://h", &["h"], Some(("/", None)));
        check("*", &["[::1]:80"], Some(("*", None)));
    }

    #[test]
    fn hosts_that_are_not_one_are_refused() {
        for hosts in [
            &[][..],
            &["a", "a"],
            &["a", "b"],
            &[""],
            &[" "],
            &["a b"],
            &["a/b"],
            &["u@a"],
            &["a:x"],
            &["a:65536"],
            &["a:1:2"],
            &[":80"],
            &["[::1"],
            &["[::1]x"],
            &["[a]"],
            &["a,b"],
            &["\u{e9}"],
            &["a\tb"],
        ] {
            check("/", hosts, None);
        }
        check("http://a/", &["b"], None);
        check("http://a:81/", &["a"], None);
        check("http://u@a/", &["a"], None);
        check("http:///x", &["a"], None);
    }

    #[test]
    fn a_credential_in_the_query_is_removed() {
        let removed = |query: &str| String::from_utf8(without_credential(query.as_bytes()).into_owned()).unwrap();
        assert_eq!(removed("a=1&api_token=x&b=%2f"), "a=1&b=%2f");
        assert_eq!(removed("api_token=x"), "");
        assert_eq!(removed("API%5ftoken=x&api_token&&c"), "&c");
        assert_eq!(removed("api%5Ftoken=x%26y&a"), "a");
        assert_eq!(removed("api_tokens=x&xapi_token=y&a=api_token=z"), "api_tokens=x&xapi_token=y&a=api_token=z");
    }
    #[test]
    fn a_token_in_the_query_is_decoded_and_counted() {
        #[track_caller]
        fn check(query: &str, token: Option<&str>, count: usize) {
            let (found, found_count) = token_in(query.as_bytes());
            assert_eq!((found.as_deref(), found_count), (token.map(str::as_bytes), count), "{query}");
        }
        check("", None, 0);
        check("a=1&b", None, 0);
        check("a=1&api_token=pc_x&b=2", Some("pc_x"), 1);
        check("api_token=a%2Bb+c%25", Some("a+b+c%"), 1);
        check("API%5ftoken=a=b", Some("a=b"), 1);
        check("api_token", Some(""), 1);
        check("api_token=a&Api_Token=b", Some("a"), 2);
        check("api_tokens=a&xapi_token=b&api-token=c", None, 0);
    }
}
