//! Listening sockets: for each address one per worker, by `SO_REUSEPORT`.
//!
//! With that option a second process could join a busy port unseen. So a probe socket without it is bound first: that
//! fails also when the port is held by another `SO_REUSEPORT` listener. Sockets that another process handed over
//! ([`Listeners::from_inherited`]) are used as they are, so that no connection waiting in them is lost.

use crate::tls::ServerTls;
use domain::cidr::CidrSet;
use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::sync::{Arc, Weak};

/// Connections that the kernel holds until a worker takes them.
const BACKLOG: i32 = 1024;

/// One listener: where it is, and what comes before HTTP on its connections.
#[derive(Debug, Clone)]
pub struct ListenerConfig {
    /// Where; with port 0 the system chooses one.
    pub address: SocketAddr,
    /// Whether connections begin with a header of the PROXY protocol.
    pub proxy_protocol: ProxyProtocol,
    /// TLS; `None`: plain.
    pub tls: Option<Arc<ServerTls>>,
}

/// Whether connections begin with a header of the PROXY protocol.
#[derive(Debug, Clone)]
pub enum ProxyProtocol {
    /// They do not.
    Off,
    /// They do. A connection without one is closed, and so is one of any peer but these.
    Required {
        /// The proxies whose word is taken.
        from: CidrSet,
    },
}

impl ListenerConfig {
    /// HTTP and nothing before it.
    pub fn plain(address: SocketAddr) -> Self {
        Self { address, proxy_protocol: ProxyProtocol::Off, tls: None }
    }
}

/// All listening sockets of a gateway.
#[derive(Debug)]
pub struct Listeners {
    all: Vec<Listener>,
    /// Of the first.
    address: SocketAddr,
    workers: NonZeroUsize,
}

/// The sockets of one address.
#[derive(Debug)]
struct Listener {
    config: Arc<ListenerConfig>,
    sockets: Vec<Arc<TcpListener>>,
}

/// One socket of one listener, for one worker.
#[derive(Debug)]
pub(crate) struct WorkerListener {
    pub(crate) config: Arc<ListenerConfig>,
    pub(crate) socket: Arc<TcpListener>,
}

/// The sockets of a running gateway, for handing them to another process.
#[derive(Debug, Clone)]
pub struct ListeningSockets(Arc<[Weak<TcpListener>]>);

impl ListeningSockets {
    /// Those that are still open. They stay open as long as they are kept.
    pub fn open(&self) -> Vec<Arc<TcpListener>> {
        self.0.iter().filter_map(Weak::upgrade).collect()
    }
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
    /// There is no listener to bind.
    #[error("a gateway needs a listener")]
    None,
}

/// Binds every listener once per worker.
pub fn bind(configs: Vec<ListenerConfig>, workers: NonZeroUsize) -> Result<Listeners, BindError> {
    Listeners::from_inherited(configs, workers, Vec::new())
}

impl Listeners {
    /// Takes over the sockets that another process handed over, and binds what they do not cover: addresses that it
    /// did not have, and further sockets if it had fewer workers. Handed-over sockets of addresses that are not
    /// wanted are closed here.
    pub fn from_inherited(
        configs: Vec<ListenerConfig>,
        workers: NonZeroUsize,
        inherited: Vec<TcpListener>,
    ) -> Result<Self, BindError> {
        let mut inherited: Vec<_> =
            inherited.into_iter().filter_map(|socket| Some((socket.local_addr().ok()?, socket))).collect();
        let mut listeners: Vec<Listener> = Vec::new();
        for mut config in configs {
            let ours = inherited.extract_if(.., |(address, _)| *address == config.address);
            let mut sockets: Vec<_> = ours.map(|(_, socket)| socket).collect();
            let listen = config.address;
            fill(&mut sockets, &mut config.address, workers).map_err(|source| {
                if source.kind() == io::ErrorKind::AddrInUse {
                    BindError::InUse(listen)
                } else {
                    BindError::Unusable { address: listen, source }
                }
            })?;
            let sockets = sockets.into_iter().map(Arc::new).collect();
            listeners.push(Listener { config: Arc::new(config), sockets });
        }
        let address = listeners.first().ok_or(BindError::None)?.config.address;
        Ok(Self { all: listeners, address, workers })
    }

    /// The address of the first listener; with port 0 the one that the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The addresses of all listeners, in their order.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.all.iter().map(|listener| listener.config.address)
    }

    /// For how many workers.
    pub fn workers(&self) -> usize {
        self.workers.get()
    }

    /// TLS of the listeners that have it.
    pub(crate) fn tls(&self) -> impl Iterator<Item = &Arc<ServerTls>> {
        self.all.iter().filter_map(|listener| listener.config.tls.as_ref())
    }

    /// Listens on sockets that were bound beside handed-over ones too. Until then no connection is given to them that
    /// nobody would take if this process did not come up.
    pub(crate) fn listen(&self) -> io::Result<()> {
        let mut sockets = self.all.iter().flat_map(|listener| &listener.sockets);
        sockets.try_for_each(|socket| SockRef::from(socket.as_ref()).listen(BACKLOG))
    }

    /// The sockets, for handing them to another process.
    pub fn sockets(&self) -> ListeningSockets {
        ListeningSockets(self.all.iter().flat_map(|listener| &listener.sockets).map(Arc::downgrade).collect())
    }

    /// The sockets of each worker: at least one of every listener.
    pub(crate) fn into_workers(self) -> Vec<Vec<WorkerListener>> {
        let mut workers: Vec<Vec<_>> = (0..self.workers.get()).map(|_| Vec::new()).collect();
        for Listener { config, sockets } in self.all {
            let turns = (0..self.workers.get()).cycle();
            for (socket, worker) in sockets.into_iter().zip(turns) {
                if let Some(worker) = workers.get_mut(worker) {
                    worker.push(WorkerListener { config: Arc::clone(&config), socket });
                }
            }
        }
        workers
    }
}

/// Binds until there is a socket per worker, and says where.
fn fill(sockets: &mut Vec<TcpListener>, address: &mut SocketAddr, workers: NonZeroUsize) -> io::Result<()> {
    let sharing = if sockets.is_empty() { Sharing::Workers } else { Sharing::Inherited };
    if sockets.is_empty() {
        if address.port() != 0 {
            drop(bound(*address, Sharing::Probe)?);
        }
        let first = bound(*address, Sharing::Workers)?;
        *address = first.local_addr()?;
        sockets.push(first);
    }
    for socket in sockets.iter() {
        socket.set_nonblocking(true)?;
    }
    while sockets.len() < workers.get() {
        sockets.push(bound(*address, sharing)?);
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    /// Alone on its port.
    Probe,
    /// With the other workers of this process.
    Workers,
    /// With those of another process: not listening yet.
    Inherited,
}

/// What the system keeps of an answer that the caller does not take: without a bound it would be megabytes, and a caller
/// who reads nothing would not be noticed before they are full.
const UNSENT_BYTES: u32 = 128 * 1024;

fn bound(address: SocketAddr, sharing: Sharing) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Connections of a former process that wind down do not make the port busy.
    socket.set_reuse_address(true)?;
    if sharing != Sharing::Probe {
        socket.set_reuse_port(true)?;
    }
    socket.bind(&SockAddr::from(address))?;
    if sharing == Sharing::Workers {
        socket.listen(BACKLOG)?;
    }
    // Accepted connections inherit it.
    socket.set_tcp_notsent_lowat(UNSENT_BYTES)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
