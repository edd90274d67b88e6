//! A caller that speaks HTTP/2 frame by frame, well or badly.

use crate::support::{Gateway, PATIENCE, token};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const PRIORITY: u8 = 2;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PUSH_PROMISE: u8 = 5;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

pub(super) const ACK: u8 = 1;
pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
pub(super) const PADDED: u8 = 8;
pub(super) const HAS_PRIORITY: u8 = 0x20;
/// A whole request.
pub(super) const WHOLE: u8 = END_HEADERS | END_STREAM;

pub(super) const NO_ERROR: u32 = 0;
pub(super) const PROTOCOL_ERROR: u32 = 1;
pub(super) const INTERNAL_ERROR: u32 = 2;
pub(super) const FLOW_CONTROL_ERROR: u32 = 3;
pub(super) const FRAME_SIZE_ERROR: u32 = 6;
pub(super) const CANCEL: u32 = 8;
pub(super) const ENHANCE_YOUR_CALM: u32 = 11;

/// A frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

/// What became of a stream or connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// The stream was answered.
    Status(u16),
    /// It was reset with this code.
    Reset(u32),
    /// The connection ended with this code.
    GoAway(u32),
    /// It ended without a word.
    Closed,
}

/// The bytes of a frame.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header block in which every field is a literal.
pub(super) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    fields.iter().flat_map(|(name, value)| literal(name.as_bytes(), value.as_bytes())).collect()
}

/// One literal field that enters no table.
pub(super) fn literal(name: &[u8], value: &[u8]) -> Vec<u8> {
    [&[0][..], &length(name.len()), name, &length(value.len()), value].concat()
}

fn length(length: usize) -> Vec<u8> {
    if length < 0x7f {
        return vec![u8::try_from(length).unwrap()];
    }
    let mut bytes = vec![0x7f];
    let mut rest = length - 0x7f;
    while rest >= 0x80 {
        bytes.push(u8::try_from(rest % 0x80).unwrap() | 0x80);
        rest /= 0x80;
    }
    bytes.push(u8::try_from(rest).unwrap());
    bytes
}

/// The fields of a good GET, changed: `None` removes a field, others are replaced or appended.
pub(super) fn get(changes: &[(&str, Option<&str>)]) -> Vec<u8> {
    request("GET", changes)
}

/// The same of a POST.
pub(super) fn post(changes: &[(&str, Option<&str>)]) -> Vec<u8> {
    request("POST", changes)
}

fn request(method: &str, changes: &[(&str, Option<&str>)]) -> Vec<u8> {
    let token = token();
    let good = [
        (":method", method),
        (":scheme", "http"),
        (":authority", "gw.test"),
        (":path", "/orders/x"),
        ("api-token", &*token),
    ];
    let change = |name: &str| changes.iter().find(|(other, _)| *other == name);
    let mut fields: Vec<(&str, &str)> = Vec::new();
    for (name, value) in good {
        match change(name) {
            None => fields.push((name, value)),
            Some((_, Some(value))) => fields.push((name, value)),
            Some((_, None)) => {}
        }
    }
    let is_new = |name: &&str| good.iter().all(|(other, _)| other != name);
    fields.extend(changes.iter().filter(|(name, _)| is_new(name)).filter_map(|(name, value)| Some((*name, (*value)?))));
    block(&fields)
}

/// A connection to the gateway.
pub(super) struct Raw {
    pub(super) tcp: TcpStream,
    buffer: Vec<u8>,
}

impl Raw {
    /// After the preface and our settings: no dynamic table for answers, so that they are easily read.
    pub(super) fn connect(gateway: &Gateway) -> Self {
        Self::connect_with(gateway, &[])
    }

    /// With further settings.
    pub(super) fn connect_with(gateway: &Gateway, settings: &[(u16, u32)]) -> Self {
        let mut raw = Self::silent(gateway);
        let mut payload = Vec::new();
        for (name, value) in [(1, 0)].iter().chain(settings) {
            payload.extend_from_slice(&u16::to_be_bytes(*name));
            payload.extend_from_slice(&u32::to_be_bytes(*value));
        }
        raw.write(PREFACE).send(SETTINGS, 0, 0, &payload);
        raw
    }

    /// Before the first byte.
    pub(super) fn silent(gateway: &Gateway) -> Self {
        let tcp = TcpStream::connect(gateway.address).unwrap();
        tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        tcp.set_write_timeout(Some(PATIENCE)).unwrap();
        tcp.set_nodelay(true).unwrap();
        Self { tcp, buffer: Vec::new() }
    }

    /// Writes all of it; a gateway that closes meanwhile is no error here.
    pub(super) fn write(&mut self, bytes: &[u8]) -> &mut Self {
        let _closed = self.tcp.write_all(bytes);
        self
    }

    pub(super) fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> &mut Self {
        self.write(&frame(kind, flags, stream, payload))
    }

    /// A head in as many frames as it takes.
    pub(super) fn send_head(&mut self, flags: u8, stream: u32, block: &[u8]) -> &mut Self {
        let mut parts = block.chunks(16 * 1024).peekable();
        let mut kind = HEADERS;
        while let Some(part) = parts.next() {
            let end = if parts.peek().is_none() { END_HEADERS } else { 0 };
            let begin = if kind == HEADERS { flags } else { 0 };
            self.send(kind, begin | end, stream, part);
            kind = CONTINUATION;
        }
        self
    }

    /// The next frame; `None` when the gateway has closed or reset.
    pub(super) fn next(&mut self) -> Option<Frame> {
        self.fill(9)?;
        let length = self.payload_length();
        self.fill(9 + length)?;
        let bytes: Vec<u8> = self.buffer.drain(..9 + length).collect();
        let stream = u32::from_be_bytes(bytes[5..9].try_into().unwrap());
        Some(Frame { kind: bytes[3], flags: bytes[4], stream, payload: bytes[9..].to_vec() })
    }

    /// The next frame; `None` if none comes within the socket's time.
    pub(super) fn next_within(&mut self) -> Option<Frame> {
        while self.buffer.len() < 9 || self.buffer.len() < 9 + self.payload_length() {
            match self.read() {
                Ok(1..) => {}
                Ok(0) => panic!("the gateway has closed"),
                Err(_) => return None,
            }
        }
        self.next()
    }

    fn payload_length(&self) -> usize {
        usize::from(self.buffer[0]) << 16 | usize::from(self.buffer[1]) << 8 | usize::from(self.buffer[2])
    }

    fn read(&mut self) -> std::io::Result<usize> {
        let mut part = [0; 16_000];
        let n = self.tcp.read(&mut part)?;
        self.buffer.extend_from_slice(&part[..n]);
        Ok(n)
    }

    fn fill(&mut self, length: usize) -> Option<()> {
        while self.buffer.len() < length {
            match self.read() {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("the gateway is silent: {error}"),
            }
        }
        Some(())
    }

    /// The next frame of this kind; others are skipped.
    #[track_caller]
    pub(super) fn next_of(&mut self, kind: u8) -> Frame {
        loop {
            let frame = self.next().unwrap_or_else(|| panic!("closed before a frame of kind {kind}"));
            if frame.kind == kind {
                return frame;
            }
        }
    }

    /// What becomes of a stream.
    pub(super) fn fate(&mut self, stream: u32) -> Fate {
        while let Some(frame) = self.next() {
            match frame.kind {
                HEADERS if frame.stream == stream => return Fate::Status(status(&frame.payload)),
                RST_STREAM if frame.stream == stream => return Fate::Reset(code(&frame.payload, 0)),
                GOAWAY if code(&frame.payload, 4) != NO_ERROR => return Fate::GoAway(code(&frame.payload, 4)),
                _ => {}
            }
        }
        Fate::Closed
    }

    /// Reads until the connection ends; the code of the last `GOAWAY`.
    pub(super) fn ending(&mut self) -> Fate {
        let mut fate = Fate::Closed;
        while let Some(frame) = self.next() {
            if frame.kind == GOAWAY {
                fate = Fate::GoAway(code(&frame.payload, 4));
            }
        }
        fate
    }

    /// One good request; its status.
    pub(super) fn get(&mut self, stream: u32) -> Fate {
        self.send(HEADERS, WHOLE, stream, &get(&[])).fate(stream)
    }

    /// The body of an answer whose head was read, up to its end; `Err`: it was reset.
    pub(super) fn body(&mut self, stream: u32) -> Result<Vec<u8>, u32> {
        let mut body = Vec::new();
        loop {
            let frame = self.next().expect("the end of the answer");
            match frame.kind {
                DATA if frame.stream == stream => body.extend_from_slice(&frame.payload),
                RST_STREAM if frame.stream == stream => return Err(code(&frame.payload, 0)),
                _ => {}
            }
            if frame.stream == stream && matches!(frame.kind, DATA | HEADERS) && frame.flags & END_STREAM != 0 {
                return Ok(body);
            }
        }
    }

    pub(super) fn end_writing(&self) {
        self.tcp.shutdown(Shutdown::Write).unwrap();
    }
}

/// A number in a payload.
pub(super) fn code(payload: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(payload[at..at + 4].try_into().unwrap())
}

/// The status in a header block that uses no dynamic table.
pub(super) fn status(block: &[u8]) -> u16 {
    // Changes of the table's size may come first.
    let start = block.iter().position(|byte| byte >> 5 != 1).unwrap();
    let block = &block[start..];
    if let indexed @ 0x88..=0x8e = block[0] {
        return [200, 204, 206, 304, 400, 404, 500][usize::from(indexed - 0x88)];
    }
    assert_eq!(block[0] & 0x0f, 8, "no literal of :status: {block:x?}");
    let length = usize::from(block[1] & 0x7f);
    let value = &block[2..2 + length];
    if block[1] & 0x80 == 0 { std::str::from_utf8(value).unwrap().parse().unwrap() } else { digits(value) }
}

/// A number of three digits in Huffman's code: `0`, `1`, `2` have five bits, the others six.
fn digits(text: &[u8]) -> u16 {
    let bits: Vec<u16> = text.iter().flat_map(|byte| (0..8).rev().map(move |at| u16::from(byte >> at & 1))).collect();
    let number = |bits: &[u16]| bits.iter().fold(0, |number, bit| number << 1 | bit);
    let (mut at, mut found) = (0, 0);
    for _ in 0..3 {
        let short = number(&bits[at..at + 5]);
        let digit = if short < 3 { short } else { number(&bits[at..at + 6]) - 0b01_1001 + 3 };
        at += if short < 3 { 5 } else { 6 };
        found = found * 10 + digit;
    }
    found
}
