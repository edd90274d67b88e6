//! Servers that say exactly what a test wants, and fetchers that believe the test's own resolver.

use domain::cidr::{CidrEntry, CidrSet};
use outbound::{FetchError, Fetched, Fetcher, FetcherConfig, Limits, Resolver};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

pub(crate) const LIMITS: Limits =
    Limits { body_bytes: 65_536, total: Duration::from_secs(20), connect: Duration::from_secs(20) };

/// What a server does with each request.
#[derive(Clone)]
pub(crate) enum Does {
    /// Sends these bytes and closes.
    Says(Vec<u8>),
    /// Sends the bytes again and again.
    Repeats(Vec<u8>),
    /// Reads and never answers.
    Waits,
    /// Accepts and closes.
    Closes,
}

impl Does {
    pub(crate) fn says(text: &str) -> Self {
        Self::Says(text.as_bytes().to_vec())
    }

    /// 200 with this body.
    pub(crate) fn answers(body: &str) -> Self {
        Self::Says(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes())
    }
}

/// A server on 127.0.0.1, and what it saw.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) connections: Arc<AtomicUsize>,
    heads: tokio::sync::Mutex<tokio::sync::mpsc::UnboundedReceiver<String>>,
}

impl Server {
    pub(crate) async fn start(does: Does) -> Self {
        Self::start_with(does, None).await
    }

    pub(crate) async fn start_with(does: Does, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let (sender, heads) = tokio::sync::mpsc::unbounded_channel();
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let (does, sender, tls) = (does.clone(), sender.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => act(does, tcp, sender).await,
                        Some(tls) => {
                            let acceptor = tokio_rustls::TlsAcceptor::from(tls);
                            if let Ok(stream) = acceptor.accept(tcp).await {
                                act(does, stream, sender).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, connections, heads: tokio::sync::Mutex::new(heads) }
    }

    pub(crate) fn url(&self) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}/keys?v=1", self.port)).unwrap()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The head of the next request, in lower case.
    pub(crate) async fn head(&self) -> String {
        self.heads.lock().await.recv().await.unwrap().to_lowercase()
    }
}

async fn act(
    does: Does,
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    heads: tokio::sync::mpsc::UnboundedSender<String>,
) {
    if matches!(does, Does::Closes) {
        return;
    }
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if !matches!(stream.read_buf(&mut head).await, Ok(1..)) {
            return;
        }
    }
    let _ = heads.send(String::from_utf8_lossy(&head).into_owned());
    match does {
        Does::Says(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Does::Repeats(bytes) => while stream.write_all(&bytes).await.is_ok() {},
        Does::Waits => {
            let _ = stream.read_buf(&mut head).await;
        }
        Does::Closes => {}
    }
}

/// A certificate for some names, self-signed, and the server's side of it.
pub(crate) fn certificate(names: &[&str]) -> (CertificateDer<'static>, Arc<ServerConfig>) {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (made.cert.der().clone(), Arc::new(server))
}

pub(crate) fn allowed(entries: &[&str]) -> CidrSet {
    CidrSet::new(&entries.iter().map(|entry| CidrEntry::parse(entry).unwrap()).collect::<Vec<_>>())
}

/// Every name has these addresses.
pub(crate) fn everything_is(addresses: &[&str]) -> Resolver {
    let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    Arc::new(move |_| Box::pin(std::future::ready(Ok(addresses.clone()))))
}

/// No name has any.
pub(crate) fn no_names() -> Resolver {
    Arc::new(|_| Box::pin(std::future::ready(Err(io::ErrorKind::NotFound.into()))))
}

pub(crate) fn fetcher(resolver: Resolver, roots: Vec<CertificateDer<'static>>) -> Fetcher {
    Fetcher::new(&FetcherConfig { extra_roots: roots, resolver }).unwrap()
}

/// Fetches from a server of the test, which is allowed.
pub(crate) async fn get(server: &Server) -> Result<Fetched, FetchError> {
    get_within(server, LIMITS).await
}

pub(crate) async fn get_within(server: &Server, limits: Limits) -> Result<Fetched, FetchError> {
    fetcher(no_names(), Vec::new()).get(&server.url(), &allowed(&["127.0.0.1"]), limits).await
}
