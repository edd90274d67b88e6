//! Every refusal of the checks: its status, its generic body, its headers, the true reason on record, and that nothing
//! reached the upstream.

use crate::support::{
    Counted, Gateway, KEY_ID, Mood, Reply, Setup, Upstream, config, get, request, standing_clock, token, token_of,
};
use domain::access_policy::{FailMode, OnStoreFailure};
use domain::denial::{Check, Denial};
use domain::terms::AuthMethod;
use domain::time::Timestamp;
use domain::token::{TokenKind, generate};

#[track_caller]
pub(crate) fn assert_problem(reply: &Reply, denial: Denial) {
    let status = denial.status();
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
        429 if denial.check() == Check::Quota => {
            ("Usage quota exceeded", "too many requests: the usage quota is used up", "quota-exceeded")
        }
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
fn check(change: impl FnOnce(&mut Setup), text: &str, denial: Denial) -> Reply {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    change(&mut setup);
    let gateway = Gateway::start(&setup);
    let reply = gateway.send(text);
    assert_problem(&reply, denial);
    let recorded = gateway.recorded(&reply);
    assert_eq!((recorded.denial, recorded.status), (Some(denial), denial.status()), "{text}");
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
    let reply = check(same, &with(""), Denial::CredentialMissing);
    assert_eq!(reply.header("www-authenticate"), Some(CHALLENGE));
    let reply = check(same, &with("").replace("/orders/x", "/nowhere"), Denial::CredentialMissing);
    assert_eq!(reply.header("www-authenticate"), Some(CHALLENGE));
}

#[test]
fn with_a_credential_that_is_not_good_401() {
    let token = token();
    let unknown = generate(TokenKind::Profile, [9; 32]);
    for (headers, denial) in [
        (format!("api-token: {}\r\n", unknown.expose()), Denial::CredentialUnknown),
        (format!("API-TOKEN: {}\r\n", unknown.expose()), Denial::CredentialUnknown),
        (format!("api-token: {}x\r\n", &token[..token.len() - 1]), Denial::CredentialMalformed),
        ("api-token: \r\n".to_owned(), Denial::CredentialMalformed),
        ("api-token: \u{e9}\r\n".to_owned(), Denial::CredentialMalformed),
        (format!("api-token: {token}\r\napi-token: {token}\r\n"), Denial::CredentialAmbiguous),
        (format!("api-token: {token}\r\nauthorization: Bearer x\r\n"), Denial::CredentialAmbiguous),
        (format!("authorization: Bearer {token}\r\n"), Denial::JwtMalformed),
        (format!("authorization: {token}\r\n"), Denial::CredentialWrongMethod),
        ("authorization: Basic Og==\r\nauthorization: Basic Og==\r\n".to_owned(), Denial::CredentialAmbiguous),
        ("authorization: Bearer pca_x\r\n".to_owned(), Denial::Oauth2Malformed),
        (format!("authorization: Bearer {}\r\n", "a".repeat(9000)), Denial::JwtTooLarge),
    ] {
        let reply = check(same, &with(&headers), denial);
        assert_eq!(reply.header("www-authenticate"), Some(INVALID), "{headers}");
    }
    // The same answer whether or not the path is there.
    check(
        same,
        &with(&format!("api-token: {}\r\n", unknown.expose())).replace("/orders/x", "/nowhere"),
        Denial::CredentialUnknown,
    );
}

#[test]
fn a_replaced_credential_is_told_apart_from_an_unknown_one() {
    let gateway = Gateway::start(&Setup::new("http://127.0.0.1:9"));
    let mut refreshed = Setup::new("http://127.0.0.1:9");
    refreshed.token = [1; 32];
    gateway.change(refreshed.deltas());
    let reply = gateway.get("/orders/x");
    assert_problem(&reply, Denial::CredentialRevoked);
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::CredentialRevoked));
}

#[test]
fn an_older_credential_works_to_the_end_of_the_overlap() {
    let upstream = Upstream::plain();
    let now = standing_clock().wall;
    let mut setup = Setup::new(upstream.url());
    setup.previous = Some(([1; 32], Timestamp(now.0 + 1)));
    let gateway = Gateway::start(&setup);
    let older = with(&format!("api-token: {}\r\n", token_of([1; 32])));
    assert_eq!(gateway.send(&older).status, 200);
    assert_eq!(gateway.get("/orders/x").status, 200);
    setup.previous = Some(([1; 32], now));
    gateway.change(setup.deltas());
    let reply = gateway.send(&older);
    assert_problem(&reply, Denial::CredentialRevoked);
    assert_eq!(gateway.get("/orders/x").status, 200);
}

#[test]
fn a_credential_in_the_query_is_none() {
    let text = format!("GET /orders/x?api_token={} HTTP/1.1\r\nhost: gw.test\r\n\r\n", token());
    let reply = check(same, &text, Denial::CredentialMissing);
    assert_eq!(reply.header("www-authenticate"), Some(CHALLENGE));
}

#[test]
fn with_a_token_where_the_profile_has_another_method_or_asks_for_a_certificate_401() {
    for method in [AuthMethod::Jwt, AuthMethod::Oauth2, AuthMethod::Oidc] {
        // A client secret is good at the token endpoint only; the others have no secret at all.
        let denial =
            if method == AuthMethod::Oauth2 { Denial::CredentialWrongMethod } else { Denial::CredentialUnknown };
        check(|setup| setup.method = method, &get("/orders/x"), denial);
        let identifier = with(&format!("api-token: {KEY_ID}\r\n"));
        check(|setup| setup.method = method, &identifier, Denial::CredentialWrongMethod);
    }
    check(|setup| setup.mtls_enabled = true, &get("/orders/x"), Denial::MtlsMissing);
}

#[test]
fn switched_off_or_from_elsewhere_403() {
    check(|setup| setup.client_enabled = false, &get("/orders/x"), Denial::ClientDisabled);
    check(|setup| setup.profile_active = false, &get("/orders/x"), Denial::ProfileDisabled);
    check(|setup| setup.deny = vec!["127.0.0.0/8"], &get("/orders/x"), Denial::IpDenied);
    check(|setup| setup.allow = vec!["10.0.0.0/8"], &get("/orders/x"), Denial::IpNotAllowed);
    check(
        |setup| {
            setup.allow = vec!["127.0.0.1"];
            setup.deny = vec!["127.0.0.1"];
        },
        &get("/orders/x"),
        Denial::IpDenied,
    );
    // What a stranger says about its address is nothing.
    let claims = request("GET", "/orders/x", "x-forwarded-for: 10.0.0.1\r\nx-real-ip: 10.0.0.1\r\n", "");
    check(|setup| setup.allow = vec!["10.0.0.0/8"], &claims, Denial::IpNotAllowed);
    check(same, &get("/other/x"), Denial::CollectionNotGranted);
    check(|setup| setup.granted = vec![], &get("/orders/x"), Denial::CollectionNotGranted);
}

#[test]
fn from_its_expiry_on_401() {
    let now = standing_clock().wall;
    check(|setup| setup.expires_at = Some(now), &get("/orders/x"), Denial::ProfileExpired);
    // Expiry comes before the switch.
    let both = |setup: &mut Setup| {
        setup.expires_at = Some(Timestamp(0));
        setup.profile_active = false;
    };
    check(both, &get("/orders/x"), Denial::ProfileExpired);
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.expires_at = Some(Timestamp(now.0 + 1));
    assert_eq!(Gateway::start(&setup).get("/orders/x").status, 200);
}

#[test]
fn what_is_not_there_404() {
    check(same, &get("/nowhere"), Denial::RouteUnknown);
    check(same, &get("/"), Denial::RouteUnknown);
    check(same, &get("/ORDERS/x"), Denial::RouteUnknown);
    check(same, &get("/oauth2/other"), Denial::RouteUnknown);
    check(same, &get("/oauth2/token/"), Denial::RouteUnknown);
    check(same, &get("/.portcullis/other"), Denial::RouteUnknown);
    check(same, &get("/.portcullis/usage/"), Denial::RouteUnknown);
    check(same, &request("POST", "/.portcullis/usage", "", ""), Denial::RouteUnknown);
    check(same, &request("POST", "/.portcullis/live", "", ""), Denial::RouteUnknown);
    check(|setup| setup.collection_enabled = false, &get("/orders/x"), Denial::CollectionDisabled);
    check(same, &get("/orders/off"), Denial::EndpointInactive);
    check(|setup| setup.endpoints = vec![("GET", "a", true)], &get("/orders/b"), Denial::EndpointUnknown);
    check(|setup| setup.endpoints = vec![("GET", "a", true)], &get("/orders/a/"), Denial::EndpointUnknown);
}

#[test]
fn with_another_method_405_and_the_active_ones() {
    let endpoints = vec![("GET", "a", true), ("PUT", "a", true), ("DELETE", "a", false)];
    let reply =
        check(|setup| setup.endpoints = endpoints, &request("POST", "/orders/a", "", ""), Denial::MethodNotAllowed);
    assert_eq!(reply.header("allow"), Some("GET, HEAD, PUT"));
    let inactive = vec![("GET", "a", false)];
    check(|setup| setup.endpoints = inactive, &request("POST", "/orders/a", "", ""), Denial::EndpointInactive);
}

#[test]
fn an_announced_body_over_the_limit_413() {
    let text = request("POST", "/orders/x", "", "123456");
    let reply = check(|setup| setup.limits.body_bytes = Some(5), &text, Denial::BodyTooLarge);
    assert_eq!(reply.header("connection"), None, "a short body is read away");
    let announced = request("POST", "/orders/x", "content-length: 5242881\r\n", "");
    let reply = check(same, &announced, Denial::BodyTooLarge);
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
        check(same, &get(path), Denial::PathAmbiguous);
    }
    check(same, &get("/orders/a%2fb"), Denial::EncodedSlash);
}

#[test]
fn what_stands_below_the_path_is_on_record_too() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let long = "x".repeat(70_000);
    for (text, denial) in [
        ("GET /orders/x HTTP/1.1\r\n\r\n".to_owned(), Denial::BadFraming),
        ("GET /orders/x HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n".to_owned(), Denial::BadFraming),
        ("GET /orders/x HTTP/1.1\nhost: a\n\n".to_owned(), Denial::BadFraming),
        (request("POST", "/orders/x", "content-length: 1\r\ntransfer-encoding: chunked\r\n", ""), Denial::BadFraming),
        (request("GET", "/orders/x", &format!("a: {}\r\n", "x".repeat(17_000)), ""), Denial::HeaderTooLarge),
        (get(&format!("/orders/{long}")), Denial::UriTooLong),
        ("GET /orders/x HTTP/2.7\r\nhost: a\r\n\r\n".to_owned(), Denial::VersionRefused),
    ] {
        let reply = gateway.send(&text);
        assert_eq!(reply.status, denial.status(), "{denial:?}");
        assert_eq!(gateway.recorded(&reply).denial, Some(denial));
    }
    let config = gateway::GatewayConfig { head_read: std::time::Duration::from_millis(50), ..config() };
    let gateway = Gateway::start_with(&Setup::new(upstream.url()), config, standing_clock, 1);
    let reply = gateway.send("GET /orders/x HTTP/1.1\r\nhost");
    assert_eq!((reply.status, gateway.recorded(&reply).denial), (408, Some(Denial::RequestTimeout)));
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn a_request_that_goes_in_a_circle_508() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let via = format!("via: {}\r\n", ["1.1 portcullis"; 5].join(", "));
    let reply = gateway.send(&request("GET", "/orders/x", &via, ""));
    assert_eq!(reply.status, 508);
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::LoopDetected));
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn methods_that_are_not_served_501() {
    for method in ["TRACE", "CONNECT", "BREW", "get", "PROPFIND"] {
        check(same, &request(method, "/orders/x", "", ""), Denial::MethodRefused);
    }
    check(same, &request("CONNECT", "orders:80", "", ""), Denial::MethodRefused);
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
    assert_problem(&reply, Denial::RateLimited);
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::RateLimited));
    assert_eq!(reply.header("retry-after"), Some("60"));
    assert_eq!(upstream.seen().len(), 6);
    assert_eq!(gateway.stop(), Counted { calls: 6, refused: 1, without_profile: 0 });
}

#[test]
fn over_the_limit_that_all_profiles_of_a_client_share_429() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.rate = Some(6);
    setup.client_rate = Some(2);
    let gateway = Gateway::start(&setup);
    let statuses: Vec<_> = (0..2).map(|_| gateway.get("/orders/x").status).collect();
    assert_eq!(statuses, [200, 200]);
    let reply = gateway.get("/orders/x");
    assert_problem(&reply, Denial::ClientRateLimited);
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::ClientRateLimited));
    // The refused call took nothing of the profile's own limit.
    assert_eq!(reply.header("ratelimit"), Some(r#""rate";r=4;t=60, "client-rate";r=0;t=60"#));
    assert_eq!(upstream.seen().len(), 2);
}

#[test]
fn over_a_usage_quota_429_until_the_period_ends() {
    for (quota, client_quota, denial) in
        [(Some(3), None, Denial::QuotaExhausted), (None, Some(3), Denial::ClientQuotaExhausted)]
    {
        let upstream = Upstream::plain();
        let mut setup = Setup::new(upstream.url());
        setup.quota = quota;
        setup.client_quota = client_quota;
        let gateway = Gateway::start_with(&setup, config(), standing_clock, 2);
        for _ in 0..3 {
            assert_eq!(gateway.get("/orders/x").status, 200);
        }
        let reply = gateway.get("/orders/x");
        assert_problem(&reply, denial);
        assert_eq!(gateway.recorded(&reply).denial, Some(denial));
        // The clock stands at 22:13:20 UTC.
        assert_eq!(reply.header("retry-after"), Some("6400"));
        assert_eq!(upstream.seen().len(), 3);
        assert_eq!(gateway.stop(), Counted { calls: 3, refused: 1, without_profile: 0 });
    }
}

#[test]
fn without_the_authority_on_quotas_the_policy_says_what_happens() {
    for mood in [Mood::Away, Mood::Silent] {
        let upstream = Upstream::plain();
        let mut setup = Setup::new(upstream.url());
        setup.quota = Some(10);
        setup.on_failure = OnStoreFailure { quota: FailMode::AllowLocal, ..OnStoreFailure::default() };
        let gateway = Gateway::start(&setup);
        assert_eq!(gateway.get("/orders/x").status, 200);
        gateway.authority.set(mood);
        // A lease of such a small quota is one call; the others stand on what was known last.
        assert_eq!([(); 4].map(|()| gateway.get("/orders/x").status), [200; 4]);
        setup.on_failure = OnStoreFailure { quota: FailMode::Deny, ..OnStoreFailure::default() };
        gateway.change(setup.deltas());
        let reply = gateway.get("/orders/x");
        assert_problem(&reply, Denial::LimitStoreUnavailable);
        assert_eq!(gateway.recorded(&reply).denial, Some(Denial::LimitStoreUnavailable));
        assert_eq!(upstream.seen().len(), 5);
    }
}

#[test]
fn calls_go_on_when_the_authority_on_quotas_is_back() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.quota = Some(10);
    setup.on_failure = OnStoreFailure { quota: FailMode::Deny, ..OnStoreFailure::default() };
    let gateway = Gateway::start(&setup);
    gateway.authority.set(Mood::Away);
    assert_eq!(gateway.get("/orders/x").status, 503);
    gateway.authority.set(Mood::Good);
    assert_eq!(gateway.get("/orders/x").status, 200);
}

#[test]
fn a_worker_without_room_503_and_its_probes_go_on() {
    let upstream = Upstream::plain();
    let config = gateway::GatewayConfig { in_flight_per_worker: 0, ..config() };
    let gateway = Gateway::start_with(&Setup::new(upstream.url()), config, crate::support::standing_clock, 1);
    let reply = gateway.get("/orders/x");
    assert_problem(&reply, Denial::Overloaded);
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::Overloaded));
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
