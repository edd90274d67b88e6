//! The side of the process that takes over.

use super::PROTOCOL;
use super::frames::{self, Frame, Say};
use super::link::{Duties, Link, Progress, Silence};
use crate::control::{Reply, Request};
use crate::data_dir::control_socket;
use anyhow::{Context as _, anyhow, bail};
use rustix::process::Pid;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// For the running process to answer: it may itself have taken over just now and wait for its own former process.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);
/// For the running process to pause, and to confirm.
const STEP_WITHIN: Duration = Duration::from_secs(20);
/// Longest answer to the request.
const LONGEST_ANSWER: usize = 4096;

/// What the running process hands over.
#[derive(Debug)]
pub(crate) struct Offer {
    /// The lock of the data directory.
    pub(crate) lock: OwnedFd,
    /// The listening control socket.
    pub(crate) control: UnixListener,
    /// The management listener.
    pub(crate) management: TcpListener,
    /// All sockets of the gateway.
    pub(crate) gateway: Vec<TcpListener>,
}

/// The running process, which waits until this one is prepared.
#[derive(Debug)]
pub(crate) struct Former {
    stream: UnixStream,
    pid: Option<Pid>,
}

/// Asks the server that runs on a data directory to hand over.
pub(crate) async fn ask(data_dir: &Path) -> anyhow::Result<(Former, Offer)> {
    let none = || format!("no server is running in {}", data_dir.display());
    let mut stream = UnixStream::connect(control_socket(data_dir)).await.with_context(none)?;
    let pid = stream.peer_cred().ok().and_then(|peer| peer.pid()).and_then(Pid::from_raw);
    let mut request = serde_json::to_vec(&Request::TakeOver { protocol: PROTOCOL })?;
    request.push(b'\n');
    stream.write_all(&request).await.context("the running server broke off")?;
    let answer =
        timeout(ANSWER_WITHIN, read_line(&mut stream)).await.context("the running server does not answer")??;
    match serde_json::from_slice(&answer).context("the running server answered nothing of use")? {
        Reply::Failed(message) => return Err(anyhow!(message)),
        Reply::Done(_) => {}
    }
    let offer =
        timeout(STEP_WITHIN, receive_offer(&mut stream)).await.context("the running server hands over nothing")??;
    Ok((Former { stream, pid }, offer))
}

/// A line, and nothing after it.
async fn read_line(stream: &mut UnixStream) -> anyhow::Result<Vec<u8>> {
    let mut line = Vec::new();
    loop {
        match stream.read_u8().await.context("the running server broke off")? {
            b'\n' => return Ok(line),
            byte if line.len() < LONGEST_ANSWER => line.push(byte),
            _ => bail!("the running server answered nothing of use"),
        }
    }
}

async fn receive_offer(stream: &mut UnixStream) -> anyhow::Result<Offer> {
    let Frame::Say(Say::Offer { gateway_sockets }) = frames::receive(stream).await? else {
        bail!("the running server offers nothing");
    };
    let mut files = frames::receive_files(stream, gateway_sockets.saturating_add(3)).await?.into_iter();
    let mut next = || files.next().context("the running server hands over too few sockets");
    let (lock, control, management) = (next()?, next()?, next()?);
    let gateway = files.map(TcpListener::from).collect();
    Ok(Offer { lock, control: control.into(), management: management.into(), gateway })
}

impl Former {
    /// Says that all is prepared, and takes the rate windows. From then on callers wait.
    pub(crate) async fn pause(mut self) -> anyhow::Result<(Paused, Vec<u8>)> {
        frames::send(&mut self.stream, &Frame::Say(Say::Ready)).await?;
        match timeout(STEP_WITHIN, frames::receive(&mut self.stream))
            .await
            .context("the running server does not pause")??
        {
            Frame::Windows(windows) => Ok((Paused(self), windows)),
            Frame::Say(_) => bail!("the running server gives no rate windows"),
        }
    }
}

/// The running process, paused.
#[derive(Debug)]
pub(crate) struct Paused(Former);

impl Paused {
    /// Starts the connection by which both processes hold the same. To be called before the last look at the store.
    pub(crate) fn link(self, duties: Duties) -> Arrival {
        let silence = self.0.pid.map_or(Silence::Report, Silence::Kill);
        let (link, _sending) = Link::start(self.0.stream, duties, silence, None);
        Arrival(link)
    }
}

/// The connection to the process that hands over.
#[derive(Debug)]
pub(crate) struct Arrival(Arc<Link>);

impl Arrival {
    /// What is said on it.
    pub(crate) fn link(&self) -> &Arc<Link> {
        &self.0
    }

    /// The connection alone, for the rest of its time.
    pub(crate) fn into_link(self) -> Arc<Link> {
        self.0
    }

    /// Says that this process serves, and waits until the other one has confirmed that it ends.
    pub(crate) async fn serving(&self, addresses: Vec<SocketAddr>) -> anyhow::Result<()> {
        self.0.send(Frame::Say(Say::Serving { addresses })).await;
        let committed = |progress: &Progress| *progress == Progress::Committed;
        match timeout(STEP_WITHIN, self.0.wait_for(committed)).await {
            Ok(Progress::Committed) => Ok(()),
            Ok(Progress::Begun | Progress::Serving(_)) | Err(_) => {
                bail!("the running server has taken its hand-over back and goes on")
            }
        }
    }
}
