//! Issuers: the discovery document first, then the set that it names.

use super::issuer::{Issuer, Says};
use super::support::{Running, eventually};
use crate::key_sets::fault::{Document, KeySetFault};
use domain::terms::KeySource;
use outbound::FetchError;

const PATH: &str = "/.well-known/openid-configuration";

fn discovery(issuer: &str, jwks_uri: &str) -> String {
    format!(r#"{{"issuer":"{issuer}","jwks_uri":"{jwks_uri}","scopes_supported":["openid"]}}"#)
}

async fn check_fault(document: impl Fn(&Issuer) -> Says, expected: KeySetFault) {
    let issuer = Issuer::start().await;
    issuer.has_keys("/keys", &["one"]);
    issuer.says(PATH, document(&issuer));
    let source = KeySource::Issuer(issuer.url("").into());
    let running = Running::start(std::slice::from_ref(&source));
    eventually(&expected.to_string(), || running.fault(&source) == Some(expected)).await;
    assert!(!running.has_set(&source));
    assert_eq!(issuer.asked("/keys"), 0, "{expected}");
}

#[tokio::test]
async fn an_issuers_set_is_found_by_its_discovery_document() {
    for path in ["", "/", "/tenant/a", "/tenant/b/"] {
        let issuer = Issuer::start().await;
        issuer.has_keys("/keys", &["one"]);
        let url = issuer.url(path);
        let document = format!("{}{PATH}", path.trim_end_matches('/'));
        issuer.says(&document, Says::Ok("", discovery(&url, &issuer.url("/keys"))));
        let source = KeySource::Issuer(url.into());
        let running = Running::start(std::slice::from_ref(&source));
        eventually(path, || running.has_key(&source, "one")).await;
        assert_eq!(issuer.asked(&document), 1);
    }
}

#[tokio::test]
async fn a_document_of_another_issuer_is_refused() {
    for suffix in ["/", "/other", "?x"] {
        let document = |issuer: &Issuer| Says::Ok("", discovery(&issuer.url(suffix), &issuer.url("/keys")));
        check_fault(document, KeySetFault::OtherIssuer).await;
    }
    let upper = |issuer: &Issuer| Says::Ok("", discovery(&issuer.url("").to_uppercase(), &issuer.url("/keys")));
    check_fault(upper, KeySetFault::OtherIssuer).await;
}

#[tokio::test]
async fn a_document_without_both_names_once_is_refused() {
    let twice = |issuer: &Issuer| {
        let (url, keys) = (issuer.url(""), issuer.url("/keys"));
        Says::Ok("", format!(r#"{{"issuer":"https://evil.example","issuer":"{url}","jwks_uri":"{keys}"}}"#))
    };
    check_fault(twice, KeySetFault::NotDiscovery).await;
    check_fault(|issuer| Says::Ok("", format!(r#"{{"issuer":"{}"}}"#, issuer.url(""))), KeySetFault::NotDiscovery)
        .await;
    check_fault(|issuer| Says::Ok("", discovery(&issuer.url(""), "keys")), KeySetFault::NotDiscovery).await;
    for garbage in ["", "[]", "<html>", "{", r#"{"issuer":1,"jwks_uri":2}"#] {
        check_fault(|_| Says::Ok("", garbage.to_owned()), KeySetFault::NotDiscovery).await;
    }
}

#[tokio::test]
async fn a_document_that_cannot_be_had_is_said_to_be_the_reason() {
    let document = Document::Discovery;
    let redirect = "HTTP/1.1 301 Moved\r\nlocation: /keys\r\ncontent-length: 0\r\n\r\n";
    check_fault(|_| Says::Raw(redirect.to_owned()), KeySetFault::Status { document, status: 301 }).await;
    check_fault(|_| Says::Closes, KeySetFault::Fetch { document, fault: FetchError::Broken }).await;
    let large = KeySetFault::Fetch { document, fault: FetchError::TooLarge { limit_bytes: 65_536 } };
    check_fault(|_| Says::Ok("", " ".repeat(65_537)), large).await;
}

#[tokio::test]
async fn a_set_at_a_private_address_is_not_fetched_whatever_the_document_says() {
    let document = Document::KeySet;
    let metadata = KeySetFault::Fetch { document, fault: FetchError::Forbidden("169.254.169.254".parse().unwrap()) };
    check_fault(|issuer| Says::Ok("", discovery(&issuer.url(""), "https://169.254.169.254/keys")), metadata).await;
    let plain = KeySetFault::Fetch { document, fault: FetchError::PlainHttp };
    check_fault(|issuer| Says::Ok("", discovery(&issuer.url(""), "http://127.0.0.2/keys")), plain).await;
    let file = KeySetFault::Fetch { document, fault: FetchError::Scheme };
    check_fault(|issuer| Says::Ok("", discovery(&issuer.url(""), "file:///etc/passwd")), file).await;
}

#[tokio::test]
async fn an_issuer_with_a_query_or_fragment_is_refused() {
    for url in ["https://issuer.example/?tenant=1", "https://issuer.example/#a"] {
        let source = KeySource::Issuer(url.into());
        let running = Running::start(std::slice::from_ref(&source));
        eventually(url, || running.fault(&source) == Some(KeySetFault::IssuerForm)).await;
    }
}
