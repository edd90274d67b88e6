//! A caller's connection: heads are read, requests handled one after another, answers written.
//!
//! Waits: one timer for the head and for idle connections; what is written has its limit in `wire.rs`, bodies theirs in
//! `upload.rs` and `answer.rs`. While a request is handled, a caller that goes away is noticed and ends it.

use super::answer_head::{self, AnswersTo, Outgoing};
use super::goodbye;
use super::inbound::{CallerBody, Inbound};
use super::outbox::{Coding, Outbox};
use super::request_head::{RequestScan, ScannedRequest};
use crate::answer::{Answer, AnswerBody};
use crate::connection::CallerFacts;
use crate::lazy_timer::LazyTimer;
use crate::seam::{Chunk, ChunkStream, IncomingBody};
use crate::tunnel;
use crate::turn::Turn;
use crate::upload::DRAIN_BYTES;
use crate::wire::Wire;
use crate::worker_state::Worker;
use crate::{pipeline, refusal};
use bytes::{Buf, BytesMut};
use domain::denial::Denial;
use domain::method::Method;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Empty lines that are forgiven before a request (RFC 9112 2.2).
const BLANK_LINES: u8 = 4;
/// What a caller of HTTP/2 sends first (RFC 9113 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How long a short body that nobody wanted is read away.
const DRAIN_WAIT: Duration = Duration::from_secs(2);

/// How HTTP/1 ended on a connection.
pub(crate) enum Switched {
    /// The connection is over.
    Ended,
    /// HTTP/2 goes on, with these bytes before all others.
    Http2(BytesMut),
}

/// Serves a connection on which nothing was written yet.
pub(crate) async fn serve(worker: &Rc<Worker>, wire: &Rc<Wire>, facts: &Rc<CallerFacts>) -> Switched {
    wire.set_write_limit(worker.config().stream_idle);
    let mut caller = Caller {
        worker: Rc::clone(worker),
        inbound: Inbound::new(Rc::clone(wire), BytesMut::new()),
        wire: Rc::clone(wire),
        facts: Rc::clone(facts),
        scan: RequestScan::default(),
        head: Vec::new(),
        out: Outbox::default(),
        timer: LazyTimer::default(),
        is_first: true,
    };
    caller.run().await
}

struct Caller {
    worker: Rc<Worker>,
    wire: Rc<Wire>,
    inbound: Rc<Inbound>,
    facts: Rc<CallerFacts>,
    scan: RequestScan,
    /// The head of the request that is handled.
    head: Vec<u8>,
    out: Outbox,
    timer: LazyTimer,
    is_first: bool,
}

/// What comes next on a connection.
enum Next {
    Request(ScannedRequest),
    Http2,
    /// A head that cannot be read.
    Refused(Denial),
    /// The caller has ended, or waited too long.
    End,
}

/// What becomes of a connection after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Next,
    /// It ends in order.
    End,
    /// It breaks off.
    Break,
}

impl Caller {
    async fn run(&mut self) -> Switched {
        loop {
            let is_first = self.is_first;
            match self.next_head().await {
                // It waited long, and its caller has left since.
                Next::Request(_) if is_first && self.worker.overload().is_behind() && self.is_gone().await => break,
                Next::Request(scanned) => match self.answer_one(scanned).await {
                    After::Next => {}
                    After::End => break,
                    After::Break => return Switched::Ended,
                },
                Next::Http2 => return Switched::Http2(self.inbound.with_buffer(std::mem::take)),
                Next::Refused(denial) => {
                    let answer = refusal::unreadable(&self.worker, self.facts.peer, denial);
                    let to = AnswersTo { method: None, version: crate::seam::Version::Http11, persists: false };
                    if self.write(answer, to).await == After::Break {
                        return Switched::Ended;
                    }
                    break;
                }
                Next::End => break,
            }
        }
        let rest = self.inbound.with_buffer(std::mem::take);
        Box::pin(goodbye::say(&self.wire, rest, self.inbound.saw_end())).await;
        Switched::Ended
    }

    /// Whether the caller has left already.
    async fn is_gone(&self) -> bool {
        poll_fn(|ctx| Poll::Ready(self.inbound.poll_gone(ctx).is_ready())).await
    }

    async fn next_head(&mut self) -> Next {
        let config = self.worker.config();
        let (head_read, keep_alive) = (config.head_read, config.keep_alive);
        let has_begun = self.is_first || self.inbound.with_buffer(|buffer| !buffer.is_empty());
        self.timer.set(Instant::now() + if has_begun { head_read } else { keep_alive });
        let mut blank_lines = 0;
        let next = poll_fn(|ctx| self.poll_head(ctx, head_read, &mut blank_lines)).await;
        self.timer.clear();
        self.is_first = false;
        next
    }

    fn poll_head(&mut self, ctx: &mut Context<'_>, head_read: Duration, blank_lines: &mut u8) -> Poll<Next> {
        loop {
            let (scan, is_first) = (&mut self.scan, self.is_first);
            let (found, is_empty) = self.inbound.with_buffer(|buffer| {
                while buffer.starts_with(b"\r\n") && *blank_lines < BLANK_LINES {
                    buffer.advance(2);
                    *blank_lines += 1;
                }
                (scanned(scan, buffer, is_first), buffer.is_empty())
            });
            if let Some(next) = found {
                return Poll::Ready(next);
            }
            match self.inbound.poll_more(ctx) {
                Poll::Ready(Ok(1..)) if is_empty => self.timer.set(Instant::now() + head_read),
                Poll::Ready(Ok(1..)) => {}
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Next::End),
                Poll::Pending => {
                    std::task::ready!(self.timer.poll(ctx));
                    return Poll::Ready(if is_empty { Next::End } else { Next::Refused(Denial::RequestTimeout) });
                }
            }
        }
    }

    async fn answer_one(&mut self, scanned: ScannedRequest) -> After {
        self.head.clear();
        self.inbound.with_buffer(|buffer| {
            self.head.extend_from_slice(buffer.get(..scanned.length).unwrap_or_default());
            buffer.advance(scanned.length);
        });
        self.inbound.begin(scanned.framing, scanned.expects_continue);
        let fields = self.scan.fields(&self.head);
        let request = self.scan.request(&self.head, &fields);
        let method = Method::from_token(request.method);
        let to = AnswersTo { method, version: request.version, persists: scanned.persists };
        let body = IncomingBody::Caller(CallerBody(Rc::clone(&self.inbound)));
        let answer = {
            let mut handling = pin!(pipeline::handle(&self.worker, &self.facts, &request, body));
            let inbound = &self.inbound;
            poll_fn(|ctx| match handling.as_mut().poll(ctx) {
                Poll::Ready(answer) => Poll::Ready(Some(answer)),
                Poll::Pending => inbound.poll_gone(ctx).map(|()| None),
            })
            .await
        };
        self.scan.clear();
        let Some(answer) = answer else { return After::Break };
        self.write(answer, to).await
    }

    async fn write(&mut self, answer: Answer, to: AnswersTo) -> After {
        let Answer { head, mut body } = answer;
        let begun = self.inbound.answer_begins();
        let front = self.out.front();
        front.extend_from_slice(begun);
        let date = self.worker.http_date();
        if let Some(tunnel) = body.take_tunnel() {
            answer_head::push_switching(front, head.status, &head.fields, &date);
            let ahead = self.inbound.with_buffer(std::mem::take);
            let early = std::mem::take(self.out.front());
            Box::pin(tunnel::run(&self.wire, ahead, &early, tunnel, &body)).await;
            body.complete();
            return After::Break;
        }
        let outgoing = answer_head::push(front, head.status, &head.fields, body.exact_length(), to, &date);
        drop(head);
        if self.write_out(&mut body, outgoing).await.is_err() {
            if outgoing.ends_with_connection {
                // An end would look like the end of the answer.
                self.wire.reset_at_close();
            }
            return After::Break;
        }
        body.complete();
        drop(body);
        if outgoing.persists && self.is_read_away().await { After::Next } else { After::End }
    }

    async fn write_out(&mut self, body: &mut AnswerBody, outgoing: Outgoing) -> Result<(), Broken> {
        let (out, wire, inbound) = (&mut self.out, &self.wire, &self.inbound);
        let mut coding = outgoing.body;
        let mut turn = Turn::default();
        poll_fn(|ctx| {
            loop {
                let asked = poll_body(body, &mut coding, out, ctx);
                ready!(turn.poll_last(ctx));
                match (out.poll_write(wire, ctx), asked) {
                    (_, Err(Broken)) | (Poll::Ready(Err(_)), _) => return Poll::Ready(Err(Broken)),
                    (Poll::Ready(Ok(())), Ok(Asked::Ended)) => return Poll::Ready(Ok(())),
                    // There is room again.
                    (Poll::Ready(Ok(())), Ok(Asked::Full)) => continue,
                    (Poll::Pending, _) if body.poll_cut(ctx).is_ready() => return Poll::Ready(Err(Broken)),
                    (Poll::Ready(Ok(())), Ok(Asked::Pending)) | (Poll::Pending, _) => {}
                }
                return inbound.poll_gone(ctx).map(|()| Err(Broken));
            }
        })
        .await
    }

    /// Whether nothing of the request's body is left: a short one is read away, a long or endless one is not, nor one
    /// that the caller asked leave to send.
    async fn is_read_away(&self) -> bool {
        if self.inbound.is_read() {
            return true;
        }
        if self.inbound.waits_for_leave() || self.inbound.unread().is_none_or(|left| left > DRAIN_BYTES) {
            return false;
        }
        let mut rest = CallerBody(Rc::clone(&self.inbound));
        let read_away = async { while let Some(Ok(_)) = poll_fn(|ctx| rest.poll_chunk(ctx)).await {} };
        timeout(DRAIN_WAIT, read_away).await.is_ok() && self.inbound.is_read()
    }
}

/// What the first bytes of a connection, or of a request, are.
fn scanned(scan: &mut RequestScan, buffer: &[u8], is_first: bool) -> Option<Next> {
    if is_first && !buffer.is_empty() {
        if buffer.starts_with(HTTP2_PREFACE) {
            return Some(Next::Http2);
        }
        if HTTP2_PREFACE.starts_with(buffer) {
            return None;
        }
    }
    if buffer.is_empty() {
        return None;
    }
    match scan.advance(buffer) {
        Ok(head) => head.map(Next::Request),
        Err(denial) => Some(Next::Refused(denial)),
    }
}

/// The answer broke off.
struct Broken;

/// How asking for more of a body ended.
enum Asked {
    Pending,
    /// Enough waits to be written.
    Full,
    Ended,
}

/// Moves what there is of the body to what is to be written. `coding` is taken away at the body's end.
fn poll_body(
    body: &mut AnswerBody,
    coding: &mut Option<Coding>,
    out: &mut Outbox,
    ctx: &mut Context<'_>,
) -> Result<Asked, Broken> {
    while let Some(coded) = *coding {
        if !out.has_room() {
            return Ok(Asked::Full);
        }
        let ended = match body.poll_chunk(ctx) {
            Poll::Pending => return Ok(Asked::Pending),
            Poll::Ready(Some(Ok(Chunk::Data(data)))) => {
                out.push_chunk(data, coded);
                continue;
            }
            Poll::Ready(Some(Ok(Chunk::Trailers(fields)))) => Some(fields),
            Poll::Ready(Some(Err(_))) => return Err(Broken),
            Poll::Ready(None) => None,
        };
        *coding = None;
        if coded == Coding::Chunked {
            out.push_last_chunk(ended.as_ref());
        }
    }
    Ok(Asked::Ended)
}
