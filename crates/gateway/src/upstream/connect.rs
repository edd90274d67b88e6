//! A fresh connection to an address: resolve, check where that leads, connect, TLS if asked for.

use super::address::Address;
use super::own_address::{self, Forbidden};
use crate::wire::Wire;
use crate::worker_state::Worker;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

/// Why there is no connection. The texts are for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectFault {
    #[error("no connection within the connect timeout")]
    Timeout,
    #[error("the name cannot be resolved: {0}")]
    Unresolved(io::Error),
    #[error("the name resolves to no address")]
    NoAddress,
    #[error("the upstream leads to a link-local address")]
    LinkLocal,
    #[error("the upstream leads to a listener of this program")]
    OwnListener,
    #[error("connecting failed: {0}")]
    Refused(io::Error),
    #[error("TLS failed: {0}")]
    Tls(io::Error),
    #[error("the connection broke at once")]
    Broken,
}

impl From<Forbidden> for ConnectFault {
    fn from(forbidden: Forbidden) -> Self {
        match forbidden {
            Forbidden::LinkLocal => Self::LinkLocal,
            Forbidden::OwnListener => Self::OwnListener,
        }
    }
}

/// A connection on which nothing was said yet.
pub(super) struct Fresh {
    pub(super) wire: Rc<Wire>,
    pub(super) peer: IpAddr,
    /// By name resolutions of this generation.
    pub(super) generation: u32,
    pub(super) protocol: Protocol,
}

/// What is spoken on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// Connects before `deadline`.
pub(super) async fn connect(worker: &Worker, address: &Address, deadline: Instant) -> Result<Fresh, ConnectFault> {
    timeout_at(deadline, connect_unbounded(worker, address, deadline)).await.unwrap_or(Err(ConnectFault::Timeout))
}

async fn connect_unbounded(worker: &Worker, address: &Address, deadline: Instant) -> Result<Fresh, ConnectFault> {
    let targets = address.name().addresses(deadline).await?;
    let generation = address.name().generation();
    for &target in &targets {
        own_address::check(target, worker.own_addresses())?;
    }
    let tcp = first_that_answers(&targets, deadline).await?;
    let (local, peer) =
        (tcp.local_addr().map_err(ConnectFault::Refused)?, tcp.peer_addr().map_err(ConnectFault::Refused)?);
    own_address::check_connected(local, peer, worker.own_addresses())?;
    tcp.set_nodelay(true).map_err(ConnectFault::Refused)?;
    let (wire, protocol) = match address.tls() {
        None => (Wire::plain(tcp), address.plain_protocol()),
        Some(tls) => {
            let tls = tls.as_ref().map_err(|fault| ConnectFault::Tls(io::Error::other(fault.clone())))?;
            let connector = TlsConnector::from(Arc::clone(&tls.config));
            let stream = connector.connect(tls.name.clone(), tcp).await.map_err(ConnectFault::Tls)?;
            let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            (Wire::tls_client(stream), if is_http2 { Protocol::Http2 } else { Protocol::Http1 })
        }
    };
    Ok(Fresh { wire, peer: peer.ip(), generation, protocol })
}

/// Tries the addresses in order, each with an equal share of the time that is left.
async fn first_that_answers(addresses: &[SocketAddr], deadline: Instant) -> Result<TcpStream, ConnectFault> {
    let mut last = ConnectFault::NoAddress;
    for (at, &address) in addresses.iter().enumerate() {
        let now = Instant::now();
        let tries_left = u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
        let share = deadline.saturating_duration_since(now) / tries_left;
        match timeout_at(now + share, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(refused)) => last = ConnectFault::Refused(refused),
            Err(_) => last = ConnectFault::Timeout,
        }
    }
    Err(last)
}
