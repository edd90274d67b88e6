//! What the gateway answered, as shown.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use outbound::OwnAnswer;
use serde::Serialize;
use utoipa::ToSchema;

/// What became of a call that was tried.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TriedCall {
    /// Its method.
    #[schema(example = "GET")]
    method: &'static str,
    /// Where it went: this node's own gateway.
    #[schema(example = "http://127.0.0.1:8080/quote-to-cash-v1/quotes/7")]
    url: String,
    /// The status of the answer.
    #[schema(example = 200)]
    status: u16,
    /// Its headers, in order.
    headers: Vec<TriedHeader>,
    /// Its body, at most the first 64 KiB.
    #[schema(example = "{\"id\": 7}")]
    body: String,
    /// `text`, or `base64` where the body is none.
    #[schema(example = "text")]
    body_encoding: &'static str,
    /// Bytes of the body that are shown.
    #[schema(example = 9)]
    body_bytes: usize,
    /// Whether the body is longer.
    body_truncated: bool,
    /// From the call to the last byte that is shown.
    #[schema(example = 12.345)]
    duration_ms: f64,
    /// The id of the request, for `/api/request_logs/{request_id}/explain`.
    #[schema(example = "01936b6e-7a3f-7c1d-9d2b-5f0c7e1a2b3c")]
    request_id: Option<String>,
}

/// A header of an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TriedHeader {
    /// Its name, in lower case.
    #[schema(example = "content-type")]
    name: String,
    /// Its value; bytes that are no text are replaced.
    #[schema(example = "application/json")]
    value: String,
}

impl TriedCall {
    /// Shows an answer.
    pub(super) fn new(method: &'static str, url: String, answer: &OwnAnswer, micros: i64) -> Self {
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let request_id = answer.headers.iter().find(|(name, _)| *name == "x-request-id").map(|(_, value)| text(value));
        let shown = shown_text(&answer.body, answer.is_cut);
        let (body, body_encoding) = match shown {
            Some(shown) => (shown.to_owned(), "text"),
            None => (BASE64_STANDARD.encode(&answer.body), "base64"),
        };
        #[expect(clippy::cast_precision_loss, reason = "minutes at most, in microseconds")]
        let duration_ms = micros.max(0) as f64 / 1000.0;
        Self {
            method,
            url,
            status: answer.status,
            headers: answer
                .headers
                .iter()
                .map(|(name, value)| TriedHeader { name: name.to_string(), value: text(value) })
                .collect(),
            body,
            body_encoding,
            body_bytes: answer.body.len(),
            body_truncated: answer.is_cut,
            duration_ms,
            request_id,
        }
    }
}

/// The body as text; where it was cut, without the character that the cut went through.
fn shown_text(body: &[u8], is_cut: bool) -> Option<&str> {
    match std::str::from_utf8(body) {
        Ok(text) => Some(text),
        Err(fault) if is_cut && fault.error_len().is_none() => {
            body.get(..fault.valid_up_to()).and_then(|whole| std::str::from_utf8(whole).ok())
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_through_a_character_leaves_the_text_before_it() {
        let body = "aé".as_bytes();
        assert_eq!(shown_text(body, false), Some("aé"));
        assert_eq!(shown_text(&body[..2], true), Some("a"));
        assert_eq!(shown_text(&body[..2], false), None);
        assert_eq!(shown_text(&[0xff, b'a'], true), None);
    }
}
