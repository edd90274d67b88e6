//! Fetched, renewed, kept while the issuer is down, withdrawn.

use super::issuer::{Issuer, Says, key_set};
use super::support::{Running, eventually, jwks};
use crate::key_sets::fault::{Document, KeySetFault};
use domain::jwt;
use domain::terms::KeySource;
use outbound::FetchError;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_set_that_terms_need_is_fetched_and_in_force() {
    let issuer = Issuer::start().await;
    issuer.has_keys("/keys", &["one", "two"]);
    let source = jwks(&issuer.url("/keys"));
    let running = Running::start(std::slice::from_ref(&source));
    eventually("in force", || running.has_key(&source, "one") && running.has_key(&source, "two")).await;
    let status = running.status(&source);
    assert_eq!((status.keys, status.last_error), (2, None));
    assert_eq!(status.fetched_at, Some(running.clock.wall()));
    assert_eq!(running.statuses.list(), [status]);
}

#[tokio::test]
async fn a_source_that_becomes_needed_is_fetched_and_one_that_no_longer_is_goes() {
    let issuer = Issuer::start().await;
    issuer.has_keys("/keys", &["one"]);
    issuer.has_keys("/others", &["two"]);
    let (first, second) = (jwks(&issuer.url("/keys")), jwks(&issuer.url("/others")));
    let running = Running::start(std::slice::from_ref(&first));
    eventually("the first in force", || running.has_key(&first, "one")).await;
    running.need(std::slice::from_ref(&second));
    eventually("the second in force", || running.has_key(&second, "two")).await;
    eventually("the first withdrawn", || !running.has_set(&first)).await;
    assert_eq!(running.statuses.find(&first), None);
}

#[tokio::test]
async fn sets_are_renewed_hourly_or_as_their_answers_say() {
    let issuer = Issuer::start().await;
    issuer.has_keys("/hourly", &["one"]);
    issuer.says("/brief", Says::Ok("cache-control: max-age=5\r\n", key_set(&["one"])));
    let (hourly, brief) = (jwks(&issuer.url("/hourly")), jwks(&issuer.url("/brief")));
    let running = Running::start(&[hourly.clone(), brief.clone()]);
    eventually("both in force", || running.has_set(&hourly) && running.has_set(&brief)).await;
    running.clock.advance(Duration::from_mins(1));
    eventually("the brief one renewed", || issuer.asked("/brief") == 2).await;
    eventually("its time is shown", || running.status(&brief).fetched_at == Some(running.clock.wall())).await;
    assert_eq!(issuer.asked("/hourly"), 1);
    // The same set again changes nothing in the directory: tokens verified with it stay verified.
    assert_eq!(running.published(), 2);
    issuer.has_keys("/hourly", &["two"]);
    running.clock.advance(HOUR);
    eventually("the new set in force", || running.has_key(&hourly, "two")).await;
    assert!(!running.has_key(&hourly, "one"));
}

#[tokio::test]
async fn a_bad_answer_never_replaces_a_good_set() {
    let issuer = Issuer::start().await;
    let repeated = key_set(&["one", "one"]);
    let many: Vec<String> = (0..65).map(|at| at.to_string()).collect();
    let many = key_set(&many.iter().map(String::as_str).collect::<Vec<_>>());
    let raw = |text: &str| Says::Raw(text.to_owned());
    let body = |text: &str| Says::Ok("", text.to_owned());
    let status = |status| KeySetFault::Status { document: Document::KeySet, status };
    let fetch = |fault| KeySetFault::Fetch { document: Document::KeySet, fault };
    let cases = [
        (body("{"), jwt::KeySetFault::Malformed.into()),
        (body(""), jwt::KeySetFault::Malformed.into()),
        (body("[]"), jwt::KeySetFault::Malformed.into()),
        (body("<html>keys</html>"), jwt::KeySetFault::Malformed.into()),
        (body(r#"{"keys":[],"keys":[]}"#), jwt::KeySetFault::Malformed.into()),
        (body(&repeated), jwt::KeySetFault::RepeatedKid.into()),
        (body(&many), jwt::KeySetFault::TooManyKeys.into()),
        (body(&" ".repeat(65_537)), fetch(FetchError::TooLarge { limit_bytes: 65_536 })),
        (raw("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"), status(500)),
        (raw("HTTP/1.1 304 Same\r\n\r\n"), status(304)),
        (raw("HTTP/1.1 302 Go\r\nlocation: /keys\r\ncontent-length: 0\r\n\r\n"), status(302)),
        (raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"keys\":["), fetch(FetchError::Broken)),
        (Says::Ok("content-encoding: gzip\r\n", "x".into()), fetch(FetchError::Encoded)),
        (Says::Closes, fetch(FetchError::Broken)),
    ];
    issuer.has_keys("/keys", &["good"]);
    let source = jwks(&issuer.url("/keys"));
    let running = Running::start(std::slice::from_ref(&source));
    eventually("in force", || running.has_key(&source, "good")).await;
    for (says, fault) in cases {
        issuer.says("/keys", says);
        running.clock.advance(HOUR);
        eventually(&fault.to_string(), || running.fault(&source) == Some(fault)).await;
        assert!(running.has_key(&source, "good"), "{fault}");
        issuer.has_keys("/keys", &["good"]);
        running.clock.advance(HOUR);
        eventually("well again", || running.fault(&source).is_none()).await;
    }
    assert_eq!(running.published(), 1);
}

#[tokio::test]
async fn a_set_is_kept_for_a_day_without_its_issuer_and_then_withdrawn() {
    let issuer = Issuer::start().await;
    issuer.has_keys("/keys", &["one"]);
    let source = jwks(&issuer.url("/keys"));
    let running = Running::start(std::slice::from_ref(&source));
    eventually("in force", || running.has_key(&source, "one")).await;
    issuer.says("/keys", Says::Closes);
    for turn in 2..=24 {
        running.clock.advance(HOUR);
        running.ask(&source).await;
        assert_eq!(issuer.asked("/keys"), turn);
        assert!(running.fault(&source).is_some() && running.has_key(&source, "one"));
    }
    running.clock.advance(HOUR);
    eventually("withdrawn", || !running.has_set(&source)).await;
    let status = running.status(&source);
    assert_eq!((status.fetched_at, status.keys), (None, 0));
    issuer.has_keys("/keys", &["one"]);
    running.clock.advance(HOUR);
    eventually("in force again", || running.has_key(&source, "one")).await;
}

#[tokio::test]
async fn a_source_that_fails_is_tried_ever_more_seldom() {
    let issuer = Issuer::start().await;
    let (broken, steady) = (jwks(&issuer.url("/broken")), jwks(&issuer.url("/steady")));
    issuer.says("/steady", Says::Ok("cache-control: max-age=0\r\n", key_set(&["one"])));
    let running = Running::start(&[broken.clone(), steady]);
    // The other source is renewed once a minute and shows that the minute was looked at.
    for minute in 1..=30 {
        let before = issuer.asked("/broken");
        eventually("the minute was looked at", || issuer.asked("/steady") == minute).await;
        eventually("the failure is known", || running.fault(&broken).is_some()).await;
        assert!(issuer.asked("/broken") <= before + 1);
        running.clock.advance(Duration::from_mins(1));
    }
    // 0 s, 15, 45, 105, 225, 465, 765 ... at the minute's granularity: at most one of five minutes in the end.
    assert!((5..=11).contains(&issuer.asked("/broken")), "{}", issuer.asked("/broken"));
}

#[tokio::test]
async fn a_private_address_that_is_not_allowed_is_not_fetched_from() {
    let source = jwks("https://169.254.169.254/keys");
    let running = Running::start(std::slice::from_ref(&source));
    let fault = FetchError::Forbidden("169.254.169.254".parse().unwrap());
    let expected = Some(KeySetFault::Fetch { document: Document::KeySet, fault });
    eventually("refused", || running.fault(&source) == expected).await;
    let nonsense = KeySource::JwksUri("not a url".into());
    running.need(std::slice::from_ref(&nonsense));
    eventually("no URL", || running.fault(&nonsense) == Some(KeySetFault::NotAUrl)).await;
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_failure_is_logged_once_and_without_the_query() {
    let log = Log::default();
    let written = log.clone();
    // For all tests of this process: a subscriber of one thread misses what another thread met first.
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || written.clone()).init();
    let issuer = Issuer::start().await;
    let source = jwks(&issuer.url("/keys?key=hunter2"));
    let running = Running::start(std::slice::from_ref(&source));
    for turn in 1..=4 {
        running.ask(&source).await;
        assert_eq!(issuer.asked("/keys"), turn);
        running.clock.advance(HOUR);
    }
    issuer.has_keys("/keys", &["one"]);
    running.clock.advance(HOUR);
    eventually("in force", || running.has_set(&source)).await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let shown = issuer.url("/keys");
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(&shown)).collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].contains("WARN") && lines[0].contains("cannot be had") && lines[0].contains("status 404"));
    assert!(lines[1].contains("INFO") && lines[1].contains("can be had again"));
}
