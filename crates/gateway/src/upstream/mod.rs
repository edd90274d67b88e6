//! Connections to upstreams, one pool per worker: nothing here is shared between threads.

mod connect;
mod link;
mod own_address;
mod tls;

pub(crate) use connect::ConnectFault;
pub use tls::TlsError;
pub(crate) use tls::client_config;

use crate::http1_hyper::UpstreamConnection;
use crate::seam::Fields;
use crate::worker_state::Worker;
use domain::upstream::{Scheme, Upstream};
use link::Link;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// Idle connections of one worker.
#[derive(Default)]
pub(crate) struct Pool {
    http: RefCell<Idle>,
    https: RefCell<Idle>,
}

/// By authority.
type Idle = HashMap<Box<str>, Vec<IdleConnection>>;

struct IdleConnection {
    connection: UpstreamConnection,
    link: Rc<Link>,
    expires: Instant,
}

/// Whether an idle connection will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reuse {
    Allowed,
    Never,
}

/// A connection that one request uses. Dropped without [`Lease::give_back`] it is closed.
pub(crate) struct Lease {
    connection: UpstreamConnection,
    link: Rc<Link>,
    worker: Rc<Worker>,
    scheme: Scheme,
    authority: Box<str>,
    /// How long it may idle afterwards; `None`: it may not.
    keep: Option<Duration>,
}

impl Pool {
    /// An idle connection, checked to be alive, or a fresh one.
    pub(crate) async fn lease(
        &self,
        worker: &Rc<Worker>,
        upstream: &Upstream,
        reuse: Reuse,
    ) -> Result<Lease, ConnectFault> {
        let (scheme, authority) = (upstream.url.scheme(), upstream.url.authority());
        let idle = if reuse == Reuse::Allowed { self.take_idle(scheme, authority) } else { None };
        let (connection, link) = match idle {
            Some(idle) => (idle.connection, idle.link),
            None => connect::connect(worker, upstream).await?,
        };
        link.set_write_limit(Duration::from_millis(upstream.timeouts_ms.idle.into()));
        let keep = Some(worker.config().upstream_keep_alive);
        Ok(Lease { connection, link, worker: Rc::clone(worker), scheme, authority: authority.into(), keep })
    }

    /// The youngest one that is still good.
    fn take_idle(&self, scheme: Scheme, authority: &str) -> Option<IdleConnection> {
        let now = Instant::now();
        let mut idle = self.of(scheme).borrow_mut();
        let connections = idle.get_mut(authority)?;
        while let Some(candidate) = connections.pop() {
            if now < candidate.expires && candidate.connection.is_ready() && candidate.link.is_quiet() {
                return Some(candidate);
            }
        }
        None
    }

    fn put(&self, scheme: Scheme, authority: Box<str>, connection: IdleConnection, most: usize) {
        let mut idle = self.of(scheme).borrow_mut();
        let connections = idle.entry(authority).or_default();
        if connections.len() < most {
            connections.push(connection);
        }
    }

    /// Closes what has idled long enough.
    pub(crate) fn sweep(&self) {
        let now = Instant::now();
        for idle in [&self.http, &self.https] {
            idle.borrow_mut().retain(|_, connections| {
                connections.retain(|connection| now < connection.expires);
                !connections.is_empty()
            });
        }
    }

    fn of(&self, scheme: Scheme) -> &RefCell<Idle> {
        match scheme {
            Scheme::Http => &self.http,
            Scheme::Https => &self.https,
        }
    }
}

impl Lease {
    pub(crate) fn connection(&mut self) -> &mut UpstreamConnection {
        &mut self.connection
    }

    /// Heeds `Keep-Alive: timeout=n` of an answer: the connection is used up to a second before that.
    pub(crate) fn kept_as_said_by(mut self, answer: &Fields) -> Self {
        if let Some(seconds) = answer.values("keep-alive").find_map(keep_alive_timeout) {
            self.keep = seconds.checked_sub(1).filter(|&seconds| seconds > 0).map(Duration::from_secs);
        }
        self
    }

    /// The request and its answer have ended: the connection may serve another.
    pub(crate) fn give_back(self) {
        let Some(keep) = self.keep else { return };
        let idle = IdleConnection { connection: self.connection, link: self.link, expires: Instant::now() + keep };
        let most = self.worker.config().idle_connections_per_upstream;
        self.worker.pool().put(self.scheme, self.authority, idle, most);
    }
}

/// At most an hour, whatever is said.
fn keep_alive_timeout(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?;
    let mut parts = text.split(',').filter_map(|part| part.trim().split_once('='));
    let (_, seconds) = parts.find(|(name, _)| name.trim().eq_ignore_ascii_case("timeout"))?;
    seconds.trim().parse::<u64>().ok().map(|seconds| seconds.min(3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keep_alive_is_read() {
        assert_eq!(keep_alive_timeout(b"timeout=5, max=100"), Some(5));
        assert_eq!(keep_alive_timeout(b"max=100, Timeout = 1"), Some(1));
        assert_eq!(keep_alive_timeout(b"timeout=99999999"), Some(3600));
        assert_eq!(keep_alive_timeout(b"max=100"), None);
        assert_eq!(keep_alive_timeout(b"timeout=x"), None);
    }
}
