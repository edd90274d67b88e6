//! A connection to an upstream, shared by many requests of one worker.
//!
//! A task of its own drives it until it is over, or nobody holds it and no request is in flight. Each request's body is
//! sent by a task too: however slowly the answer is taken, the request goes on. A request that nobody waits for any more
//! is reset.

use super::body::Http2Body;
use super::guard::{Guard, Seen, Side};
use super::outgoing::{self, Sent};
use super::{
    CONNECTION_WINDOW_BYTES, MAX_HEADER_LIST_BYTES, MAX_STREAMS, SEND_BUFFER_BYTES, STREAM_WINDOW_BYTES, head,
};
use crate::seam::{ChunkStream, Fields, IncomingBody, ResponseHead, SendFault};
use crate::upload::Upload;
use crate::wire::{Wire, WireIo};
use bytes::{Bytes, BytesMut};
use domain::method::Method;
use domain::upstream::Scheme;
use h2::client::{Builder, Connection, ResponseFuture, SendRequest};
use h2::{Reason, RecvStream, SendStream};
use http::header::HOST;
use http::uri::{Authority, PathAndQuery};
use http::{Request, Response, Uri};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::task::JoinSet;

/// For a frame that an upstream has begun to come to its end.
const FRAME_LIMIT: Duration = Duration::from_secs(10);

/// A handle on the connection. Once all are dropped and no request is in flight, the connection ends.
#[derive(Clone)]
pub(crate) struct Client(Rc<Shared>);

struct Shared {
    sender: SendRequest<Bytes>,
    scheme: http::uri::Scheme,
    seen: Rc<Seen>,
    in_flight: Rc<Cell<usize>>,
    /// For the upstream to take what is sent.
    write_idle: Duration,
}

impl Client {
    /// Starts HTTP/2 on a fresh connection.
    pub(crate) async fn open(wire: Rc<Wire>, scheme: Scheme, write_idle: Duration) -> Result<Self, SendFault> {
        wire.set_write_limit(write_idle);
        let seen = Rc::new(Seen::default());
        let guard = Guard::new(WireIo(wire), BytesMut::new(), Side::Upstream, FRAME_LIMIT, Rc::clone(&seen));
        let mut builder = Builder::new();
        builder
            .enable_push(false)
            .initial_max_send_streams(usize::try_from(MAX_STREAMS).unwrap_or(usize::MAX))
            .max_header_list_size(MAX_HEADER_LIST_BYTES)
            .initial_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_send_buffer_size(SEND_BUFFER_BYTES);
        let (sender, connection) = builder.handshake(guard).await.map_err(|_| SendFault::Unsent)?;
        tokio::task::spawn_local(drive(connection, Rc::clone(&seen)));
        let scheme = match scheme {
            Scheme::Http => http::uri::Scheme::HTTP,
            Scheme::Https => http::uri::Scheme::HTTPS,
        };
        Ok(Self(Rc::new(Shared { sender, scheme, seen, in_flight: Rc::default(), write_idle })))
    }

    /// Whether it takes one more request now: neither over nor at the most streams that either side allows.
    pub(crate) fn has_room(&self) -> bool {
        let theirs = self.0.sender.current_max_send_streams();
        let ours = usize::try_from(MAX_STREAMS).unwrap_or(usize::MAX);
        self.in_flight() < theirs.min(ours) && !self.is_over()
    }

    /// Whether it takes no request any more: it is closed, or the upstream has said `GOAWAY`. What is in flight goes on.
    pub(crate) fn is_over(&self) -> bool {
        let mut ctx = Context::from_waker(Waker::noop());
        matches!(self.0.sender.clone().poll_ready(&mut ctx), Poll::Ready(Err(_)))
    }

    /// Requests in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.0.in_flight.get()
    }

    /// Sends a request; its answer's head and body. Dropping the future, or the body before its end, resets the stream.
    pub(crate) async fn send(
        &self,
        method: Method,
        target: &str,
        fields: &Fields,
        upload: Upload,
    ) -> Result<(ResponseHead, IncomingBody), SendFault> {
        let mut exchange = Exchange::new(&self.0.in_flight);
        let request = self.request(method, target, fields).ok_or(SendFault::Broken)?;
        let ends = upload.is_finished();
        let sender = self.0.sender.clone().ready().await;
        let sent = sender.and_then(|mut sender| sender.send_request(request, ends));
        let (response, stream) = sent.map_err(|_| SendFault::Unsent)?;
        if !ends {
            exchange.sending.spawn_local(send_upload(upload, stream, self.0.write_idle));
        }
        let response = exchange.answer(response).await.map_err(|error| fault(&error))?;
        let (parts, recv) = response.into_parts();
        let is_altered = self.0.seen.take_altered(recv.stream_id().as_u32());
        if is_altered || !head::is_good_answer(&parts.headers) {
            return Err(SendFault::BadAnswer);
        }
        let length = head::length_of(&parts.headers, &recv);
        let head = ResponseHead { status: parts.status.as_u16(), fields: head::from_map(&parts.headers) };
        let body = Http2Body::of_upstream(recv, length, Rc::clone(&self.0.seen), exchange);
        Ok((head, IncomingBody::Http2(body)))
    }

    /// `host` becomes the authority. `None`: the library cannot say this.
    fn request(&self, method: Method, target: &str, fields: &Fields) -> Option<Request<()>> {
        let mut headers = head::into_map(fields);
        let authority = headers.remove(HOST)?;
        let mut uri = http::uri::Parts::default();
        uri.scheme = Some(self.0.scheme.clone());
        uri.authority = Some(Authority::try_from(authority.as_bytes()).ok()?);
        let path = PathAndQuery::try_from(target).ok()?;
        if path.as_str() != target {
            return None;
        }
        uri.path_and_query = Some(path);
        let mut request = Request::new(());
        *request.method_mut() = http::Method::from_bytes(method.as_str().as_bytes()).ok()?;
        *request.uri_mut() = Uri::from_parts(uri).ok()?;
        *request.headers_mut() = headers;
        Some(request)
    }
}

/// What a request holds until its answer has come whole: its place among those in flight, and the task that sends its
/// body, which ends with it.
pub(super) struct Exchange {
    in_flight: Rc<Cell<usize>>,
    sending: JoinSet<()>,
}

impl Exchange {
    fn new(in_flight: &Rc<Cell<usize>>) -> Self {
        in_flight.set(in_flight.get().saturating_add(1));
        Self { in_flight: Rc::clone(in_flight), sending: JoinSet::new() }
    }

    /// Waits for the answer. Whoever waits is woken too when the request was sent: only then is looked whether the caller
    /// is still there.
    async fn answer(&mut self, mut response: ResponseFuture) -> Result<Response<RecvStream>, h2::Error> {
        poll_fn(|ctx| {
            self.poll_sent(ctx);
            Pin::new(&mut response).poll(ctx)
        })
        .await
    }

    /// Wakes when the request was sent.
    pub(super) fn poll_sent(&mut self, ctx: &mut Context<'_>) {
        if !self.sending.is_empty() && self.sending.poll_join_next(ctx).is_ready() {
            ctx.waker().wake_by_ref();
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.in_flight.set(self.in_flight.get().saturating_sub(1));
    }
}

/// A body that breaks off, or is not taken, resets its stream; the reason of the former stays in the upload.
async fn send_upload(mut upload: Upload, mut stream: SendStream<Bytes>, write_idle: Duration) {
    match outgoing::send(&mut upload, &mut stream, write_idle).await {
        Sent::Broken | Sent::Stalled => stream.send_reset(Reason::CANCEL),
        Sent::Whole | Sent::Gone => {}
    }
}

/// Moves bytes until the connection is over.
async fn drive(mut connection: Connection<Guard<WireIo>, Bytes>, seen: Rc<Seen>) {
    poll_fn(|ctx| match Pin::new(&mut connection).poll(ctx) {
        // Whoever waits for an answer is told by its own stream.
        Poll::Ready(_) => Poll::Ready(()),
        // Too many frames that make no progress, or one that does not end.
        Poll::Pending if seen.verdict().is_some() => Poll::Ready(()),
        Poll::Pending => Poll::Pending,
    })
    .await;
}

/// What an error says of a request that was begun.
fn fault(error: &h2::Error) -> SendFault {
    if !error.is_remote() {
        // What the library itself resets was no good answer.
        return if error.is_library() { SendFault::BadAnswer } else { SendFault::Broken };
    }
    // RFC 9113 8.7: a refused stream was not processed, nor one above the last that `GOAWAY` names; those at or below
    // it do not get its error.
    if error.is_go_away() || error.reason() == Some(Reason::REFUSED_STREAM) {
        return SendFault::Unsent;
    }
    SendFault::Broken
}
