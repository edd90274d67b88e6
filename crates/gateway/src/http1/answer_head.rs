//! The head of an answer as bytes, and how its body goes out (RFC 9112 6.3).

use super::outbox::{Coding, push_field};
use crate::seam::{Fields, Version};
use domain::method::Method;

/// What the answer is to.
#[derive(Debug, Clone, Copy)]
pub(super) struct AnswersTo {
    /// `None`: a method that is not served.
    pub(super) method: Option<Method>,
    pub(super) version: Version,
    /// Whether the caller wants the connection to go on.
    pub(super) persists: bool,
}

/// How the body of an answer goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outgoing {
    /// `None`: it has no body, whatever there is.
    pub(super) body: Option<Coding>,
    /// Whether only the end of the connection tells its end.
    pub(super) ends_with_connection: bool,
    /// Whether the connection can go on afterwards.
    pub(super) persists: bool,
}

/// Appends the head. `length` is the body's, where known; `date` is sent where the answer has none (RFC 9110 6.6.1).
pub(super) fn push(
    out: &mut Vec<u8>,
    status: u16,
    fields: &Fields,
    length: Option<u64>,
    to: AnswersTo,
    date: &str,
) -> Outgoing {
    let has_no_body = to.method == Some(Method::Head) || matches!(status, 100..=199 | 204 | 304);
    let mut seen = Seen::default();
    push_status(out, status);
    fields.iter().for_each(|(name, _)| seen.note(name));
    out.extend_from_slice(fields.lines());
    let mut persists = to.persists && !seen.connection;
    let mut outgoing = Outgoing { body: None, ends_with_connection: false, persists };
    if !has_no_body {
        outgoing.body = Some(Coding::Plain);
    }
    match length {
        _ if seen.content_length || matches!(status, 100..=199 | 204 | 304) => {}
        // An upstream's answer to HEAD that does not say how long the body would be.
        Some(0) if to.method == Some(Method::Head) => {}
        Some(length) => push_field(out, b"content-length", itoa::Buffer::new().format(length).as_bytes()),
        None if has_no_body => {}
        None if to.version == Version::Http10 => {
            persists = false;
            outgoing.ends_with_connection = true;
        }
        None => {
            push_field(out, b"transfer-encoding", b"chunked");
            outgoing.body = Some(Coding::Chunked);
        }
    }
    if !seen.date {
        push_field(out, b"date", date.as_bytes());
    }
    if !seen.connection {
        match (persists, to.version) {
            (false, _) => push_field(out, b"connection", b"close"),
            (true, Version::Http10) => push_field(out, b"connection", b"keep-alive"),
            (true, Version::Http11 | Version::Http2) => {}
        }
    }
    out.extend_from_slice(b"\r\n");
    outgoing.persists = persists;
    outgoing
}

/// Appends the head of a 101.
pub(super) fn push_switching(out: &mut Vec<u8>, status: u16, fields: &Fields, date: &str) {
    push_status(out, status);
    out.extend_from_slice(fields.lines());
    push_field(out, b"date", date.as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// Which fields are there.
#[derive(Default)]
struct Seen {
    connection: bool,
    content_length: bool,
    date: bool,
}

impl Seen {
    fn note(&mut self, name: &[u8]) {
        match name.len() {
            4 => self.date |= name.eq_ignore_ascii_case(b"date"),
            10 => self.connection |= name.eq_ignore_ascii_case(b"connection"),
            14 => self.content_length |= name.eq_ignore_ascii_case(b"content-length"),
            _ => {}
        }
    }
}

/// Appends the status line.
pub(super) fn push_status(out: &mut Vec<u8>, status: u16) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(itoa::Buffer::new().format(status).as_bytes());
    out.push(b' ');
    let reason = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    out.extend_from_slice(reason.unwrap_or_default().as_bytes());
    out.extend_from_slice(b"\r\n");
}
