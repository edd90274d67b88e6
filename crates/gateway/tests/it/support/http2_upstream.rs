//! An upstream that speaks HTTP/2, plain or over TLS, and does what the path says.

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{Request, Response};
use rustls::pki_types::PrivateKeyDer;
use rustls::{HandshakeKind, ServerConfig};
use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use tokio::io::{AsyncRead, AsyncWrite};

/// The upstream. Ends with the test.
pub(crate) struct Http2Upstream {
    pub(crate) port: u16,
    /// Its own certificate, for `localhost`, as PEM.
    pub(crate) certificate: String,
    counts: Arc<Mutex<HashMap<String, usize>>>,
}

/// What is offered by ALPN; nothing: no TLS.
pub(crate) type Alpn = &'static [&'static str];

impl Http2Upstream {
    pub(crate) fn start(alpn: Alpn) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        server.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let counts = Arc::default();
        let own = Counts(Arc::clone(&counts));
        let tls = (!alpn.is_empty()).then(|| tokio_rustls::TlsAcceptor::from(Arc::new(server)));
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(accept(listener, tls, own));
        });
        Self { port, certificate: made.cert.pem(), counts }
    }

    /// How often this happened: `connection`, `resumed`, or the method and path of a request.
    pub(crate) fn count(&self, what: &str) -> usize {
        self.counts.lock().unwrap().get(what).copied().unwrap_or_default()
    }
}

#[derive(Clone)]
struct Counts(Arc<Mutex<HashMap<String, usize>>>);

impl Counts {
    /// One more of these; how many there are now.
    fn add(&self, what: &str) -> usize {
        let mut counts = self.0.lock().unwrap();
        let count = counts.entry(what.to_owned()).or_default();
        *count += 1;
        *count
    }
}

async fn accept(listener: TcpListener, tls: Option<tokio_rustls::TlsAcceptor>, counts: Counts) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    while let Ok((tcp, _)) = listener.accept().await {
        let (tls, counts) = (tls.clone(), counts.clone());
        tokio::spawn(async move {
            let Some(tls) = tls else { return serve(tcp, counts).await };
            let Ok(stream) = tls.accept(tcp).await else { return };
            if stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed) {
                counts.add("resumed");
            }
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                serve(stream, counts).await;
            } else {
                plain(stream, counts).await;
            }
        });
    }
}

/// HTTP/1.1, one request.
async fn plain(mut stream: impl AsyncRead + AsyncWrite + Unpin, counts: Counts) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    counts.add("connection");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut head).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let _closed = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 8\r\n\r\nhttp/1.1").await;
    let _closed = stream.shutdown().await;
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, counts: Counts) {
    counts.add("connection");
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, respond))) = connection.accept().await {
        let what = format!("{} {}", request.method(), request.uri().path());
        let came = counts.add(&what);
        match request.uri().path() {
            "/goaway" => {
                tokio::spawn(answer(request, respond));
                connection.graceful_shutdown();
            }
            "/abrupt" => connection.abrupt_shutdown(Reason::INTERNAL_ERROR),
            "/refuse" if came == 1 => {
                let mut respond = respond;
                respond.send_reset(Reason::REFUSED_STREAM);
            }
            "/reset" => {
                let mut respond = respond;
                respond.send_reset(Reason::INTERNAL_ERROR);
            }
            "/hang" => drop(tokio::spawn(async move {
                let _held = (request, respond);
                std::future::pending::<()>().await;
            })),
            _ => drop(tokio::spawn(answer(request, respond))),
        }
    }
}

/// With the body that came.
async fn answer(request: Request<RecvStream>, mut respond: SendResponse<Bytes>) {
    let mut body = request.into_body();
    let mut came = Vec::new();
    while let Some(Ok(data)) = body.data().await {
        let _closed = body.flow_control().release_capacity(data.len());
        came.extend_from_slice(&data);
    }
    if let Ok(mut stream) = respond.send_response(Response::new(()), false) {
        let _closed = stream.send_data(if came.is_empty() { Bytes::from_static(b"h2") } else { came.into() }, true);
    }
}
