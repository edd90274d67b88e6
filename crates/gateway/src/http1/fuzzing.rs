//! The readers on bytes at hand, as `crate::fuzzing` offers them.

use super::framing::{Reading, Taken};
use super::request_head::RequestScan;
use super::response_head::ResponseScan;
use crate::fuzzing::{BodyRead, End, RequestRead, ResponseRead, is_http_10, pairs};
use crate::seam::Chunk;
use bytes::{Buf, BytesMut};
use domain::method::Method;

/// Bytes that arrive in parts.
struct Arriving<'a> {
    rest: &'a [u8],
    part: usize,
    buffer: BytesMut,
}

impl<'a> Arriving<'a> {
    fn new(rest: &'a [u8], part: usize) -> Self {
        Self { rest, part: part.max(1), buffer: BytesMut::new() }
    }

    /// Whether there was more.
    fn more(&mut self) -> bool {
        let (here, rest) = self.rest.split_at(self.part.min(self.rest.len()));
        self.buffer.extend_from_slice(here);
        self.rest = rest;
        !here.is_empty()
    }

    /// The body, as far as it comes; `None`: it is refused.
    fn body(&mut self, mut reading: Reading) -> Option<BodyRead> {
        let mut body = BodyRead::default();
        loop {
            match reading.take(&mut self.buffer).ok()? {
                Taken::Chunk(Chunk::Data(data)) => body.data.extend_from_slice(&data),
                Taken::Chunk(Chunk::Trailers(fields)) => body.trailers = pairs(&fields),
                Taken::End => {
                    body.is_whole = true;
                    return Some(body);
                }
                Taken::More(_) => {
                    if !self.more() {
                        body.is_whole = matches!(reading, Reading::UntilEnd);
                        return Some(body);
                    }
                }
            }
        }
    }
}

pub(crate) fn requests(bytes: &[u8], part: usize) -> (Vec<RequestRead>, End) {
    let mut arriving = Arriving::new(bytes, part);
    let mut all = Vec::new();
    let mut scan = RequestScan::default();
    loop {
        let scanned = match scan.advance(&arriving.buffer) {
            Err(_) => return (all, End::Refused),
            Ok(Some(scanned)) => scanned,
            Ok(None) if arriving.more() => continue,
            Ok(None) => {
                let end = if arriving.buffer.is_empty() { End::Clean } else { End::Incomplete };
                return (all, end);
            }
        };
        let head = arriving.buffer.split_to(scanned.length);
        let fields = scan.fields(&head);
        let request = scan.request(&head, &fields);
        let Some(body) = arriving.body(Reading::new(scanned.framing)) else { return (all, End::Refused) };
        let is_whole = body.is_whole;
        all.push(RequestRead {
            method: request.method.to_vec(),
            target: request.target.to_vec(),
            is_http_10: is_http_10(request.version),
            fields: fields.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect(),
            body,
        });
        if !is_whole {
            return (all, End::Incomplete);
        }
        if !scanned.persists {
            return (all, End::Clean);
        }
        scan.clear();
    }
}

pub(crate) fn response(bytes: &[u8], part: usize, method: &[u8]) -> Option<(ResponseRead, End)> {
    let method = Method::from_token(method)?;
    let mut arriving = Arriving::new(bytes, part);
    let mut scan = ResponseScan::default();
    let scanned = loop {
        match scan.advance(&arriving.buffer).ok()? {
            Some(scanned) if matches!(scanned.status, 100 | 102..=199) => {
                arriving.buffer.advance(scanned.length);
                scan.clear();
            }
            Some(scanned) => break scanned,
            None if arriving.more() => {}
            None => return None,
        }
    };
    let fields = pairs(&scan.fields(&arriving.buffer));
    arriving.buffer.advance(scanned.length);
    let body = arriving.body(Reading::new(scan.framing(method)))?;
    let end = match (body.is_whole, arriving.buffer.is_empty() && arriving.rest.is_empty()) {
        (false, _) => End::Incomplete,
        (true, true) => End::Clean,
        (true, false) => End::Refused,
    };
    Some((ResponseRead { status: scanned.status, fields, body, persists: scanned.persists }, end))
}

pub(crate) fn chunked(bytes: &[u8], part: usize) -> Option<(BodyRead, usize)> {
    let mut arriving = Arriving::new(bytes, part);
    let body = arriving.body(Reading::new(super::framing::Framing::Chunked))?;
    Some((body, arriving.buffer.len() + arriving.rest.len()))
}
