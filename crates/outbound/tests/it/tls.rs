//! https: certificates are verified against the name in the URL.

use crate::support::{Does, LIMITS, Server, allowed, certificate, everything_is, fetcher};
use outbound::{FetchError, Limits};
use std::time::Duration;
use url::Url;

#[tokio::test]
async fn a_trusted_certificate_for_the_name_is_taken() {
    let (root, tls) = certificate(&["keys.example.com", "127.0.0.1"]);
    let server = Server::start_with(Does::answers("hello"), Some(tls)).await;
    let fetcher = fetcher(everything_is(&["127.0.0.1"]), vec![root]);
    for host in ["keys.example.com", "KEYS.example.com", "127.0.0.1"] {
        let url = Url::parse(&format!("https://{host}:{}/", server.port)).unwrap();
        let answer = fetcher.get(&url, &allowed(&["127.0.0.1"]), LIMITS).await.unwrap();
        assert_eq!(&*answer.body, b"hello", "{host}");
    }
}

#[tokio::test]
async fn an_unknown_certificate_or_another_name_is_refused() {
    let (root, tls) = certificate(&["keys.example.com"]);
    let server = Server::start_with(Does::answers("hello"), Some(tls)).await;
    let (other_root, _) = certificate(&["keys.example.com"]);
    for (name, roots) in [
        ("keys.example.com", vec![]),
        ("keys.example.com", vec![other_root]),
        ("other.example.com", vec![root.clone()]),
        ("127.0.0.1", vec![root]),
    ] {
        let url = Url::parse(&format!("https://{name}:{}/", server.port)).unwrap();
        let fetcher = fetcher(everything_is(&["127.0.0.1"]), roots);
        let fault = fetcher.get(&url, &allowed(&["127.0.0.1"]), LIMITS).await.unwrap_err();
        assert_eq!(fault, FetchError::Certificate, "{name}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to() {
    let server = Server::start(Does::answers("hello")).await;
    let url = Url::parse(&format!("https://127.0.0.1:{}/", server.port)).unwrap();
    let fetcher = fetcher(everything_is(&[]), Vec::new());
    let limits = Limits { connect: Duration::from_millis(300), ..LIMITS };
    let fault = fetcher.get(&url, &allowed(&["127.0.0.1"]), limits).await.unwrap_err();
    // It waits for the end of a request, we for its part of the handshake.
    assert_eq!(fault, FetchError::Timeout);
    let server = Server::start(Does::Closes).await;
    let url = Url::parse(&format!("https://127.0.0.1:{}/", server.port)).unwrap();
    assert_eq!(fetcher.get(&url, &allowed(&["127.0.0.1"]), LIMITS).await.unwrap_err(), FetchError::Unreachable);
}
