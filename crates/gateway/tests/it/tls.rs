//! Upstreams over TLS, with a certificate of the test's own.

use crate::support::{Gateway, Setup, config, request, standing_clock};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

struct TlsUpstream {
    port: u16,
    roots: RootCertStore,
    handshakes: Arc<AtomicUsize>,
}

/// Answers requests without a body with the protocol that ALPN settled on.
fn start() -> TlsUpstream {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    listener.set_nonblocking(true).unwrap();
    let handshakes = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&handshakes);
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(serve(listener, server, count));
    });
    TlsUpstream { port, roots, handshakes }
}

async fn serve(listener: TcpListener, server: ServerConfig, handshakes: Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(server));
    while let Ok((tcp, _)) = listener.accept().await {
        let Ok(mut stream) = acceptor.accept(tcp).await else { continue };
        handshakes.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            let mut head = Vec::new();
            while let Ok(1..) = stream.read_buf(&mut head).await {
                if head.ends_with(b"\r\n\r\n") {
                    let alpn = stream.get_ref().1.alpn_protocol().unwrap_or_default().to_vec();
                    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", alpn.len());
                    stream.write_all(&[answer.as_bytes(), &alpn].concat()).await.unwrap();
                    head.clear();
                }
            }
        });
    }
}

fn gateway(url: String, roots: RootCertStore) -> Gateway {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let config = gateway::GatewayConfig { upstream_tls: Some(Arc::new(client)), ..config() };
    Gateway::start_with(&Setup::new(url), config, standing_clock, 1)
}

#[test]
fn an_https_upstream_is_called_over_verified_tls_and_its_connection_is_kept() {
    let upstream = start();
    let gateway = gateway(format!("https://localhost:{}", upstream.port), upstream.roots.clone());
    for method in ["GET", "POST", "GET", "DELETE"] {
        let reply = gateway.send(&request(method, "/orders/x", "", ""));
        assert_eq!((reply.status, reply.body.as_str()), (200, "http/1.1"), "{method}");
    }
    assert_eq!(upstream.handshakes.load(Ordering::SeqCst), 1);
}

#[test]
fn a_certificate_that_is_not_trusted_or_not_for_the_name_is_502() {
    let upstream = start();
    let unknown = gateway(format!("https://localhost:{}", upstream.port), RootCertStore::empty());
    assert_eq!(unknown.get("/orders/x").status, 502);
    let wrong_name = gateway(format!("https://127.0.0.1:{}", upstream.port), upstream.roots.clone());
    assert_eq!(wrong_name.get("/orders/x").status, 502);
    assert_eq!(upstream.handshakes.load(Ordering::SeqCst), 0);
}

#[test]
fn plain_http_to_a_tls_port_is_502() {
    let upstream = start();
    let gateway = gateway(format!("http://localhost:{}", upstream.port), upstream.roots);
    assert_eq!(gateway.send(&request("POST", "/orders/x", "", "")).status, 502);
}
