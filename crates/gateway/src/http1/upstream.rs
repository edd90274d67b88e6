//! A connection to an upstream: one request after another, each with its answer.
//!
//! The request's body is sent as it comes and as the upstream takes it, while the answer is already read: an early
//! answer is passed on. A connection serves another request only if both messages ended where they should and nothing
//! else was heard on it.

use super::framing::{Framing, Reading};
use super::outbox::{Coding, Outbox};
use super::response_head::{ResponseScan, ScannedResponse};
use super::upstream_body::UpstreamBody;
use crate::seam::{BrokenBody, Chunk, ChunkStream, Fields, ResponseHead, SendFault};
use crate::turn::Turn;
use crate::upload::Upload;
use crate::wire::Wire;
use bytes::{Buf, BytesMut};
use domain::method::Method;
use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

/// Room for a read of a head.
const HEAD_READ: usize = 8 * 1024;
/// Informational answers before the answer (RFC 9110 15.2).
const MAX_INFORMATIONAL: u8 = 16;

/// The connection. Clones are the same connection.
#[derive(Clone)]
pub(crate) struct Client(pub(super) Rc<Connection>);

pub(super) struct Connection {
    pub(super) wire: Rc<Wire>,
    pub(super) state: RefCell<State>,
}

pub(super) struct State {
    pub(super) buffer: BytesMut,
    pub(super) reading: Reading,
    out: Outbox,
    scan: ResponseScan,
    /// How the request's body goes out; `None`: it has gone.
    upload: Option<Coding>,
    /// Bytes that the request's head said would come.
    announced: Option<u64>,
    /// Whether anything was written for this request.
    written: bool,
    /// Whether the connection may serve another request, as far as is known.
    persists: bool,
    /// Whether the upstream no longer takes anything.
    is_deaf: bool,
    informational: u8,
}

impl Client {
    /// On a fresh connection.
    pub(crate) fn new(wire: Rc<Wire>) -> Self {
        let state = State {
            buffer: BytesMut::new(),
            reading: Reading::Length(0),
            out: Outbox::default(),
            scan: ResponseScan::default(),
            upload: None,
            announced: None,
            written: false,
            persists: true,
            is_deaf: false,
            informational: 0,
        };
        Self(Rc::new(Connection { wire, state: RefCell::new(state) }))
    }

    /// The bytes below.
    pub(crate) fn wire(&self) -> &Rc<Wire> {
        &self.0.wire
    }

    /// Whether it can take a request: the one before ended in order. Says nothing of what the upstream has done since.
    pub(crate) fn is_ready(&self) -> bool {
        let state = self.0.state.borrow();
        let is_over = state.reading.is_done() && state.upload.is_none() && state.out.is_empty();
        is_over && state.persists && state.buffer.is_empty() && !state.is_deaf
    }

    /// Sends a request; its answer's head and body. After a dropped future the connection is not ready any more.
    pub(crate) async fn send(
        &self,
        method: Method,
        target: &str,
        fields: &Fields,
        mut upload: Upload,
    ) -> Result<(ResponseHead, UpstreamBody), SendFault> {
        self.0.state.borrow_mut().begin(method, target, fields, &upload);
        let mut turn = Turn::default();
        poll_fn(|ctx| turn.poll_last(ctx)).await;
        let head = poll_fn(|ctx| self.0.poll_answer(ctx, &mut upload, method)).await?;
        Ok((head, UpstreamBody::new(Rc::clone(&self.0), upload)))
    }
}

impl Connection {
    fn poll_answer(
        &self,
        ctx: &mut Context<'_>,
        upload: &mut Upload,
        method: Method,
    ) -> Poll<Result<ResponseHead, SendFault>> {
        let state = &mut *self.state.borrow_mut();
        let sent = state.poll_send(&self.wire, ctx, upload);
        if !state.written && state.is_deaf {
            return Poll::Ready(Err(SendFault::Unsent));
        }
        if sent == Poll::Ready(Err(UploadBroke)) {
            return Poll::Ready(Err(SendFault::Broken));
        }
        loop {
            match state.take_head(method) {
                Ok(Some(head)) => return Poll::Ready(Ok(head)),
                Ok(None) => {}
                Err(Malformed) => {
                    state.persists = false;
                    return Poll::Ready(Err(SendFault::BadAnswer));
                }
            }
            state.buffer.reserve(HEAD_READ);
            if !matches!(ready!(self.wire.poll_read(ctx, &mut state.buffer)), Ok(1..)) {
                state.persists = false;
                let nothing_came = state.buffer.is_empty() && state.informational == 0;
                return Poll::Ready(Err(if nothing_came { SendFault::Broken } else { SendFault::BadAnswer }));
            }
        }
    }
}

/// The caller's body broke off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UploadBroke;

/// The answer's head is none.
struct Malformed;

impl State {
    fn begin(&mut self, method: Method, target: &str, fields: &Fields, upload: &Upload) {
        self.scan.clear();
        self.informational = 0;
        self.written = false;
        // Until the answer's head says how its body is read, the connection is not free.
        self.reading = Reading::UntilEnd;
        let length = upload.exact_length();
        self.announced = length;
        self.upload = match length {
            _ if upload.is_finished() => None,
            Some(_) => Some(Coding::Plain),
            None => Some(Coding::Chunked),
        };
        let out = self.out.front();
        out.extend_from_slice(method.as_str().as_bytes());
        out.push(b' ');
        out.extend_from_slice(target.as_bytes());
        out.extend_from_slice(b" HTTP/1.1\r\n");
        out.extend_from_slice(fields.lines());
        out.extend_from_slice(b"\r\n");
    }

    /// Sends what there is of the request. Ready when all of it was written, or the upstream takes no more of it.
    pub(super) fn poll_send(
        &mut self,
        wire: &Wire,
        ctx: &mut Context<'_>,
        upload: &mut Upload,
    ) -> Poll<Result<(), UploadBroke>> {
        if self.is_deaf {
            return Poll::Ready(Ok(()));
        }
        loop {
            let pending = match self.poll_upload(ctx, upload) {
                Poll::Ready(Ok(())) => false,
                Poll::Ready(Err(UploadBroke)) => {
                    self.persists = false;
                    self.is_deaf = true;
                    return Poll::Ready(Err(UploadBroke));
                }
                Poll::Pending => true,
            };
            let was_empty = self.out.is_empty();
            match self.out.poll_write(wire, ctx) {
                Poll::Ready(Ok(())) => self.written |= !was_empty,
                Poll::Ready(Err(_)) => {
                    // It may have answered before it closed.
                    self.written |= self.out.has_begun();
                    (self.is_deaf, self.persists) = (true, false);
                    return Poll::Ready(Ok(()));
                }
                Poll::Pending => {
                    self.written |= self.out.has_begun();
                    return Poll::Pending;
                }
            }
            if pending {
                return Poll::Pending;
            }
            if self.upload.is_none() && self.out.is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// The connection serves no further request.
    pub(super) fn persists_no_more(&mut self) {
        self.persists = false;
    }

    /// The answer broke off.
    pub(super) fn broken(&mut self) -> Poll<Option<Result<Chunk, BrokenBody>>> {
        self.persists = false;
        Poll::Ready(Some(Err(BrokenBody)))
    }

    /// Moves the body to what is to be written, until there is no more room, or no more body.
    fn poll_upload(&mut self, ctx: &mut Context<'_>, upload: &mut Upload) -> Poll<Result<(), UploadBroke>> {
        while let Some(coding) = self.upload {
            if !self.out.has_room() {
                return Poll::Ready(Ok(()));
            }
            let trailers = match ready!(upload.poll_chunk(ctx)) {
                Some(Ok(Chunk::Data(data))) => {
                    let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
                    if let Some(left) = self.announced {
                        self.announced = Some(left.checked_sub(length).ok_or(UploadBroke)?);
                    }
                    self.out.push_chunk(data, coding);
                    continue;
                }
                Some(Ok(Chunk::Trailers(fields))) => Some(fields),
                None => None,
                Some(Err(_)) => return Poll::Ready(Err(UploadBroke)),
            };
            if self.announced.is_some_and(|left| left > 0) {
                return Poll::Ready(Err(UploadBroke));
            }
            self.upload = None;
            if coding == Coding::Chunked {
                self.out.push_last_chunk(trailers.as_ref());
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Takes the answer's head from the buffer, once it is whole.
    fn take_head(&mut self, method: Method) -> Result<Option<ResponseHead>, Malformed> {
        loop {
            let Some(ScannedResponse { length, status, persists }) =
                self.scan.advance(&self.buffer).map_err(|_| Malformed)?
            else {
                return Ok(None);
            };
            if matches!(status, 100..=199) && status != 101 {
                self.informational += 1;
                if self.informational > MAX_INFORMATIONAL {
                    return Err(Malformed);
                }
                self.buffer.advance(length);
                self.scan.clear();
                continue;
            }
            let fields = self.scan.fields(&self.buffer);
            let framing = self.scan.framing(method);
            self.buffer.advance(length);
            self.persists &= persists && framing != Framing::UntilEnd && status != 101;
            self.reading = Reading::new(framing);
            return Ok(Some(ResponseHead { status, fields }));
        }
    }
}
