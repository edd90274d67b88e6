//! A fresh connection to an upstream: resolve, check the address, connect, TLS if asked for; all within one limit.

use super::link::{Link, LinkStream};
use super::own_address::{self, Forbidden};
use crate::http1_hyper::{self, UpstreamConnection};
use crate::worker_state::Worker;
use domain::upstream::{Scheme, Upstream};
use rustls::pki_types::ServerName;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
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

/// Connects within the collection's connect timeout.
pub(super) async fn connect(
    worker: &Worker,
    upstream: &Upstream,
) -> Result<(UpstreamConnection, Rc<Link>), ConnectFault> {
    let limit = Duration::from_millis(upstream.timeouts_ms.connect.into());
    let connected = timeout(limit, connect_unbounded(worker, upstream, Instant::now() + limit)).await;
    connected.unwrap_or(Err(ConnectFault::Timeout))
}

async fn connect_unbounded(
    worker: &Worker,
    upstream: &Upstream,
    deadline: Instant,
) -> Result<(UpstreamConnection, Rc<Link>), ConnectFault> {
    let url = &upstream.url;
    let addresses = resolve(url.host(), url.port()).await?;
    for &address in &addresses {
        own_address::check(address, worker.own_addresses())?;
    }
    let tcp = first_that_answers(&addresses, deadline).await?;
    let (local, peer) =
        (tcp.local_addr().map_err(ConnectFault::Refused)?, tcp.peer_addr().map_err(ConnectFault::Refused)?);
    own_address::check_connected(local, peer, worker.own_addresses())?;
    tcp.set_nodelay(true).map_err(ConnectFault::Refused)?;
    let link = Rc::new(Link::new(tcp));
    let stream = LinkStream::new(Rc::clone(&link));
    let connection = match url.scheme() {
        Scheme::Http => http1_hyper::open(stream).await,
        Scheme::Https => {
            let not_a_name = |error| ConnectFault::Tls(io::Error::new(io::ErrorKind::InvalidInput, error));
            let name = ServerName::try_from(url.host().to_owned()).map_err(not_a_name)?;
            let connector = TlsConnector::from(worker.tls());
            http1_hyper::open(connector.connect(name, stream).await.map_err(ConnectFault::Tls)?).await
        }
    };
    Ok((connection.map_err(|_| ConnectFault::Broken)?, link))
}

/// Names are resolved off this thread, for each connection anew.
async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectFault> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let found = tokio::net::lookup_host((host, port)).await.map_err(ConnectFault::Unresolved)?;
    Ok(found.collect())
}

/// Tries the addresses in the resolver's order, each with an equal share of the time that is left.
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
