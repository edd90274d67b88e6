//! The form of the notes on file: blocks of `length (u32), CRC-32 (u32), notes`, numbers in notes as LEB128. The last
//! block may be torn: what is behind it is not read.

use super::Noted;
use domain::ids::{ClientId, ProfileId};
use domain::limits::SubjectKey;
use domain::time::Timestamp;
use foldhash::fast::RandomState;
use std::collections::{HashMap, HashSet};

/// One note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// So many leased calls were used.
    Used(Noted, u32),
    /// The period began anew: what was noted before is void.
    Reset(Noted),
}

/// In the first byte of a note.
const OF_CLIENT: u8 = 1;
const IS_RESET: u8 = 2;
/// Its period is that of the note before it in its block.
const SAME_PERIOD: u8 = 4;

/// Appends a block.
pub(super) fn encode(notes: &[Note], out: &mut Vec<u8>) {
    let mut body = Vec::with_capacity(notes.len() * 8);
    let mut period = None;
    for note in notes {
        let ((key, start), used) = match *note {
            Note::Used(whose, used) => (whose, Some(used)),
            Note::Reset(whose) => (whose, None),
        };
        let (kind, id) = match key {
            SubjectKey::Profile(id) => (0, id.0),
            SubjectKey::Client(id) => (OF_CLIENT, id.0),
        };
        let same = if period == Some(start) { SAME_PERIOD } else { 0 };
        body.push(kind | same | if used.is_none() { IS_RESET } else { 0 });
        push_number(&mut body, id.cast_unsigned());
        if same == 0 {
            push_number(&mut body, start.0.cast_unsigned());
            period = Some(start);
        }
        if let Some(used) = used {
            push_number(&mut body, used.into());
        }
    }
    out.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
    out.extend_from_slice(&body);
}

/// What a file adds up to, as far as it is whole, and which periods began anew meanwhile.
pub(super) fn read(mut bytes: &[u8]) -> (HashMap<Noted, u32, RandomState>, HashSet<Noted>) {
    let (mut sums, mut resets) = (HashMap::default(), HashSet::new());
    while let Some((body, rest)) = block(bytes) {
        for note in decode(body) {
            match note {
                Note::Used(noted, used) => {
                    let sum: &mut u32 = sums.entry(noted).or_insert(0);
                    *sum = sum.saturating_add(used);
                }
                Note::Reset(noted) => {
                    sums.remove(&noted);
                    resets.insert(noted);
                }
            }
        }
        bytes = rest;
    }
    (sums, resets)
}

/// The first block, if it is whole, and what follows it.
fn block(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<4>()?;
    let (body, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    (crc32fast::hash(body) == u32::from_le_bytes(*sum)).then_some((body, rest))
}

fn decode(mut body: &[u8]) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut period = Timestamp(0);
    while let Some(note) = decode_one(&mut body, &mut period) {
        notes.push(note);
    }
    notes
}

fn decode_one(body: &mut &[u8], period: &mut Timestamp) -> Option<Note> {
    let (&flags, rest) = body.split_first()?;
    *body = rest;
    let id = take_number(body)?.cast_signed();
    let key =
        if flags & OF_CLIENT == 0 { SubjectKey::Profile(ProfileId(id)) } else { SubjectKey::Client(ClientId(id)) };
    if flags & SAME_PERIOD == 0 {
        *period = Timestamp(take_number(body)?.cast_signed());
    }
    let noted = (key, *period);
    if flags & IS_RESET != 0 {
        return Some(Note::Reset(noted));
    }
    let used = take_number(body)?;
    Some(Note::Used(noted, u32::try_from(used).unwrap_or(u32::MAX)))
}

fn push_number(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or(0);
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(id: i64, start: i64) -> Noted {
        let key = if id < 0 { SubjectKey::Client(ClientId(-id)) } else { SubjectKey::Profile(ProfileId(id)) };
        (key, Timestamp(start))
    }

    #[test]
    fn what_was_noted_adds_up_and_a_torn_end_does_not_count() {
        let (one, other, client) = (noted(1, 5), noted(i64::MAX, -7), noted(-3, i64::MAX));
        let mut file = Vec::new();
        encode(&[Note::Used(one, 3), Note::Used(client, u32::MAX), Note::Used(other, 1)], &mut file);
        encode(&[Note::Used(one, 4), Note::Used(noted(2, 5), 1), Note::Reset(other)], &mut file);
        let whole = file.len();
        encode(&[Note::Used(one, 100)], &mut file);
        let expected = HashMap::from_iter([(one, 7), (client, u32::MAX), (noted(2, 5), 1)]);
        for end in whole..file.len() {
            assert_eq!(read(&file[..end]), (expected.clone(), HashSet::from([other])), "cut at {end}");
        }
        let mut bad = file.clone();
        bad[whole + 9] ^= 1;
        assert_eq!(read(&bad).0, expected);
        assert_eq!(read(&file).0.get(&one), Some(&107));
    }
}
