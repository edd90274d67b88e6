//! Listening sockets: one per worker on the same address, by `SO_REUSEPORT`.
//!
//! With that option a second process could join a busy port unseen. So a probe socket without it is bound first: that
//! fails also when the port is held by another `SO_REUSEPORT` listener.

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;

/// Connections that the kernel holds until a worker takes them.
const BACKLOG: i32 = 1024;

/// Listening sockets, one per worker, bound to one address.
#[derive(Debug)]
pub struct Listeners {
    pub(crate) sockets: Vec<TcpListener>,
    address: SocketAddr,
}

/// Why an address could not be bound.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody listens there already.
    #[error("the gateway address {0} is in use")]
    InUse(SocketAddr),
    /// The address is not usable.
    #[error("cannot listen on the gateway address {address}")]
    Unusable {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

impl Listeners {
    /// The address that was bound; with port 0 the one that the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// For how many workers.
    pub fn workers(&self) -> usize {
        self.sockets.len()
    }
}

/// Binds one listener per worker.
pub fn bind(listen: SocketAddr, workers: NonZeroUsize) -> Result<Listeners, BindError> {
    let unusable = |source: io::Error| {
        if source.kind() == io::ErrorKind::AddrInUse {
            BindError::InUse(listen)
        } else {
            BindError::Unusable { address: listen, source }
        }
    };
    if listen.port() != 0 {
        drop(bound(listen, Sharing::Probe).map_err(unusable)?);
    }
    let first = bound(listen, Sharing::Workers).map_err(unusable)?;
    let address = first.local_addr().map_err(unusable)?;
    let mut sockets = vec![first];
    for _ in 1..workers.get() {
        sockets.push(bound(address, Sharing::Workers).map_err(unusable)?);
    }
    Ok(Listeners { sockets, address })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    /// Alone on its port.
    Probe,
    /// With the other workers of this process.
    Workers,
}

fn bound(address: SocketAddr, sharing: Sharing) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Connections of a former process that wind down do not make the port busy.
    socket.set_reuse_address(true)?;
    if sharing == Sharing::Workers {
        socket.set_reuse_port(true)?;
    }
    socket.bind(&SockAddr::from(address))?;
    if sharing == Sharing::Workers {
        socket.listen(BACKLOG)?;
    }
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
