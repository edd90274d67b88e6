//! Follows the header compression of a connection (RFC 7541) to see what the library does not show.
//!
//! The library hands up a target without its fragment, no scheme where there is no authority, and nothing of the
//! pseudo-header fields where none may be (RFC 9113 8.1). So each header block
//! is read once more here, for what it hides alone: names and values of other fields are skipped, of the dynamic table
//! only sizes are kept.

use super::frames::Side;
use super::huffman;
use std::collections::VecDeque;

/// What a table entry takes besides its name and value.
const ENTRY_OVERHEAD: usize = 32;
/// Size of the dynamic table that callers are told: the default.
const TABLE_BYTES: usize = 4096;
/// Lengths of the names in the static table (RFC 7541 appendix A).
const STATIC_NAMES: [usize; 61] = [
    10, 7, 7, 5, 5, 7, 7, 7, 7, 7, 7, 7, 7, 7, 14, 15, 15, 13, 6, 27, 3, 5, 13, 13, 19, 16, 16, 14, 16, 13, 12, 6, 4,
    4, 6, 7, 4, 4, 8, 17, 13, 8, 19, 13, 4, 8, 12, 18, 19, 5, 7, 7, 11, 6, 10, 25, 17, 10, 4, 3, 16,
];

/// The block cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// What a block holds that the library does not show, or not as it was sent. The worse is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hidden {
    Nothing,
    /// A pseudo-header field: none is shown of trailers.
    Pseudo,
    /// A path with a fragment, a scheme that is none of ours; in what an upstream sends, a field of requests.
    Altered,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Path,
    Scheme,
    Status,
    OtherPseudo,
    Field,
}

/// A field of the dynamic table, as far as it matters.
#[derive(Debug, Clone, Copy)]
struct Entry {
    name: Name,
    name_length: usize,
    size: usize,
    hidden: Hidden,
}

/// The decoding side of one connection.
#[derive(Debug)]
pub(super) struct HpackWatch {
    side: Side,
    /// The youngest first.
    table: VecDeque<Entry>,
    size: usize,
    most: usize,
    name: Vec<u8>,
    value: Vec<u8>,
}

impl HpackWatch {
    pub(super) fn new(side: Side) -> Self {
        Self { side, table: VecDeque::new(), size: 0, most: TABLE_BYTES, name: Vec::new(), value: Vec::new() }
    }

    /// Reads one whole header block.
    pub(super) fn follow(&mut self, block: &[u8]) -> Result<Hidden, Malformed> {
        let mut hidden = Hidden::Nothing;
        let mut at_start = true;
        let mut rest = block;
        while let Some(&first) = rest.first() {
            let field = match first {
                0x80.. => {
                    let index = integer(&mut rest, 7)?;
                    self.entry(index)?.hidden
                }
                0x40.. => {
                    let entry = self.literal(&mut rest, 6)?;
                    self.insert(entry);
                    entry.hidden
                }
                0x20.. => {
                    let most = integer(&mut rest, 5)?;
                    if !at_start || most > TABLE_BYTES {
                        return Err(Malformed);
                    }
                    self.most = most;
                    self.evict(0);
                    continue;
                }
                _ => self.literal(&mut rest, 4)?.hidden,
            };
            at_start = false;
            hidden = hidden.max(field);
        }
        Ok(hidden)
    }

    fn entry(&self, index: usize) -> Result<Entry, Malformed> {
        let index = index.checked_sub(1).ok_or(Malformed)?;
        if let Some(&name_length) = STATIC_NAMES.get(index) {
            let name = match index {
                3 | 4 => Name::Path,
                5 | 6 => Name::Scheme,
                7..14 => Name::Status,
                0..3 => Name::OtherPseudo,
                _ => Name::Field,
            };
            let hidden = self.hidden(name, None);
            return Ok(Entry { name, name_length, size: 0, hidden });
        }
        self.table.get(index - STATIC_NAMES.len()).copied().ok_or(Malformed)
    }

    fn literal(&mut self, rest: &mut &[u8], prefix: u8) -> Result<Entry, Malformed> {
        let (name, name_length) = match integer(rest, prefix)? {
            0 => {
                string(rest, &mut self.name)?;
                let name = match &*self.name {
                    b":path" => Name::Path,
                    b":scheme" => Name::Scheme,
                    b":status" => Name::Status,
                    [b':', ..] => Name::OtherPseudo,
                    _ => Name::Field,
                };
                (name, self.name.len())
            }
            index => self.entry(index).map(|entry| (entry.name, entry.name_length))?,
        };
        string(rest, &mut self.value)?;
        let hidden = self.hidden(name, Some(&self.value));
        Ok(Entry { name, name_length, size: name_length + self.value.len() + ENTRY_OVERHEAD, hidden })
    }

    /// What a field hides; without a value it is one of the static table, which are all good.
    fn hidden(&self, name: Name, value: Option<&[u8]>) -> Hidden {
        let holds_fragment = value.is_some_and(|value| memchr::memchr(b'#', value).is_some());
        match (self.side, name) {
            (_, Name::Field) => Hidden::Nothing,
            (Side::Upstream, Name::Status) => Hidden::Pseudo,
            (Side::Upstream, _) => Hidden::Altered,
            (Side::Caller, Name::Path) if holds_fragment => Hidden::Altered,
            (Side::Caller, Name::Scheme) if value.is_some_and(|value| !matches!(value, b"http" | b"https")) => {
                Hidden::Altered
            }
            (Side::Caller, _) => Hidden::Pseudo,
        }
    }

    fn insert(&mut self, entry: Entry) {
        self.evict(entry.size);
        if entry.size <= self.most {
            self.size += entry.size;
            self.table.push_front(entry);
        }
    }

    /// Makes room.
    fn evict(&mut self, room: usize) {
        while self.size + room > self.most {
            let Some(oldest) = self.table.pop_back() else { return };
            self.size -= oldest.size;
        }
    }
}

/// RFC 7541 5.1. At most five bytes: nothing longer is a sane length or index.
fn integer(rest: &mut &[u8], prefix: u8) -> Result<usize, Malformed> {
    let mask = (1_usize << prefix) - 1;
    let (&first, mut after) = rest.split_first().ok_or(Malformed)?;
    let mut value = usize::from(first) & mask;
    if value == mask {
        for shift in [0, 7, 14, 21] {
            let (&byte, next) = after.split_first().ok_or(Malformed)?;
            after = next;
            value += (usize::from(byte) & 0x7f) << shift;
            if byte & 0x80 == 0 {
                *rest = after;
                return Ok(value);
            }
        }
        return Err(Malformed);
    }
    *rest = after;
    Ok(value)
}

/// RFC 7541 5.2.
fn string(rest: &mut &[u8], out: &mut Vec<u8>) -> Result<(), Malformed> {
    let is_huffman = rest.first().is_some_and(|first| first & 0x80 != 0);
    let length = integer(rest, 7)?;
    let (text, after) = rest.split_at_checked(length).ok_or(Malformed)?;
    *rest = after;
    out.clear();
    if is_huffman {
        huffman::decode(text, out).ok_or(Malformed)?;
    } else {
        out.extend_from_slice(text);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(first: u8, name: &str, value: &str) -> Vec<u8> {
        let length = |text: &str| u8::try_from(text.len()).unwrap();
        [&[first, length(name)], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
    }

    #[test]
    fn fragments_and_foreign_schemes_are_seen_wherever_they_stand() {
        let mut watch = HpackWatch::new(Side::Caller);
        assert_eq!(watch.follow(&[0x82, 0x84, 0x86]), Ok(Hidden::Pseudo));
        for first in [0x00, 0x10, 0x40] {
            assert_eq!(watch.follow(&literal(first, ":path", "/a#b")), Ok(Hidden::Altered));
            assert_eq!(watch.follow(&literal(first, ":path", "/ab")), Ok(Hidden::Pseudo));
            assert_eq!(watch.follow(&literal(first, ":scheme", "ftp")), Ok(Hidden::Altered));
            assert_eq!(watch.follow(&literal(first, "x", "/a#b")), Ok(Hidden::Nothing));
        }
        // From the dynamic table: x, ftp, /ab, /a#b are the entries 62 to 65.
        assert_eq!(watch.follow(&[0xbe, 0xc0]), Ok(Hidden::Pseudo));
        assert_eq!(watch.follow(&[0xbe]), Ok(Hidden::Nothing));
        assert_eq!(watch.follow(&[0xbf]), Ok(Hidden::Altered));
        assert_eq!(watch.follow(&[0xc1]), Ok(Hidden::Altered));
        // Its name with another value.
        assert_eq!(watch.follow(b"\x0f\x32\x03/#x"), Ok(Hidden::Altered));
        assert_eq!(watch.follow(&[0x88]), Ok(Hidden::Pseudo));
        assert_eq!(watch.follow(&literal(0, ":x", "y")), Ok(Hidden::Pseudo));
        assert_eq!(watch.follow(&[0xc2]), Err(Malformed));
    }

    #[test]
    fn an_upstream_says_its_status_and_nothing_else_of_that_kind() {
        let mut watch = HpackWatch::new(Side::Upstream);
        assert_eq!(watch.follow(&[0x88]), Ok(Hidden::Pseudo));
        assert_eq!(watch.follow(&literal(0x40, ":status", "299")), Ok(Hidden::Pseudo));
        assert_eq!(watch.follow(&[0xbe]), Ok(Hidden::Pseudo));
        for other in [0x81, 0x82, 0x84, 0x86] {
            assert_eq!(watch.follow(&[0x88, other]), Ok(Hidden::Altered), "{other:x}");
        }
        assert_eq!(watch.follow(&literal(0, ":path", "/")), Ok(Hidden::Altered));
    }

    #[test]
    fn the_table_loses_its_oldest_entries() {
        let mut watch = HpackWatch::new(Side::Caller);
        watch.follow(&literal(0x40, ":path", "/#")).unwrap();
        for at in 0..100 {
            watch.follow(&literal(0x40, &format!("x{at}"), &"v".repeat(60))).unwrap();
            assert!(watch.size <= TABLE_BYTES);
        }
        assert_eq!(watch.follow(&[0xbe]), Ok(Hidden::Nothing));
        // Emptied by a size of nothing, and by an entry that is larger than it.
        assert_eq!(watch.follow(&[0x20]), Ok(Hidden::Nothing));
        assert_eq!((watch.size, watch.table.len()), (0, 0));
        assert_eq!(watch.follow(&[0x3f, 0xe1, 0x1f]), Ok(Hidden::Nothing));
        assert_eq!(watch.follow(&[0xbe]), Err(Malformed));
    }

    #[test]
    fn malformed_blocks_are_refused() {
        let mut watch = HpackWatch::new(Side::Caller);
        for block in [
            &[0x80][..],
            &[0x40],
            &[0x40, 0x05, b'a'],
            &[0x40, 0x01, b'a', 0x7f],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            &[0x3f, 0xe2, 0x1f],
            &[0x82, 0x20],
            &[0x04, 0x81, 0xff],
            &[0x7f, 0x00],
        ] {
            assert_eq!(watch.follow(block), Err(Malformed), "{block:x?}");
        }
    }
}
