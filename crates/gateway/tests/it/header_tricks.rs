//! Header fields that a caller sends in the hope that they stand for ours: what the upstream saw decides.

use crate::support::{Gateway, Setup, Upstream, request};

/// Fields that no stranger gets through.
const REMOVED: &[&str] = &[
    "X-Portcullis-Client-Id",
    "x-portcullis-profile-id",
    "X-PORTCULLIS-PROFILE-NAME",
    "X-Portcullis-Collection",
    "X-Portcullis-Endpoint",
    "X-Portcullis-Claims",
    "X-Portcullis-Anything",
    "X_Portcullis_Client_Id",
    "X-Portcullis_Client-Id",
    "x_forwarded_for",
    "X-Forwarded_For",
    "X_Real_IP",
    "api_token",
    "API_TOKEN",
    "Authorization_",
    "Content_Length",
    "Transfer_Encoding",
    "Host_",
    "_",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Forwarded-User",
    "X-Forwarded-Client-Cert",
    "X-Forwarded",
    "Forwarded",
    "X-Real-IP",
    "X-HTTP-Method-Override",
    "X-HTTP-Method",
    "X-Method-Override",
    "X-Original-URL",
    "X-Rewrite-URL",
    "Proxy",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Keep-Alive",
    "HTTP2-Settings",
];

const MARK: &str = "a-callers-own-value";

#[test]
fn nothing_a_caller_sends_stands_for_what_the_gateway_says() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    for name in REMOVED {
        let before = upstream.seen().len();
        let reply = gateway.send(&request("GET", "/orders/x", &format!("{name}: {MARK}\r\n"), ""));
        let seen = &upstream.seen()[before..];
        assert!(matches!((reply.status, seen.len()), (200, 1) | (400, 0)), "{name}: {reply:?}");
        assert!(!format!("{seen:?}").contains(MARK), "{name}: {seen:?}");
    }
    // All at once, each twice.
    let fields = REMOVED.iter().flat_map(|name| [*name, ": ", MARK, "\r\n"].repeat(2)).collect::<String>();
    let before = upstream.seen().len();
    assert_eq!(gateway.send(&request("GET", "/orders/x", &fields, "")).status, 200);
    let seen = upstream.seen().split_off(before);
    assert!(!format!("{seen:?}").contains(MARK), "{seen:?}");
    assert_eq!(seen[0].header("x-portcullis-client-id"), Some("11"));
}

#[test]
fn connection_drops_what_it_names_and_never_ours() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let ours = [
        "host",
        "via",
        "x-request-id",
        "traceparent",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-portcullis-client-id",
        "x-portcullis-profile-id",
        "x-portcullis-profile-name",
        "x-portcullis-collection",
        "x-portcullis-endpoint",
        "content-length",
    ];
    for named in ours.iter().map(|name| (*name).to_owned()).chain([ours.join(", "), ours.join(",,").to_uppercase()]) {
        let before = upstream.seen().len();
        let text = request("POST", "/orders/x", &format!("Connection: {named}, x-own\r\nX-Own: {MARK}\r\n"), "body");
        assert_eq!(gateway.send(&text).status, 200, "{named}");
        let seen = upstream.seen().split_off(before).remove(0);
        for name in ours {
            assert!(seen.header(name).is_some(), "{name} is gone after {named}: {seen:?}");
        }
        assert_eq!((seen.header("x-own"), seen.body.as_slice()), (None, &b"body"[..]));
    }
}

#[test]
fn trailers_say_no_more_than_headers_may() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let forbidden =
        ["Authorization", "Api-Token", "Host", "Content-Length", "Transfer-Encoding", "Set-Cookie", "Trailer"];
    for name in REMOVED.iter().chain(&forbidden) {
        let before = upstream.seen().len();
        let head = request("POST", "/orders/x", "te: trailers\r\ntransfer-encoding: chunked\r\n", "");
        let reply = gateway.send(&format!("{head}1\r\na\r\n0\r\n{name}: {MARK}\r\nX-Sum: 1\r\n\r\n"));
        let seen = &upstream.seen()[before..];
        assert!(!format!("{seen:?}").contains(MARK), "{name}: {seen:?}");
        if reply.status == 200 {
            assert_eq!(seen[0].trailers, [("x-sum".to_owned(), "1".to_owned())], "{name}");
        } else {
            assert_eq!(reply.status, 400, "{name}: {reply:?}");
        }
    }
}

#[test]
fn a_repeated_credential_or_two_of_a_kind_is_refused() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    for fields in [
        "api-token: x\r\n",
        "API-TOKEN: x\r\n",
        "authorization: Bearer x\r\n",
        "Authorization: Basic eDp5\r\n",
        "authorization: x\r\nauthorization: y\r\n",
        "authorization: \r\n",
    ] {
        assert_eq!(gateway.send(&request("GET", "/orders/x", fields, "")).status, 401, "{fields}");
    }
    assert!(upstream.seen().is_empty());
}
