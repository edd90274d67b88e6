//! A caller's connection: what is known of it, and which protocol is spoken on it.

use crate::http1::{self, Switched};
use crate::http2;
use crate::wire::Wire;
use crate::worker_state::Worker;
use bytes::BytesMut;
use domain::client_certificate::ClientCertificate;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

/// How callers reach a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallerScheme {
    Http,
    Https,
}

impl CallerScheme {
    /// The name in URLs.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that URLs leave out.
    pub(crate) fn default_port(self) -> &'static str {
        match self {
            Self::Http => ":80",
            Self::Https => ":443",
        }
    }
}

/// What all requests of a connection have in common.
#[derive(Debug, Clone)]
pub(crate) struct CallerFacts {
    /// The other end: the peer, or whom a PROXY header of a trusted peer names.
    pub(crate) peer: IpAddr,
    /// Plain or TLS.
    pub(crate) scheme: CallerScheme,
    /// What the caller showed in the handshake.
    pub(crate) certificate: Option<Arc<ClientCertificate>>,
}

/// What is known of the protocol before the first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// The handshake has settled on HTTP/2.
    Http2,
    /// The first bytes tell.
    Unknown,
}

/// Serves a connection to its end.
pub(crate) async fn serve(worker: &Rc<Worker>, wire: Rc<Wire>, facts: CallerFacts, protocol: Protocol) {
    let facts = Rc::new(facts);
    let read_already = match protocol {
        Protocol::Http2 => BytesMut::new(),
        Protocol::Unknown => match http1::serve(worker, &wire, &facts).await {
            Switched::Http2(read_already) => read_already,
            Switched::Ended => return,
        },
    };
    http2::serve(worker, wire, read_already, facts).await;
}
