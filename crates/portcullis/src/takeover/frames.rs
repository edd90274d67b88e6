//! Messages between the two processes of a takeover, over the control socket: a length, a kind, and the rest. Nothing is
//! read ahead, so that sockets that come along (`SCM_RIGHTS`) are found where they were sent.

use anyhow::{Context as _, bail};
use rustix::io::{Errno, IoSlice, IoSliceMut};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, Interest};
use tokio::net::UnixStream;

/// Sockets in one message; the system allows 253.
const AT_ONCE: usize = 64;
/// Longest message: room for the largest set of rate windows.
const LONGEST_BYTES: u32 = 256 * 1024 * 1024;

/// What is said.
#[derive(Debug)]
pub(super) enum Frame {
    /// Something short.
    Say(Say),
    /// The rate windows of the old process.
    Windows(Vec<u8>),
}

/// Short messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Say {
    /// Old to new: here come the lock, the control socket, the management listener, and so many gateway sockets.
    Offer { gateway_sockets: usize },
    /// New to old: all is prepared; pause and send the windows.
    Ready,
    /// New to old: connections are taken at these addresses; end.
    Serving { addresses: Vec<std::net::SocketAddr> },
    /// Old to new: it ends. Until this came, it may go on.
    Committed,
    /// Both ways: bring the directory to the store's revision.
    Apply { ask: u64 },
    /// New to old: give the leases of these subjects back.
    Recall { ask: u64, profiles: Vec<i64>, clients: Vec<i64> },
    /// An ask was obeyed.
    Done { ask: u64 },
    /// Old to new: calls that it counted.
    Usage(super::usage_report::UsageReport),
}

/// A message as it is sent.
pub(super) fn encode(frame: &Frame) -> anyhow::Result<Vec<u8>> {
    let (kind, body) = match frame {
        Frame::Say(say) => (0, &serde_json::to_vec(say)?),
        Frame::Windows(bytes) => (1, bytes),
    };
    let length = u32::try_from(body.len()).ok().filter(|length| *length <= LONGEST_BYTES);
    let mut whole = length.context("a message is too long")?.to_le_bytes().to_vec();
    whole.push(kind);
    whole.extend_from_slice(body);
    Ok(whole)
}

/// Sends one message.
pub(super) async fn send(to: &mut (impl AsyncWrite + Unpin), frame: &Frame) -> anyhow::Result<()> {
    to.write_all(&encode(frame)?).await.context("the other process is gone")
}

/// Reads one message.
pub(super) async fn receive(from: &mut (impl AsyncRead + Unpin)) -> anyhow::Result<Frame> {
    let length = from.read_u32_le().await.context("the other process is gone")?;
    let kind = from.read_u8().await.context("the other process is gone")?;
    if length > LONGEST_BYTES {
        bail!("the other process says nothing of use");
    }
    // What is not sent is not allocated.
    let mut body = Vec::new();
    from.take(length.into()).read_to_end(&mut body).await.context("the other process is gone")?;
    match kind {
        0 => Ok(Frame::Say(serde_json::from_slice(&body).context("the other process says nothing of use")?)),
        1 if body.len() == length as usize => Ok(Frame::Windows(body)),
        _ => bail!("the other process says nothing of use"),
    }
}

/// Sends open files.
pub(super) async fn send_files(stream: &UnixStream, files: &[BorrowedFd<'_>]) -> anyhow::Result<()> {
    for files in files.chunks(AT_ONCE) {
        let one_batch = || {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(AT_ONCE))];
            let mut ancillary = SendAncillaryBuffer::new(&mut space);
            if !ancillary.push(SendAncillaryMessage::ScmRights(files)) {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            sendmsg(stream, &[IoSlice::new(&[0])], &mut ancillary, SendFlags::NOSIGNAL).map_err(would_block)
        };
        stream.async_io(Interest::WRITABLE, one_batch).await.context("cannot hand over sockets")?;
    }
    Ok(())
}

/// Receives so many open files.
pub(super) async fn receive_files(stream: &UnixStream, count: usize) -> anyhow::Result<Vec<OwnedFd>> {
    let mut files = Vec::new();
    while files.len() < count {
        let before = files.len();
        let one_batch = || {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(AT_ONCE))];
            let mut ancillary = RecvAncillaryBuffer::new(&mut space);
            let mut byte = [0];
            let received = recvmsg(stream, &mut [IoSliceMut::new(&mut byte)], &mut ancillary, RecvFlags::CMSG_CLOEXEC);
            received.map_err(would_block)?;
            for message in ancillary.drain() {
                if let RecvAncillaryMessage::ScmRights(more) = message {
                    files.extend(more);
                }
            }
            Ok(())
        };
        stream.async_io(Interest::READABLE, one_batch).await.context("cannot take over sockets")?;
        if files.len() == before {
            bail!("the other process hands over too few sockets");
        }
    }
    Ok(files)
}

fn would_block(error: Errno) -> io::Error {
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd as _;

    #[tokio::test]
    async fn sockets_and_messages_arrive_in_order_however_many_there_are() {
        let (mut one, mut other) = UnixStream::pair().unwrap();
        let sockets: Vec<_> = (0..150).map(|_| std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap()).collect();
        let sending = async {
            send(&mut one, &Frame::Say(Say::Offer { gateway_sockets: 150 })).await.unwrap();
            let files: Vec<_> = sockets.iter().map(|socket| socket.as_fd()).collect();
            send_files(&one, &files).await.unwrap();
            send(&mut one, &Frame::Windows(vec![7; 1_000_000])).await.unwrap();
            send(&mut one, &Frame::Say(Say::Committed)).await.unwrap();
        };
        let receiving = async {
            let offer = receive(&mut other).await.unwrap();
            assert!(matches!(offer, Frame::Say(Say::Offer { gateway_sockets: 150 })), "{offer:?}");
            let files = receive_files(&other, 150).await.unwrap();
            assert!(matches!(receive(&mut other).await.unwrap(), Frame::Windows(bytes) if bytes == vec![7; 1_000_000]));
            assert!(matches!(receive(&mut other).await.unwrap(), Frame::Say(Say::Committed)));
            files
        };
        let ((), files) = tokio::join!(sending, receiving);
        let addresses = |socket: &std::net::TcpListener| socket.local_addr().unwrap();
        let received: Vec<_> = files.into_iter().map(std::net::TcpListener::from).collect();
        assert!(received.iter().map(addresses).eq(sockets.iter().map(addresses)));
    }

    #[tokio::test]
    async fn what_is_no_message_is_an_error_and_costs_no_memory() {
        for bytes in [&[][..], &[1, 0][..], &[255, 255, 255, 255, 1, 0][..], &[2, 0, 0, 0, 0, b'{', b'}'][..]] {
            let (mut one, mut other) = UnixStream::pair().unwrap();
            one.write_all(bytes).await.unwrap();
            drop(one);
            assert!(receive(&mut other).await.is_err(), "{bytes:?}");
        }
    }
}
