//! The seam between the gateway and whatever speaks HTTP below it.
//!
//! Heads are borrowed or flat lists of name/value pairs, bodies come and go as chunks. Nothing here or above names
//! the HTTP library or its header maps.

use crate::http1::{CallerBody, UpstreamBody};
use crate::http2::Http2Body;
use bytes::Bytes;
use std::task::{Context, Poll};

/// HTTP version of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    Http10,
    Http11,
    Http2,
}

/// Name and value of one header field.
pub(crate) type Field<'a> = (&'a [u8], &'a [u8]);

/// The head of a request, as it was sent. Not `Debug`: it holds credentials.
#[derive(Clone, Copy)]
pub(crate) struct RequestHead<'a> {
    pub(crate) method: &'a [u8],
    /// The request target, byte for byte.
    pub(crate) target: &'a [u8],
    pub(crate) version: Version,
    pub(crate) headers: &'a [Field<'a>],
}

impl<'a> RequestHead<'a> {
    /// All values of a header; `name` in lower case.
    pub(crate) fn values(&self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.headers.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name.as_bytes())).map(|&(_, value)| value)
    }

    /// The value of a header that may stand once only; `None` if it is absent or repeated.
    pub(crate) fn single(&self, name: &'a str) -> Option<&'a [u8]> {
        let mut values = self.values(name);
        values.next().filter(|_| values.next().is_none())
    }
}

/// Header fields to be sent or just received: one buffer, no map, in the form in which HTTP/1.1 sends them. Not `Debug`,
/// like [`RequestHead`].
#[derive(Clone, Default)]
pub(crate) struct Fields {
    /// `name: value` and CR LF, field after field.
    lines: Vec<u8>,
    /// Per field: where its name ends, where its line ends.
    ends: Vec<(usize, usize)>,
}

/// Between name and value.
const COLON: &[u8] = b": ";
/// After a value.
const LINE_END: &[u8] = b"\r\n";

impl Fields {
    /// Room for this many fields of the usual size.
    pub(crate) fn with_capacity(fields: usize) -> Self {
        Self { lines: Vec::with_capacity(fields * 48), ends: Vec::with_capacity(fields) }
    }

    /// Appends a field.
    pub(crate) fn push(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        self.push_with(name, |out| out.extend_from_slice(value.as_ref()));
    }

    /// Appends a field whose value is written in place.
    pub(crate) fn push_with(&mut self, name: impl AsRef<[u8]>, write: impl FnOnce(&mut Vec<u8>)) {
        self.lines.extend_from_slice(name.as_ref());
        let name_end = self.lines.len();
        self.lines.extend_from_slice(COLON);
        write(&mut self.lines);
        self.lines.extend_from_slice(LINE_END);
        self.ends.push((name_end, self.lines.len()));
    }

    /// All of them as HTTP/1.1 sends them (RFC 9112 5): lines with their ends, without the empty one.
    pub(crate) fn lines(&self) -> &[u8] {
        &self.lines
    }

    /// The fields, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Field<'_>> {
        let mut start = 0;
        self.ends.iter().map(move |&(name_end, end)| {
            let name = self.lines.get(start..name_end).unwrap_or_default();
            start = end;
            (name, self.lines.get(name_end + COLON.len()..end - LINE_END.len()).unwrap_or_default())
        })
    }

    /// All values of a header; `name` in lower case.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
    }

    /// Whether a header is there; `name` in lower case.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// Why a request was not answered by an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendFault {
    /// Nothing of it was sent.
    Unsent,
    /// Something of it was sent, and not one byte of an answer came.
    Broken,
    /// Something came, and it is no answer to pass on.
    BadAnswer,
}

/// The head of an answer.
pub(crate) struct ResponseHead {
    pub(crate) status: u16,
    pub(crate) fields: Fields,
}

/// A piece of a body.
pub(crate) enum Chunk {
    Data(Bytes),
    /// The last piece, where there are any.
    Trailers(Fields),
}

/// A body broke off. What is to be told about it was noted where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body broke off")]
pub(crate) struct BrokenBody;

/// A body as a stream of chunks, pulled by the side that sends it: that is the back-pressure.
pub(crate) trait ChunkStream {
    /// The next chunk; `None` at the end.
    fn poll_chunk(&mut self, ctx: &mut Context<'_>) -> Poll<Option<Result<Chunk, BrokenBody>>>;

    /// Whether it is known that nothing comes (any more).
    fn is_finished(&self) -> bool;

    /// Bytes to come, where known.
    fn exact_length(&self) -> Option<u64>;
}

/// A body that comes in: a caller's, or an upstream's.
pub(crate) enum IncomingBody {
    Caller(CallerBody),
    Upstream(UpstreamBody),
    /// Either, over HTTP/2.
    Http2(Http2Body),
}

impl ChunkStream for IncomingBody {
    fn poll_chunk(&mut self, ctx: &mut Context<'_>) -> Poll<Option<Result<Chunk, BrokenBody>>> {
        match self {
            Self::Caller(body) => body.poll_chunk(ctx),
            Self::Upstream(body) => body.poll_chunk(ctx),
            Self::Http2(body) => body.poll_chunk(ctx),
        }
    }

    fn is_finished(&self) -> bool {
        match self {
            Self::Caller(body) => body.is_finished(),
            Self::Upstream(body) => body.is_finished(),
            Self::Http2(body) => body.is_finished(),
        }
    }

    fn exact_length(&self) -> Option<u64> {
        match self {
            Self::Caller(body) => body.exact_length(),
            Self::Upstream(body) => body.exact_length(),
            Self::Http2(body) => body.exact_length(),
        }
    }
}
