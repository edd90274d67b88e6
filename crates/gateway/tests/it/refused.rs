//! Every refusal of the checks: its status, its generic body, its headers, and that nothing reached the upstream.

use crate::support::{Counted, Gateway, Reply, Setup, Upstream, config, get, request, token};
use domain::terms::AuthMethod;
use domain::token::{TokenKind, generate};

#[track_caller]
fn assert_problem(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{reply:?}");
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    let request_id = reply.header("x-request-id").unwrap();
    let (title, detail, class) = match status {
        400 => ("Bad request", "the request is malformed", "bad-request"),
        401 => ("Unauthorized", "access to this API has been disallowed", "unauthorized"),
        403 => ("Forbidden", "access to this API has been disallowed", "forbidden"),
        404 => ("Not found", "there is nothing at this address", "not-found"),
        405 => ("Method not allowed", "this method is not allowed here", "method-not-allowed"),
        413 => ("Content too large", "the request body is too large", "content-too-large"),
        429 => ("Too many requests", "too many requests: the rate limit is used up", "rate-limited"),
        501 => ("Not implemented", "this method is not supported", "not-implemented"),
        503 => ("Service unavailable", "the service is temporarily unavailable", "unavailable"),
        other => panic!("{other}"),
    };
    let expected = format!(
        r#"{{"type":"urn:portcullis:problem:{class}","title":"{title}","status":{status},"detail":"{detail}","request_id":"{request_id}","error":"{detail}"}}"#
    );
    assert_eq!(reply.body, expected);
    assert_eq!(reply.header("www-authenticate").is_some(), status == 401);
    assert_eq!(reply.header("allow").is_some(), status == 405);
    assert_eq!(reply.header("retry-after").is_some(), matches!(status, 429 | 503));
}

/// One refused request against a changed setup; nothing may reach the upstream.
#[track_caller]
fn check(change: impl FnOnce(&mut Setup), text: &str, status: u16) -> Reply {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    change(&mut setup);
    let gateway = Gateway::start(&setup);
    let reply = gateway.send(text);
    assert_problem(&reply, status);
    assert_eq!(upstream.connections(), 0);
    let counted = gateway.stop();
    assert_eq!((counted.calls, counted.refused + counted.without_profile), (0, 1), "{counted:?}");
    reply
}

fn same(_: &mut Setup) {}

fn with(headers: &str) -> String {
    format!("GET /orders/x HTTP/1.1\r\nhost: gw.test\r\n{headers}\r\n")
}

const CHALLENGE: &str = r#"Bearer realm="portcullis""#;
const INVALID: &str = r#"Bearer realm="portcullis", error="invalid_token""#;

#[test]
fn without_a_credential_401() {
    let reply = check(same, &with(""), 401);
    assert_eq!(reply.header("www-authenticate"), Some(CHALLENGE));
    let reply = check(same, &with("").replace("/orders/x", "/nowhere"), 401);
    assert_eq!(reply.header("www-authenticate"), Some(CHALLENGE));
}

#[test]
fn with_a_credential_that_is_not_good_401() {
    let token = token();
    let unknown = generate(TokenKind::Profile, [9; 32]);
    for headers in [
        format!("api-token: {}\r\n", unknown.expose()),
        format!("api-token: {}\r\n", unknown.expose()).replace("api-token", "API-TOKEN"),
        format!("api-token: {}x\r\n", &token[..token.len() - 1]),
        "api-token: \r\n".to_owned(),
        "api-token: \u{e9}\r\n".to_owned(),
        format!("api-token: {token}\r\napi-token: {token}\r\n"),
        format!("api-token: {token}\r\nauthorization: Bearer x\r\n"),
        format!("authorization: Bearer {token}\r\n"),
        format!("authorization: {token}\r\n"),
        "authorization: Basic Og==\r\nauthorization: Basic Og==\r\n".to_owned(),
    ] {
        let reply = check(same, &with(&headers), 401);
        assert_eq!(reply.header("www-authenticate"), Some(INVALID), "{headers}");
    }
    // The same answer whether or not the path is there.
    check(same, &with(&format!("api-token: {}\r\n", unknown.expose())).replace("/orders/x", "/nowhere"), 401);
}

#[test]
fn a_credential_in_the_query_is_none() {
    check(same, &format!("GET /orders/x?api_token={} HTTP/1.1\r\nhost: gw.test\r\n\r\n", token()), 401);
}

#[test]
fn with_a_token_where_the_profile_has_another_method_or_asks_for_a_certificate_401() {
    for method in [AuthMethod::Jwt, AuthMethod::Oauth2, AuthMethod::Oidc] {
        check(|setup| setup.method = method, &get("/orders/x"), 401);
    }
    check(|setup| setup.mtls_enabled = true, &get("/orders/x"), 401);
}

#[test]
fn switched_off_or_from_elsewhere_403() {
    check(|setup| setup.client_enabled = false, &get("/orders/x"), 403);
    check(|setup| setup.profile_active = false, &get("/orders/x"), 403);
    check(|setup| setup.deny = vec!["127.0.0.0/8"], &get("/orders/x"), 403);
    check(|setup| setup.allow = vec!["10.0.0.0/8"], &get("/orders/x"), 403);
    check(
        |setup| {
            setup.allow = vec!["127.0.0.1"];
            setup.deny = vec!["127.0.0.1"];
        },
        &get("/orders/x"),
        403,
    );
    // What a stranger says about its address is nothing.
    let claims = request("GET", "/orders/x", "x-forwarded-for: 10.0.0.1\r\nx-real-ip: 10.0.0.1\r\n", "");
    check(|setup| setup.allow = vec!["10.0.0.0/8"], &claims, 403);
    check(same, &get("/other/x"), 403);
    check(|setup| setup.granted = vec![], &get("/orders/x"), 403);
}

#[test]
fn what_is_not_there_404() {
    check(same, &get("/nowhere"), 404);
    check(same, &get("/"), 404);
    check(same, &get("/ORDERS/x"), 404);
    check(same, &get("/oauth2/token"), 404);
    check(same, &get("/.portcullis/usage"), 404);
    check(same, &request("POST", "/.portcullis/live", "", ""), 404);
    check(|setup| setup.collection_enabled = false, &get("/orders/x"), 404);
    check(same, &get("/orders/off"), 404);
    check(|setup| setup.endpoints = vec![("GET", "a", true)], &get("/orders/b"), 404);
    check(|setup| setup.endpoints = vec![("GET", "a", true)], &get("/orders/a/"), 404);
}

#[test]
fn with_another_method_405_and_the_active_ones() {
    let endpoints = vec![("GET", "a", true), ("PUT", "a", true), ("DELETE", "a", false)];
    let reply = check(|setup| setup.endpoints = endpoints, &request("POST", "/orders/a", "", ""), 405);
    assert_eq!(reply.header("allow"), Some("GET, HEAD, PUT"));
    let inactive = vec![("GET", "a", false)];
    check(|setup| setup.endpoints = inactive, &request("POST", "/orders/a", "", ""), 404);
}

#[test]
fn an_announced_body_over_the_limit_413() {
    let text = request("POST", "/orders/x", "", "123456");
    let reply = check(|setup| setup.limits.body_bytes = Some(5), &text, 413);
    assert_eq!(reply.header("connection"), None, "a short body is read away");
    let announced = request("POST", "/orders/x", "content-length: 5242881\r\n", "");
    let reply = check(same, &announced, 413);
    assert_eq!(reply.header("connection"), Some("close"));
}

#[test]
fn paths_that_two_servers_could_read_differently_400() {
    for path in [
        "/orders/../secret",
        "/orders/..",
        "/orders/%2e%2e/x",
        "/orders/%252e%252e/x",
        "/orders/..;a/x",
        "/orders/..%3Ba",
        "/orders/a%2fb",
        "/orders/a%5cb",
        "/orders/a\\b",
        "/orders//x",
        "//orders/x",
        "/orders/%00",
        "/orders/%0d%0a",
        "/orders/%zz",
        "/orders/%",
        "/orders/%ff",
        "/orders/.",
        "/orders/%EF%BC%8E%EF%BC%8E/x",
        "/./orders/x",
    ] {
        check(same, &get(path), 400);
    }
}

#[test]
fn methods_that_are_not_served_501() {
    for method in ["TRACE", "CONNECT", "BREW", "get", "PROPFIND"] {
        check(same, &request(method, "/orders/x", "", ""), 501);
    }
    check(same, &request("CONNECT", "orders:80", "", ""), 501);
}

#[test]
fn over_the_rate_limit_429_with_a_true_wait() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.rate = Some(6);
    let gateway = Gateway::start(&setup);
    for _ in 0..6 {
        assert_eq!(gateway.get("/orders/x").status, 200);
    }
    let reply = gateway.get("/orders/x");
    assert_problem(&reply, 429);
    assert_eq!(reply.header("retry-after"), Some("60"));
    assert_eq!(upstream.seen().len(), 6);
    assert_eq!(gateway.stop(), Counted { calls: 6, refused: 1, without_profile: 0 });
}

#[test]
fn a_worker_without_room_503_and_its_probes_go_on() {
    let upstream = Upstream::plain();
    let config = gateway::GatewayConfig { in_flight_per_worker: 0, ..config() };
    let gateway = Gateway::start_with(&Setup::new(upstream.url()), config, crate::support::standing_clock, 1);
    let reply = gateway.get("/orders/x");
    assert_problem(&reply, 503);
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert_eq!(gateway.send("GET /.portcullis/live HTTP/1.1\r\nhost: x\r\n\r\n").status, 200);
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn a_refused_request_leaves_its_connection_in_step() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = gateway.connect();
    let refused = request("POST", "/nowhere", "", &"x".repeat(60_000));
    assert_eq!(caller.write(refused.as_bytes()).reply().status, 404);
    assert_eq!(caller.write(get("/orders/x").as_bytes()).reply().status, 200);
}

#[test]
fn a_long_body_of_a_refused_request_is_not_waited_for_and_the_answer_arrives() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    for (framing, body) in [
        ("content-length: 1000000\r\n", "x".repeat(1_000_000)),
        ("transfer-encoding: chunked\r\n", format!("f4240\r\n{}\r\n0\r\n\r\n", "x".repeat(1_000_000))),
    ] {
        let mut caller = gateway.connect();
        caller.write(request("POST", "/nowhere", framing, "").as_bytes());
        let reply = caller.write(body.as_bytes()).reply();
        assert_eq!((reply.status, reply.header("connection")), (404, Some("close")));
        caller.assert_closed();
    }
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn a_caller_that_asks_leave_is_refused_before_it_sends() {
    let gateway = Gateway::start(&Setup::new("http://127.0.0.1:9"));
    let mut caller = gateway.connect();
    caller.write(request("POST", "/nowhere", "content-length: 10\r\nexpect: 100-continue\r\n", "").as_bytes());
    let reply = caller.reply();
    assert_eq!((reply.status, reply.header("connection")), (404, Some("close")));
}
