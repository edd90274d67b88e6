//! The server's end of the control socket.

use super::{Reply, Request, carry_out, run_here};
use crate::clock;
use crate::data_dir::control_socket;
use crate::takeover::Asked;
use anyhow::Context as _;
use management::ManagementState;
use std::fs::{Permissions, remove_file, set_permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::Store;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A workspace document of 64 MiB, as a string of JSON.
const LONGEST_REQUEST_BYTES: usize = 192 * 1024 * 1024;
const REQUEST_WITHIN: Duration = Duration::from_secs(30);

/// A listening control socket; its file goes with the value, unless another process has taken it over.
#[derive(Debug)]
pub(crate) struct Control {
    path: PathBuf,
    listener: UnixListener,
    accepting: Option<JoinHandle<()>>,
    is_ours: bool,
}

/// What commands are carried out with.
#[derive(Clone)]
pub(crate) struct Executive {
    /// The store.
    pub(crate) store: Store,
    /// Where the console is.
    pub(crate) management_url: String,
    /// What explanations come from.
    pub(crate) state: ManagementState,
    /// Who hears of a process that wants to take over.
    pub(crate) takeovers: mpsc::Sender<Asked>,
}

impl Control {
    /// Listens. The data directory's lock is held, so a socket file that is there is left over from a crash.
    pub(crate) fn bind(data_dir: &Path) -> anyhow::Result<Self> {
        let path = control_socket(data_dir);
        let _ = remove_file(&path);
        let listener = UnixListener::bind(&path).with_context(|| format!("cannot listen on {}", path.display()))?;
        set_permissions(&path, Permissions::from_mode(0o600))
            .with_context(|| format!("cannot protect {}", path.display()))?;
        Ok(Self { path, listener, accepting: None, is_ours: true })
    }

    /// The socket of another process, which keeps its file until this process is in its place.
    pub(crate) fn inherited(data_dir: &Path, listener: UnixListener) -> Self {
        Self { path: control_socket(data_dir), listener, accepting: None, is_ours: false }
    }

    /// A copy of the socket.
    pub(crate) fn copy(&self) -> io::Result<OwnedFd> {
        Ok(self.listener.try_clone()?.into())
    }

    /// The socket's file is to be removed at the end.
    pub(crate) fn keep_file(&mut self) {
        self.is_ours = true;
    }

    /// Another process has the socket: its file stays.
    pub(crate) fn leave_file(&mut self) {
        self.is_ours = false;
    }

    /// Answers commands from now on.
    pub(crate) fn start(&mut self, executive: Executive) -> anyhow::Result<()> {
        let listener = self.listener.try_clone().context("cannot copy the control socket")?;
        listener.set_nonblocking(true).context("cannot use the control socket")?;
        let listener = tokio::net::UnixListener::from_std(listener).context("cannot use the control socket")?;
        self.accepting = Some(tokio::spawn(accept(listener, executive)));
        Ok(())
    }

    /// Takes no more commands; those that come wait in the socket.
    pub(crate) fn pause(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.pause();
        if self.is_ours {
            let _ = remove_file(&self.path);
        }
    }
}

async fn accept(listener: tokio::net::UnixListener, executive: Executive) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let executive = executive.clone();
                tokio::spawn(async move {
                    if let Err(error) = answer(stream, executive).await {
                        tracing::warn!(%error, "a command on the control socket broke off");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the control socket cannot accept");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn answer(mut stream: UnixStream, executive: Executive) -> anyhow::Result<()> {
    let line = timeout(REQUEST_WITHIN, read_line(&mut stream)).await.context("no request in time")??;
    let Executive { store, management_url, state, takeovers } = executive;
    let done = match serde_json::from_slice::<Request>(&line) {
        Err(_) => Err(anyhow::anyhow!("the running server does not know this command: are the versions the same?")),
        Ok(Request::TakeOver { protocol }) => {
            // A full queue or none: the connection closes, which says enough to a process that lost a race.
            return takeovers.try_send(Asked { stream, protocol }).context("a takeover cannot begin now");
        }
        Ok(
            request @ (Request::ExplainRecorded { .. }
            | Request::ExplainDescribed(_)
            | Request::ApplyWorkspace(_)
            | Request::Status),
        ) => run_here(&state, request).await,
        Ok(request @ (Request::CreateToken(_) | Request::SetupLink { .. } | Request::ExportWorkspace { .. })) => {
            carry_out(&store, clock::wall(), &management_url, &[], request).await
        }
    };
    let reply = match done {
        Ok(text) => Reply::Done(text.expose().to_owned()),
        Err(error) => Reply::Failed(format!("{error:#}")),
    };
    send_reply(&mut stream, &reply).await
}

/// Sends a reply.
pub(crate) async fn send_reply(stream: &mut UnixStream, reply: &Reply) -> anyhow::Result<()> {
    let mut reply = serde_json::to_vec(reply)?;
    reply.push(b'\n');
    stream.write_all(&reply).await?;
    Ok(())
}

/// The request, without its line end. Whoever sends one says nothing more until it is answered.
async fn read_line(stream: &mut UnixStream) -> anyhow::Result<Vec<u8>> {
    let mut line = Vec::new();
    let mut part = vec![0; 64 * 1024];
    while line.len() < LONGEST_REQUEST_BYTES && !line.ends_with(b"\n") {
        let read = stream.read(&mut part).await?;
        if read == 0 {
            break;
        }
        line.extend_from_slice(part.get(..read).unwrap_or_default());
    }
    Ok(line)
}
