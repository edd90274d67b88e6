//! The server's end of the control socket.

use super::{Reply, Request, carry_out, explain};
use crate::clock;
use crate::data_dir::control_socket;
use anyhow::Context as _;
use management::ManagementState;
use std::fs::{Permissions, remove_file, set_permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::Store;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

const LONGEST_REQUEST_BYTES: u64 = 64 * 1024;
const REQUEST_WITHIN: Duration = Duration::from_secs(5);

/// A listening control socket; its file goes with the value.
#[derive(Debug)]
pub(crate) struct Control {
    path: PathBuf,
    listener: UnixListener,
}

impl Control {
    /// Listens. The data directory's lock is held, so a socket file that is there is left over from a crash.
    pub(crate) fn bind(data_dir: &Path) -> anyhow::Result<Self> {
        let path = control_socket(data_dir);
        let _ = remove_file(&path);
        let listener = UnixListener::bind(&path).with_context(|| format!("cannot listen on {}", path.display()))?;
        set_permissions(&path, Permissions::from_mode(0o600))
            .with_context(|| format!("cannot protect {}", path.display()))?;
        Ok(Self { path, listener })
    }

    /// Answers commands until it is dropped.
    pub(crate) async fn run(self, store: Store, management_url: String, state: ManagementState) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let (store, management_url, state) = (store.clone(), management_url.clone(), state.clone());
                    tokio::spawn(async move {
                        if let Err(error) = answer(stream, &store, &management_url, &state).await {
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
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = remove_file(&self.path);
    }
}

async fn answer(
    stream: UnixStream,
    store: &Store,
    management_url: &str,
    state: &ManagementState,
) -> anyhow::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(LONGEST_REQUEST_BYTES));
    timeout(REQUEST_WITHIN, read.read_line(&mut line)).await.context("no request in time")??;
    let reply = match serde_json::from_str::<Request>(&line) {
        Err(_) => Reply::Failed("the running server does not know this command: are the versions the same?".into()),
        Ok(request) => {
            let done = match request {
                Request::ExplainRecorded { .. } | Request::ExplainDescribed(_) => explain(state, request).await,
                Request::CreateToken { .. } | Request::SetupLink { .. } => {
                    carry_out(store, clock::wall(), management_url, request).await
                }
            };
            match done {
                Ok(text) => Reply::Done(text.expose().to_owned()),
                Err(error) => Reply::Failed(format!("{error:#}")),
            }
        }
    };
    let mut reply = serde_json::to_vec(&reply)?;
    reply.push(b'\n');
    write.write_all(&reply).await?;
    Ok(())
}
