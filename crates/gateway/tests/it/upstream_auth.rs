//! How the gateway authenticates at upstreams: what they saw, and what callers cannot do about it.

use crate::refused::assert_problem;
use crate::support::{Gateway, PATIENCE, Setup, Upstream, get, request, standing_clock};
use domain::denial::Denial;
use domain::secret::Secret;
use domain::time::Monotonic;
use domain::upstream::{
    AuthHeader, AuthWay, BasicUser, ClientAuth, ClientName, OAuth2Client, QueryName, TokenSource, TokenUrl,
    UpstreamAuth,
};
use gateway::{TokenAsk, UpstreamToken};
use std::sync::Arc;

const SECRET: &str = "s3cret";

fn setup_with(upstream: &Upstream, way: AuthWay, secret: &str) -> Setup {
    let auth = UpstreamAuth { way, secret: Some(Secret::new(secret.to_owned())) };
    let mut setup = Setup::new(upstream.url());
    setup.adjust = Arc::new(move |_, changed| changed.auth = auth.clone());
    setup
}

#[test]
fn a_header_is_set_whatever_the_caller_sends_under_its_name() {
    let upstream = Upstream::plain();
    let way = AuthWay::Header { name: AuthHeader::parse("X-Api-Key").unwrap() };
    let gateway = Gateway::start(&setup_with(&upstream, way, SECRET));
    for fields in ["", "x-api-key: mine\r\n", "X-API-KEY: a\r\nx-api-key: b\r\n", "connection: x-api-key\r\n"] {
        let before = upstream.seen().len();
        assert_eq!(gateway.send(&request("GET", "/orders/x", &format!("{fields}x_api_key: mine\r\n"), "")).status, 200);
        let seen = upstream.seen().split_off(before).remove(0);
        assert_eq!(seen.header("x-api-key"), Some(SECRET), "{fields}");
        assert_eq!(seen.headers.last().unwrap().0, "x-api-key", "added last");
        assert_eq!(seen.header("x_api_key"), None);
    }
    let head = request("POST", "/orders/x", "te: trailers\r\ntransfer-encoding: chunked\r\n", "");
    assert_eq!(gateway.send(&format!("{head}1\r\na\r\n0\r\nX-Api-Key: mine\r\nx-sum: 1\r\n\r\n")).status, 200);
    let seen = upstream.seen().pop().unwrap();
    assert_eq!(seen.trailers, [("x-sum".to_owned(), "1".to_owned())]);
}

#[test]
fn basic_is_user_and_password() {
    let upstream = Upstream::plain();
    let way = AuthWay::Basic { user: BasicUser::parse("Aladdin").unwrap() };
    let gateway = Gateway::start(&setup_with(&upstream, way, "open sesame"));
    assert_eq!(gateway.get("/orders/x").status, 200);
    assert_eq!(upstream.only().header("authorization"), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
}

#[test]
fn a_parameter_is_appended_in_place_of_the_callers() {
    let upstream = Upstream::plain();
    let way = AuthWay::Query { name: QueryName::parse("key").unwrap() };
    let gateway = Gateway::start(&setup_with(&upstream, way, "a&b=c d"));
    for (target, expected) in [
        ("/orders/x", "/x?key=a%26b%3Dc%20d"),
        ("/orders/x?", "/x?key=a%26b%3Dc%20d"),
        ("/orders/x?a=1&b=%2f", "/x?a=1&b=%2f&key=a%26b%3Dc%20d"),
        ("/orders/x?key=mine&a&k%65y=mine&KEY=mine", "/x?a&key=a%26b%3Dc%20d"),
        ("/orders/x?api_token=t&a", "/x?a&key=a%26b%3Dc%20d"),
    ] {
        let reply = gateway.get(target);
        assert_eq!(reply.status, 200);
        assert_eq!(upstream.seen().pop().unwrap().line, format!("GET {expected} HTTP/1.1"));
        assert_eq!(gateway.recorded(&reply).path, "/orders/x");
    }
}

#[test]
fn a_redirect_does_not_give_the_parameter_away() {
    let upstream = Upstream::on_request(|seen, wire| {
        let (path, query) = seen.line.split(' ').nth(1).unwrap().split_once('?').unwrap();
        let host = seen.header("host").unwrap();
        let answer = format!(
            "HTTP/1.1 301 Moved Permanently\r\ncontent-length: 0\r\nlocation: http://{host}{path}/?{query}\r\n\r\n"
        );
        wire.write(answer.as_bytes());
        true
    });
    let way = AuthWay::Query { name: QueryName::parse("key").unwrap() };
    let gateway = Gateway::start(&setup_with(&upstream, way, SECRET));
    assert_eq!(gateway.get("/orders/x?a=1").header("location"), Some("http://gw.test/orders/x/?a=1"));
    assert_eq!(gateway.get("/orders/x").header("location"), Some("http://gw.test/orders/x/"));
}

#[test]
fn without_its_secret_nothing_is_forwarded() {
    let upstream = Upstream::plain();
    let way = AuthWay::Header { name: AuthHeader::parse("x-key").unwrap() };
    let mut setup = Setup::new(upstream.url());
    setup.adjust = Arc::new(move |_, changed| changed.auth = UpstreamAuth { way: way.clone(), secret: None });
    let gateway = Gateway::start(&setup);
    let reply = gateway.get("/orders/x");
    assert_problem(&reply, Denial::UpstreamTokenUnavailable);
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::UpstreamTokenUnavailable));
    assert!(upstream.seen().is_empty());
}

fn oauth2() -> OAuth2Client {
    OAuth2Client {
        token_url: TokenUrl::parse("https://login.example.com/token").unwrap(),
        client_id: ClientName::parse("shop").unwrap(),
        scope: None,
        client_auth: ClientAuth::Basic,
    }
}

fn source() -> TokenSource {
    TokenSource::new(oauth2(), Secret::new(SECRET.to_owned()))
}

/// A token that is good for so many nanoseconds of the standing clock.
fn token(text: &str, nanos: u64) -> Arc<UpstreamToken> {
    Arc::new(UpstreamToken::new(text, Monotonic(standing_clock().monotonic.0 + nanos)))
}

fn next_ask(gateway: &mut Gateway) -> TokenAsk {
    let asks = gateway.token_asks.as_mut().unwrap();
    gateway.runtime.block_on(async { tokio::time::timeout(PATIENCE, asks.recv()).await.unwrap().unwrap() })
}

#[test]
fn a_token_that_is_there_is_sent_and_nobody_is_asked() {
    let upstream = Upstream::plain();
    let mut gateway = Gateway::start(&setup_with(&upstream, AuthWay::OAuth2(oauth2()), SECRET));
    gateway.upstream_tokens.put(&source(), Some(&token("t-1", 1)));
    let fields = "authorization: mine\r\n".replace("authorization", "x-authorization");
    assert_eq!(gateway.send(&request("GET", "/orders/x", &fields, "")).status, 200);
    assert_eq!(upstream.only().header("authorization"), Some("Bearer t-1"));
    gateway.upstream_tokens.put(&source(), Some(&token("t-2", 1)));
    assert_eq!(gateway.get("/orders/x").status, 200);
    assert_eq!(upstream.seen()[1].header("authorization"), Some("Bearer t-2"));
    assert!(gateway.token_asks.as_mut().unwrap().try_recv().is_err());
}

#[test]
fn the_first_token_is_waited_for() {
    let upstream = Upstream::plain();
    let mut gateway = Gateway::start(&setup_with(&upstream, AuthWay::OAuth2(oauth2()), SECRET));
    // One that has expired is none.
    gateway.upstream_tokens.put(&source(), Some(&token("old", 0)));
    let mut callers: Vec<_> = (0..3).map(|_| gateway.connect()).collect();
    for caller in &mut callers {
        caller.write(get("/orders/x").as_bytes());
    }
    let asks: Vec<_> = (0..3).map(|_| next_ask(&mut gateway)).collect();
    assert!(asks.iter().all(|ask| *ask.source == source() && ask.refused.is_none()));
    gateway.upstream_tokens.put(&source(), Some(&token("t-1", 1)));
    for ask in asks {
        ask.done.send(()).unwrap();
    }
    for caller in &mut callers {
        assert_eq!(caller.reply().status, 200);
    }
    assert!(upstream.seen().iter().all(|seen| seen.header("authorization") == Some("Bearer t-1")));
}

#[test]
fn without_a_token_503_after_a_bounded_wait_or_at_once() {
    let upstream = Upstream::plain();
    let mut setup = setup_with(&upstream, AuthWay::OAuth2(oauth2()), SECRET);
    setup.timeouts_ms.connect = 50;
    let mut gateway = Gateway::start(&setup);
    assert_problem(&gateway.get("/orders/x"), Denial::UpstreamTokenUnavailable);
    // Whoever gets tokens may say at once that there is none.
    let mut caller = gateway.connect();
    caller.write(get("/orders/x").as_bytes());
    drop((next_ask(&mut gateway), next_ask(&mut gateway)));
    assert_problem(&caller.reply(), Denial::UpstreamTokenUnavailable);
    // And without anybody to ask it is the same.
    drop(gateway.token_asks.take());
    assert_problem(&gateway.get("/orders/x"), Denial::UpstreamTokenUnavailable);
    assert!(upstream.seen().is_empty());
}

#[test]
fn a_401_of_the_upstream_goes_on_and_another_token_is_asked_for() {
    let upstream = Upstream::answering("HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno");
    let mut gateway = Gateway::start(&setup_with(&upstream, AuthWay::OAuth2(oauth2()), SECRET));
    let first = token("t-1", 1);
    gateway.upstream_tokens.put(&source(), Some(&first));
    let reply = gateway.get("/orders/x");
    assert_eq!((reply.status, reply.body.as_str()), (401, "no"));
    let ask = next_ask(&mut gateway);
    assert!(Arc::ptr_eq(ask.refused.as_ref().unwrap(), &first));
    assert_eq!(upstream.seen().len(), 1, "the call is not repeated");
}

#[test]
fn other_settings_do_not_get_the_token_of_former_ones() {
    let upstream = Upstream::plain();
    let mut setup = setup_with(&upstream, AuthWay::OAuth2(oauth2()), SECRET);
    setup.timeouts_ms.connect = 50;
    let gateway = Gateway::start(&setup);
    gateway.upstream_tokens.put(&source(), Some(&token("t-1", 1)));
    assert_eq!(gateway.get("/orders/x").status, 200);
    let mut other = setup_with(&upstream, AuthWay::OAuth2(oauth2()), "another");
    other.timeouts_ms.connect = 50;
    gateway.change(other.deltas());
    assert_problem(&gateway.get("/orders/x"), Denial::UpstreamTokenUnavailable);
    assert_eq!(upstream.seen().len(), 1);
}
