//! What waits to be written on a connection: small parts are put together, a large chunk goes out from where it lies.

use crate::seam::Fields;
use crate::wire::Wire;
use bytes::{Buf, Bytes};
use std::io::{self, IoSlice};
use std::task::{Context, Poll, ready};

/// Chunks up to this length are copied, so that they share a packet with what is around them.
const COPY_BYTES: usize = 4 * 1024;
/// With this much waiting nothing more is asked for.
const HIGH_WATER: usize = 32 * 1024;
/// Room that is kept between messages.
const KEEP_BYTES: usize = 16 * 1024;

/// How the chunks of a body are set apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// By their sum, or by the end of the connection.
    Plain,
    Chunked,
}

/// The bytes, in order: front, chunk, back.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    front: Vec<u8>,
    /// Bytes of the front that were written.
    sent: usize,
    chunk: Bytes,
    back: &'static [u8],
}

impl Outbox {
    /// Whether all was written.
    pub(super) fn is_empty(&self) -> bool {
        self.front.len() == self.sent && self.chunk.is_empty() && self.back.is_empty()
    }

    /// Whether some of it was written and some is left.
    pub(super) fn has_begun(&self) -> bool {
        self.sent > 0
    }

    /// Whether more may be added.
    pub(super) fn has_room(&self) -> bool {
        self.chunk.is_empty() && self.back.is_empty() && self.front.len() - self.sent < HIGH_WATER
    }

    /// Where to put small parts. Only while there is room.
    pub(super) fn front(&mut self) -> &mut Vec<u8> {
        &mut self.front
    }

    /// Adds a part of a body. Only while there is room.
    pub(super) fn push_chunk(&mut self, data: Bytes, coding: Coding) {
        if data.is_empty() {
            // An empty chunk would be the last.
            return;
        }
        if coding == Coding::Chunked {
            push_hex(&mut self.front, data.len());
            self.front.extend_from_slice(b"\r\n");
        }
        let after: &[u8] = if coding == Coding::Chunked { b"\r\n" } else { b"" };
        if data.len() <= COPY_BYTES {
            self.front.extend_from_slice(&data);
            self.front.extend_from_slice(after);
        } else {
            self.chunk = data;
            self.back = if coding == Coding::Chunked { b"\r\n" } else { b"" };
        }
    }

    /// Adds the end of a chunked body. Only while there is room.
    pub(super) fn push_last_chunk(&mut self, trailers: Option<&Fields>) {
        self.front.extend_from_slice(b"0\r\n");
        self.front.extend_from_slice(trailers.map(Fields::lines).unwrap_or_default());
        self.front.extend_from_slice(b"\r\n");
    }

    /// Writes until all is written.
    pub(super) fn poll_write(&mut self, wire: &Wire, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_empty() {
            return wire.poll_flush(ctx);
        }
        while !self.is_empty() {
            let front = self.front.get(self.sent..).unwrap_or_default();
            let written = if self.chunk.is_empty() && self.back.is_empty() {
                ready!(wire.poll_write(ctx, front))?
            } else {
                let parts = [IoSlice::new(front), IoSlice::new(&self.chunk), IoSlice::new(self.back)];
                ready!(wire.poll_write_vectored(ctx, &parts))?
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.advance(written);
        }
        self.front.clear();
        self.front.shrink_to(KEEP_BYTES);
        self.sent = 0;
        wire.poll_flush(ctx)
    }

    fn advance(&mut self, written: usize) {
        let front = written.min(self.front.len() - self.sent);
        self.sent += front;
        let chunk = (written - front).min(self.chunk.len());
        self.chunk.advance(chunk);
        self.back = self.back.get(written - front - chunk..).unwrap_or_default();
    }
}

/// Appends a field line.
pub(super) fn push_field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

fn push_hex(out: &mut Vec<u8>, mut number: usize) {
    let mut digits = [0; 16];
    let mut length = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789abcdef".get(number & 0xf).copied().unwrap_or_default();
        number >>= 4;
        length += 1;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(16 - length..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_in_hex() {
        for number in [0, 1, 9, 10, 15, 16, 255, 256, 65_535, 1 << 40, usize::MAX] {
            let mut out = Vec::new();
            push_hex(&mut out, number);
            assert_eq!(String::from_utf8(out).unwrap(), format!("{number:x}"));
        }
    }

    #[test]
    fn what_was_written_is_not_written_again() {
        let mut outbox = Outbox::default();
        outbox.front().extend_from_slice(b"head");
        outbox.push_chunk(Bytes::from(vec![b'x'; COPY_BYTES + 1]), Coding::Chunked);
        assert!(!outbox.has_room());
        let total = 4 + "1001\r\n".len() + COPY_BYTES + 1 + 2;
        for written in [1, 8, 3, COPY_BYTES, 1] {
            outbox.advance(written);
        }
        assert_eq!(outbox.front.len() - outbox.sent + outbox.chunk.len() + outbox.back.len(), total - COPY_BYTES - 13);
        outbox.advance(total - COPY_BYTES - 13);
        assert!(outbox.is_empty());
    }
}
