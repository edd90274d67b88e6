//! The strict reading of a request's head, byte by byte, before any library parses it (RFC 9112).
//!
//! Refused here: line ends other than CR LF, folded lines, space before the colon, control characters, a request line
//! that is not three words, a target with a fragment or with bytes that no target has, versions other than 1.0 and
//! 1.1, lengths that are repeated, not plain digits or beside `Transfer-Encoding`, any transfer coding but one
//! `chunked`, and heads over the limits. All of it is told by what has arrived: a bad head is not waited for.

use domain::denial::Denial;
use std::ops::Range;

/// Largest head: request line and all headers.
pub(crate) const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Largest single header line.
pub(crate) const MAX_HEADER_BYTES: usize = 16 * 1024;
/// Most header lines.
pub(crate) const MAX_HEADERS: usize = 100;

/// How long the body after a head is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// This many bytes; none without `Content-Length`.
    Length(u64),
    /// Chunked.
    Chunked,
}

/// A head that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScannedHead {
    /// Its length, the empty line included.
    pub(crate) length: usize,
    /// Where the target stands.
    pub(crate) target: Range<usize>,
    /// How long the body is.
    pub(crate) framing: Framing,
}

/// Reads one head as its bytes arrive.
#[derive(Debug, Default)]
pub(crate) struct HeadScan {
    line_start: usize,
    /// How far line ends were looked for.
    scanned: usize,
    headers: usize,
    target: Range<usize>,
    is_http_10: bool,
    content_length: Option<u64>,
    is_chunked: bool,
}

impl HeadScan {
    /// Goes on reading; `head` holds all bytes since the head began. `None`: more is needed.
    pub(crate) fn advance(&mut self, head: &[u8]) -> Result<Option<ScannedHead>, Denial> {
        while let Some(found) = head.get(self.scanned..).and_then(|rest| memchr::memchr(b'\n', rest)) {
            let end = self.scanned + found;
            let line = head.get(self.line_start..end).unwrap_or_default();
            let line = line.strip_suffix(b"\r").ok_or(Denial::BadFraming)?;
            if end >= MAX_HEAD_BYTES {
                return Err(self.too_large());
            }
            let is_request_line = self.line_start == 0;
            self.scanned = end + 1;
            self.line_start = end + 1;
            if is_request_line {
                self.request_line(line)?;
            } else if line.is_empty() {
                return self.finish(end + 1).map(Some);
            } else {
                self.header_line(line)?;
            }
        }
        self.scanned = head.len();
        if head.len() > MAX_HEAD_BYTES || (self.line_start > 0 && head.len() - self.line_start > MAX_HEADER_BYTES) {
            return Err(self.too_large());
        }
        Ok(None)
    }

    fn too_large(&self) -> Denial {
        if self.line_start == 0 { Denial::UriTooLong } else { Denial::HeaderTooLarge }
    }

    fn request_line(&mut self, line: &[u8]) -> Result<(), Denial> {
        let mut words = line.split(|&byte| byte == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Denial::BadFraming);
        };
        match version {
            b"HTTP/1.1" => {}
            b"HTTP/1.0" => self.is_http_10 = true,
            [b'H', b'T', b'T', b'P', b'/', major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit() => {
                return Err(Denial::VersionRefused);
            }
            _ => return Err(Denial::BadFraming),
        }
        let is_target = |byte: &u8| matches!(byte, 0x21..=0x7e) && *byte != b'#';
        if !is_token(method) || target.is_empty() || !target.iter().all(is_target) {
            return Err(Denial::BadFraming);
        }
        self.target = method.len() + 1..method.len() + 1 + target.len();
        Ok(())
    }

    fn header_line(&mut self, line: &[u8]) -> Result<(), Denial> {
        self.headers += 1;
        if self.headers > MAX_HEADERS || line.len() > MAX_HEADER_BYTES {
            return Err(Denial::HeaderTooLarge);
        }
        let colon = memchr::memchr(b':', line).ok_or(Denial::BadFraming)?;
        let (Some(name), Some(value)) = (line.get(..colon), line.get(colon + 1..)) else {
            return Err(Denial::BadFraming);
        };
        let is_value = |byte: &u8| matches!(byte, b'\t' | 0x20..=0x7e | 0x80..);
        if !is_token(name) || !value.iter().all(is_value) {
            return Err(Denial::BadFraming);
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = parse_length(value.trim_ascii()).ok_or(Denial::BadFraming)?;
            if self.content_length.replace(length).is_some() {
                return Err(Denial::BadFraming);
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            let is_chunked = value.trim_ascii().eq_ignore_ascii_case(b"chunked");
            if !is_chunked || self.is_chunked || self.is_http_10 {
                return Err(Denial::BadFraming);
            }
            self.is_chunked = true;
        }
        Ok(())
    }

    fn finish(&mut self, length: usize) -> Result<ScannedHead, Denial> {
        let framing = match (self.content_length, self.is_chunked) {
            (Some(_), true) => return Err(Denial::BadFraming),
            (None, true) => Framing::Chunked,
            (length, false) => Framing::Length(length.unwrap_or(0)),
        };
        Ok(ScannedHead { length, target: std::mem::take(&mut self.target), framing })
    }
}

/// Plain digits, as many as fit.
fn parse_length(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// RFC 9110 5.6.2.
fn is_token(text: &[u8]) -> bool {
    let is_token_byte = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !text.is_empty() && text.iter().all(is_token_byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(head: &[u8]) -> Result<Option<ScannedHead>, Denial> {
        HeadScan::default().advance(head)
    }

    #[track_caller]
    fn check(head: &str, expected: Denial) {
        let shown: String = head.chars().take(80).collect();
        assert_eq!(scan(head.as_bytes()), Err(expected), "{shown:?}");
        // What is refused whole is refused as well when it arrives byte by byte.
        let mut slow = HeadScan::default();
        let refused = (1..=head.len()).find_map(|end| slow.advance(&head.as_bytes()[..end]).err());
        assert_eq!(refused, Some(expected), "{shown:?}");
    }

    #[test]
    fn good_heads_pass_and_tell_their_framing() {
        let passes = |head: &str, target: &str, framing| {
            let found = scan(head.as_bytes()).unwrap().unwrap();
            assert_eq!(&head[found.target.clone()], target);
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
        check(&format!("GET / HTTP/1.1\r\nA: {}", "a".repeat(MAX_HEADER_BYTES)), Denial::HeaderTooLarge);
        check(&format!("GET / HTTP/1.1\r\n{}", "A: b\r\n".repeat(MAX_HEADERS + 1)), Denial::HeaderTooLarge);
        let large = format!("A: {}\r\n", "a".repeat(15_000));
        check(&format!("GET / HTTP/1.1\r\n{}", large.repeat(5)), Denial::HeaderTooLarge);
        let head = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(60_000));
        assert!(scan(head.as_bytes()).unwrap().is_some());
    }
}
