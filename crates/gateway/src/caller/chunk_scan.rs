//! Follows a chunked body (RFC 9112 7.1) to find its end, and refuses what two servers could read differently: line
//! ends other than CR LF, sizes that are not plain hex digits, endless extensions or trailers.

/// Largest size line with extensions, and largest trailer section.
const MAX_LINE_BYTES: usize = 4096;
const MAX_TRAILER_BYTES: usize = 64 * 1024;

/// The body is not well formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In the hex digits of a size; how many there were.
    Size(u8),
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    /// At the start of a trailer line.
    Trailer,
    InTrailer,
    TrailerLf,
    EndLf,
    Done,
}

/// Where a chunked body stands.
#[derive(Debug)]
pub(crate) struct ChunkScan {
    state: State,
    /// Bytes left of the current chunk, or its size as far as it was read.
    left: u64,
    line: usize,
    trailers: usize,
}

impl ChunkScan {
    pub(crate) fn new() -> Self {
        Self { state: State::Size(0), left: 0, line: 0, trailers: 0 }
    }

    /// Whether the body has ended.
    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Follows these bytes; says how many of them belong to the body.
    pub(crate) fn advance(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if self.state == State::Done {
                break;
            }
            if self.state == State::Data {
                let here = u64::try_from(bytes.len() - at).unwrap_or(u64::MAX).min(self.left);
                self.left -= here;
                at += usize::try_from(here).unwrap_or(usize::MAX);
                if self.left == 0 {
                    self.state = State::DataCr;
                }
                continue;
            }
            self.state = self.step(byte)?;
            at += 1;
        }
        Ok(at)
    }

    fn step(&mut self, byte: u8) -> Result<State, Malformed> {
        self.line += 1;
        Ok(match (self.state, byte) {
            (State::Size(digits), _) if byte.is_ascii_hexdigit() && digits < 16 => {
                let digit = char::from(byte).to_digit(16).unwrap_or(0);
                self.left = self.left << 4 | u64::from(digit);
                State::Size(digits + 1)
            }
            (State::Size(1..), b';' | b' ' | b'\t') => State::Extension,
            (State::Size(1..) | State::Extension, b'\r') => State::SizeLf,
            (State::Extension, b'\t' | 0x20..=0x7e | 0x80..) if self.line < MAX_LINE_BYTES => State::Extension,
            (State::SizeLf, b'\n') => {
                self.line = 0;
                if self.left == 0 { State::Trailer } else { State::Data }
            }
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => {
                self.line = 0;
                State::Size(0)
            }
            (State::Trailer, b'\r') => State::EndLf,
            (State::Trailer | State::InTrailer, b'\t' | 0x20..=0x7e | 0x80..) if self.trailers < MAX_TRAILER_BYTES => {
                // A trailer line begins with a name, not with space.
                if self.state == State::Trailer && matches!(byte, b' ' | b'\t') {
                    return Err(Malformed);
                }
                self.trailers += 1;
                State::InTrailer
            }
            (State::InTrailer, b'\r') => State::TrailerLf,
            (State::TrailerLf, b'\n') => State::Trailer,
            (State::EndLf, b'\n') => State::Done,
            _ => return Err(Malformed),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: Result<usize, Malformed>) {
        let whole = ChunkScan::new().advance(body.as_bytes());
        assert_eq!(whole, expected, "{body:?}");
        let mut scan = ChunkScan::new();
        let mut taken = 0;
        let slow = body.as_bytes().chunks(1).try_for_each(|byte| scan.advance(byte).map(|n| taken += n));
        assert_eq!(slow.map(|()| taken), expected, "{body:?}");
    }

    #[test]
    fn the_end_of_a_body_is_found() {
        check("0\r\n\r\nGET /", Ok(5));
        check("3\r\nabc\r\n0\r\n\r\nx", Ok(13));
        check("A;x=\"y\"\r\n0123456789\r\n0\r\nA: b\r\nC: d\r\n\r\n", Ok(38));
        check("000003 \r\nabc\r\n00\r\n\r\n", Ok(20));
        check("3\r\nab", Ok(5));
        let mut scan = ChunkScan::new();
        scan.advance(b"3\r\nabc\r\n0\r\n\r").unwrap();
        assert!(!scan.is_done());
        scan.advance(b"\n").unwrap();
        assert!(scan.is_done());
    }

    #[test]
    fn malformed_bodies_are_refused() {
        for body in [
            "\r\n",
            "3\nabc\r\n",
            "3\r\nabc\n",
            "3\r\nabcd\r\n",
            "0x3\r\nabc",
            "+3\r\nabc",
            " 3\r\nabc",
            ";a\r\n",
            "g\r\n",
            "11112222333344445\r\n",
            "0\r\n\n",
            "0\r\nA: b\n\r\n",
            "0\r\n A: b\r\n\r\n",
            "3;\0\r\nabc",
        ] {
            check(body, Err(Malformed));
        }
        check(&format!("3;{}\r\n", "a".repeat(MAX_LINE_BYTES)), Err(Malformed));
        check(&format!("0\r\nA: {}\r\n", "a".repeat(MAX_TRAILER_BYTES)), Err(Malformed));
    }
}
