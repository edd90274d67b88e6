//! The auth token in the query, where the collection allows it: read, counted as a credential, removed, never logged.

use crate::refused::assert_problem;
use crate::support::{Gateway, Setup, Upstream, request, token};
use domain::denial::Denial;

fn allowing(upstream: &Upstream) -> Gateway {
    let mut setup = Setup::new(upstream.url());
    setup.allow_query_token = true;
    Gateway::start(&setup)
}

fn get(target: &str, headers: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nhost: gw.test\r\n{headers}\r\n")
}

#[test]
fn it_admits_and_is_removed_before_forwarding() {
    let upstream = Upstream::plain();
    let gateway = allowing(&upstream);
    let token = token();
    let escaped = token.replace('_', "%5F");
    for (query, forwarded) in [
        (format!("?api_token={token}"), "/x"),
        (format!("?a=1&api_token={token}&b=%2f"), "/x?a=1&b=%2f"),
        (format!("?api%5Ftoken={escaped}&c"), "/x?c"),
        (format!("?API_TOKEN={token}"), "/x"),
    ] {
        let reply = gateway.send(&get(&format!("/orders/x{query}"), ""));
        assert_eq!(reply.status, 200, "{query}");
        assert_eq!(upstream.seen().last().unwrap().line, format!("GET {forwarded} HTTP/1.1"));
        assert_eq!(gateway.recorded(&reply).path, "/orders/x");
    }
    assert!(upstream.seen().iter().all(|seen| !format!("{seen:?}").contains(&token)));
}

#[test]
fn it_is_removed_where_it_is_not_read_too() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    assert_eq!(gateway.send(&request("GET", "/orders/x?api_token=pc_x&a", "", "")).status, 200);
    assert_eq!(upstream.only().line, "GET /x?a HTTP/1.1");
}

#[test]
fn it_is_a_credential_like_any_other() {
    let upstream = Upstream::plain();
    let gateway = allowing(&upstream);
    let token = token();
    let header = format!("api-token: {token}\r\n");
    for (target, headers, denial) in [
        (format!("/orders/x?api_token={token}&api_token={token}"), "", Denial::CredentialAmbiguous),
        (format!("/orders/x?api_token={token}&Api_Token=x"), "", Denial::CredentialAmbiguous),
        (format!("/orders/x?api_token={token}"), header.as_str(), Denial::CredentialAmbiguous),
        (format!("/orders/x?api_token={token}"), "authorization: Bearer x\r\n", Denial::CredentialAmbiguous),
        ("/orders/x?api_token=".to_owned(), "", Denial::CredentialMalformed),
        ("/orders/x?api_token".to_owned(), "", Denial::CredentialMalformed),
        (format!("/orders/x?api_token={token}%20"), "", Denial::CredentialMalformed),
        (format!("/orders/x?api_token={token}+"), "", Denial::CredentialMalformed),
    ] {
        let reply = gateway.send(&get(&target, headers));
        assert_problem(&reply, denial);
        assert_eq!(reply.header("www-authenticate"), Some(r#"Bearer realm="portcullis", error="invalid_token""#));
        assert_eq!(gateway.recorded(&reply).denial, Some(denial), "{target}");
    }
    // Where the path leads nowhere, nothing says that a query is read.
    let reply = gateway.send(&get(&format!("/nowhere?api_token={token}"), ""));
    assert_problem(&reply, Denial::CredentialMissing);
    assert_eq!(upstream.connections(), 0);
}
