//! One connection as a stream of bytes, to a caller or to an upstream, plain or in TLS.
//!
//! Shared by whoever speaks on it (`Rc`): reading and writing go on independently, on one thread, never nested. A peer
//! that takes nothing for too long, or too little of it, makes writing fail (`wire/stall.rs`); everything else that is
//! waited for has its timer where it is waited for.

mod stall;

use self::stall::Stall;
use bytes::BytesMut;
use socket2::SockRef;
use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::{client, server};
use tokio_util::io::poll_read_buf;

/// How long a peer may take nothing, until it is told otherwise.
const WRITE_LIMIT: Duration = Duration::from_mins(1);

/// The connection.
pub(crate) struct Wire {
    io: RefCell<Io>,
    write_limit: Cell<Duration>,
    /// While the peer is behind with what is written.
    stall: RefCell<Option<Box<Stall>>>,
}

enum Io {
    Plain(TcpStream),
    Server(Box<server::TlsStream<TcpStream>>),
    Client(Box<client::TlsStream<TcpStream>>),
}

/// Does the same with whichever stream it is.
macro_rules! on_stream {
    ($io:expr, $stream:ident => $work:expr) => {
        match &mut *$io.borrow_mut() {
            Io::Plain($stream) => $work,
            Io::Server($stream) => $work,
            Io::Client($stream) => $work,
        }
    };
}

impl Wire {
    /// A plain connection.
    pub(crate) fn plain(tcp: TcpStream) -> Rc<Self> {
        Self::new(Io::Plain(tcp))
    }

    /// A caller's connection after its handshake.
    pub(crate) fn tls_server(tls: server::TlsStream<TcpStream>) -> Rc<Self> {
        Self::new(Io::Server(Box::new(tls)))
    }

    /// A connection to an upstream after its handshake.
    pub(crate) fn tls_client(tls: client::TlsStream<TcpStream>) -> Rc<Self> {
        Self::new(Io::Client(Box::new(tls)))
    }

    fn new(io: Io) -> Rc<Self> {
        Rc::new(Self { io: RefCell::new(io), write_limit: Cell::new(WRITE_LIMIT), stall: RefCell::default() })
    }

    /// How long the peer may take nothing of what is written.
    pub(crate) fn set_write_limit(&self, limit: Duration) {
        self.write_limit.set(limit);
    }

    /// Appends what comes to `buffer`, at least one byte and at most what it has room for; 0: the peer has ended.
    pub(crate) fn poll_read(&self, ctx: &mut Context<'_>, buffer: &mut BytesMut) -> Poll<io::Result<usize>> {
        on_stream!(self.io, stream => poll_read_buf(Pin::new(stream), ctx, buffer))
    }

    /// Writes some of `data`.
    pub(crate) fn poll_write(&self, ctx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let written = on_stream!(self.io, stream => Pin::new(stream).poll_write(ctx, data));
        self.unless_stalled(ctx, written)
    }

    /// Writes some of the parts, in order.
    pub(crate) fn poll_write_vectored(&self, ctx: &mut Context<'_>, parts: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = on_stream!(self.io, stream => Pin::new(stream).poll_write_vectored(ctx, parts));
        self.unless_stalled(ctx, written)
    }

    /// Sends what TLS holds back. Nothing to do on a plain connection.
    pub(crate) fn poll_flush(&self, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_plain() {
            return Poll::Ready(Ok(()));
        }
        let flushed = on_stream!(self.io, stream => Pin::new(stream).poll_flush(ctx));
        self.unless_stalled(ctx, flushed)
    }

    /// Ends the writing side.
    pub(crate) fn poll_shutdown(&self, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = on_stream!(self.io, stream => Pin::new(stream).poll_shutdown(ctx));
        self.unless_stalled(ctx, ended)
    }

    /// Whether nothing was heard of the idle connection: neither its end nor an answer to nothing. Costs no system
    /// call; what has only just arrived is not seen.
    pub(crate) fn seems_quiet(&self) -> bool {
        self.tcp(|tcp| tcp.poll_read_ready(&mut Context::from_waker(Waker::noop())).is_pending())
    }

    /// Whether the idle connection is open and silent at this moment: neither its end nor an answer to nothing has
    /// arrived. One system call.
    pub(crate) fn is_quiet(&self) -> bool {
        self.tcp(|tcp| {
            let mut byte = [MaybeUninit::uninit()];
            let seen = SockRef::from(tcp).peek(&mut byte);
            seen.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
        })
    }

    /// Whether bytes pass as they are.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(*self.io.borrow(), Io::Plain(_))
    }

    /// Closing it will tell the peer that something broke, instead of that it has ended.
    pub(crate) fn reset_at_close(&self) {
        // With a socket that is gone already there is nothing to tell.
        let _gone = self.tcp(|tcp| SockRef::from(tcp).set_linger(Some(Duration::ZERO)));
    }

    fn tcp<T>(&self, look: impl FnOnce(&TcpStream) -> T) -> T {
        match &*self.io.borrow() {
            Io::Plain(tcp) => look(tcp),
            Io::Server(tls) => look(tls.get_ref().0),
            Io::Client(tls) => look(tls.get_ref().0),
        }
    }

    /// A peer that is behind is given up in the end. There is nothing to keep of one that is not.
    fn unless_stalled<T: Taken>(&self, ctx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        let mut stall = self.stall.borrow_mut();
        match &outcome {
            Poll::Ready(Ok(taken)) => {
                if stall.as_mut().is_some_and(|stall| stall.took(taken.bytes())) {
                    *stall = None;
                }
                return outcome;
            }
            Poll::Ready(Err(_)) => return outcome,
            Poll::Pending => {}
        }
        let stall = stall.get_or_insert_with(|| Box::new(Stall::new(self.write_limit.get())));
        ready!(stall.poll_given_up(ctx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

/// What a peer took of what is written.
trait Taken {
    fn bytes(&self) -> usize;
}

impl Taken for usize {
    fn bytes(&self) -> usize {
        *self
    }
}

impl Taken for () {
    fn bytes(&self) -> usize {
        0
    }
}

/// The connection as a library sees it. Clones speak on the same connection.
#[derive(Clone)]
pub(crate) struct WireIo(pub(crate) Rc<Wire>);

impl AsyncRead for WireIo {
    fn poll_read(self: Pin<&mut Self>, ctx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        on_stream!(self.0.io, stream => Pin::new(stream).poll_read(ctx, out))
    }
}

impl AsyncWrite for WireIo {
    fn poll_write(self: Pin<&mut Self>, ctx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.0.poll_write(ctx, data)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0.poll_write_vectored(ctx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_flush(ctx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_shutdown(ctx)
    }
}
