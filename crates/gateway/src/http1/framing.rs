//! Where bodies end, and taking them from a buffer (RFC 9112 6 and 7.1).

use super::chunked::{Chunked, Malformed};
use crate::seam::{Chunk, Fields};
use bytes::BytesMut;

/// How a body is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// This many bytes.
    Length(u64),
    Chunked,
    /// Until the peer ends. Answers only.
    UntilEnd,
}

/// A body that is being read.
#[derive(Debug)]
pub(super) enum Reading {
    /// This many bytes are to come; 0: the body has ended.
    Length(u64),
    Chunked(Chunked),
    UntilEnd,
}

/// What a look into the buffer gave.
pub(super) enum Taken {
    Chunk(Chunk),
    /// The body has ended.
    End,
    /// More bytes are needed; about this many at most.
    More(u64),
}

impl Reading {
    pub(super) fn new(framing: Framing) -> Self {
        match framing {
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => Self::Chunked(Chunked::default()),
            Framing::UntilEnd => Self::UntilEnd,
        }
    }

    /// Whether the body has ended.
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Length(0))
    }

    /// Bytes to come, where known.
    pub(super) fn exact_length(&self) -> Option<u64> {
        match self {
            Self::Length(left) => Some(*left),
            Self::Chunked(_) | Self::UntilEnd => None,
        }
    }

    /// Takes what there is of the body from the buffer.
    pub(super) fn take(&mut self, buffer: &mut BytesMut) -> Result<Taken, Malformed> {
        match self {
            Self::Length(0) => Ok(Taken::End),
            Self::Length(left) if buffer.is_empty() => Ok(Taken::More(*left)),
            Self::Length(left) => {
                let here = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
                *left = left.saturating_sub(u64::try_from(here).unwrap_or(u64::MAX));
                Ok(Taken::Chunk(Chunk::Data(buffer.split_to(here).freeze())))
            }
            Self::UntilEnd if buffer.is_empty() => Ok(Taken::More(u64::MAX)),
            Self::UntilEnd => Ok(Taken::Chunk(Chunk::Data(buffer.split().freeze()))),
            Self::Chunked(chunked) => {
                let taken = chunked.take(buffer)?;
                if chunked.is_done() {
                    *self = Self::Length(0);
                }
                Ok(match taken {
                    Taken::Chunk(Chunk::Trailers(fields)) if is_empty(&fields) => Taken::End,
                    taken @ (Taken::Chunk(_) | Taken::End | Taken::More(_)) => taken,
                })
            }
        }
    }
}

fn is_empty(fields: &Fields) -> bool {
    fields.len() == 0
}
