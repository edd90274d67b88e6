//! A caller's connection as the HTTP library sees it.
//!
//! Reading: a head is collected here, checked, and handed up whole; then its body passes through; the next head is
//! not handed up before the answer to this one was written. So whatever is written while a head is handed up and
//! nobody has taken it is the library's own refusal: it is swallowed, and the gateway answers instead.
//!
//! Waits: one timer for the head and for idle connections, one for a caller that does not take what is written.

use super::chunk_scan::ChunkScan;
use super::goodbye::Goodbye;
use super::head_scan::{Framing, HeadScan, MAX_HEAD_BYTES};
use super::state::{CallerState, Phase};
use bytes::{Buf, BytesMut};
use domain::denial::Denial;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// Room for one read.
const FILL_BYTES: usize = 8 * 1024;
/// Empty lines that are forgiven before a request.
const BLANK_LINES: u8 = 4;

/// Waits towards a caller.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallerTimeouts {
    pub(crate) head_read: Duration,
    pub(crate) keep_alive: Duration,
    pub(crate) write: Duration,
}

/// The connection.
pub(crate) struct CallerStream {
    tcp: TcpStream,
    state: Rc<CallerState>,
    timeouts: CallerTimeouts,
    /// Bytes of a head that is not complete, or of what came after a body.
    buffer: BytesMut,
    reading: Reading,
    scan: HeadScan,
    blank_lines: u8,
    /// For the head, or for the connection while it is idle. Runs only in between requests.
    patience: Option<Pin<Box<Sleep>>>,
    write_stall: Option<Pin<Box<Sleep>>>,
    saw_end: bool,
}

enum Reading {
    Head,
    /// This many bytes of a checked head are to be handed up, then its body.
    Release(usize, Framing),
    Length(u64),
    Chunked(ChunkScan),
}

impl CallerStream {
    pub(crate) fn new(tcp: TcpStream, state: Rc<CallerState>, timeouts: CallerTimeouts) -> Self {
        Self {
            tcp,
            state,
            timeouts,
            buffer: BytesMut::new(),
            reading: Reading::Head,
            scan: HeadScan::default(),
            blank_lines: 0,
            patience: Some(Box::pin(sleep(timeouts.head_read))),
            write_stall: None,
            saw_end: false,
        }
    }

    /// Gives the socket back for the goodbye.
    pub(crate) fn into_goodbye(self) -> Goodbye {
        Goodbye { tcp: self.tcp, write_limit: self.timeouts.write, saw_end: self.saw_end }
    }

    /// Reads what has come into the buffer; how much it was.
    fn poll_fill(&mut self, ctx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.buffer.reserve(FILL_BYTES);
        loop {
            ready!(self.tcp.poll_read_ready(ctx))?;
            match self.tcp.try_read_buf(&mut self.buffer) {
                Ok(n) => {
                    self.saw_end = n == 0;
                    return Poll::Ready(Ok(n));
                }
                Err(blocked) if blocked.kind() == io::ErrorKind::WouldBlock => {}
                Err(broken) => return Poll::Ready(Err(broken)),
            }
        }
    }

    /// In between requests: waits for a head. `Ready` means that reading goes on or has ended.
    fn poll_head(&mut self, ctx: &mut Context<'_>) -> Poll<io::Result<HeadStep>> {
        loop {
            if self.state.fault().is_some() || self.saw_end {
                return Poll::Ready(Ok(HeadStep::End));
            }
            if self.state.phase() != Phase::Idle {
                return self.poll_while_busy(ctx);
            }
            // A line end before a request is forgiven (RFC 9112 2.2), a stream of them is not.
            while self.buffer.starts_with(b"\r\n") && self.blank_lines < BLANK_LINES {
                self.buffer.advance(2);
                self.blank_lines += 1;
            }
            if !self.buffer.is_empty() {
                match self.scan.advance(&self.buffer) {
                    Ok(Some(head)) => {
                        self.state.release(self.buffer.get(head.target).unwrap_or_default());
                        self.scan = HeadScan::default();
                        self.blank_lines = 0;
                        self.patience = None;
                        self.reading = Reading::Release(head.length, head.framing);
                        return Poll::Ready(Ok(HeadStep::Released));
                    }
                    Ok(None) => {}
                    Err(denial) => {
                        self.state.set_fault(denial);
                        continue;
                    }
                }
            }
            let was_empty = self.buffer.is_empty();
            match self.poll_fill(ctx)? {
                Poll::Ready(_) if was_empty => self.set_patience(self.timeouts.head_read),
                Poll::Ready(_) => {}
                Poll::Pending => {
                    let wait = if was_empty { self.timeouts.keep_alive } else { self.timeouts.head_read };
                    let patience = self.patience.get_or_insert_with(|| Box::pin(sleep(wait)));
                    ready!(patience.as_mut().poll(ctx));
                    if was_empty {
                        return Poll::Ready(Ok(HeadStep::End));
                    }
                    self.state.set_fault(Denial::RequestTimeout);
                }
            }
        }
    }

    /// While a request is answered: nothing is handed up, but a caller that goes away is noticed.
    fn poll_while_busy(&mut self, ctx: &mut Context<'_>) -> Poll<io::Result<HeadStep>> {
        self.state.wake_on_flush(ctx.waker());
        while self.buffer.len() < MAX_HEAD_BYTES {
            if ready!(self.poll_fill(ctx))? == 0 {
                return Poll::Ready(Ok(HeadStep::End));
            }
        }
        Poll::Pending
    }

    fn set_patience(&mut self, wait: Duration) {
        match &mut self.patience {
            Some(patience) => patience.as_mut().reset(Instant::now() + wait),
            None => self.patience = Some(Box::pin(sleep(wait))),
        }
    }

    /// Takes buffered bytes for a body, at most `limit`.
    fn take_buffered(&mut self, out: &mut ReadBuf<'_>, limit: usize) -> usize {
        let n = limit.min(self.buffer.len()).min(out.remaining());
        out.put_slice(self.buffer.get(..n).unwrap_or_default());
        self.buffer.advance(n);
        n
    }

    fn poll_length(&mut self, ctx: &mut Context<'_>, out: &mut ReadBuf<'_>, left: u64) -> Poll<io::Result<()>> {
        let limit = usize::try_from(left).unwrap_or(usize::MAX);
        let before = out.filled().len();
        if !self.buffer.is_empty() {
            self.take_buffered(out, limit);
        } else if limit >= out.remaining() {
            ready!(Pin::new(&mut self.tcp).poll_read(ctx, out))?;
        } else {
            let mut part = ReadBuf::new(out.initialize_unfilled_to(limit));
            ready!(Pin::new(&mut self.tcp).poll_read(ctx, &mut part))?;
            let n = part.filled().len();
            out.advance(n);
        }
        let n = out.filled().len() - before;
        self.saw_end = n == 0;
        self.reading = Reading::Length(left - u64::try_from(n).unwrap_or(left));
        Poll::Ready(Ok(()))
    }

    fn poll_chunked(&mut self, ctx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.buffer.is_empty() && ready!(self.poll_fill(ctx))? == 0 {
            return Poll::Ready(Ok(()));
        }
        let limit = self.buffer.len().min(out.remaining());
        let Reading::Chunked(scan) = &mut self.reading else { return Poll::Ready(Ok(())) };
        let malformed = |_| io::Error::new(io::ErrorKind::InvalidData, "malformed chunked body");
        let own = scan.advance(self.buffer.get(..limit).unwrap_or_default()).map_err(malformed)?;
        if scan.is_done() {
            self.reading = Reading::Head;
        }
        self.take_buffered(out, own);
        Poll::Ready(Ok(()))
    }

    fn poll_write_with(
        &mut self,
        ctx: &mut Context<'_>,
        length: usize,
        write: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if self.state.phase() == Phase::Released {
            self.state.set_fault(Denial::BadFraming);
            return Poll::Ready(Ok(length));
        }
        match write(Pin::new(&mut self.tcp), ctx) {
            Poll::Ready(written) => {
                self.write_stall = None;
                Poll::Ready(written)
            }
            Poll::Pending if self.state.is_cut() => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
            Poll::Pending => {
                let limit = self.timeouts.write;
                let stall = self.write_stall.get_or_insert_with(|| Box::pin(sleep(limit)));
                ready!(stall.as_mut().poll(ctx));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
        }
    }
}

enum HeadStep {
    Released,
    End,
}

impl AsyncRead for CallerStream {
    fn poll_read(self: Pin<&mut Self>, ctx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            match this.reading {
                Reading::Length(0) => this.reading = Reading::Head,
                Reading::Length(left) => return this.poll_length(ctx, out, left),
                Reading::Chunked(_) => return this.poll_chunked(ctx, out),
                Reading::Release(left, framing) => {
                    let n = this.take_buffered(out, left);
                    this.reading = match (left - n, framing) {
                        (0, Framing::Length(length)) => Reading::Length(length),
                        (0, Framing::Chunked) => Reading::Chunked(ChunkScan::new()),
                        (left, framing) => Reading::Release(left, framing),
                    };
                    return Poll::Ready(Ok(()));
                }
                Reading::Head => match ready!(this.poll_head(ctx))? {
                    HeadStep::Released => {}
                    HeadStep::End => return Poll::Ready(Ok(())),
                },
            }
        }
    }
}

impl AsyncWrite for CallerStream {
    fn poll_write(self: Pin<&mut Self>, ctx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().poll_write_with(ctx, data.len(), |tcp, ctx| tcp.poll_write(ctx, data))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = parts.iter().map(|part| part.len()).sum();
        self.get_mut().poll_write_with(ctx, length, |tcp, ctx| tcp.poll_write_vectored(ctx, parts))
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.tcp).poll_flush(ctx))?;
        this.state.flushed();
        Poll::Ready(Ok(()))
    }

    /// The library is done. What is left to do is [`Goodbye`]'s.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
