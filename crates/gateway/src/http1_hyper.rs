//! HTTP/1.1 by hyper, on both sides. The only file that names it, or its header maps.
//!
//! The caller's side reads through `caller::CallerStream`, which has checked each head already, knows its target byte
//! for byte and keeps the time; so hyper's own timers and its own refusals are switched off or swallowed.

use crate::answer::Answer;
use crate::caller::{CallerState, CallerStream};
use crate::pipeline;
use crate::seam::{BrokenBody, Chunk, ChunkStream, Field, Fields, RequestHead, ResponseHead, Version};
use crate::upload::Upload;
use crate::worker_state::Worker;
use bytes::Bytes;
use domain::method::Method;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::http1 as client;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};

/// Largest read buffer: a head and a little.
const MAX_BUFFER_BYTES: usize = 80 * 1024;
const MAX_HEADERS: usize = 100;

/// Serves one caller's connection to its end. Returns the stream for the goodbye.
pub(crate) async fn serve(
    worker: &Rc<Worker>,
    stream: CallerStream,
    state: &Rc<CallerState>,
    peer: IpAddr,
) -> CallerStream {
    let service = service_fn(|request| answer(Rc::clone(worker), Rc::clone(state), peer, request));
    let mut connection = server::Builder::new()
        .header_read_timeout(None)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    // How it ended does not matter to anybody: callers come and go.
    let _ended = (&mut connection).await;
    connection.into_parts().io.into_inner()
}

async fn answer(
    worker: Rc<Worker>,
    state: Rc<CallerState>,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Result<Response<Outgoing<crate::answer::AnswerBody>>, Infallible> {
    let target = state.take_request();
    let (parts, body) = request.into_parts();
    let headers: Vec<Field<'_>> =
        parts.headers.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes())).collect();
    let head = RequestHead {
        method: parts.method.as_str().as_bytes(),
        target: &target,
        version: if parts.version == hyper::Version::HTTP_10 { Version::Http10 } else { Version::Http11 },
        headers: &headers,
    };
    let answer = pipeline::handle(&worker, peer, &head, IncomingBody(body)).await;
    Ok(into_response(answer, state))
}

fn into_response(answer: Answer, state: Rc<CallerState>) -> Response<Outgoing<crate::answer::AnswerBody>> {
    state.answers(answer.body.admitted());
    let mut response = Response::new(Outgoing { stream: answer.body, answers: Some(state) });
    // A status of an upstream that is none cannot come here: hyper has parsed it.
    *response.status_mut() = hyper::StatusCode::from_u16(answer.head.status).unwrap_or_default();
    *response.headers_mut() = into_map(&answer.head.fields);
    response
}

/// A body that comes in: a caller's, or an upstream's.
pub(crate) struct IncomingBody(Incoming);

impl ChunkStream for IncomingBody {
    fn poll_chunk(&mut self, ctx: &mut Context<'_>) -> Poll<Option<Result<Chunk, BrokenBody>>> {
        loop {
            return match Pin::new(&mut self.0).poll_frame(ctx) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Ready(Some(Err(_))) => Poll::Ready(Some(Err(BrokenBody))),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => Poll::Ready(Some(Ok(Chunk::Data(data)))),
                    Err(frame) => match frame.into_trailers() {
                        Ok(trailers) => Poll::Ready(Some(Ok(Chunk::Trailers(from_map(&trailers))))),
                        Err(_) => continue,
                    },
                },
            };
        }
    }

    fn is_finished(&self) -> bool {
        self.0.is_end_stream()
    }

    fn exact_length(&self) -> Option<u64> {
        self.0.size_hint().exact()
    }
}

/// A body that goes out.
struct Outgoing<S> {
    stream: S,
    /// For answers: told when the body was produced to its end.
    answers: Option<Rc<CallerState>>,
}

impl<S: ChunkStream + Unpin> Body for Outgoing<S> {
    type Data = Bytes;
    type Error = BrokenBody;

    fn poll_frame(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        self.get_mut().stream.poll_chunk(ctx).map(|next| {
            next.map(|chunk| {
                chunk.map(|chunk| match chunk {
                    Chunk::Data(data) => Frame::data(data),
                    Chunk::Trailers(fields) => Frame::trailers(into_map(&fields)),
                })
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_finished()
    }

    fn size_hint(&self) -> SizeHint {
        self.stream.exact_length().map(SizeHint::with_exact).unwrap_or_default()
    }
}

impl<S> Drop for Outgoing<S> {
    fn drop(&mut self) {
        if let Some(state) = &self.answers {
            state.answered();
        }
    }
}

/// A connection to an upstream.
pub(crate) struct UpstreamConnection(client::SendRequest<Outgoing<Upload>>);

/// Why a request was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendFault {
    /// Nothing of it was sent.
    Unsent,
    /// The connection broke, or the answer was malformed.
    Broken,
}

/// Starts HTTP on a fresh connection and drives it in a task of its own.
pub(crate) async fn open(io: impl AsyncRead + AsyncWrite + Unpin + 'static) -> Result<UpstreamConnection, SendFault> {
    let (sender, connection) = client::Builder::new()
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_BUFFER_BYTES)
        .handshake(TokioIo::new(io))
        .await
        .map_err(|_| SendFault::Unsent)?;
    tokio::task::spawn_local(async move {
        // Whoever waits for an answer is told by its own future.
        let _ended = connection.await;
    });
    Ok(UpstreamConnection(sender))
}

impl UpstreamConnection {
    /// Whether it can take a request now.
    pub(crate) fn is_ready(&self) -> bool {
        self.0.is_ready()
    }

    /// Sends a request; its answer's head and body. Dropping the future breaks the request off and the connection.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        target: &str,
        fields: &Fields,
        body: Upload,
    ) -> Result<(ResponseHead, IncomingBody), SendFault> {
        let mut request = Request::new(Outgoing { stream: body, answers: None });
        *request.method_mut() = hyper::Method::from_bytes(method.as_str().as_bytes()).map_err(|_| SendFault::Broken)?;
        *request.uri_mut() = target.parse().map_err(|_| SendFault::Broken)?;
        *request.headers_mut() = into_map(fields);
        let response = self.0.try_send_request(request).await.map_err(|error| match error.message() {
            Some(_) => SendFault::Unsent,
            None => SendFault::Broken,
        })?;
        let (parts, body) = response.into_parts();
        let head = ResponseHead { status: parts.status.as_u16(), fields: from_map(&parts.headers) };
        Ok((head, IncomingBody(body)))
    }
}

/// Fields that a library cannot write are left out; there are none, as both ends were parsed by the same rules.
fn into_map(fields: &Fields) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(fields.len());
    for (name, value) in fields.iter() {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            map.append(name, value);
        }
    }
    map
}

fn from_map(map: &HeaderMap) -> Fields {
    let mut fields = Fields::with_capacity(map.len());
    for (name, value) in map {
        fields.push(name.as_str(), value.as_bytes());
    }
    fields
}
