//! What a collection says of forwarding: the caller's `Host`, `Authorization`, claims, `Location`.

use crate::support::{Gateway, Setup, Upstream, get, request, token};
use domain::denial::Denial;
use domain::upstream::{BaseUrl, UpstreamUrls};
use std::sync::Arc;

#[test]
fn the_upstream_gets_its_own_authority_or_the_callers_host() {
    for keep_host in [false, true] {
        let upstream = Upstream::plain();
        let mut setup = Setup::new(upstream.url());
        setup.forwarding.keep_host = keep_host;
        let gateway = Gateway::start(&setup);
        assert_eq!(gateway.get("/orders/x").status, 200);
        let seen = upstream.only();
        let authority = upstream.authority();
        let expected = if keep_host { "gw.test" } else { &authority };
        assert_eq!((seen.header("host"), seen.header("x-forwarded-host")), (Some(expected), Some("gw.test")));
    }
}

#[test]
fn a_location_under_any_of_several_urls_leads_back() {
    let upstream = Upstream::on_request(|seen, wire| {
        let to = seen.line.split(' ').nth(1).unwrap().split_once("?to=").unwrap().1;
        wire.write(format!("HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: {to}\r\n\r\n").as_bytes());
        true
    });
    let mut setup = Setup::new(upstream.url());
    let urls = [format!("{}/base", upstream.url()), format!("{}/base/two", upstream.url())];
    setup.adjust = Arc::new(move |_, changed| {
        changed.urls = UpstreamUrls::new(urls.iter().map(|url| BaseUrl::parse(url).unwrap()).collect()).unwrap();
    });
    let gateway = Gateway::start(&setup);
    let base = upstream.url();
    for (to, expected) in [
        (format!("{base}/base/a?b"), "http://gw.test/orders/a?b".to_owned()),
        (format!("{base}/base/two/a"), "http://gw.test/orders/a".to_owned()),
        (format!("{base}/base"), "http://gw.test/orders".to_owned()),
        (format!("{base}/basement"), format!("{base}/basement")),
        ("https://elsewhere.example/base/a".to_owned(), "https://elsewhere.example/base/a".to_owned()),
        ("/base/a".to_owned(), "/base/a".to_owned()),
    ] {
        let reply = gateway.get(&format!("/orders/x?to={to}"));
        assert_eq!((reply.status, reply.header("location")), (302, Some(expected.as_str())), "{to}");
    }
}

#[test]
fn authorization_that_is_the_upstreams_passes_unchanged_and_is_no_credential() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.forwarding.pass_authorization = true;
    let gateway = Gateway::start(&setup);
    for value in ["Bearer a.b.c", "Basic  eDp5 ", "Digest username=\"x\", nonce=\"y\"", "Bearer pca_x"] {
        let before = upstream.seen().len();
        let reply = gateway.send(&request("GET", "/orders/x", &format!("Authorization: {value}\r\n"), ""));
        assert_eq!(reply.status, 200, "{value}: {reply:?}");
        let seen = upstream.seen().split_off(before).remove(0);
        assert_eq!((seen.header("authorization"), seen.header("api-token")), (Some(value.trim()), None));
    }
    // It does not admit anybody, and says nothing about a credential.
    let only = |target: &str| {
        let authorization = format!("Basic {}", base64(&format!("api-token:{}", token())));
        gateway.send(&format!("GET {target} HTTP/1.1\r\nhost: gw.test\r\nauthorization: {authorization}\r\n\r\n"))
    };
    let reply = only("/orders/x");
    assert_eq!(reply.status, 401);
    assert_eq!(reply.header("www-authenticate"), Some(r#"Bearer realm="portcullis""#));
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::CredentialMissing));
    // Elsewhere it is one.
    assert_eq!(only("/nowhere/x").status, 404);
    let both = request("GET", "/nowhere", "authorization: Bearer x\r\n", "");
    assert_eq!(gateway.recorded(&gateway.send(&both)).denial, Some(Denial::CredentialAmbiguous));
}

#[test]
fn a_query_and_a_path_with_every_rule_at_once() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(format!("{}/base", upstream.url()));
    setup.forwarding.keep_host = true;
    setup.forwarding.allow_encoded_slash = true;
    setup.forwarding.send_claims = true;
    let gateway = Gateway::start(&setup);
    assert_eq!(gateway.send(&get("/orders/a%2fb?c=%2f")).status, 200);
    let seen = upstream.only();
    assert_eq!(seen.line, "GET /base/a%2Fb?c=%2f HTTP/1.1");
    // There are no claims without a JSON Web Token.
    assert_eq!(seen.header("x-portcullis-claims"), None);
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
