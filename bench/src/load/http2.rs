//! Closed loop over HTTP/2 on TLS: few connections with many streams each. A stream sends its next request when its
//! answer is complete, until a fixed number was sent.

use super::closed::{Order, SILENCE};
use super::figures::{Figures, nanos};
use super::keys::Keys;
use crate::clock;
use anyhow::{Context as _, Result, anyhow, bail};
use bytes::Bytes;
use h2::client::SendRequest;
use http::{Request, Uri};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// The name in certificates and requests.
pub(crate) const HOST: &str = "bench.example";

/// Connections, and streams on each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Streams {
    /// How many connections.
    pub(crate) connections: usize,
    /// Requests under way on each.
    pub(crate) each: usize,
}

/// Runs to the last answer. `root`: the certificate to trust.
pub(crate) fn http2_loop(
    address: SocketAddr,
    keys: &Rc<Keys>,
    order: Order,
    streams: Streams,
    root: &CertificateDer<'static>,
) -> Result<Figures> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("a runtime")?;
    let run = Rc::new(Run { keys: Rc::clone(keys), state: RefCell::new(State::new(keys, order)) });
    let connector = connector(root)?;
    let local = LocalSet::new();
    let elapsed = local.block_on(&runtime, async {
        let mut senders = Vec::new();
        for _ in 0..streams.connections {
            senders.push(connect(address, &connector).await?);
        }
        let start = clock::now();
        let all = senders.iter().flat_map(|sender| std::iter::repeat_n(sender, streams.each));
        let tasks: Vec<_> = all.map(|sender| spawn_local(Rc::clone(&run).stream(sender.clone()))).collect();
        for task in tasks {
            task.await.map_err(|_| anyhow!("a stream panicked"))??;
        }
        Ok::<_, anyhow::Error>(start.elapsed())
    })?;
    // Streams that are over hold it no more.
    let state = std::mem::replace(&mut *run.state.borrow_mut(), State::new(keys, Order::Drawn(0, super::Draw::new(0))));
    Ok(Figures::of(state.times, state.by_key, elapsed))
}

fn connector(root: &CertificateDer<'static>) -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).context("trust the certificate")?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

async fn connect(address: SocketAddr, connector: &TlsConnector) -> Result<SendRequest<Bytes>> {
    let tcp = timeout(SILENCE, TcpStream::connect(address)).await.context("connect")??;
    tcp.set_nodelay(true)?;
    let tls = timeout(SILENCE, connector.connect(ServerName::try_from(HOST)?, tcp)).await.context("TLS")??;
    if tls.get_ref().1.alpn_protocol() != Some(b"h2") {
        bail!("HTTP/2 was not agreed on");
    }
    let (sender, connection) = h2::client::handshake(tls).await.context("HTTP/2")?;
    spawn_local(async move {
        // An error shows in every stream.
        let _ended = connection.await;
    });
    Ok(sender)
}

struct Run {
    keys: Rc<Keys>,
    state: RefCell<State>,
}

struct State {
    order: Order,
    total: u64,
    sent: u64,
    times: Vec<u32>,
    by_key: Vec<u32>,
}

impl State {
    fn new(keys: &Keys, order: Order) -> Self {
        let total = order.count(keys);
        let times = Vec::with_capacity(usize::try_from(total).unwrap_or(0));
        Self { order, total, sent: 0, times, by_key: vec![0; keys.count()] }
    }
}

impl Run {
    /// The next key, if there is one.
    fn next(&self) -> Option<usize> {
        let state = &mut *self.state.borrow_mut();
        if state.sent == state.total {
            return None;
        }
        let key = state.order.next(state.sent, &self.keys);
        state.sent += 1;
        Some(key)
    }

    async fn stream(self: Rc<Self>, sender: SendRequest<Bytes>) -> Result<()> {
        let mut sender = sender.ready().await.context("HTTP/2")?;
        while let Some(key) = self.next() {
            let start = clock::now();
            let request = self.request(key)?;
            sender = sender.ready().await.context("HTTP/2")?;
            let (answer, _) = sender.send_request(request, true).context("send a request")?;
            timeout(SILENCE, read(answer)).await.context("no answer")??;
            let state = &mut *self.state.borrow_mut();
            state.times.push(nanos(start.elapsed()));
            if let Some(count) = state.by_key.get_mut(key) {
                *count += 1;
            }
        }
        Ok(())
    }

    fn request(&self, key: usize) -> Result<Request<()>> {
        let uri = Uri::builder().scheme("https").authority(HOST).path_and_query(self.keys.path()).build()?;
        let line = std::str::from_utf8(self.keys.line(key))?;
        let (name, value) = line.split_once(": ").context("a header line")?;
        Ok(Request::builder().uri(uri).header(name, value).body(())?)
    }
}

async fn read(answer: h2::client::ResponseFuture) -> Result<()> {
    let answer = answer.await.context("an answer")?;
    if answer.status() != 200 {
        bail!("an answer {}", answer.status().as_u16());
    }
    let mut body = answer.into_body();
    while let Some(part) = body.data().await {
        let part = part.context("a body")?;
        body.flow_control().release_capacity(part.len())?;
    }
    Ok(())
}
