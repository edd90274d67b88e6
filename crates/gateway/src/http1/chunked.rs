//! Chunked bodies (RFC 9112 7.1), read strictly: line ends are CR LF, sizes plain hex digits, extensions and trailers
//! bounded. Extensions are dropped.

use super::fields::{FieldScan, Lines};
use super::framing::Taken;
use crate::seam::Chunk;
use bytes::{Buf, BytesMut};

/// Largest size line, extensions included.
const MAX_LINE_BYTES: usize = 4096;
/// Most digits of a size, leading zeros included.
const MAX_DIGITS: usize = 16;

/// The body is not well formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Where a chunked body stands.
#[derive(Debug)]
pub(crate) struct Chunked(State);

#[derive(Debug)]
enum State {
    /// At the beginning of a size line.
    Size,
    /// In a chunk; bytes to come.
    Data(u64),
    /// At the line end after a chunk.
    DataEnd,
    Trailers(Box<Trailers>),
    Done,
}

#[derive(Debug, Default)]
struct Trailers {
    lines: Lines,
    fields: FieldScan,
}

impl Default for Chunked {
    fn default() -> Self {
        Self(State::Size)
    }
}

impl Chunked {
    /// Whether the body has ended.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.0, State::Done)
    }

    /// Takes what there is from the buffer: data, or the trailers at the end, which may be none.
    pub(super) fn take(&mut self, buffer: &mut BytesMut) -> Result<Taken, Malformed> {
        loop {
            match &mut self.0 {
                State::Size => match size_line(buffer)? {
                    None => return Ok(Taken::More(1)),
                    Some((0, line)) => {
                        buffer.advance(line);
                        self.0 = State::Trailers(Box::default());
                    }
                    Some((size, line)) => {
                        buffer.advance(line);
                        self.0 = State::Data(size);
                    }
                },
                State::Data(left) if buffer.is_empty() => return Ok(Taken::More(left.saturating_add(2))),
                State::Data(left) => {
                    let here = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
                    *left = left.saturating_sub(u64::try_from(here).unwrap_or(u64::MAX));
                    if *left == 0 {
                        self.0 = State::DataEnd;
                    }
                    return Ok(Taken::Chunk(Chunk::Data(buffer.split_to(here).freeze())));
                }
                State::DataEnd => match buffer.get(..2) {
                    Some(b"\r\n") => {
                        buffer.advance(2);
                        self.0 = State::Size;
                    }
                    None if buffer.first().is_none_or(|&byte| byte == b'\r') => return Ok(Taken::More(2)),
                    Some(_) | None => return Err(Malformed),
                },
                State::Trailers(trailers) => {
                    let Some(length) = trailers.advance(buffer)? else { return Ok(Taken::More(1)) };
                    let fields = trailers.fields.copied(buffer);
                    buffer.advance(length);
                    self.0 = State::Done;
                    return Ok(Taken::Chunk(Chunk::Trailers(fields)));
                }
                State::Done => return Ok(Taken::End),
            }
        }
    }
}

impl Trailers {
    /// The length of the trailer section, once it is whole.
    fn advance(&mut self, buffer: &[u8]) -> Result<Option<usize>, Malformed> {
        while let Some(line) = self.lines.next(buffer).map_err(|_| Malformed)? {
            if line.text.is_empty() {
                return Ok(Some(self.lines.end()));
            }
            self.fields.push(&line).map_err(|_| Malformed)?;
        }
        Ok(None)
    }
}

/// A size line at the beginning of `buffer`: the size, and the length of the line. `None`: more is needed.
fn size_line(buffer: &[u8]) -> Result<Option<(u64, usize)>, Malformed> {
    let digits = buffer.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    if digits > MAX_DIGITS {
        return Err(Malformed);
    }
    let (size, after) = buffer.split_at_checked(digits).ok_or(Malformed)?;
    let Some(&next) = after.first() else { return Ok(None) };
    if digits == 0 {
        return Err(Malformed);
    }
    let line = match next {
        // The usual case.
        b'\r' => match after.get(1) {
            Some(b'\n') => digits + 2,
            Some(_) => return Err(Malformed),
            None => return Ok(None),
        },
        b';' | b' ' | b'\t' => match extension(after)? {
            Some(length) => digits + length,
            None => return Ok(None),
        },
        _ => return Err(Malformed),
    };
    let size = size.iter().fold(0, |size, &digit| size << 4 | u64::from(char::from(digit).to_digit(16).unwrap_or(0)));
    Ok(Some((size, line)))
}

/// The length of what stands between size and data. Space is only allowed before a `;`.
fn extension(text: &[u8]) -> Result<Option<usize>, Malformed> {
    let blank = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    if text.get(blank).is_some_and(|&byte| byte != b';') || blank > MAX_LINE_BYTES {
        return Err(Malformed);
    }
    let end = text.iter().position(|&byte| byte == b'\n').map(|end| end + 1);
    let line = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    let body = match line.strip_suffix(b"\r\n") {
        Some(body) => body,
        None if end.is_some() => return Err(Malformed),
        None => line.strip_suffix(b"\r").unwrap_or(line),
    };
    let is_clean = super::bytes_allowed::is_value(body) && line.len() <= MAX_LINE_BYTES;
    if is_clean { Ok(end) } else { Err(Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All data, the trailers, and what is left behind the body; `None`: the body has not ended.
    fn read(body: &[u8], part: usize) -> Result<Option<(Vec<u8>, usize, usize)>, Malformed> {
        let (mut chunked, mut buffer, mut data, mut trailers) = (Chunked::default(), BytesMut::new(), Vec::new(), 0);
        for bytes in body.chunks(part) {
            buffer.extend_from_slice(bytes);
            loop {
                match chunked.take(&mut buffer)? {
                    Taken::Chunk(Chunk::Data(part)) => data.extend_from_slice(&part),
                    Taken::Chunk(Chunk::Trailers(fields)) => trailers = fields.len(),
                    Taken::More(_) | Taken::End => break,
                }
            }
        }
        Ok(chunked.is_done().then(|| (data, trailers, buffer.len())))
    }

    #[track_caller]
    fn check(body: &str, expected: Result<Option<(&str, usize, usize)>, Malformed>) {
        let expected = expected.map(|whole| whole.map(|(data, trailers, rest)| (data.into(), trailers, rest)));
        assert_eq!(read(body.as_bytes(), body.len().max(1)), expected, "{body:?}");
        assert_eq!(read(body.as_bytes(), 1), expected, "{body:?} byte by byte");
    }

    #[test]
    fn bodies_are_read_to_their_end() {
        check("0\r\n\r\nGET /", Ok(Some(("", 0, 5))));
        check("3\r\nabc\r\n0\r\n\r\nx", Ok(Some(("abc", 0, 1))));
        check("A;x=\"y\"\r\n0123456789\r\n0\r\nA: b\r\nC: d\r\n\r\n", Ok(Some(("0123456789", 2, 0))));
        check("000003 \t;a\r\nabc\r\n00\r\n\r\n", Ok(Some(("abc", 0, 0))));
        check("3\r\nab", Ok(None));
        check("3\r\nabc\r\n0\r\n\r", Ok(None));
        check("", Ok(None));
        check("3;x\r", Ok(None));
    }

    #[test]
    fn malformed_bodies_are_refused() {
        for body in [
            "\r\n",
            "3\nabc\r\n",
            "3\r\nabc\n",
            "3\r\nabcd\r\n",
            "3\r\nabc\r0\r\n\r\n",
            "0x3\r\nabc",
            "+3\r\nabc",
            "-3\r\nabc",
            " 3\r\nabc",
            "3 \r\nabc",
            ";a\r\n",
            "g\r\n",
            "3\rabc",
            "3;a\nabc\r\n",
            "3;a\rb\r\nabc\r\n",
            "11112222333344445\r\n",
            "00000000000000003\r\nabc",
            "0\r\n\n",
            "0\r\nA: b\n\r\n",
            "0\r\n A: b\r\n\r\n",
            "0\r\nA : b\r\n\r\n",
            "0\r\nA: b\r\n c\r\n\r\n",
            "0\r\nA\r\n\r\n",
            "0\r\nContent-Length: x\r\n\r\n",
            "3;\0\r\nabc",
        ] {
            check(body, Err(Malformed));
        }
        check(&format!("3;{}\r\n", "a".repeat(MAX_LINE_BYTES)), Err(Malformed));
        check(&format!("0\r\nA: {}\r\n", "a".repeat(64 * 1024)), Err(Malformed));
        check(&format!("0\r\n{}\r\n", "A: b\r\n".repeat(101)), Err(Malformed));
    }
}
