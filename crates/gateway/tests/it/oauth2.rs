//! OAuth 2.0 client credentials: the token endpoint, and what its tokens are good for.

use crate::refused::assert_problem;
use crate::support::{Counted, Gateway, KEY_ID, Reply, Setup, Upstream, config, standing_clock, token, token_of};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::denial::Denial;
use domain::terms::AuthMethod;
use domain::time::{Monotonic, Now, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};

const FORM: &str = "application/x-www-form-urlencoded";
type Change = fn(&mut Setup);

const GRANT: &str = "grant_type=client_credentials";

fn setup(upstream: &Upstream) -> Setup {
    let mut setup = Setup::new(upstream.url());
    setup.method = AuthMethod::Oauth2;
    setup
}

/// A request for a token; `headers` end in CR LF.
fn ask(gateway: &Gateway, target: &str, headers: &str, content_type: &str, body: &str) -> Reply {
    gateway.send(&format!(
        "POST {target} HTTP/1.1\r\nhost: gw.test\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\
         {headers}\r\n{body}",
        body.len()
    ))
}

fn basic(id: &str, secret: &str) -> String {
    format!("authorization: Basic {}\r\n", STANDARD.encode(format!("{id}:{secret}")))
}

/// Asks with a form that holds the credentials.
fn ask_in_form(gateway: &Gateway, id: &str, secret: &str) -> Reply {
    let body = format!("{GRANT}&client_id={id}&client_secret={secret}");
    ask(gateway, "/oauth2/token", "", FORM, &body)
}

/// The granted token.
#[track_caller]
fn granted(reply: &Reply) -> (String, i64) {
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("pragma"), Some("no-cache"));
    let document: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(document.as_object().unwrap().len(), 3);
    assert_eq!(document["token_type"], "Bearer");
    let token = document["access_token"].as_str().unwrap().to_owned();
    assert!(token.starts_with("pca_"));
    (token, document["expires_in"].as_i64().unwrap())
}

/// An answer of RFC 6749 5.2.
#[track_caller]
fn assert_error(reply: &Reply, status: u16, error: &str) {
    assert_eq!((reply.status, reply.body.as_str()), (status, format!(r#"{{"error":"{error}"}}"#).as_str()));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("pragma"), Some("no-cache"));
}

fn call(gateway: &Gateway, token: &str) -> Reply {
    gateway.send(&format!("GET /orders/x HTTP/1.1\r\nhost: gw.test\r\nauthorization: Bearer {token}\r\n\r\n"))
}

#[test]
fn a_token_is_got_in_each_form_and_admits() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&setup(&upstream));
    let secret = token();
    let object = format!(
        r#"{{"grant_type": "client_credentials", "client_id": "{KEY_ID}", "client_secret": "{secret}", "scope": "all"}}"#
    );
    let in_form = format!("{GRANT}&client_id={KEY_ID}&client_secret={secret}&scope=a+b");
    for (headers, content_type, body) in [
        (basic(KEY_ID, &secret), FORM, GRANT.to_owned()),
        (basic(KEY_ID, &secret.replace('_', "%5F")), FORM, format!("{GRANT}&scope=")),
        (basic(KEY_ID, &secret), "application/json", r#"{"grant_type":"client_credentials"}"#.to_owned()),
        (String::new(), FORM, in_form),
        (String::new(), "application/json; charset=utf-8", object),
    ] {
        let reply = ask(&gateway, "/oauth2/token", &headers, content_type, &body);
        let (token, expires_in) = granted(&reply);
        assert_eq!(expires_in, 3600);
        assert_eq!(call(&gateway, &token).status, 200, "{content_type} {headers}");
    }
    assert_eq!(upstream.seen().len(), 5);
    assert!(upstream.seen().iter().all(|seen| seen.header("authorization").is_none()));
    // What the token endpoint does is no call.
    assert_eq!(gateway.stop(), Counted { calls: 5, refused: 0, without_profile: 0 });
}

#[test]
fn whatever_is_wrong_with_the_client_is_one_answer() {
    let upstream = Upstream::plain();
    let secret = token();
    let wrong = token_of([9; 32]);
    let same: Change = |_| {};
    let cases: [(Change, &str, &str, Denial); 12] = [
        (same, "pk_unknown", &secret, Denial::CredentialUnknown),
        (same, KEY_ID, &wrong, Denial::CredentialUnknown),
        (same, KEY_ID, "", Denial::CredentialUnknown),
        (same, "", "", Denial::CredentialUnknown),
        (same, &secret, KEY_ID, Denial::CredentialWrongMethod),
        (same, KEY_ID, KEY_ID, Denial::CredentialUnknown),
        (|setup| setup.method = AuthMethod::Jwt, KEY_ID, &secret, Denial::CredentialWrongMethod),
        (|setup| setup.client_enabled = false, KEY_ID, &secret, Denial::ClientDisabled),
        (|setup| setup.profile_active = false, KEY_ID, &secret, Denial::ProfileDisabled),
        (|setup| setup.expires_at = Some(Timestamp(0)), KEY_ID, &secret, Denial::ProfileExpired),
        (|setup| setup.deny = vec!["127.0.0.1"], KEY_ID, &secret, Denial::IpDenied),
        (|setup| setup.allow = vec!["10.0.0.1"], KEY_ID, &secret, Denial::IpNotAllowed),
    ];
    for (change, id, secret, denial) in cases {
        let mut setup = setup(&upstream);
        change(&mut setup);
        let gateway = Gateway::start(&setup);
        let reply = ask_in_form(&gateway, id, secret);
        assert_error(&reply, 401, "invalid_client");
        assert_eq!(reply.header("www-authenticate"), None);
        assert_eq!(gateway.recorded(&reply).denial, Some(denial), "{id}");
        // RFC 6749 5.2: a challenge for those who used the header.
        let reply = ask(&gateway, "/oauth2/token", &basic(id, secret), FORM, GRANT);
        assert_error(&reply, 401, "invalid_client");
        assert_eq!(reply.header("www-authenticate"), Some(r#"Basic realm="portcullis""#));
        assert_eq!(gateway.stop(), Counted::default());
    }
}

#[test]
fn requests_that_are_none_are_invalid() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&setup(&upstream));
    let secret = token();
    let header = basic(KEY_ID, &secret);
    let in_body = format!("{GRANT}&client_id={KEY_ID}&client_secret={secret}");
    for (target, headers, content_type, body, error) in [
        ("/oauth2/token", header.clone(), FORM, in_body.clone(), "invalid_request"),
        ("/oauth2/token", header.clone(), FORM, format!("{GRANT}&client_id={KEY_ID}"), "invalid_request"),
        ("/oauth2/token", format!("{header}{header}"), FORM, GRANT.to_owned(), "invalid_request"),
        ("/oauth2/token", format!("{header}api-token: {secret}\r\n"), FORM, GRANT.to_owned(), "invalid_request"),
        ("/oauth2/token?client_id=a", String::new(), FORM, in_body.clone(), "invalid_request"),
        ("/oauth2/token?client%5Fsecret=a", String::new(), FORM, in_body.clone(), "invalid_request"),
        ("/oauth2/token", String::new(), FORM, format!("{in_body}&client_id={KEY_ID}"), "invalid_request"),
        ("/oauth2/token", String::new(), FORM, format!("{in_body}&{GRANT}"), "invalid_request"),
        ("/oauth2/token", String::new(), "text/plain", in_body.clone(), "invalid_request"),
        ("/oauth2/token", String::new(), "application/json", in_body.clone(), "invalid_request"),
        ("/oauth2/token", header.clone(), "application/json", "{\"grant_type\":1}".to_owned(), "invalid_request"),
        ("/oauth2/token", header.clone(), FORM, String::new(), "invalid_request"),
        ("/oauth2/token", header.clone(), FORM, "grant_type=password".to_owned(), "unsupported_grant_type"),
        ("/oauth2/token", header, FORM, "grant_type=refresh_token".to_owned(), "unsupported_grant_type"),
    ] {
        let reply = ask(&gateway, target, &headers, content_type, &body);
        assert_error(&reply, 400, error);
        assert_eq!(gateway.recorded(&reply).denial, Some(Denial::BadFraming));
    }
    let header = basic(KEY_ID, &secret);
    let long = format!("{GRANT}&x={}", "x".repeat(16 * 1024));
    let reply = ask(&gateway, "/oauth2/token", &header, FORM, &long);
    assert_error(&reply, 413, "invalid_request");
    let chunked = format!(
        "POST /oauth2/token HTTP/1.1\r\nhost: a\r\ncontent-type: {FORM}\r\n{header}transfer-encoding: chunked\r\n\r\n\
         {:x}\r\n{long}\r\n0\r\n\r\n",
        long.len()
    );
    let reply = gateway.send(&chunked);
    assert_error(&reply, 413, "invalid_request");
    assert_eq!(reply.header("connection"), Some("close"));
    assert_eq!(ask(&gateway, "/oauth2/token", &header, FORM, GRANT).status, 200);
}

#[test]
fn only_post_is_served() {
    let gateway = Gateway::start(&Setup::new("http://127.0.0.1:9"));
    for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
        let reply = gateway.send(&format!("{method} /oauth2/token HTTP/1.1\r\nhost: a\r\n\r\n"));
        assert_problem(&reply, Denial::MethodNotAllowed);
        assert_eq!(reply.header("allow"), Some("POST"));
    }
    assert_eq!(gateway.stop(), Counted::default());
}

#[test]
fn a_refresh_ends_the_tokens_of_the_old_secret_at_once_or_with_the_overlap() {
    let upstream = Upstream::plain();
    let mut setup = setup(&upstream);
    let gateway = Gateway::start_with(&setup, config(), standing_clock, 2);
    let (old_token, _) = granted(&ask_in_form(&gateway, KEY_ID, &token()));
    assert_eq!(call(&gateway, &old_token).status, 200);

    // With an overlap both secrets work, and tokens of the old one end with it.
    let now = standing_clock().wall;
    setup.token = [1; 32];
    setup.previous = Some(([42; 32], Timestamp(now.0 + 90_000_000)));
    gateway.change(setup.deltas());
    assert_eq!(call(&gateway, &old_token).status, 200);
    let (_, expires_in) = granted(&ask_in_form(&gateway, KEY_ID, &token()));
    assert_eq!(expires_in, 90);
    let (new_token, expires_in) = granted(&ask_in_form(&gateway, KEY_ID, &token_of([1; 32])));
    assert_eq!(expires_in, 3600);

    // Finished now.
    setup.previous = None;
    gateway.change(setup.deltas());
    let reply = call(&gateway, &old_token);
    assert_problem(&reply, Denial::CredentialRevoked);
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::CredentialRevoked));
    assert_eq!(call(&gateway, &new_token).status, 200);
    let reply = ask_in_form(&gateway, KEY_ID, &token());
    assert_error(&reply, 401, "invalid_client");
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::CredentialRevoked));
    assert_eq!(gateway.recorded(&reply).profile, Some(crate::support::PROFILE));
}

#[test]
fn switching_off_refuses_tokens_and_switching_on_restores_them() {
    let upstream = Upstream::plain();
    let mut setup = setup(&upstream);
    let gateway = Gateway::start(&setup);
    let (token, _) = granted(&ask_in_form(&gateway, KEY_ID, &token()));
    for (active, status) in [(true, 200), (false, 403), (true, 200)] {
        setup.profile_active = active;
        gateway.change(setup.deltas());
        assert_eq!(call(&gateway, &token).status, status);
    }
    setup.access_token_key = [4; 32];
    gateway.change(setup.deltas());
    assert_eq!(gateway.recorded(&call(&gateway, &token)).denial, Some(Denial::Oauth2Forged));
}

#[test]
fn a_client_secret_is_good_at_the_token_endpoint_only() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&setup(&upstream));
    let secret = token();
    for headers in [format!("api-token: {secret}\r\n"), basic("api-token", &secret)] {
        let reply = gateway.send(&format!("GET /orders/x HTTP/1.1\r\nhost: a\r\n{headers}\r\n"));
        assert_problem(&reply, Denial::CredentialWrongMethod);
        assert_eq!(gateway.recorded(&reply).denial, Some(Denial::CredentialWrongMethod));
    }
    assert_problem(&call(&gateway, &secret), Denial::JwtMalformed);
    assert_eq!(upstream.connections(), 0);
}

/// Milliseconds that the clock of the next tests has gone on.
static ELAPSED: AtomicU64 = AtomicU64::new(0);

fn moving_clock() -> Now {
    let millis = ELAPSED.load(Ordering::SeqCst);
    let Now { monotonic, wall } = standing_clock();
    Now {
        monotonic: Monotonic(monotonic.0 + millis * 1_000_000),
        wall: Timestamp(wall.0 + i64::try_from(millis).unwrap() * 1000),
    }
}

#[test]
fn it_ends_in_time_and_is_asked_for_within_bounds() {
    let upstream = Upstream::plain();
    let mut setup = setup(&upstream);
    setup.trust(&["127.0.0.1"]);
    let gateway = Gateway::start_with(&setup, config(), moving_clock, 2);
    let secret = token();
    // Ten a second per profile, from wherever.
    let tokens: Vec<_> = (0..10).map(|_| granted(&ask_in_form(&gateway, KEY_ID, &secret)).0).collect();
    ELAPSED.store(300, Ordering::SeqCst);
    let reply = ask_in_form(&gateway, KEY_ID, &secret);
    assert_error(&reply, 429, "temporarily_unavailable");
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::RateLimited));
    ELAPSED.store(1000, Ordering::SeqCst);
    granted(&ask_in_form(&gateway, KEY_ID, &secret));

    // Twenty failures a minute per address.
    let wrong = |address: &str, secret: &str| {
        let headers = format!("x-forwarded-for: {address}\r\n{}", basic(KEY_ID, secret));
        ask(&gateway, "/oauth2/token", &headers, FORM, GRANT)
    };
    for _ in 0..20 {
        assert_error(&wrong("203.0.113.9", "no"), 401, "invalid_client");
    }
    let reply = wrong("203.0.113.9", &secret);
    assert_error(&reply, 429, "temporarily_unavailable");
    assert_eq!(reply.header("retry-after"), Some("60"));
    granted(&wrong("203.0.113.10", &secret));
    ELAPSED.store(61_000, Ordering::SeqCst);
    granted(&wrong("203.0.113.9", &secret));

    let first = tokens.first().unwrap();
    ELAPSED.store(3_599_999, Ordering::SeqCst);
    assert_eq!(call(&gateway, first).status, 200);
    ELAPSED.store(3_600_000, Ordering::SeqCst);
    let reply = call(&gateway, first);
    assert_problem(&reply, Denial::Oauth2Expired);
    assert_eq!(gateway.recorded(&reply).denial, Some(Denial::Oauth2Expired));
}

#[test]
fn a_use_of_the_secret_is_told_to_whoever_counts() {
    let upstream = Upstream::plain();
    let mut gateway = Gateway::start(&setup(&upstream));
    granted(&ask_in_form(&gateway, KEY_ID, &token()));
    let cells = gateway.usage.blocking_recv().unwrap();
    assert_eq!(cells.profiles().count(), 0);
    let uses: Vec<_> = cells.last_uses().map(|(_, at)| at).collect();
    assert_eq!(uses, [standing_clock().wall]);
}
