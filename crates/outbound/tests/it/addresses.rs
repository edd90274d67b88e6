//! Private addresses in every spelling, and what owners allow.

use crate::support::{Does, LIMITS, Server, allowed, everything_is, fetcher, no_names};
use outbound::FetchError;
use url::Url;

async fn fault(url: &str, allowed_entries: &[&str]) -> FetchError {
    let url = Url::parse(url).unwrap();
    fetcher(no_names(), Vec::new()).get(&url, &allowed(allowed_entries), LIMITS).await.unwrap_err()
}

#[tokio::test]
async fn a_private_address_is_refused_however_it_is_spelled() {
    for (url, address) in [
        ("https://127.0.0.1/", "127.0.0.1"),
        ("https://127.1/", "127.0.0.1"),
        ("https://2130706433/", "127.0.0.1"),
        ("https://0x7f000001/", "127.0.0.1"),
        ("https://0x7f.0.0.1/", "127.0.0.1"),
        ("https://0177.0.0.1/", "127.0.0.1"),
        ("https://127.0.0.1./", "127.0.0.1"),
        ("https://%31%32%37.0.0.1/", "127.0.0.1"),
        ("https://１２７.0.0.1/", "127.0.0.1"),
        ("https://[::1]/", "::1"),
        ("https://[::]/", "::"),
        ("https://0/", "0.0.0.0"),
        ("https://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1"),
        ("https://[::ffff:7f00:1]/", "::ffff:127.0.0.1"),
        ("https://[::127.0.0.1]/", "::127.0.0.1"),
        ("https://[64:ff9b::7f00:1]/", "64:ff9b::7f00:1"),
        ("https://[2002:7f00:1::]/", "2002:7f00:1::"),
        ("https://169.254.169.254/latest/meta-data/", "169.254.169.254"),
        ("https://0xa9fea9fe/", "169.254.169.254"),
        ("https://10.0.0.1:8443/", "10.0.0.1"),
        ("https://[fd00::1]/", "fd00::1"),
    ] {
        assert_eq!(fault(url, &[]).await, FetchError::Forbidden(address.parse().unwrap()), "{url}");
    }
}

#[tokio::test]
async fn plain_http_goes_to_allowed_loopback_only() {
    let server = Server::start(Does::answers("hello")).await;
    for (url, entries) in [
        (format!("http://127.0.0.1:{}/", server.port), &[] as &[&str]),
        (format!("http://127.0.0.1:{}/", server.port), &["127.0.0.2", "10.0.0.0/8"]),
        ("http://10.0.0.1/".to_owned(), &["10.0.0.0/8"]),
        ("http://8.8.8.8/".to_owned(), &["0.0.0.0/0"]),
        ("http://0.0.0.0/".to_owned(), &["0.0.0.0/0"]),
    ] {
        assert_eq!(fault(&url, entries).await, FetchError::PlainHttp, "{url} {entries:?}");
    }
    assert_eq!(server.connections(), 0);
    let fetcher = fetcher(no_names(), Vec::new());
    let answer = fetcher.get(&server.url(), &allowed(&["127.0.0.0/8"]), LIMITS).await.unwrap();
    assert_eq!((answer.status, &*answer.body), (200, &b"hello"[..]));
    let mapped = Url::parse(&format!("http://[::ffff:127.0.0.1]:{}/", server.port)).unwrap();
    assert_eq!(fetcher.get(&mapped, &allowed(&["127.0.0.1"]), LIMITS).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_url_that_hides_something_is_refused_before_anything_is_resolved() {
    for (url, expected) in [
        ("ftp://example.com/", FetchError::Scheme),
        ("file:///etc/passwd", FetchError::Scheme),
        ("data:text/plain,x", FetchError::Scheme),
        ("gopher://127.0.0.1/", FetchError::Scheme),
        ("https://user@example.com/", FetchError::UserInfo),
        ("https://user:secret@example.com/", FetchError::UserInfo),
        ("https://:secret@example.com/", FetchError::UserInfo),
        ("https://example.com/#keys", FetchError::Fragment),
        ("https://example.com/#", FetchError::Fragment),
        ("http://user@127.0.0.1/", FetchError::UserInfo),
    ] {
        assert_eq!(fault(url, &["0.0.0.0/0", "::/0"]).await, expected, "{url}");
    }
}

#[tokio::test]
async fn a_name_with_private_addresses_only_is_refused() {
    let url = Url::parse("https://keys.example.com/").unwrap();
    for address in ["127.0.0.1", "10.1.2.3", "169.254.169.254", "fe80::1", "::ffff:192.168.0.1", "64:ff9b::a00:1"] {
        let fetcher = fetcher(everything_is(&[address]), Vec::new());
        let fault = fetcher.get(&url, &allowed(&[]), LIMITS).await.unwrap_err();
        assert_eq!(fault, FetchError::Forbidden(address.parse().unwrap()));
    }
}

#[tokio::test]
async fn errors_hold_no_part_of_the_url() {
    let fault = fault("https://user:hunter2@example.com/?key=hunter2", &[]).await;
    assert!(!format!("{fault} {fault:?}").contains("hunter2"));
}
