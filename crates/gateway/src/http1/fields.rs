//! The lines of a head and its fields, read strictly as they arrive. Requests, answers and trailers have them in common.
//!
//! Refused: line ends other than CR LF, folded lines, space before the colon, control characters, lengths that are
//! repeated or not plain digits, any transfer coding but one `chunked`, and heads over the limits.

use super::bytes_allowed::{is_token, is_value};
use crate::seam::{Field, Fields};
use std::ops::Range;

/// Largest head: first line and all fields.
pub(crate) const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Largest single field line.
pub(crate) const MAX_FIELD_BYTES: usize = 16 * 1024;
/// Most field lines.
pub(crate) const MAX_FIELDS: usize = 100;

/// What is wrong with a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeadFault {
    /// Not well formed, or two servers could read it differently.
    Malformed,
    /// Its fields are too many or too large.
    TooLarge,
    /// Its first line is too large.
    FirstLineTooLarge,
    /// A well-formed version other than 1.0 and 1.1.
    Version,
}

/// A line of a head, without its end.
pub(super) struct Line<'a> {
    /// Where it stands in the head.
    pub(super) at: usize,
    pub(super) text: &'a [u8],
}

/// Finds the lines of one head as its bytes arrive.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line_start: usize,
    /// How far line ends were looked for.
    looked: usize,
}

impl Lines {
    /// The next whole line; `head` holds all bytes since the head began. `None`: more is needed.
    pub(super) fn next<'a>(&mut self, head: &'a [u8]) -> Result<Option<Line<'a>>, HeadFault> {
        let found = head.get(self.looked..).and_then(|rest| memchr::memchr(b'\n', rest));
        let Some(found) = found else {
            self.looked = head.len();
            let open = head.len() - self.line_start;
            let is_too_large = head.len() > MAX_HEAD_BYTES || (self.line_start > 0 && open > MAX_FIELD_BYTES);
            return if is_too_large { Err(self.too_large()) } else { Ok(None) };
        };
        let end = self.looked + found;
        if end >= MAX_HEAD_BYTES {
            return Err(self.too_large());
        }
        let line = head.get(self.line_start..end).and_then(|line| line.strip_suffix(b"\r"));
        let line = Line { at: self.line_start, text: line.ok_or(HeadFault::Malformed)? };
        self.looked = end + 1;
        self.line_start = end + 1;
        Ok(Some(line))
    }

    /// Where the next line begins: the length of the head after its empty line.
    pub(super) fn end(&self) -> usize {
        self.line_start
    }

    fn too_large(&self) -> HeadFault {
        if self.line_start == 0 { HeadFault::FirstLineTooLarge } else { HeadFault::TooLarge }
    }
}

/// The fields of one head, as positions in its bytes, and what they say of the message.
#[derive(Debug, Default)]
pub(super) struct FieldScan {
    at: Vec<(Range<u32>, Range<u32>)>,
    pub(super) content_length: Option<u64>,
    pub(super) is_chunked: bool,
    /// `Connection` says so.
    pub(super) says_close: bool,
    /// `Connection` says so.
    pub(super) says_keep_alive: bool,
    /// `Expect: 100-continue`.
    pub(super) expects_continue: bool,
}

impl FieldScan {
    /// Begins anew, keeping the room.
    pub(super) fn clear(&mut self) {
        let mut at = std::mem::take(&mut self.at);
        at.clear();
        *self = Self { at, ..Self::default() };
    }

    /// Reads a field line.
    pub(super) fn push(&mut self, line: &Line<'_>) -> Result<(), HeadFault> {
        if self.at.len() >= MAX_FIELDS || line.text.len() > MAX_FIELD_BYTES {
            return Err(HeadFault::TooLarge);
        }
        let colon = memchr::memchr(b':', line.text).ok_or(HeadFault::Malformed)?;
        let (name, value) = line.text.split_at_checked(colon).ok_or(HeadFault::Malformed)?;
        let value = value.get(1..).unwrap_or_default();
        if !is_token(name) || !is_value(value) {
            return Err(HeadFault::Malformed);
        }
        let blank = value.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let value = trimmed(value);
        let position = |at: usize| u32::try_from(at).map_err(|_| HeadFault::TooLarge);
        let start = position(line.at)?;
        let value_start = position(line.at + colon + 1 + blank)?;
        let (name_length, value_length) = (position(name.len())?, position(value.len())?);
        self.at.push((start..start + name_length, value_start..value_start + value_length));
        self.note(name, value)
    }

    /// The fields. `head` is what they were found in.
    pub(super) fn of<'a>(&self, head: &'a [u8]) -> Vec<Field<'a>> {
        self.at.iter().map(|(name, value)| (part(head, name), part(head, value))).collect()
    }

    /// The fields, copied.
    pub(super) fn copied(&self, head: &[u8]) -> Fields {
        let mut fields = Fields::with_capacity(self.at.len());
        for (name, value) in &self.at {
            fields.push(part(head, name), part(head, value));
        }
        fields
    }

    fn note(&mut self, name: &[u8], value: &[u8]) -> Result<(), HeadFault> {
        // By length first: almost no name has one of these.
        match name.len() {
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let length = parse_length(value).ok_or(HeadFault::Malformed)?;
                if self.content_length.replace(length).is_some() {
                    return Err(HeadFault::Malformed);
                }
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                if self.is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(HeadFault::Malformed);
                }
                self.is_chunked = true;
            }
            10 if name.eq_ignore_ascii_case(b"connection") => {
                for word in value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
                    self.says_close |= word.eq_ignore_ascii_case(b"close");
                    self.says_keep_alive |= word.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            6 if name.eq_ignore_ascii_case(b"expect") => {
                self.expects_continue |= value.eq_ignore_ascii_case(b"100-continue");
            }
            _ => {}
        }
        Ok(())
    }
}

fn part<'a>(head: &'a [u8], range: &Range<u32>) -> &'a [u8] {
    let at = |position: u32| usize::try_from(position).unwrap_or(usize::MAX);
    head.get(at(range.start)..at(range.end)).unwrap_or_default()
}

/// Without the space and tabs around it.
fn trimmed(value: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !is_blank(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}

/// Plain digits only.
fn parse_length(value: &[u8]) -> Option<u64> {
    let is_plain = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value).ok().filter(|_| is_plain)?.parse().ok()
}
