//! The head of a request, read strictly (RFC 9112 3). What is refused is told by what has arrived: a bad head is not
//! waited for.

use super::bytes_allowed::{is_target, is_token};
use super::fields::{FieldScan, HeadFault, Lines};
use super::framing::Framing;
use crate::seam::{Field, RequestHead, Version};
use domain::denial::Denial;
use std::ops::Range;

/// Reads one head as its bytes arrive. Can be used again after [`RequestScan::clear`].
#[derive(Debug)]
pub(crate) struct RequestScan {
    lines: Lines,
    fields: FieldScan,
    method: Range<usize>,
    target: Range<usize>,
    version: Version,
}

/// A head that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScannedRequest {
    /// Its length, the empty line included.
    pub(crate) length: usize,
    /// How its body is delimited.
    pub(crate) framing: Framing,
    /// Whether the caller wants the connection to go on.
    pub(crate) persists: bool,
    /// Whether the caller waits for leave to send the body.
    pub(crate) expects_continue: bool,
}

impl Default for RequestScan {
    fn default() -> Self {
        let (lines, fields) = (Lines::default(), FieldScan::default());
        Self { lines, fields, method: 0..0, target: 0..0, version: Version::Http11 }
    }
}

impl RequestScan {
    /// Begins anew.
    pub(crate) fn clear(&mut self) {
        self.lines = Lines::default();
        self.fields.clear();
        self.version = Version::Http11;
    }

    /// Goes on reading; `head` holds all bytes since the head began. `None`: more is needed.
    pub(crate) fn advance(&mut self, head: &[u8]) -> Result<Option<ScannedRequest>, Denial> {
        self.scan(head).map_err(|fault| match fault {
            HeadFault::Malformed => Denial::BadFraming,
            HeadFault::TooLarge => Denial::HeaderTooLarge,
            HeadFault::FirstLineTooLarge => Denial::UriTooLong,
            HeadFault::Version => Denial::VersionRefused,
        })
    }

    /// The method as it stands in `head`.
    pub(crate) fn method<'a>(&self, head: &'a [u8]) -> &'a [u8] {
        head.get(self.method.clone()).unwrap_or_default()
    }

    /// The fields of a head that passed, as they stand in `head`.
    pub(crate) fn fields<'a>(&self, head: &'a [u8]) -> Vec<Field<'a>> {
        self.fields.of(head)
    }

    /// The whole of a head that passed.
    pub(crate) fn request<'a>(&self, head: &'a [u8], fields: &'a [Field<'a>]) -> RequestHead<'a> {
        let target = head.get(self.target.clone()).unwrap_or_default();
        RequestHead { method: self.method(head), target, version: self.version, headers: fields }
    }

    fn scan(&mut self, head: &[u8]) -> Result<Option<ScannedRequest>, HeadFault> {
        while let Some(line) = self.lines.next(head)? {
            if line.at == 0 {
                self.request_line(line.text)?;
            } else if line.text.is_empty() {
                return self.finish().map(Some);
            } else {
                self.fields.push(&line)?;
                if self.fields.is_chunked && self.version == Version::Http10 {
                    return Err(HeadFault::Malformed);
                }
            }
        }
        Ok(None)
    }

    fn request_line(&mut self, line: &[u8]) -> Result<(), HeadFault> {
        let mut words = line.split(|&byte| byte == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(HeadFault::Malformed);
        };
        self.version = match version {
            b"HTTP/1.1" => Version::Http11,
            b"HTTP/1.0" => Version::Http10,
            [b'H', b'T', b'T', b'P', b'/', major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit() => {
                return Err(HeadFault::Version);
            }
            _ => return Err(HeadFault::Malformed),
        };
        if !is_token(method) || !is_target(target) {
            return Err(HeadFault::Malformed);
        }
        self.method = 0..method.len();
        self.target = method.len() + 1..method.len() + 1 + target.len();
        Ok(())
    }

    fn finish(&self) -> Result<ScannedRequest, HeadFault> {
        let fields = &self.fields;
        let framing = match (fields.content_length, fields.is_chunked) {
            (Some(_), true) => return Err(HeadFault::Malformed),
            (None, true) => Framing::Chunked,
            (length, false) => Framing::Length(length.unwrap_or(0)),
        };
        let persists = match self.version {
            Version::Http10 => fields.says_keep_alive && !fields.says_close,
            Version::Http11 | Version::Http2 => !fields.says_close,
        };
        let expects_continue = fields.expects_continue && self.version == Version::Http11;
        Ok(ScannedRequest { length: self.lines.end(), framing, persists, expects_continue })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::{MAX_FIELD_BYTES, MAX_FIELDS, MAX_HEAD_BYTES};
    use super::*;

    fn scan(head: &[u8]) -> Result<Option<ScannedRequest>, Denial> {
        RequestScan::default().advance(head)
    }

    #[track_caller]
    fn check(head: &str, expected: Denial) {
        let shown: String = head.chars().take(80).collect();
        assert_eq!(scan(head.as_bytes()), Err(expected), "{shown:?}");
        // What is refused whole is refused as well when it arrives byte by byte.
        let mut slow = RequestScan::default();
        let refused = (1..=head.len()).find_map(|end| slow.advance(&head.as_bytes()[..end]).err());
        assert_eq!(refused, Some(expected), "{shown:?}");
    }

    #[test]
    fn good_heads_pass_and_tell_their_framing() {
        let passes = |head: &str, target: &str, framing| {
            let mut scan = RequestScan::default();
            let found = scan.advance(head.as_bytes()).unwrap().unwrap();
            assert_eq!(scan.request(head.as_bytes(), &[]).target, target.as_bytes());
            assert_eq!((found.framing, found.length), (framing, head.len()), "{head:?}");
        };
        passes("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "/", Framing::Length(0));
        passes("GET /a?b=%20 HTTP/1.0\r\n\r\n", "/a?b=%20", Framing::Length(0));
        passes("POST http://a/ HTTP/1.1\r\ncontent-LENGTH: 12\r\n\r\n", "http://a/", Framing::Length(12));
        passes("POST /x HTTP/1.1\r\nTransfer-Encoding:\tChunked \r\n\r\n", "/x", Framing::Chunked);
        passes("GET /{x}|\"<>^` HTTP/1.1\r\nX: \u{e9}\r\n\r\n", "/{x}|\"<>^`", Framing::Length(0));
        assert_eq!(scan(b"GET / HTTP/1.1\r\nHost: a\r\n"), Ok(None));
        assert_eq!(scan(b"GET / HT"), Ok(None));
    }

    #[test]
    fn malformed_heads_are_refused() {
        for head in [
            "GET / HTTP/1.1\n\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\n",
            "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n",
            "GET / HTTP/1.1\r\n folded: a\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n",
            "GET / HTTP/1.1\r\nA : b\r\n\r\n",
            "GET / HTTP/1.1\r\n: b\r\n\r\n",
            "GET / HTTP/1.1\r\nA\r\n\r\n",
            "GET / HTTP/1.1\r\nA(: b\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\0\r\n\r\n",
            "GET / HTTP/1.1\r\nA: \u{7f}\r\n\r\n",
            "GET /\r\n\r\n",
            "GET  / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1 \r\n\r\n",
            " GET / HTTP/1.1\r\n\r\n",
            "GET\t/ HTTP/1.1\r\n\r\n",
            "G@T / HTTP/1.1\r\n\r\n",
            "GET /#a HTTP/1.1\r\n\r\n",
            "GET /?a#b HTTP/1.1\r\n\r\n",
            "GET /\u{e9} HTTP/1.1\r\n\r\n",
            "GET /\u{7f} HTTP/1.1\r\n\r\n",
            "GET / http/1.1\r\n\r\n",
            "GET / HTTP/1.10\r\n\r\n",
            "GET / HTTPS/1.1\r\n\r\n",
            "\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: \r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: \"chunked\"\r\n\r\n",
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        ] {
            check(head, Denial::BadFraming);
        }
        for version in ["HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "HTTP/3.1"] {
            check(&format!("GET / {version}\r\n\r\n"), Denial::VersionRefused);
        }
        check("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Denial::VersionRefused);
    }

    #[test]
    fn large_heads_are_refused() {
        check(&format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(MAX_HEAD_BYTES)), Denial::UriTooLong);
        check(&format!("GET / HTTP/1.1\r\nA: {}", "a".repeat(MAX_FIELD_BYTES)), Denial::HeaderTooLarge);
        check(&format!("GET / HTTP/1.1\r\n{}", "A: b\r\n".repeat(MAX_FIELDS + 1)), Denial::HeaderTooLarge);
        let large = format!("A: {}\r\n", "a".repeat(15_000));
        check(&format!("GET / HTTP/1.1\r\n{}", large.repeat(5)), Denial::HeaderTooLarge);
        let head = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(60_000));
        assert!(scan(head.as_bytes()).unwrap().is_some());
    }

    #[test]
    fn fields_are_given_without_the_space_around_them() {
        let head = b"GET /x HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nx-b: \t b c\t \r\n\r\nrest";
        let mut scan = RequestScan::default();
        let found = scan.advance(head).unwrap().unwrap();
        assert_eq!(found.length, head.len() - 4);
        let fields = scan.fields(head);
        assert_eq!(fields, [(&b"Host"[..], &b"a"[..]), (b"X-Empty", b""), (b"x-b", b"b c")]);
        assert_eq!(scan.method(head), b"GET");
    }

    #[test]
    fn what_a_caller_says_of_the_connection_is_heeded() {
        let persists = |rest: &str| {
            let found = scan(format!("GET / {rest}\r\n\r\n").as_bytes()).unwrap().unwrap();
            (found.persists, found.expects_continue)
        };
        assert_eq!(persists("HTTP/1.1"), (true, false));
        assert_eq!(persists("HTTP/1.1\r\nConnection: a, Close"), (false, false));
        assert_eq!(persists("HTTP/1.1\r\nConnection: keep-alive\r\nConnection: close"), (false, false));
        assert_eq!(persists("HTTP/1.0"), (false, false));
        assert_eq!(persists("HTTP/1.0\r\nConnection: Keep-Alive"), (true, false));
        assert_eq!(persists("HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue"), (true, false));
        assert_eq!(persists("HTTP/1.1\r\nExpect: 100-Continue"), (true, true));
    }

    #[test]
    fn a_scan_begins_anew_after_each_head() {
        let mut scan = RequestScan::default();
        let first = b"POST /a HTTP/1.0\r\nContent-Length: 3\r\nConnection: close\r\n\r\n";
        assert_eq!(scan.advance(first).unwrap().unwrap().framing, Framing::Length(3));
        scan.clear();
        let second = b"GET /b HTTP/1.1\r\nA: b\r\n\r\n";
        let found = scan.advance(second).unwrap().unwrap();
        assert_eq!((found.framing, found.persists), (Framing::Length(0), true));
        assert_eq!(scan.fields(second).len(), 1);
    }
}
