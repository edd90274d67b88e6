//! The side of the running process.

use super::frames::{self, Frame, Say};
use super::link::{Duties, Link, Progress, Silence};
use super::{Asked, PROTOCOL};
use crate::control::{Reply, send_reply};
use anyhow::{Context as _, bail};
use std::net::SocketAddr;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// For the new process to load everything. The old one serves meanwhile.
const PREPARED_WITHIN: Duration = Duration::from_mins(10);
/// From the pause until the new process serves. Callers wait meanwhile.
const SERVING_WITHIN: Duration = Duration::from_secs(10);

/// Copies of what the new process needs. They are closed here as soon as they are sent.
#[derive(Debug)]
pub(crate) struct Files {
    /// The lock of the data directory.
    pub(crate) lock: OwnedFd,
    /// The listening control socket.
    pub(crate) control: OwnedFd,
    /// The management listener.
    pub(crate) management: OwnedFd,
    /// All sockets of the gateway.
    pub(crate) gateway: Vec<OwnedFd>,
}

/// A new process that is prepared and waits for the pause.
#[derive(Debug)]
pub(crate) struct Ready(UnixStream);

/// Hands over copies of the sockets and waits until the new process is prepared. Changes nothing here.
pub(crate) async fn offer(asked: Asked, files: impl FnOnce() -> anyhow::Result<Files>) -> anyhow::Result<Ready> {
    let Asked { mut stream, protocol } = asked;
    if protocol != PROTOCOL {
        let message = format!(
            "the running server (version {}) and this one cannot take over from each other: stop it and start this one",
            env!("CARGO_PKG_VERSION")
        );
        send_reply(&mut stream, &Reply::Failed(message)).await?;
        bail!("the new process speaks version {protocol} of the takeover protocol, this one {PROTOCOL}");
    }
    send_reply(&mut stream, &Reply::Done(String::new())).await?;
    let files = files()?;
    let gateway_sockets = files.gateway.len();
    frames::send(&mut stream, &Frame::Say(Say::Offer { gateway_sockets })).await?;
    let first = [files.lock.as_fd(), files.control.as_fd(), files.management.as_fd()];
    let all: Vec<_> = first.into_iter().chain(files.gateway.iter().map(|socket| socket.as_fd())).collect();
    frames::send_files(&stream, &all).await?;
    drop(files);
    match timeout(PREPARED_WITHIN, frames::receive(&mut stream)).await.context("it does not get ready")?? {
        Frame::Say(Say::Ready) => Ok(Ready(stream)),
        Frame::Say(_) | Frame::Windows(_) => bail!("it says something else than that it is ready"),
    }
}

impl Ready {
    /// Starts the connection by which both processes hold the same. To be called in the pause, before the windows are
    /// collected: what is committed later is asked of the new process, what was committed before it reads itself.
    pub(crate) fn link(self, duties: Duties) -> Departure {
        let (windows, first) = oneshot::channel();
        let (link, sending) = Link::start(self.0, duties, Silence::Report, Some(first));
        Departure { link, sending, windows: Some(windows) }
    }
}

/// The connection to the process that takes over.
#[derive(Debug)]
pub(crate) struct Departure {
    /// What is said on it.
    pub(crate) link: Arc<Link>,
    sending: JoinHandle<()>,
    windows: Option<oneshot::Sender<Frame>>,
}

impl Departure {
    /// Gives the windows and waits until the new process serves. Tells at which addresses.
    pub(crate) async fn give(&mut self, windows: Vec<u8>) -> anyhow::Result<Vec<SocketAddr>> {
        // Refused: the new process is gone, as will show at once.
        let _gone = self.windows.take().map(|first| first.send(Frame::Windows(windows)));
        let serving = |progress: &Progress| matches!(progress, Progress::Serving(_));
        match timeout(SERVING_WITHIN, self.link.wait_for(serving)).await.context("it does not serve in time")? {
            Progress::Serving(addresses) => Ok(addresses),
            Progress::Begun | Progress::Committed => bail!("it ended"),
        }
    }

    /// Confirms that this process ends.
    pub(crate) async fn commit(&self) {
        self.link.send(Frame::Say(Say::Committed)).await;
    }

    /// Ends the connection, after all that is still to be said.
    pub(crate) async fn close(self) {
        drop(self.link);
        // The new process may be gone.
        let _gone = timeout(SERVING_WITHIN, self.sending).await;
    }
}
