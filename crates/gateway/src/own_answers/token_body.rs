//! The body of a request for an access token: a form or a JSON object, as its `Content-Type` says.

use crate::seam::{Chunk, ChunkStream, RequestHead};
use percent_encoding::percent_decode;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::HashMap;
use std::future::poll_fn;
use std::time::Duration;
use tokio::time::timeout;

/// Longest body that is read.
pub(super) const MAX_BODY_BYTES: usize = 16 * 1024;

/// Why a body could not be read. What is left of it is not read either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyFault {
    TooLarge,
    TooSlow,
    Broken,
}

/// Reads a body whole, in this time.
pub(super) async fn read(body: &mut impl ChunkStream, patience: Duration) -> Result<Vec<u8>, BodyFault> {
    let too_long = |length: u64| usize::try_from(length).map_or(true, |length| length > MAX_BODY_BYTES);
    if body.exact_length().is_some_and(too_long) {
        return Err(BodyFault::TooLarge);
    }
    let whole = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = poll_fn(|ctx| body.poll_chunk(ctx)).await {
            match chunk.map_err(|_| BodyFault::Broken)? {
                Chunk::Data(data) if bytes.len() + data.len() > MAX_BODY_BYTES => return Err(BodyFault::TooLarge),
                Chunk::Data(data) => bytes.extend_from_slice(&data),
                Chunk::Trailers(_) => {}
            }
        }
        Ok(bytes)
    };
    timeout(patience, whole).await.unwrap_or(Err(BodyFault::TooSlow))
}

/// What it says. Not `Debug`: it holds a secret.
#[derive(Default, Deserialize)]
pub(super) struct Parameters {
    pub(super) grant_type: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<String>,
    /// Read only to notice that it is repeated: rights are looked up at each call, and a token carries none.
    #[serde(rename = "scope")]
    _scope: Option<IgnoredAny>,
}

/// Parses a body as its `Content-Type` says. `None`: neither a form nor an object of texts, or a parameter is repeated.
pub(super) fn parse(head: &RequestHead<'_>, body: &[u8]) -> Option<Parameters> {
    let content_type = head.single("content-type")?;
    let media_type = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if media_type.eq_ignore_ascii_case(b"application/json") {
        // The library would read a list as an object without names.
        let is_object = body.trim_ascii_start().starts_with(b"{");
        return is_object.then(|| serde_json::from_slice(body).ok())?;
    }
    media_type.eq_ignore_ascii_case(b"application/x-www-form-urlencoded").then(|| parse_form(body))?
}

fn parse_form(body: &[u8]) -> Option<Parameters> {
    let mut values = HashMap::new();
    for part in body.split(|byte| *byte == b'&').filter(|part| !part.is_empty()) {
        let (name, value) = match memchr::memchr(b'=', part) {
            Some(at) => (part.get(..at)?, part.get(at + 1..)?),
            None => (part, &b""[..]),
        };
        if values.insert(decoded(name)?, decoded(value)?).is_some() {
            return None;
        }
    }
    let mut take = |name: &str| values.remove(name);
    Some(Parameters {
        grant_type: take("grant_type"),
        client_id: take("client_id"),
        client_secret: take("client_secret"),
        _scope: None,
    })
}

/// A name or value of a form, where `+` is a space.
fn decoded(text: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = text.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
    String::from_utf8(percent_decode(&spaced).collect()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seam::Version;

    #[track_caller]
    fn check(content_type: &str, body: &str, expected: Option<[Option<&str>; 3]>) {
        let headers = [(&b"content-type"[..], content_type.as_bytes())];
        let head = RequestHead { method: b"POST", target: b"/", version: Version::Http11, headers: &headers };
        let found = parse(&head, body.as_bytes());
        let found = found
            .as_ref()
            .map(|found| [found.grant_type.as_deref(), found.client_id.as_deref(), found.client_secret.as_deref()]);
        assert_eq!(found, expected, "{content_type} {body}");
    }

    const FORM: &str = "application/x-www-form-urlencoded";
    const JSON: &str = "application/json";

    #[test]
    fn forms_are_read() {
        check(FORM, "grant_type=a&client_id=b+c%2Bd&client_secret=%25", Some([Some("a"), Some("b c+d"), Some("%")]));
        check("Application/X-WWW-Form-Urlencoded ; charset=UTF-8", "&grant_type=a&&x=1", Some([Some("a"), None, None]));
        check(FORM, "", Some([None, None, None]));
        check(FORM, "grant_type", Some([Some(""), None, None]));
        check(FORM, "grant_type=a&grant%5ftype=a", None);
        check(FORM, "scope=a&scope=b", None);
        check(FORM, "client_id=%ff", None);
    }

    #[test]
    fn objects_are_read() {
        let whole = r#"{"grant_type": "a", "client_id": "b", "client_secret": "c", "scope": "x", "more": [1]}"#;
        check(JSON, whole, Some([Some("a"), Some("b"), Some("c")]));
        check("application/json; charset=utf-8", "{}", Some([None, None, None]));
        check(JSON, r#"{"grant_type": "a", "grant_type": "a"}"#, None);
        check(JSON, r#"{"scope": "a", "scope": "b"}"#, None);
        check(JSON, r#"{"client_id": 1}"#, None);
        check(JSON, r#"["a", "b", "c", null]"#, None);
        check(JSON, "", None);
    }

    #[test]
    fn the_type_must_be_that_of_the_body() {
        check(JSON, "grant_type=a", None);
        check(FORM, r#"{"grant_type": "a"}"#, Some([None, None, None]));
        check("text/plain", "grant_type=a", None);
        check("", "grant_type=a", None);
    }
}
