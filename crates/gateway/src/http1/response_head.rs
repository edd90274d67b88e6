//! The head of an upstream's answer, read as strictly as a request's (RFC 9112 4 and 6.3).

use super::fields::{FieldScan, HeadFault, Lines};
use super::framing::Framing;
use crate::seam::Fields;
use domain::method::Method;

/// With what every answer begins.
const VERSION_BEGINS: &[u8] = b"HTTP/1.";

/// Reads one head as its bytes arrive. Can be used again after [`ResponseScan::clear`].
#[derive(Debug, Default)]
pub(crate) struct ResponseScan {
    lines: Lines,
    fields: FieldScan,
    status: u16,
    is_http_10: bool,
}

/// A head that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScannedResponse {
    /// Its length, the empty line included.
    pub(crate) length: usize,
    /// 100 to 599.
    pub(crate) status: u16,
    /// Whether the connection can serve another request.
    pub(crate) persists: bool,
}

impl ResponseScan {
    /// Begins anew.
    pub(crate) fn clear(&mut self) {
        self.lines = Lines::default();
        self.fields.clear();
    }

    /// Goes on reading; `head` holds all bytes since the head began. `None`: more is needed.
    pub(crate) fn advance(&mut self, head: &[u8]) -> Result<Option<ScannedResponse>, HeadFault> {
        // What cannot become an answer is not waited for.
        if !head.iter().zip(VERSION_BEGINS).all(|(byte, expected)| byte == expected) {
            return Err(HeadFault::Malformed);
        }
        while let Some(line) = self.lines.next(head)? {
            if line.at == 0 {
                self.status_line(line.text)?;
            } else if line.text.is_empty() {
                return self.finish().map(Some);
            } else {
                self.fields.push(&line)?;
            }
        }
        Ok(None)
    }

    /// The fields of a head that passed. `head` is what they were found in.
    pub(crate) fn fields(&self, head: &[u8]) -> Fields {
        self.fields.copied(head)
    }

    /// How the body of this answer to such a request is delimited.
    pub(crate) fn framing(&self, method: Method) -> Framing {
        let has_none = method == Method::Head || matches!(self.status, 100..=199 | 204 | 304);
        match self.fields.content_length {
            _ if has_none => Framing::Length(0),
            _ if self.fields.is_chunked => Framing::Chunked,
            Some(length) => Framing::Length(length),
            None => Framing::UntilEnd,
        }
    }

    /// `HTTP/1.1 200 OK`; the reason may be empty, its space too.
    fn status_line(&mut self, line: &[u8]) -> Result<(), HeadFault> {
        let (version, rest) = line.split_at_checked(9).ok_or(HeadFault::Malformed)?;
        self.is_http_10 = match version {
            b"HTTP/1.1 " => false,
            b"HTTP/1.0 " => true,
            _ => return Err(HeadFault::Malformed),
        };
        let (&code, reason) = rest.split_first_chunk::<3>().ok_or(HeadFault::Malformed)?;
        let is_reason = matches!(reason.first(), None | Some(b' ')) && super::bytes_allowed::is_value(reason);
        if !code.iter().all(u8::is_ascii_digit) || !is_reason {
            return Err(HeadFault::Malformed);
        }
        self.status = code.iter().fold(0, |status, &digit| status * 10 + u16::from(digit - b'0'));
        if (100..=599).contains(&self.status) { Ok(()) } else { Err(HeadFault::Malformed) }
    }

    fn finish(&self) -> Result<ScannedResponse, HeadFault> {
        let fields = &self.fields;
        let is_doubtful = fields.is_chunked && (fields.content_length.is_some() || self.is_http_10);
        if is_doubtful {
            return Err(HeadFault::Malformed);
        }
        // Such an answer has no body; one that says it has may bring it later.
        let announces = fields.is_chunked || fields.content_length.is_some_and(|length| length > 0);
        let is_doubtful = self.status == 204 && announces;
        let persists = !is_doubtful && !fields.says_close && (!self.is_http_10 || fields.says_keep_alive);
        Ok(ScannedResponse { length: self.lines.end(), status: self.status, persists })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(head: &str) -> Result<Option<ScannedResponse>, HeadFault> {
        let whole = ResponseScan::default().advance(head.as_bytes());
        let mut slow = ResponseScan::default();
        let mut steps = (1..=head.len()).map(|end| slow.advance(&head.as_bytes()[..end]));
        let last = steps.find(|step| !matches!(step, Ok(None))).unwrap_or(Ok(None));
        assert_eq!(whole, last, "{head:?} byte by byte");
        whole
    }

    #[test]
    fn good_heads_pass() {
        let passes = |line: &str, status, persists| {
            let head = format!("{line}\r\n\r\n");
            assert_eq!(scan(&head), Ok(Some(ScannedResponse { length: head.len(), status, persists })), "{line:?}");
        };
        passes("HTTP/1.1 200 OK", 200, true);
        passes("HTTP/1.1 204 ", 204, true);
        passes("HTTP/1.1 599", 599, true);
        passes("HTTP/1.1 404 not \u{e9} found", 404, true);
        passes("HTTP/1.0 200 OK", 200, false);
        passes("HTTP/1.0 200 OK\r\nConnection: keep-alive", 200, true);
        passes("HTTP/1.1 200 OK\r\nConnection: close", 200, false);
        passes("HTTP/1.1 204 x\r\nContent-Length: 0", 204, true);
        passes("HTTP/1.1 204 x\r\nContent-Length: 1", 204, false);
        passes("HTTP/1.1 204 x\r\nTransfer-Encoding: chunked", 204, false);
        assert_eq!(scan("HTTP/1.1 200 OK\r\n"), Ok(None));
    }

    #[test]
    fn malformed_heads_are_refused() {
        for line in [
            "",
            "HTTP/1.1",
            "HTTP/1.1 ",
            "HTTP/1.1 20",
            "HTTP/1.1 2000",
            "HTTP/1.1 200OK",
            "HTTP/1.1  200 OK",
            "HTTP/1.1 099 x",
            "HTTP/1.1 600 x",
            "HTTP/1.1 -20 x",
            "HTTP/2.0 200 OK",
            "HTTP/1.2 200 OK",
            "http/1.1 200 OK",
            " HTTP/1.1 200 OK",
            "ICY 200 OK",
            "HTTP/1.1 200 O\0K",
            "HTTP/1.1 200 OK\r\nA : b",
            "HTTP/1.1 200 OK\r\n A: b",
            "HTTP/1.1 200 OK\r\nA: b\r\n c",
            "HTTP/1.1 200 OK\r\nA: b\rc",
            "HTTP/1.1 200 OK\r\nA: b\0",
            "HTTP/1.1 200 OK\r\nA",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1",
            "HTTP/1.1 200 OK\r\nContent-Length: 1, 1",
            "HTTP/1.1 200 OK\r\nContent-Length: -1",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked",
        ] {
            assert_eq!(scan(&format!("{line}\r\n\r\n")), Err(HeadFault::Malformed), "{line:?}");
        }
        for head in ["HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\r\nA: b\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\n"] {
            assert_eq!(scan(head), Err(HeadFault::Malformed), "{head:?}");
        }
        let large = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(101));
        assert_eq!(scan(&large), Err(HeadFault::TooLarge));
    }

    #[test]
    fn the_end_of_the_body_follows_from_the_head_and_the_request() {
        let framing = |fields: &str, status: u16, method| {
            let mut scan = ResponseScan::default();
            scan.advance(format!("HTTP/1.1 {status} x\r\n{fields}\r\n").as_bytes()).unwrap().unwrap();
            scan.framing(method)
        };
        let (length, chunked) = ("Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n");
        assert_eq!(framing(length, 200, Method::Get), Framing::Length(5));
        assert_eq!(framing(chunked, 200, Method::Post), Framing::Chunked);
        assert_eq!(framing("", 200, Method::Get), Framing::UntilEnd);
        for status in [204, 304, 101] {
            assert_eq!(framing(length, status, Method::Get), Framing::Length(0));
            assert_eq!(framing(chunked, status, Method::Get), Framing::Length(0));
        }
        for fields in [length, chunked, ""] {
            assert_eq!(framing(fields, 200, Method::Head), Framing::Length(0));
        }
    }
}
