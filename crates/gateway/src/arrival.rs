//! What comes before HTTP on a caller's connection: the header of the PROXY protocol, then the TLS handshake.
//!
//! Both together have [`GatewayConfig::handshake`](crate::GatewayConfig); connections that are not through are bounded
//! (`handshakes.rs`). Whatever goes wrong closes the connection: nobody is known yet who could be answered.

use crate::connection::{CallerFacts, CallerScheme, Protocol};
use crate::listen::{ListenerConfig, ProxyProtocol};
use crate::proxy_protocol::{self, Header};
use crate::tls::ServerTls;
use crate::wire::Wire;
use crate::worker_state::Worker;
use domain::cidr::canonical_ip;
use domain::client_certificate::ClientCertificate;
use std::io;
use std::net::IpAddr;
use std::rc::Rc;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

/// Bytes of a PROXY header that are looked at together.
const WINDOW: usize = 512;

/// A connection on which HTTP may begin.
pub(crate) struct Arrived {
    pub(crate) wire: Rc<Wire>,
    pub(crate) facts: CallerFacts,
    pub(crate) protocol: Protocol,
}

/// Sees a connection through what comes before HTTP. `None`: it is closed.
pub(crate) async fn arrive(
    worker: &Rc<Worker>,
    listener: &ListenerConfig,
    tcp: TcpStream,
    peer: IpAddr,
) -> Option<Arrived> {
    let peer = canonical_ip(peer);
    if let (ProxyProtocol::Off, None) = (&listener.proxy_protocol, &listener.tls) {
        return Some(plain(tcp, peer));
    }
    let place = worker.handshakes().begin();
    let outcome = tokio::select! {
        biased;
        outcome = timeout(worker.config().handshake, introduced(listener, tcp, peer)) => outcome,
        () = place.ended() => {
            tracing::debug!(%peer, "a connection gave way to others before its handshake was done");
            return None;
        }
    };
    match outcome {
        Ok(Ok(arrived)) => Some(arrived),
        Ok(Err(error)) => {
            worker.counts().handshake_failures.add(1);
            tracing::debug!(%peer, %error, "a connection was closed before HTTP began");
            None
        }
        Err(_elapsed) => {
            worker.counts().handshake_failures.add(1);
            tracing::debug!(%peer, "a connection was closed: its handshake took too long");
            None
        }
    }
}

async fn introduced(listener: &ListenerConfig, mut tcp: TcpStream, peer: IpAddr) -> io::Result<Arrived> {
    let source = match &listener.proxy_protocol {
        ProxyProtocol::Off => peer,
        ProxyProtocol::Required { from } if from.contains(peer) => {
            read_source(&mut tcp).await?.map_or(peer, canonical_ip)
        }
        ProxyProtocol::Required { .. } => return Err(io::Error::other("the peer is not among proxy_protocol_from")),
    };
    match &listener.tls {
        None => Ok(plain(tcp, source)),
        Some(tls) => encrypted(tls, tcp, source).await,
    }
}

fn plain(tcp: TcpStream, peer: IpAddr) -> Arrived {
    let facts = CallerFacts { peer, scheme: CallerScheme::Http, certificate: None };
    Arrived { wire: Wire::plain(tcp), facts, protocol: Protocol::Unknown }
}

async fn encrypted(tls: &ServerTls, tcp: TcpStream, peer: IpAddr) -> io::Result<Arrived> {
    let stream: TlsStream<TcpStream> = tls.acceptor().accept(tcp).await?;
    let session = stream.get_ref().1;
    let protocol = if session.alpn_protocol() == Some(b"h2") { Protocol::Http2 } else { Protocol::Unknown };
    let certificate = session.peer_certificates().and_then(ClientCertificate::new);
    let facts = CallerFacts { peer, scheme: CallerScheme::Https, certificate };
    Ok(Arrived { wire: Wire::tls_server(stream), facts, protocol })
}

/// Takes a PROXY header off the beginning, and not a byte more.
async fn read_source(tcp: &mut TcpStream) -> io::Result<Option<IpAddr>> {
    let mut bytes = Vec::new();
    loop {
        let taken = bytes.len();
        let mut window = [0; WINDOW];
        let seen = tcp.peek(&mut window).await?;
        if seen == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend(window.iter().take(seen));
        let header = proxy_protocol::parse(&bytes).map_err(io::Error::other)?;
        let (end, source) = match header {
            Header::Incomplete => (bytes.len(), None),
            Header::Complete { length, source } => (length, Some(source)),
        };
        bytes.truncate(end);
        tcp.read_exact(bytes.get_mut(taken..).unwrap_or_default()).await?;
        if let Some(source) = source {
            return Ok(source);
        }
    }
}
