//! A connection that one request uses, alone or with others.

use super::address::{Address, Peer};
use super::group::Place;
use crate::http1;
use crate::http2;
use crate::lazy_timer::LazyTimer;
use crate::seam::{Fields, IncomingBody, ResponseHead, SendFault};
use crate::upload::Upload;
use domain::method::Method;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// A connection to an upstream.
pub(crate) enum UpstreamConnection {
    /// One request at a time.
    Http1(http1::Client),
    /// Shared by requests.
    Http2(http2::Client),
}

impl UpstreamConnection {
    /// Sends a request; its answer's head and body. Dropping the future breaks the request off.
    pub(crate) async fn send(
        &self,
        method: Method,
        target: &str,
        fields: &Fields,
        upload: Upload,
    ) -> Result<(ResponseHead, IncomingBody), SendFault> {
        match self {
            Self::Http1(client) => {
                let (head, body) = client.send(method, target, fields, upload).await?;
                Ok((head, IncomingBody::Upstream(body)))
            }
            Self::Http2(client) => client.send(method, target, fields, upload).await,
        }
    }
}

/// An open connection.
pub(super) struct Open {
    pub(super) connection: UpstreamConnection,
    pub(super) peer: Peer,
    /// Which of the shared connections it is.
    pub(super) number: Option<u32>,
    pub(super) timer: LazyTimer,
}

/// A connection while a request uses it. Dropped without [`Lease::give_back`] an HTTP/1 connection is closed.
pub(crate) struct Lease {
    connection: UpstreamConnection,
    peer: Peer,
    /// How long it may idle afterwards; `None`: it may not.
    keep: Option<Duration>,
    /// Which of the shared connections it is.
    number: Option<u32>,
    since: Instant,
    /// For the wait for an answer.
    timer: LazyTimer,
    busy: Busy,
    place: Option<Place>,
}

impl Lease {
    pub(super) fn new(open: Open, busy: Busy, since: Instant) -> Self {
        let keep = Some(busy.0.keep_alive());
        let Open { connection, peer, number, timer } = open;
        Self { connection, peer, keep, number, since, timer, busy, place: None }
    }

    /// When the connection was there.
    pub(crate) fn since(&self) -> Instant {
        self.since
    }

    /// The connection, and a timer for what is waited for on it.
    pub(crate) fn parts(&mut self) -> (&UpstreamConnection, &mut LazyTimer) {
        (&self.connection, &mut self.timer)
    }

    /// Keeps the request's place until the answer has come to its end.
    pub(crate) fn holding(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Heeds `Keep-Alive: timeout=n` of an answer: the connection is used up to a second before that.
    pub(crate) fn kept_as_said_by(mut self, answer: &Fields) -> Self {
        if let Some(seconds) = answer.values("keep-alive").find_map(keep_alive_timeout) {
            self.keep = seconds.checked_sub(1).filter(|&seconds| seconds > 0).map(Duration::from_secs);
        }
        self
    }

    /// The request failed: the connection serves no other, also where others share it.
    pub(crate) fn give_up(self) {
        if let Some(number) = self.number {
            self.busy.0.forget(number);
        }
    }

    /// The request and its answer have ended: the connection may serve another.
    pub(crate) fn give_back(self) {
        if let (UpstreamConnection::Http1(client), Some(keep)) = (self.connection, self.keep) {
            self.busy.0.put(client, self.peer, self.timer, keep);
        }
    }
}

/// One outstanding request of an address, until it is dropped.
pub(super) struct Busy(Rc<Address>);

impl Busy {
    pub(super) fn new(address: &Rc<Address>) -> Self {
        address.count_outstanding(|count| count + 1);
        Self(Rc::clone(address))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.count_outstanding(|count| count.saturating_sub(1));
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
