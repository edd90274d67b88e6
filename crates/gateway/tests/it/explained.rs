//! Explanations: for every request they say what deciding says, and they change nothing.

use crate::support::{Gateway, KEY_ID, PROFILE, Setup, Upstream, get, request, standing_clock, token, token_of};
use domain::decide::{Explanation, RowOutcome, Source};
use domain::denial::{Check, Denial};
use domain::method::Method;
use domain::secret::Secret;
use domain::terms::AuthMethod;
use domain::time::Timestamp;
use gateway::{DescribeFault, Described, DescribedCredential, Recorded};
use std::net::IpAddr;

fn described(method: &str, url: &str, credential: DescribedCredential) -> Described {
    let source = Described::source_of(Some("127.0.0.1".parse().unwrap()));
    Described { method: method.into(), url: url.into(), credential, source, certificate: None, body_bytes: None }
}

fn good() -> DescribedCredential {
    DescribedCredential::Token(Secret::new(token()))
}

fn explain(gateway: &Gateway, described: &Described) -> Explanation {
    gateway.runtime.block_on(gateway.explainer.explain(described)).unwrap()
}

/// The same request sent and explained.
struct Case {
    change: fn(&mut Setup),
    method: &'static str,
    url: &'static str,
    /// A header, and how it is described.
    credential: (String, DescribedCredential),
    body_bytes: Option<u64>,
    expected: Option<Denial>,
}

fn case(change: fn(&mut Setup), expected: Option<Denial>) -> Case {
    let credential = (format!("api-token: {}\r\n", token()), good());
    Case { change, method: "GET", url: "/orders/x", credential, body_bytes: None, expected }
}

fn authorized(value: &str) -> (String, DescribedCredential) {
    (format!("authorization: {value}\r\n"), DescribedCredential::Authorization(Secret::new(value.into())))
}

fn cases() -> Vec<Case> {
    let same: fn(&mut Setup) = |_| {};
    let unknown = token_of([9; 32]);
    vec![
        case(same, None),
        Case { url: "/orders/a/b?x=1", ..case(same, None) },
        Case { credential: (String::new(), DescribedCredential::None), ..case(same, Some(Denial::CredentialMissing)) },
        Case {
            credential: (format!("api-token: {unknown}\r\n"), DescribedCredential::Token(Secret::new(unknown))),
            ..case(same, Some(Denial::CredentialUnknown))
        },
        Case { credential: authorized("Basic eDp5"), ..case(same, Some(Denial::CredentialWrongMethod)) },
        Case { credential: authorized("Bearer a.b.c"), ..case(same, Some(Denial::JwtMalformed)) },
        Case { credential: authorized("Bearer pca_x"), ..case(same, Some(Denial::Oauth2Malformed)) },
        case(|setup| setup.method = AuthMethod::Oauth2, Some(Denial::CredentialWrongMethod)),
        case(|setup| setup.expires_at = Some(Timestamp(0)), Some(Denial::ProfileExpired)),
        case(|setup| setup.mtls_enabled = true, Some(Denial::MtlsMissing)),
        case(|setup| setup.client_enabled = false, Some(Denial::ClientDisabled)),
        case(|setup| setup.profile_active = false, Some(Denial::ProfileDisabled)),
        case(|setup| setup.deny = vec!["127.0.0.1"], Some(Denial::IpDenied)),
        case(|setup| setup.allow = vec!["10.0.0.1"], Some(Denial::IpNotAllowed)),
        Case { url: "/nowhere", ..case(same, Some(Denial::RouteUnknown)) },
        Case { url: "/other/x", ..case(same, Some(Denial::CollectionNotGranted)) },
        case(|setup| setup.collection_enabled = false, Some(Denial::CollectionDisabled)),
        Case { url: "/orders/off", ..case(same, Some(Denial::EndpointInactive)) },
        Case {
            method: "POST",
            url: "/orders/a",
            ..case(|setup| setup.endpoints = vec![("GET", "a", true)], Some(Denial::MethodNotAllowed))
        },
        case(|setup| setup.endpoints = vec![("GET", "a", true)], Some(Denial::EndpointUnknown)),
        Case {
            method: "POST",
            body_bytes: Some(6),
            ..case(|setup| setup.limits.body_bytes = Some(5), Some(Denial::BodyTooLarge))
        },
        Case { url: "/orders/../x", ..case(same, Some(Denial::PathAmbiguous)) },
        Case { url: "/orders/%2e%2e/x", ..case(same, Some(Denial::PathAmbiguous)) },
        Case { method: "TRACE", ..case(same, Some(Denial::MethodRefused)) },
        Case {
            url: "/orders/x?api_token=y",
            ..case(|setup| setup.allow_query_token = true, Some(Denial::CredentialAmbiguous))
        },
        Case { url: "/orders/x?api_token=y", ..case(same, None) },
    ]
}

#[test]
fn an_explanation_says_what_deciding_says() {
    let upstream = Upstream::plain();
    for (at, case) in cases().into_iter().enumerate() {
        let mut setup = Setup::new(upstream.url());
        (case.change)(&mut setup);
        let gateway = Gateway::start(&setup);
        let body = "x".repeat(usize::try_from(case.body_bytes.unwrap_or_default()).unwrap());
        let length = case.body_bytes.map(|length| format!("content-length: {length}\r\n")).unwrap_or_default();
        let reply = gateway.send(&format!(
            "{} {} HTTP/1.1\r\nhost: gw.test\r\n{}{length}\r\n{body}",
            case.method, case.url, case.credential.0
        ));
        let recorded = gateway.recorded(&reply);
        assert_eq!(recorded.denial, case.expected, "case {at}");
        let one = Described { body_bytes: case.body_bytes, ..described(case.method, case.url, case.credential.1) };
        let explanation = explain(&gateway, &one);
        assert_eq!(explanation.denial, case.expected, "case {at}");
        assert_rows(&explanation);
        assert_eq!(explanation.collection, recorded.collection, "case {at}");
        assert_eq!(explanation.endpoint, recorded.endpoint, "case {at}");
        assert_eq!(explanation.revision, recorded.revision);
        if case.expected.is_none_or(|denial| denial.check() > Check::CredentialGenuine) {
            assert_eq!((explanation.profile, explanation.client), (recorded.profile, recorded.client), "case {at}");
        }
        // What was recorded can be tried again, if it was somebody's.
        match recorded.described() {
            Some(again) => {
                // The credential itself is not kept: that it was of another method is not found again.
                let expected = case.expected.filter(|denial| *denial != Denial::CredentialWrongMethod);
                assert_eq!(explain(&gateway, &again).denial, expected, "case {at}");
            }
            None => assert!(recorded.profile.is_none() || recorded.method.is_none(), "case {at}"),
        }
    }
}

/// All before the reason passed, it stopped, and nothing after it was reached.
#[track_caller]
fn assert_rows(explanation: &Explanation) {
    let stopped = explanation.denial.map(Denial::check);
    for row in &explanation.rows {
        let expected = match stopped {
            Some(check) if check == row.check => RowOutcome::Stopped,
            Some(check) if check < row.check => RowOutcome::NotReached,
            Some(_) | None => RowOutcome::Passed,
        };
        assert_eq!(row.outcome, expected, "{explanation:?}");
    }
    assert_eq!(explanation.rows.len(), 11);
    let text = format!("{explanation:?}");
    assert!(!text.contains(&token()), "{text}");
}

#[test]
fn it_counts_nothing_and_sees_what_calls_have_used() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    (setup.rate, setup.quota) = (Some(2), Some(5));
    let gateway = Gateway::start(&setup);
    let one = described("GET", "https://api.example.com/orders/x", good());
    for _ in 0..5 {
        assert_eq!(explain(&gateway, &one).denial, None);
    }
    assert_eq!([(); 2].map(|()| gateway.get("/orders/x").status), [200, 200]);
    let explanation = explain(&gateway, &one);
    assert_eq!((explanation.denial, explanation.wait_nanos), (Some(Denial::RateLimited), Some(60_000_000_000)));
    let reply = gateway.get("/orders/x");
    let recorded = gateway.recorded(&reply);
    assert_eq!(recorded.denial, Some(Denial::RateLimited));
    let left: Vec<_> = recorded.limits.iter().map(|one| one.remaining).collect();
    assert_eq!(left, [0, 3]);
    assert_eq!(explain(&gateway, &recorded.described().unwrap()).denial, Some(Denial::RateLimited));
}

#[test]
fn todays_dry_run_of_a_recorded_request_follows_changes() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.allow = vec!["10.0.0.1"];
    let gateway = Gateway::start(&setup);
    let recorded = gateway.recorded(&gateway.get("/orders/x"));
    assert_eq!(recorded.denial, Some(Denial::IpNotAllowed));
    setup.allow = vec!["127.0.0.1"];
    gateway.change(setup.deltas());
    let now = explain(&gateway, &recorded.described().unwrap());
    assert_eq!((now.denial, now.profile), (None, Some(PROFILE)));
    gateway.change([domain::directory::Delta::Profile(PROFILE, None)]);
    let now = explain(&gateway, &recorded.described().unwrap());
    assert_eq!(now.denial, Some(Denial::CredentialUnknown));
}

#[test]
fn a_request_is_recorded_with_all_that_is_known_of_it() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let reply = gateway.send(&request("POST", "/orders/%61b%2d?q=secret", "", "body"));
    let recorded = gateway.recorded(&reply);
    let Recorded { request_id, received_at, method, path, path_is_cut, source, body_bytes, status, .. } = &recorded;
    assert_eq!(Some(&**request_id), reply.header("x-request-id"));
    assert_eq!((*received_at, *method, *status), (standing_clock().wall, Some(Method::Post), 200));
    assert_eq!((path.as_str(), *path_is_cut, *body_bytes), ("/orders/ab-", false, Some(4)));
    assert_eq!(*source, Source::Known("127.0.0.1".parse::<IpAddr>().unwrap()));
    assert_eq!((recorded.profile.map(|id| id.0), recorded.client.map(|id| id.0)), (Some(22), Some(11)));
    assert_eq!((recorded.collection.map(|id| id.0), recorded.endpoint.map(|id| id.0)), (Some(1), Some(101)));
    assert!(recorded.credential.is_some() && recorded.denial.is_none());
    assert!(!format!("{recorded:?}").contains("secret"));

    let long = format!("/orders/{}", "x".repeat(300));
    let recorded = gateway.recorded(&gateway.get(&long));
    assert_eq!((recorded.path.len(), recorded.path_is_cut), (256, true));
    assert!(recorded.described().is_none());

    let reply = gateway.send("GET /orders/x HTTP/9.9\r\nhost: a\r\n\r\n");
    let recorded = gateway.recorded(&reply);
    assert_eq!((recorded.denial, recorded.method, recorded.path.as_str()), (Some(Denial::VersionRefused), None, ""));
    let reply = gateway.send(&get("/orders/../x?q=secret"));
    assert_eq!(gateway.recorded(&reply).path, "/orders/../x");
}

#[test]
fn a_failed_upstream_is_on_record_too() {
    let gateway = Gateway::start(&Setup::new("http://127.0.0.1:9"));
    let recorded = gateway.recorded(&gateway.get("/orders/x"));
    assert_eq!((recorded.denial, recorded.status), (Some(Denial::UpstreamRefused), 502));
    assert_eq!(recorded.profile, Some(PROFILE));
}

#[test]
fn every_worker_is_asked_and_the_oldest_are_forgotten() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start_with(&Setup::new(upstream.url()), crate::support::config(), standing_clock, 2);
    let replies: Vec<_> = (0..20).map(|_| gateway.get("/orders/x")).collect();
    for reply in &replies {
        assert_eq!(gateway.recorded(reply).status, 200);
    }
    assert!(gateway.find_recorded("no such request").is_none());
    let mut caller = gateway.connect();
    let first = caller.write(get("/nowhere").as_bytes()).reply();
    for _ in 0..2_000 {
        assert_eq!(caller.write(get("/nowhere").as_bytes()).reply().status, 404);
    }
    assert!(gateway.find_recorded(first.header("x-request-id").unwrap()).is_none());
}

#[test]
fn descriptions_that_are_none_are_refused() {
    let gateway = Gateway::start(&Setup::new("http://127.0.0.1:9"));
    let fault = |url: &str, credential| {
        gateway.runtime.block_on(gateway.explainer.explain(&described("GET", url, credential))).unwrap_err()
    };
    for url in ["", "orders/x", "ftp://h/x", "http://", "http:///x"] {
        assert_eq!(fault(url, good()), DescribeFault::Url, "{url}");
    }
    let broken = DescribedCredential::Token(Secret::new("a\r\nb".into()));
    assert_eq!(fault("/orders/x", broken), DescribeFault::Credential);
    // What could be sent is explained, however wrong it is.
    for (method, url, denial) in [
        ("BREW", "/orders/x", Denial::MethodRefused),
        ("", "/orders/x", Denial::MethodRefused),
        ("GET", "http://a b/orders/x", Denial::BadFraming),
        ("GET", "/orders/ x", Denial::PathAmbiguous),
    ] {
        assert_eq!(explain(&gateway, &described(method, url, good())).denial, Some(denial), "{url}");
    }
}

#[test]
fn an_identified_profile_and_an_unknown_source_can_be_described() {
    let mut setup = Setup::new("http://127.0.0.1:9");
    setup.method = AuthMethod::Jwt;
    let gateway = Gateway::start(&setup);
    let mut one = described("GET", "/orders/x", DescribedCredential::Profile(PROFILE));
    one.source = Described::source_of(None);
    assert_eq!(explain(&gateway, &one).denial, None);
    setup.allow = vec!["10.0.0.0/8"];
    gateway.change(setup.deltas());
    assert_eq!(explain(&gateway, &one).denial, Some(Denial::IpUnknown));
    one.source = Described::source_of(Some("::ffff:10.1.2.3".parse().unwrap()));
    assert_eq!(explain(&gateway, &one).denial, None);
    one.credential = DescribedCredential::Token(Secret::new(KEY_ID.into()));
    assert_eq!(explain(&gateway, &one).denial, Some(Denial::CredentialWrongMethod));
}
