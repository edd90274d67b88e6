//! An answer to a caller: a head and a body, made here or streamed from an upstream.

use crate::access_log::Line;
use crate::headers;
use crate::in_flight::Admitted;
use crate::seam::{BrokenBody, Chunk, ChunkStream, IncomingBody, ResponseHead};
use crate::tunnel::Tunnel;
use crate::upload::Upload;
use crate::upstream::Lease;
use crate::worker_state::Slot;
use bytes::Bytes;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// What a caller gets.
pub(crate) struct Answer {
    pub(crate) head: ResponseHead,
    pub(crate) body: AnswerBody,
}

/// The body of an answer. Holds the request's place among those in flight to its end.
pub(crate) struct AnswerBody {
    content: Content,
    /// The request that it answers, if that may be cut.
    admitted: Option<Rc<Admitted>>,
    slot: Option<Slot>,
    /// The line of the access log, which is written when this is dropped.
    line: Option<Line>,
}

enum Content {
    Whole(Bytes),
    Streamed(Box<Streamed>),
    /// What follows a 101.
    Tunnel(Option<Box<Tunnel>>),
}

/// A body that comes from an upstream.
pub(crate) struct Streamed {
    body: IncomingBody,
    upload: Upload,
    /// The connection it comes on; given back at the end of the body.
    lease: Option<Lease>,
    idle: Duration,
    idle_timer: Option<Pin<Box<Sleep>>>,
}

impl Answer {
    /// An answer that is at hand whole.
    pub(crate) fn whole(head: ResponseHead, body: impl Into<Bytes>) -> Self {
        Self { head, body: AnswerBody { content: Content::Whole(body.into()), admitted: None, slot: None, line: None } }
    }

    /// An answer that comes from an upstream.
    pub(crate) fn streamed(head: ResponseHead, body: Streamed) -> Self {
        Self {
            head,
            body: AnswerBody { content: Content::Streamed(Box::new(body)), admitted: None, slot: None, line: None },
        }
    }

    /// A 101, and what follows it.
    pub(crate) fn switching(head: ResponseHead, tunnel: Tunnel) -> Self {
        let content = Content::Tunnel(Some(Box::new(tunnel)));
        Self { head, body: AnswerBody { content, admitted: None, slot: None, line: None } }
    }

    /// Names the request that it answers: when that is cut, the answer breaks off.
    pub(crate) fn of(mut self, admitted: Rc<Admitted>) -> Self {
        self.body.admitted = Some(admitted);
        self
    }

    /// Gives it its line of the access log.
    pub(crate) fn logging(mut self, line: Option<Line>) -> Self {
        self.body.line = line;
        self
    }

    /// Keeps the request's place until the answer has gone.
    pub(crate) fn holding(mut self, slot: Slot) -> Self {
        self.body.slot = Some(slot);
        self
    }
}

impl Streamed {
    /// `idle` bounds the wait between two parts.
    pub(crate) fn new(body: IncomingBody, upload: Upload, lease: Lease, idle: Duration) -> Self {
        let mut streamed = Self { body, upload, lease: Some(lease), idle, idle_timer: None };
        if streamed.body.is_finished() {
            streamed.give_back();
        }
        streamed
    }

    fn poll_chunk(&mut self, ctx: &mut Context<'_>) -> Poll<Option<Result<Chunk, BrokenBody>>> {
        match self.body.poll_chunk(ctx) {
            Poll::Ready(next) => {
                self.idle_timer = None;
                if next.is_none() || self.body.is_finished() {
                    self.give_back();
                }
                Poll::Ready(next.map(|chunk| {
                    chunk.map(|chunk| match chunk {
                        Chunk::Data(data) => Chunk::Data(data),
                        Chunk::Trailers(fields) => Chunk::Trailers(headers::answer::trailers(&fields)),
                    })
                }))
            }
            Poll::Pending => {
                let idle = self.idle;
                let timer = self.idle_timer.get_or_insert_with(|| Box::pin(sleep(idle)));
                timer.as_mut().poll(ctx).map(|()| Some(Err(BrokenBody)))
            }
        }
    }

    /// The connection is free for another request, if the request on it was sent to its end.
    fn give_back(&mut self) {
        if let Some(lease) = self.lease.take()
            && self.upload.is_finished()
        {
            lease.give_back();
        }
    }
}

impl AnswerBody {
    /// To be called when the answer was written whole.
    pub(crate) fn complete(&mut self) {
        if let Some(line) = &mut self.line {
            line.complete();
        }
    }

    /// The request that it answers, if that may be cut.
    pub(crate) fn admitted(&self) -> Option<Rc<Admitted>> {
        self.admitted.clone()
    }

    /// Ready once the request that it answers is cut.
    pub(crate) fn poll_cut(&self, ctx: &Context<'_>) -> Poll<()> {
        match &self.admitted {
            Some(admitted) => admitted.poll_cut(ctx).map(|_| ()),
            None => Poll::Pending,
        }
    }

    /// What follows the head of a 101.
    pub(crate) fn take_tunnel(&mut self) -> Option<Tunnel> {
        match &mut self.content {
            Content::Tunnel(tunnel) => tunnel.take().map(|tunnel| *tunnel),
            Content::Whole(_) | Content::Streamed(_) => None,
        }
    }
}

impl ChunkStream for AnswerBody {
    fn poll_chunk(&mut self, ctx: &mut Context<'_>) -> Poll<Option<Result<Chunk, BrokenBody>>> {
        if self.poll_cut(ctx).is_ready() {
            return Poll::Ready(Some(Err(BrokenBody)));
        }
        let next = match &mut self.content {
            Content::Whole(body) if body.is_empty() => Poll::Ready(None),
            Content::Whole(body) => Poll::Ready(Some(Ok(Chunk::Data(std::mem::take(body))))),
            Content::Streamed(streamed) => streamed.poll_chunk(ctx),
            Content::Tunnel(_) => Poll::Ready(None),
        };
        if let (Some(line), Poll::Ready(Some(Ok(Chunk::Data(data))))) = (&mut self.line, &next) {
            line.add_sent(data.len());
        }
        next
    }

    fn is_finished(&self) -> bool {
        match &self.content {
            Content::Whole(body) => body.is_empty(),
            Content::Streamed(streamed) => streamed.body.is_finished(),
            Content::Tunnel(_) => true,
        }
    }

    fn exact_length(&self) -> Option<u64> {
        match &self.content {
            Content::Whole(body) => u64::try_from(body.len()).ok(),
            Content::Streamed(streamed) => streamed.body.exact_length(),
            Content::Tunnel(_) => None,
        }
    }
}
