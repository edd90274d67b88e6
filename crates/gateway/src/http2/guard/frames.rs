//! Follows the frames of one direction (RFC 9113 4.1) as their bytes arrive, and counts those that make no progress.
//!
//! Nothing is judged here that the library judges well: a frame that is too long, or out of place, passes, and the
//! library ends the connection for it.

use super::budget::{Budget, Spent};
use super::hpack::{Hidden, HpackWatch};
use h2::Reason;

/// `PRI * HTTP/2.0...`, which comes before a caller's first frame.
const PREFACE_BYTES: usize = 24;
const HEAD_BYTES: usize = 9;
/// The longest frame that we allow: the default.
const MAX_FRAME_BYTES: usize = 16 * 1024;
/// Longest header block, compressed. The library refuses more than five `CONTINUATION` frames.
const MAX_BLOCK_BYTES: usize = 6 * MAX_FRAME_BYTES;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

const ACK: u8 = 0x1;
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;
const PADDED: u8 = 0x8;
const HAS_PRIORITY: u8 = 0x20;

/// Whose frames are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// A caller's.
    Caller,
    /// An upstream's.
    Upstream,
}

/// What is noticed of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    /// The library shows its head, or its trailers, other than they were sent.
    Altered(u32),
    /// The peer has ended it. Told of upstreams only.
    Ended(u32),
}

/// The frames of one direction.
#[derive(Debug)]
pub(super) struct FrameScan {
    preface_left: usize,
    head: [u8; HEAD_BYTES],
    head_length: usize,
    frame: Frame,
    /// Bytes of the frame's payload that are to come.
    left: usize,
    /// Payloads of an open header block.
    block: Vec<u8>,
    /// Payload of the frame that adds to it.
    payload: Vec<u8>,
    /// The stream of the header block that is open.
    open_block: Option<u32>,
    /// The highest stream that was begun.
    newest_stream: u32,
    /// Whether the header block that is read begins a stream.
    begins_stream: bool,
    saw_settings: bool,
    hpack: HpackWatch,
    side: Side,
    /// After this the library ends the connection: nothing more is followed.
    is_over: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
}

impl FrameScan {
    pub(super) fn new(side: Side) -> Self {
        Self {
            preface_left: if side == Side::Caller { PREFACE_BYTES } else { 0 },
            head: [0; HEAD_BYTES],
            head_length: 0,
            frame: Frame::default(),
            left: 0,
            block: Vec::new(),
            payload: Vec::new(),
            open_block: None,
            newest_stream: 0,
            begins_stream: false,
            saw_settings: false,
            hpack: HpackWatch::new(side),
            side,
            is_over: false,
        }
    }

    /// Whether something has begun that must come to its end soon: the preface, or the head of a frame or request.
    pub(super) fn is_mid_head(&self) -> bool {
        let in_head_frame = self.left > 0 && self.frame.kind != DATA;
        self.preface_left > 0 || self.head_length > 0 || in_head_frame || self.open_block.is_some()
    }

    /// Follows these bytes; an error ends the connection with this reason.
    pub(super) fn advance(
        &mut self,
        mut bytes: &[u8],
        budget: &mut Budget,
        note: &mut impl FnMut(Note),
    ) -> Result<(), Reason> {
        let skipped = self.preface_left.min(bytes.len());
        self.preface_left -= skipped;
        bytes = bytes.get(skipped..).unwrap_or_default();
        while !bytes.is_empty() && !self.is_over {
            if self.left > 0 {
                let here = self.left.min(bytes.len());
                let (part, rest) = bytes.split_at(here);
                self.take_payload(part);
                self.left -= here;
                bytes = rest;
            } else {
                let here = (HEAD_BYTES - self.head_length).min(bytes.len());
                let (part, rest) = bytes.split_at(here);
                for (place, byte) in self.head.iter_mut().skip(self.head_length).zip(part) {
                    *place = *byte;
                }
                self.head_length += here;
                bytes = rest;
                if self.head_length < HEAD_BYTES {
                    return Ok(());
                }
                self.begin(budget)?;
            }
            if self.left == 0 && !self.is_over {
                self.end(note)?;
            }
        }
        Ok(())
    }

    /// A frame's head is complete.
    fn begin(&mut self, budget: &mut Budget) -> Result<(), Reason> {
        let [l0, l1, l2, kind, flags, s0, s1, s2, s3] = self.head;
        self.head_length = 0;
        let length = usize::from(l0) << 16 | usize::from(l1) << 8 | usize::from(l2);
        self.frame = Frame { kind, flags, stream: u32::from_be_bytes([s0 & 0x7f, s1, s2, s3]) };
        self.left = length;
        // The first frame are settings (RFC 9113 3.4): the library does not insist.
        if !self.saw_settings {
            if kind != SETTINGS || flags & ACK != 0 {
                return Err(Reason::PROTOCOL_ERROR);
            }
            self.saw_settings = true;
        }
        if kind == HEADERS {
            self.begins_stream = self.frame.stream > self.newest_stream;
            self.newest_stream = self.newest_stream.max(self.frame.stream);
        }
        if length > MAX_FRAME_BYTES || self.is_out_of_place() {
            self.is_over = true;
            return Ok(());
        }
        match self.spent(length) {
            Some(kind) => budget.take(kind).ok_or(Reason::ENHANCE_YOUR_CALM),
            None => Ok(()),
        }
    }

    /// Frames after which the library ends the connection.
    fn is_out_of_place(&self) -> bool {
        match self.open_block {
            Some(stream) => self.frame.kind != CONTINUATION || self.frame.stream != stream,
            None => self.frame.kind == CONTINUATION,
        }
    }

    fn spent(&self, length: usize) -> Option<Spent> {
        let Frame { kind, flags, .. } = self.frame;
        match kind {
            DATA if length == 0 && flags & END_STREAM == 0 => Some(Spent::EmptyData),
            HEADERS if self.begins_stream && self.side == Side::Caller => Some(Spent::Stream),
            // More heads on a stream: one is its trailers, the next one is an error.
            DATA | HEADERS | PUSH_PROMISE | GOAWAY | CONTINUATION => None,
            RST_STREAM => Some(Spent::Reset),
            SETTINGS => Some(Spent::Settings),
            PING => Some(Spent::Ping),
            WINDOW_UPDATE => Some(Spent::WindowUpdate),
            _ => Some(Spent::Ignored),
        }
    }

    fn take_payload(&mut self, part: &[u8]) {
        if matches!(self.frame.kind, HEADERS | CONTINUATION) {
            self.payload.extend_from_slice(part);
        }
    }

    /// A frame is complete.
    fn end(&mut self, note: &mut impl FnMut(Note)) -> Result<(), Reason> {
        let Frame { kind, flags, stream } = self.frame;
        if self.side == Side::Upstream && matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0 {
            note(Note::Ended(stream));
        }
        if !matches!(kind, HEADERS | CONTINUATION) {
            return Ok(());
        }
        let ends = flags & END_HEADERS != 0;
        self.open_block = (!ends).then_some(stream);
        let fragment = if kind == HEADERS { fragment(&self.payload, flags) } else { Some(&*self.payload) };
        // The library ends the connection for padding that does not fit.
        let Some(fragment) = fragment else {
            self.is_over = true;
            return Ok(());
        };
        if self.block.len() + fragment.len() > MAX_BLOCK_BYTES {
            return Err(Reason::ENHANCE_YOUR_CALM);
        }
        self.block.extend_from_slice(fragment);
        self.payload.clear();
        if !ends {
            return Ok(());
        }
        let hidden = self.hpack.follow(&self.block).map_err(|_| Reason::COMPRESSION_ERROR)?;
        self.block.clear();
        // A long head does not keep its memory for good.
        self.block.shrink_to(MAX_FRAME_BYTES);
        let is_trailers = self.side == Side::Caller && !self.begins_stream;
        if hidden == Hidden::Altered || (hidden == Hidden::Pseudo && is_trailers) {
            note(Note::Altered(stream));
        }
        Ok(())
    }
}

/// The header block fragment in the payload of a `HEADERS` frame.
fn fragment(payload: &[u8], flags: u8) -> Option<&[u8]> {
    let (padding, rest) = if flags & PADDED == 0 {
        (0, payload)
    } else {
        let (&padding, rest) = payload.split_first()?;
        (usize::from(padding), rest)
    };
    let rest = if flags & HAS_PRIORITY == 0 { rest } else { rest.get(5..)? };
    rest.get(..rest.len().checked_sub(padding)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    const SETTINGS_FIRST: &[u8] = b"\0\0\0\x04\0\0\0\0\0";

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    }

    fn scan(side: Side, parts: &[Vec<u8>], step: usize) -> (Result<(), Reason>, Vec<u32>, bool) {
        let (mut scan, mut budget, mut noted) = (FrameScan::new(side), Budget::new(Instant::now()), Vec::new());
        let bytes = parts.concat();
        let outcome = bytes.chunks(step).try_for_each(|part| {
            scan.advance(part, &mut budget, &mut |note| match note {
                Note::Altered(stream) | Note::Ended(stream) => noted.push(stream),
            })
        });
        (outcome, noted, scan.is_mid_head())
    }

    #[track_caller]
    fn check(parts: &[Vec<u8>], expected: &(Result<(), Reason>, Vec<u32>, bool)) {
        for step in [1, 7, 100_000] {
            assert_eq!(scan(Side::Caller, parts, step), *expected, "in parts of {step}");
        }
    }

    const GOOD: &[u8] = &[0x82, 0x84, 0x86];
    const CUT: &[u8] = &[0x82, 0x86, 0x04, 3, b'/', b'#', b'x'];

    #[test]
    fn heads_are_read_however_they_are_framed() {
        let split = |flags, payload: &[u8]| vec![PREFACE.to_vec(), frame(HEADERS, flags, 1, payload)];
        check(&split(END_HEADERS, GOOD), &(Ok(()), vec![], false));
        check(&split(END_HEADERS, CUT), &(Ok(()), vec![1], false));
        check(&split(END_HEADERS | HAS_PRIORITY, &[&[0; 5], CUT].concat()), &(Ok(()), vec![1], false));
        check(
            &split(END_HEADERS | HAS_PRIORITY | PADDED, &[&[2], &[0; 5][..], CUT, &[0; 2]].concat()),
            &(Ok(()), vec![1], false),
        );
        let (first, last) = CUT.split_at(4);
        let mut parts = split(0, first);
        check(&parts, &(Ok(()), vec![], true));
        parts.push(frame(CONTINUATION, 0, 1, &[]));
        parts.push(frame(CONTINUATION, END_HEADERS, 1, last));
        parts.push(frame(HEADERS, END_HEADERS, 3, GOOD));
        parts.push(frame(HEADERS, END_HEADERS, 5, CUT));
        check(&parts, &(Ok(()), vec![1, 5], false));
    }

    #[test]
    fn what_ends_the_connection_is_not_followed_any_more() {
        for bad in [
            frame(CONTINUATION, END_HEADERS, 1, GOOD),
            frame(HEADERS, END_HEADERS | PADDED, 1, &[9, 0x82]),
            [&[0, 0x40, 1, DATA, 0, 0, 0, 0, 1][..], &[0; 20]].concat(),
            [frame(HEADERS, 0, 1, GOOD), frame(DATA, 0, 1, GOOD)].concat(),
            [frame(HEADERS, 0, 1, GOOD), frame(CONTINUATION, END_HEADERS, 3, GOOD)].concat(),
        ] {
            let parts = [PREFACE.to_vec(), bad, frame(HEADERS, END_HEADERS, 7, CUT)];
            for step in [1, 100_000] {
                let (outcome, altered, _) = scan(Side::Caller, &parts, step);
                assert_eq!((outcome, altered), (Ok(()), vec![]), "{parts:x?}");
            }
        }
        let bad = [PREFACE.to_vec(), frame(HEADERS, END_HEADERS, 1, &[0x80])];
        assert_eq!(scan(Side::Caller, &bad, 100_000).0, Err(Reason::COMPRESSION_ERROR));
    }

    #[test]
    fn each_kind_of_flood_has_an_end() {
        let floods: [(&str, u32, Vec<u8>); 6] = [
            ("ping", 100, frame(PING, 0, 0, &[0; 8])),
            ("settings", 19, frame(SETTINGS, 0, 0, &[])),
            ("window", 1000, frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])),
            ("priority", 500, frame(2, 0, 1, &[0; 5])),
            ("unknown", 500, frame(0x77, 0, 0, b"x")),
            ("data", 100, frame(DATA, 0, 1, &[])),
        ];
        for (name, bound, flood) in floods {
            let all = |count: u32| {
                let rest = (0..count).map(|_| flood.clone());
                let parts: Vec<_> = std::iter::once(SETTINGS_FIRST.to_vec()).chain(rest).collect();
                scan(Side::Upstream, &parts, 100_000).0
            };
            assert_eq!(all(bound), Ok(()), "{name}");
            assert_eq!(all(bound + 1), Err(Reason::ENHANCE_YOUR_CALM), "{name}");
        }
        let streams = |count: u32| {
            let heads = (0..count).flat_map(|at| {
                [frame(HEADERS, END_HEADERS, at * 2 + 1, GOOD), frame(RST_STREAM, 0, at * 2 + 1, &[0; 4])]
            });
            let parts: Vec<_> = std::iter::once(PREFACE.to_vec()).chain(heads).collect();
            scan(Side::Caller, &parts, 100_000).0
        };
        assert_eq!(streams(200), Ok(()));
        assert_eq!(streams(201), Err(Reason::ENHANCE_YOUR_CALM));
    }

    #[test]
    fn trailers_have_no_pseudo_fields() {
        let with =
            |block| vec![PREFACE.to_vec(), frame(HEADERS, END_HEADERS, 1, GOOD), frame(HEADERS, END_HEADERS, 1, block)];
        check(&with(&[0x88]), &(Ok(()), vec![1], false));
        check(&with(&[0x0f, 0x00, 1, b'x']), &(Ok(()), vec![], false));
    }

    #[test]
    fn settings_come_first() {
        for first in [frame(HEADERS, END_HEADERS, 1, GOOD), frame(SETTINGS, ACK, 0, &[]), frame(PING, 0, 0, &[0; 8])] {
            assert_eq!(scan(Side::Upstream, &[first], 100_000).0, Err(Reason::PROTOCOL_ERROR));
        }
    }

    #[test]
    fn ended_streams_of_upstreams_are_told() {
        let parts = [
            SETTINGS_FIRST.to_vec(),
            frame(HEADERS, END_HEADERS, 1, &[0x88]),
            frame(DATA, END_STREAM, 1, b"x"),
            frame(HEADERS, END_HEADERS | END_STREAM, 3, &[0x88]),
            frame(DATA, END_STREAM, 5, b""),
            frame(DATA, 0, 7, b"x"),
        ];
        assert_eq!(scan(Side::Upstream, &parts, 5), (Ok(()), vec![1, 3, 5], false));
        let parts = [PREFACE.to_vec(), frame(HEADERS, END_HEADERS | END_STREAM, 3, GOOD)];
        assert_eq!(scan(Side::Caller, &parts, 5), (Ok(()), vec![], false));
    }

    #[test]
    fn a_header_block_has_a_longest() {
        let part = vec![0x82; MAX_FRAME_BYTES];
        let mut parts = vec![PREFACE.to_vec(), frame(HEADERS, 0, 1, &part)];
        parts.extend((0..6).map(|_| frame(CONTINUATION, 0, 1, &part)));
        assert_eq!(scan(Side::Caller, &parts, 100_000).0, Err(Reason::ENHANCE_YOUR_CALM));
    }
}
