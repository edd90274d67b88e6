//! One address of an upstream as one worker uses it: how it is reached, the connections that are open to it, and what
//! is known of its health.

use super::connect::{ConnectFault, Fresh, Protocol, connect};
use super::health::Health;
use super::lease::{Busy, Lease, Open, UpstreamConnection};
use super::names::Name;
use crate::http1;
use crate::http2;
use crate::lazy_timer::LazyTimer;
use crate::worker_state::Worker;
use domain::directory::CollectionEntry;
use domain::upstream::{BaseUrl, Scheme, UpstreamHttp, UpstreamTimeouts};
use rustls::pki_types::ServerName;
use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

/// The address.
pub(crate) struct Address {
    url: BaseUrl,
    name: Rc<Name>,
    /// `None`: plain; `Err`: TLS that cannot be.
    tls: Option<Result<Tls, String>>,
    http: UpstreamHttp,
    health: Arc<Health>,
    /// HTTP/1 connections that no request uses, the youngest last.
    idle: RefCell<Vec<Idle>>,
    most_idle: usize,
    keep_alive: Duration,
    /// HTTP/2 connections, which requests share.
    shared: RefCell<Vec<Shared>>,
    outstanding: Cell<usize>,
    /// Held while a connection is made that others can then share.
    opening: Semaphore,
    /// Whether the last connection was one to share; before the first, whether it may be.
    is_shared: Cell<bool>,
    opened: Cell<u32>,
}

/// How TLS is spoken to the address.
pub(super) struct Tls {
    pub(super) config: Arc<rustls::ClientConfig>,
    pub(super) name: ServerName<'static>,
}

/// Where a connection leads.
#[derive(Clone)]
pub(super) struct Peer {
    ip: IpAddr,
    /// The generation of the name at which that was last right.
    seen: Cell<u32>,
}

struct Idle {
    client: http1::Client,
    peer: Peer,
    timer: LazyTimer,
    expires: Instant,
}

struct Shared {
    number: u32,
    client: http2::Client,
    peer: Peer,
    /// When it serves nobody any more.
    expires: Cell<Instant>,
}

/// Which connections will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reuse {
    /// One that seems alive: if it is not, the request goes out once more.
    Seeming,
    /// One that was just seen to be alive.
    Certain,
    /// A fresh one only.
    Never,
}

impl Address {
    pub(super) fn new(worker: &Worker, collection: &CollectionEntry, url: &BaseUrl) -> Self {
        let (upstream, shared) = (collection.upstream(), worker.upstreams());
        let tls = (url.scheme() == Scheme::Https).then(|| {
            let config = shared.tls(upstream).map_err(|fault| fault.to_string())?;
            let name = upstream.tls.server_name.as_ref().map_or(url.host(), |name| name.as_str());
            let name = ServerName::try_from(name.to_owned()).map_err(|fault| fault.to_string())?;
            Ok(Tls { config, name })
        });
        Self {
            name: Name::new(url.host(), url.port(), &worker.config().resolve, worker.config().resolve_again),
            tls,
            http: upstream.http,
            health: shared.health(collection.id(), url),
            idle: RefCell::default(),
            most_idle: worker.config().idle_connections_per_upstream,
            keep_alive: worker.config().upstream_keep_alive,
            shared: RefCell::default(),
            outstanding: Cell::new(0),
            opening: Semaphore::new(1),
            is_shared: Cell::new(upstream.http == UpstreamHttp::Http2),
            opened: Cell::new(0),
            url: url.clone(),
        }
    }

    pub(crate) fn url(&self) -> &BaseUrl {
        &self.url
    }

    pub(crate) fn health(&self) -> &Arc<Health> {
        &self.health
    }

    pub(super) fn name(&self) -> &Rc<Name> {
        &self.name
    }

    pub(super) fn tls(&self) -> Option<&Result<Tls, String>> {
        self.tls.as_ref()
    }

    pub(super) fn keep_alive(&self) -> Duration {
        self.keep_alive
    }

    /// What is spoken without TLS.
    pub(super) fn plain_protocol(&self) -> Protocol {
        match self.http {
            UpstreamHttp::Http1 => Protocol::Http1,
            UpstreamHttp::Http2 => Protocol::Http2,
        }
    }

    /// Requests that it has not answered to the end.
    pub(super) fn outstanding(&self) -> usize {
        self.outstanding.get()
    }

    pub(super) fn count_outstanding(&self, change: impl FnOnce(usize) -> usize) {
        self.outstanding.set(change(self.outstanding.get()));
    }

    /// An open connection that will do, if there is one.
    pub(crate) fn lease_open(self: &Rc<Self>, reuse: Reuse) -> Option<Lease> {
        let now = Instant::now();
        let open = self.open_one(reuse, now)?;
        Some(Lease::new(open, Busy::new(self), now))
    }

    /// A fresh connection, or one that others have opened meanwhile.
    pub(crate) async fn lease_fresh(
        self: &Rc<Self>,
        worker: &Worker,
        timeouts: UpstreamTimeouts,
        reuse: Reuse,
    ) -> Result<Lease, ConnectFault> {
        let busy = Busy::new(self);
        let now = Instant::now();
        let deadline = now + Duration::from_millis(timeouts.connect.into());
        // Who can share a connection that is being made waits for it.
        let mut opening = None;
        if self.is_shared.get() {
            let acquired = timeout_at(deadline, self.opening.acquire()).await.map_err(|_| ConnectFault::Timeout)?;
            let now = Instant::now();
            if let Some(open) = self.shared_one(now).filter(|_| reuse != Reuse::Never) {
                return Ok(Lease::new(open, busy, now));
            }
            opening = acquired.ok().filter(|_| self.is_shared.get());
        }
        let fresh = connect(worker, self, deadline).await.inspect_err(|_| self.name.doubt())?;
        let open = self.begin(fresh, timeouts).await?;
        drop(opening);
        Ok(Lease::new(open, busy, Instant::now()))
    }

    /// Starts HTTP on a fresh connection.
    async fn begin(&self, fresh: Fresh, timeouts: UpstreamTimeouts) -> Result<Open, ConnectFault> {
        let Fresh { wire, peer, generation, protocol } = fresh;
        let peer = Peer { ip: peer, seen: Cell::new(generation) };
        let idle = Duration::from_millis(timeouts.idle.into());
        wire.set_write_limit(idle);
        self.is_shared.set(protocol == Protocol::Http2);
        let mut number = None;
        let connection = match protocol {
            Protocol::Http1 => UpstreamConnection::Http1(http1::Client::new(wire)),
            Protocol::Http2 => {
                let opened = http2::Client::open(wire, self.url.scheme(), idle).await;
                let client = opened.map_err(|_| ConnectFault::Broken)?;
                let expires = Cell::new(Instant::now() + self.keep_alive);
                let own = self.opened.get();
                self.opened.set(own.wrapping_add(1));
                number = Some(own);
                let shared = Shared { number: own, client: client.clone(), peer: peer.clone(), expires };
                self.shared.borrow_mut().push(shared);
                UpstreamConnection::Http2(client)
            }
        };
        Ok(Open { connection, peer, number, timer: LazyTimer::default() })
    }

    fn open_one(&self, reuse: Reuse, now: Instant) -> Option<Open> {
        match reuse {
            Reuse::Never => None,
            Reuse::Seeming | Reuse::Certain => self.idle_one(reuse, now).or_else(|| self.shared_one(now)),
        }
    }

    /// The youngest idle one that is still good.
    fn idle_one(&self, reuse: Reuse, now: Instant) -> Option<Open> {
        let mut idle = self.idle.borrow_mut();
        while let Some(Idle { client, peer, timer, expires }) = idle.pop() {
            let is_quiet = match reuse {
                Reuse::Certain => client.wire().is_quiet(),
                Reuse::Seeming | Reuse::Never => client.wire().seems_quiet(),
            };
            if now < expires && is_quiet && self.name.leads_to(peer.ip, &peer.seen) {
                return Some(Open { connection: UpstreamConnection::Http1(client), peer, number: None, timer });
            }
        }
        None
    }

    fn shared_one(&self, now: Instant) -> Option<Open> {
        let mut shared = self.shared.borrow_mut();
        shared.retain(|one| !one.client.is_over() && self.name.leads_to(one.peer.ip, &one.peer.seen));
        let free = shared.iter().find(|one| one.client.has_room())?;
        free.expires.set(now + self.keep_alive);
        let connection = UpstreamConnection::Http2(free.client.clone());
        Some(Open { connection, peer: free.peer.clone(), number: Some(free.number), timer: LazyTimer::default() })
    }

    /// Takes back a connection that may serve another request.
    pub(super) fn put(&self, client: http1::Client, peer: Peer, timer: LazyTimer, keep: Duration) {
        let mut idle = self.idle.borrow_mut();
        if idle.len() < self.most_idle && client.is_ready() && self.name.leads_to(peer.ip, &peer.seen) {
            idle.push(Idle { client, peer, timer, expires: Instant::now() + keep });
        }
    }

    /// Sends no further request on a shared connection; what is in flight on it goes on.
    pub(super) fn forget(&self, number: u32) {
        self.shared.borrow_mut().retain(|one| one.number != number);
    }

    /// Closes what has idled long enough or leads to where the name no longer does; renews the name while there are
    /// connections.
    pub(super) fn sweep(&self, now: Instant) {
        let is_right = |peer: &Peer| self.name.leads_to(peer.ip, &peer.seen);
        let mut idle = self.idle.borrow_mut();
        idle.retain(|one| now < one.expires && is_right(&one.peer));
        let mut shared = self.shared.borrow_mut();
        shared.retain(|one| {
            let is_used = one.client.in_flight() > 0;
            if is_used {
                one.expires.set(now + self.keep_alive);
            }
            !one.client.is_over() && now < one.expires.get() && is_right(&one.peer)
        });
        if !idle.is_empty() || !shared.is_empty() || self.outstanding.get() > 0 {
            self.name.renew();
        }
    }
}
