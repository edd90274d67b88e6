//! The socket of an upstream connection: held by whoever speaks on it and by the pool, which looks at it before use.

use socket2::SockRef;
use std::cell::Cell;
use std::future::Future;
use std::io;
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// The socket.
pub(crate) struct Link {
    tcp: TcpStream,
    write_limit: Cell<Duration>,
}

impl Link {
    pub(super) fn new(tcp: TcpStream) -> Self {
        Self { tcp, write_limit: Cell::new(Duration::from_mins(1)) }
    }

    /// How long the upstream may refuse to take anything.
    pub(super) fn set_write_limit(&self, limit: Duration) {
        self.write_limit.set(limit);
    }

    /// Whether the idle connection is open and silent: neither its end nor an answer to nothing has arrived.
    pub(super) fn is_quiet(&self) -> bool {
        let mut byte = [MaybeUninit::uninit()];
        let seen = SockRef::from(&self.tcp).peek(&mut byte);
        seen.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }
}

/// Reads and writes on a link.
pub(super) struct LinkStream {
    link: Rc<Link>,
    write_stall: Option<Pin<Box<Sleep>>>,
}

impl LinkStream {
    pub(super) fn new(link: Rc<Link>) -> Self {
        Self { link, write_stall: None }
    }

    fn poll_write_with(
        &mut self,
        ctx: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            if self.link.tcp.poll_write_ready(ctx)?.is_pending() {
                let limit = self.link.write_limit.get();
                let stall = self.write_stall.get_or_insert_with(|| Box::pin(sleep(limit)));
                ready!(stall.as_mut().poll(ctx));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            match write(&self.link.tcp) {
                Err(blocked) if blocked.kind() == io::ErrorKind::WouldBlock => {}
                written => {
                    self.write_stall = None;
                    return Poll::Ready(written);
                }
            }
        }
    }
}

impl AsyncRead for LinkStream {
    fn poll_read(self: Pin<&mut Self>, ctx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.link.tcp.poll_read_ready(ctx))?;
            match self.link.tcp.try_read_buf(out) {
                Err(blocked) if blocked.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read.map(|_| ())),
            }
        }
    }
}

impl AsyncWrite for LinkStream {
    fn poll_write(self: Pin<&mut Self>, ctx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().poll_write_with(ctx, |tcp| tcp.try_write(data))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_write_with(ctx, |tcp| tcp.try_write_vectored(parts))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(SockRef::from(&self.link.tcp).shutdown(Shutdown::Write))
    }
}
