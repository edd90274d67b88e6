//! What fuzzing reaches of the reading of HTTP/1.1 and of PROXY headers, without a socket. No part of what this crate
//! offers.

pub use crate::proxy_protocol::{
    Header as ProxyHeader, HeaderFault as ProxyHeaderFault, MAX_HEADER as MAX_PROXY_HEADER, parse as parse_proxy_header,
};

use crate::http1::fuzzing as http1;
use crate::seam::{Fields, Version};

/// Fields or trailers, in order.
pub type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

/// A request as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRead {
    /// The method.
    pub method: Vec<u8>,
    /// The target, as sent.
    pub target: Vec<u8>,
    /// Whether it is HTTP/1.0.
    pub is_http_10: bool,
    /// Its fields.
    pub fields: Pairs,
    /// Its body.
    pub body: BodyRead,
}

/// An answer as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseRead {
    /// The status.
    pub status: u16,
    /// Its fields.
    pub fields: Pairs,
    /// Its body.
    pub body: BodyRead,
    /// Whether the connection could serve another request.
    pub persists: bool,
}

/// A body as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BodyRead {
    /// Its bytes.
    pub data: Vec<u8>,
    /// What followed them.
    pub trailers: Pairs,
    /// Whether it has ended.
    pub is_whole: bool,
}

/// How reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nothing is left.
    Clean,
    /// A message has begun and not ended.
    Incomplete,
    /// Something was refused.
    Refused,
}

/// Reads requests, one after another, from bytes that arrive in parts of this length.
pub fn requests(bytes: &[u8], part: usize) -> (Vec<RequestRead>, End) {
    http1::requests(bytes, part)
}

/// Reads the answer to a request with this method; `None`: it is refused, or its head not whole.
pub fn response(bytes: &[u8], part: usize, method: &[u8]) -> Option<(ResponseRead, End)> {
    http1::response(bytes, part, method)
}

/// Reads a chunked body: what it is, and how many bytes follow it; `None`: it is refused.
pub fn chunked(bytes: &[u8], part: usize) -> Option<(BodyRead, usize)> {
    http1::chunked(bytes, part)
}

pub(crate) fn pairs(fields: &Fields) -> Pairs {
    fields.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
}

pub(crate) fn is_http_10(version: Version) -> bool {
    version == Version::Http10
}
