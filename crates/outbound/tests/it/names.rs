//! Names: resolved once, and the connection goes where that answer said.

use crate::support::{Does, LIMITS, Server, allowed, certificate, everything_is, fetcher, no_names};
use outbound::{FetchError, Resolver};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use url::Url;

/// Says each address once, in order, and the last one from then on: a name that is rebound.
fn rebinding(addresses: &[&str], asked: &Arc<AtomicUsize>) -> Resolver {
    let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    let asked = Arc::clone(asked);
    Arc::new(move |_| {
        let turn = asked.fetch_add(1, Ordering::SeqCst);
        let address = addresses[turn.min(addresses.len() - 1)];
        Box::pin(std::future::ready(Ok(vec![address])))
    })
}

#[tokio::test]
async fn a_name_is_resolved_once_and_connected_to_where_that_answer_said() {
    let (root, tls) = certificate(&["keys.example.com"]);
    let server = Server::start_with(Does::answers("hello"), Some(tls)).await;
    let asked = Arc::new(AtomicUsize::new(0));
    // The second answer would be refused, and nothing listens there.
    let fetcher = fetcher(rebinding(&["127.0.0.1", "127.0.0.99"], &asked), vec![root]);
    let url = Url::parse(&format!("https://keys.example.com:{}/", server.port)).unwrap();
    let answer = fetcher.get(&url, &allowed(&["127.0.0.1"]), LIMITS).await.unwrap();
    assert_eq!(&*answer.body, b"hello");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let rebound = fetcher.get(&url, &allowed(&["127.0.0.1"]), LIMITS).await.unwrap_err();
    assert_eq!(rebound, FetchError::Forbidden("127.0.0.99".parse().unwrap()));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn of_several_addresses_only_permitted_ones_are_tried() {
    let (root, tls) = certificate(&["keys.example.com"]);
    let server = Server::start_with(Does::answers("hello"), Some(tls)).await;
    // Not permitted and first; were it tried, the request would arrive there.
    let trap = tokio::net::TcpListener::bind(("127.0.0.2", server.port)).await.unwrap();
    let fetcher = fetcher(everything_is(&["127.0.0.2", "127.0.0.1"]), vec![root]);
    let url = Url::parse(&format!("https://keys.example.com:{}/", server.port)).unwrap();
    assert_eq!(fetcher.get(&url, &allowed(&["127.0.0.1"]), LIMITS).await.unwrap().status, 200);
    let nobody_came = tokio::time::timeout(std::time::Duration::ZERO, trap.accept()).await;
    assert!(nobody_came.is_err());
}

#[tokio::test]
async fn a_name_without_addresses_is_said_to_be_unresolved() {
    let url = Url::parse("https://keys.example.com/").unwrap();
    for resolver in [no_names(), everything_is(&[])] {
        let fault = fetcher(resolver, Vec::new()).get(&url, &allowed(&[]), LIMITS).await.unwrap_err();
        assert_eq!(fault, FetchError::Unresolved);
    }
}

#[tokio::test]
async fn the_systems_resolver_finds_localhost() {
    let server = Server::start(Does::answers("hello")).await;
    let fetcher = fetcher(outbound::system_resolver(), Vec::new());
    let url = Url::parse(&format!("http://localhost:{}/", server.port)).unwrap();
    assert_eq!(fetcher.get(&url, &allowed(&["127.0.0.1"]), LIMITS).await.unwrap().status, 200);
    assert_eq!(fetcher.get(&url, &allowed(&[]), LIMITS).await.unwrap_err(), FetchError::PlainHttp);
}
