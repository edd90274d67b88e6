//! The canonical path: the one form that is matched, authorised, logged and forwarded. Ambiguous means refused.
//!
//! Escapes of unreserved characters are decoded and hex digits upper-cased (RFC 3986 6.2.2); all else is kept byte
//! for byte. What two servers could read differently is a [`PathFault`].

use std::borrow::Cow;
use std::fmt;

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// It does not begin with `/`.
    #[error("a path must begin with /")]
    NotAbsolute,
    /// `%` without two hex digits.
    #[error("a % without two hex digits")]
    BadEscape,
    /// A raw control character, space, `\`, `#` or non-ASCII byte.
    #[error("a raw character that a path cannot hold")]
    RawCharacter,
    /// An escaped control character.
    #[error("an escaped control character")]
    EscapedControl,
    /// `%2F` or `%5C`.
    #[error("an escaped slash or backslash")]
    EscapedSlash,
    /// Escapes that are not UTF-8.
    #[error("escapes that are not UTF-8")]
    NotUtf8,
    /// An empty segment other than one trailing slash.
    #[error("an empty segment")]
    EmptySegment,
    /// A `.` or `..` segment, however it is written.
    #[error("a dot segment")]
    DotSegment,
}

/// A path in canonical form. Borrowed where the request already had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalPath<'a> {
    text: Cow<'a, str>,
    encoded_slash: EncodedSlash,
}

/// Whether a path holds `%2F`: a slash that is part of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncodedSlash {
    /// It holds none.
    Absent,
    /// It does: only some collections take such a path.
    Present,
}

impl<'a> CanonicalPath<'a> {
    /// Checks and normalises a path (without query) in which no `%2F` may stand.
    pub fn parse(raw: &'a [u8]) -> Result<Self, PathFault> {
        let path = Self::parse_request(raw)?;
        match path.encoded_slash {
            EncodedSlash::Absent => Ok(path),
            EncodedSlash::Present => Err(PathFault::EscapedSlash),
        }
    }

    /// Checks and normalises the path of a request target (without query). `%2F` may stand in it; who takes the path
    /// asks for [`CanonicalPath::encoded_slash`].
    pub fn parse_request(raw: &'a [u8]) -> Result<Self, PathFault> {
        if raw.first() != Some(&b'/') {
            return Err(PathFault::NotAbsolute);
        }
        let mut delicate = false;
        let mut previous = 0;
        for &byte in raw {
            match byte {
                b'%' | b';' => delicate = true,
                b'.' if previous == b'/' => delicate = true,
                b'/' if previous == b'/' => return Err(PathFault::EmptySegment),
                b'\\' | b'#' | 0..=b' ' | 0x7f.. => return Err(PathFault::RawCharacter),
                _ => {}
            }
            previous = byte;
        }
        let mut encoded_slash = EncodedSlash::Absent;
        let normal = if delicate { normalise(raw, &mut encoded_slash)? } else { Cow::Borrowed(raw) };
        let text = match normal {
            Cow::Borrowed(bytes) => Cow::Borrowed(std::str::from_utf8(bytes).map_err(|_| PathFault::RawCharacter)?),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8(bytes).map_err(|_| PathFault::RawCharacter)?),
        };
        if delicate {
            for segment in text.split('/') {
                check_segment(segment)?;
            }
        }
        Ok(Self { text, encoded_slash })
    }

    /// Whether it holds `%2F`.
    pub fn encoded_slash(&self) -> EncodedSlash {
        self.encoded_slash
    }

    /// The path, beginning with `/`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first segment and what follows it: `None` where there is no second slash.
    pub fn split_first(&self) -> (&str, Option<&str>) {
        let path = self.text.get(1..).unwrap_or_default();
        match path.split_once('/') {
            Some((first, rest)) => (first, Some(rest)),
            None => (path, None),
        }
    }
}

impl fmt::Display for CanonicalPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Decodes escapes of unreserved characters, upper-cases the hex digits of the others.
fn normalise<'a>(raw: &'a [u8], encoded_slash: &mut EncodedSlash) -> Result<Cow<'a, [u8]>, PathFault> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            out.push(byte);
            rest = after;
            continue;
        }
        let Some((&[high, low], after)) = after.split_first_chunk::<2>() else { return Err(PathFault::BadEscape) };
        let (Some(high_value), Some(low_value)) = (hex(high), hex(low)) else { return Err(PathFault::BadEscape) };
        match high_value << 4 | low_value {
            0..=0x1f | 0x7f => return Err(PathFault::EscapedControl),
            b'\\' => return Err(PathFault::EscapedSlash),
            b'/' => {
                *encoded_slash = EncodedSlash::Present;
                out.extend_from_slice(b"%2F");
            }
            plain if is_unreserved(plain) => out.push(plain),
            _ => out.extend_from_slice(&[b'%', high.to_ascii_uppercase(), low.to_ascii_uppercase()]),
        }
        rest = after;
    }
    Ok(Cow::Owned(out))
}

/// The rules that need the decoded text of one segment.
fn check_segment(segment: &str) -> Result<(), PathFault> {
    if !segment.contains(['%', '.', ';']) {
        return Ok(());
    }
    let once = decode_once(segment.as_bytes());
    let text = std::str::from_utf8(&once).map_err(|_| PathFault::NotUtf8)?;
    if text.chars().any(char::is_control) {
        return Err(PathFault::EscapedControl);
    }
    let fully = decode_fully(segment.as_bytes());
    let ascii: String = String::from_utf8_lossy(&fully)
        .chars()
        .map(|c| match c {
            '\u{ff0e}' => '.',
            '\u{ff0f}' => '/',
            '\u{ff3c}' => '\\',
            '\u{ff1b}' => ';',
            other => other,
        })
        .collect();
    let is_dots = |part: &str| matches!(part.split(';').next(), Some("." | ".."));
    if ascii.split(['/', '\\']).any(is_dots) { Err(PathFault::DotSegment) } else { Ok(()) }
}

/// Decodes each valid escape once.
fn decode_once(text: &[u8]) -> Vec<u8> {
    percent_encoding::percent_decode(text).collect()
}

/// Decodes until nothing changes, in one pass: each byte put out may complete an escape with the two before it.
/// Escapes cannot overlap, so the order of decoding does not matter.
fn decode_fully(text: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    for &byte in text {
        out.push(byte);
        while let Some((head, &[b'%', high, low])) = out.split_last_chunk::<3>() {
            let (Some(high), Some(low)) = (hex(high), hex(low)) else { break };
            let kept = head.len();
            out.truncate(kept);
            out.push(high << 4 | low);
        }
    }
    out
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// RFC 3986 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, expected: Result<&str, PathFault>) {
        let parsed = CanonicalPath::parse(raw.as_bytes());
        assert_eq!(parsed.as_ref().map(CanonicalPath::as_str).map_err(|fault| *fault), expected, "{raw}");
    }

    #[test]
    fn one_form_for_each_path() {
        check("/", Ok("/"));
        check("/a/b/", Ok("/a/b/"));
        check("/%61%7e%2D", Ok("/a~-"));
        check("/caf%c3%a9", Ok("/caf%C3%A9"));
        check("/a;x=1/b", Ok("/a;x=1/b"));
        check("/a%3bx", Ok("/a%3Bx"));
        check("/a.b/..c/...", Ok("/a.b/..c/..."));
        check("/a%20b", Ok("/a%20b"));
        check("/a%2520b", Ok("/a%2520b"));
        check("/{x}|\"<>^`", Ok("/{x}|\"<>^`"));
        check("/.well-known/x", Ok("/.well-known/x"));
    }

    #[test]
    fn ambiguous_paths_are_refused() {
        use PathFault as F;
        check("", Err(F::NotAbsolute));
        check("a", Err(F::NotAbsolute));
        for raw in ["/%", "/%4", "/%zz", "/a%2", "/%-1"] {
            check(raw, Err(F::BadEscape));
        }
        for raw in ["/a b", "/a\\b", "/a#b", "/é", "/a\u{7f}", "/a\tb", "/a\u{0}"] {
            check(raw, Err(F::RawCharacter));
        }
        for raw in ["/%00", "/%0a", "/%1F", "/%7f", "/%C2%80"] {
            check(raw, Err(F::EscapedControl));
        }
        for raw in ["/a%2fb", "/a%2Fb", "/a%5cb"] {
            check(raw, Err(F::EscapedSlash));
        }
        for raw in ["/%ff", "/%c0%ae", "/%C3", "/%ed%a0%80"] {
            check(raw, Err(F::NotUtf8));
        }
        for raw in ["//", "//a", "/a//b", "/a//"] {
            check(raw, Err(F::EmptySegment));
        }
        for raw in [
            "/.",
            "/..",
            "/a/./b",
            "/a/..",
            "/%2e",
            "/%2e%2E/",
            "/%252e%252e",
            "/..;a",
            "/..%3Ba",
            "/..%253Ba",
            "/.;/",
            "/a/..%252fx",
            "/x%252f..",
            "/x%255c..%255cy",
            "/%25252e.",
            "/%EF%BC%8E%EF%BC%8E",
            "/..%EF%BC%8Fx",
            "/..%EF%BC%BCx",
            "/x%25EF%25BC%258F..",
            "/%%32%65",
            "/.%25%32%65",
        ] {
            let fault = CanonicalPath::parse(raw.as_bytes()).map(|path| path.to_string()).unwrap_err();
            assert!(matches!(fault, F::DotSegment | F::BadEscape), "{raw}: {fault:?}");
        }
    }

    #[test]
    fn an_encoded_slash_is_kept_and_told() {
        for (raw, expected) in [
            ("/a%2fb", Ok(("/a%2Fb", EncodedSlash::Present))),
            ("/%2F", Ok(("/%2F", EncodedSlash::Present))),
            ("/a%252fb", Ok(("/a%252fb", EncodedSlash::Absent))),
            ("/a/b", Ok(("/a/b", EncodedSlash::Absent))),
            ("/a%2f..%2fb", Err(PathFault::DotSegment)),
            ("/..%2Fb", Err(PathFault::DotSegment)),
            ("/a%2f.", Err(PathFault::DotSegment)),
            ("/a%2f%2e%2e;x", Err(PathFault::DotSegment)),
            ("/a%2f..%5cb", Err(PathFault::EscapedSlash)),
            ("/a%5cb", Err(PathFault::EscapedSlash)),
        ] {
            let parsed = CanonicalPath::parse_request(raw.as_bytes());
            let seen = parsed.as_ref().map(|path| (path.as_str(), path.encoded_slash())).map_err(|fault| *fault);
            assert_eq!(seen, expected, "{raw}");
        }
        check("/a%2fb", Err(PathFault::EscapedSlash));
    }

    #[test]
    fn deep_encodings_cost_one_pass() {
        let raw = format!("/%25{}2e", "25".repeat(20_000));
        check(&raw, Err(PathFault::DotSegment));
    }

    #[test]
    fn the_first_segment_is_split_off() {
        let split = |raw: &'static str| {
            let path = CanonicalPath::parse(raw.as_bytes()).unwrap();
            let (first, rest) = path.split_first();
            (first.to_owned(), rest.map(str::to_owned))
        };
        assert_eq!(split("/a"), ("a".into(), None));
        assert_eq!(split("/a/"), ("a".into(), Some(String::new())));
        assert_eq!(split("/a/b/c"), ("a".into(), Some("b/c".into())));
        assert_eq!(split("/"), (String::new(), None));
    }
}
