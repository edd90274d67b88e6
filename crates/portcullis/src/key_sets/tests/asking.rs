//! Fetches out of turn, for workers that met an unknown `kid`.

use super::issuer::{Issuer, Says};
use super::support::{Running, eventually, jwks};
use std::time::Duration;

#[tokio::test]
async fn an_ask_is_answered_when_the_new_keys_are_in_force() {
    let issuer = Issuer::start().await;
    issuer.has_keys("/keys", &["old"]);
    let source = jwks(&issuer.url("/keys"));
    let running = Running::start(std::slice::from_ref(&source));
    eventually("in force", || running.has_key(&source, "old")).await;
    issuer.has_keys("/keys", &["new"]);
    running.clock.advance(Duration::from_secs(10));
    running.ask(&source).await;
    assert!(running.has_key(&source, "new") && !running.has_key(&source, "old"));
}

#[tokio::test]
async fn there_is_one_fetch_in_ten_seconds_however_many_ask() {
    let issuer = Issuer::start().await;
    issuer.has_keys("/keys", &["one"]);
    let source = jwks(&issuer.url("/keys"));
    let running = Running::start(std::slice::from_ref(&source));
    eventually("in force", || running.has_set(&source)).await;
    for _ in 0..20 {
        running.ask(&source).await;
    }
    assert_eq!(issuer.asked("/keys"), 1);
    running.clock.advance(Duration::from_secs(9));
    running.ask(&source).await;
    assert_eq!(issuer.asked("/keys"), 1);
    running.clock.advance(Duration::from_secs(1));
    for _ in 0..20 {
        running.ask(&source).await;
    }
    assert_eq!(issuer.asked("/keys"), 2);
}

#[tokio::test]
async fn asks_at_the_same_time_share_one_fetch() {
    let issuer = Issuer::start().await;
    issuer.has_keys("/keys", &["one"]);
    let source = jwks(&issuer.url("/keys"));
    let running = Running::start(std::slice::from_ref(&source));
    eventually("in force", || running.has_set(&source)).await;
    running.clock.advance(Duration::from_secs(10));
    let asks: Vec<_> = (0..20).map(|_| running.ask(&source)).collect();
    futures_util::future::join_all(asks).await;
    assert_eq!(issuer.asked("/keys"), 2);
}

#[tokio::test]
async fn an_ask_tries_a_failing_source_though_its_turn_has_not_come() {
    let issuer = Issuer::start().await;
    let source = jwks(&issuer.url("/keys"));
    let running = Running::start(std::slice::from_ref(&source));
    eventually("failed", || running.fault(&source).is_some()).await;
    issuer.has_keys("/keys", &["one"]);
    running.ask(&source).await;
    assert!(!running.has_set(&source));
    running.clock.advance(Duration::from_secs(10));
    running.ask(&source).await;
    assert!(running.has_key(&source, "one"));
}

#[tokio::test]
async fn a_source_that_no_terms_need_is_not_fetched() {
    let issuer = Issuer::start().await;
    issuer.has_keys("/keys", &["one"]);
    issuer.has_keys("/strange", &["one"]);
    let running = Running::start(&[jwks(&issuer.url("/keys"))]);
    running.ask(&jwks(&issuer.url("/strange"))).await;
    eventually("the needed one is fetched", || issuer.asked("/keys") == 1).await;
    assert_eq!(issuer.asked("/strange"), 0);
}

#[tokio::test]
async fn an_ask_for_a_source_that_was_needed_a_moment_ago_only_is_served() {
    let issuer = Issuer::start().await;
    issuer.has_keys("/keys", &["one"]);
    let source = jwks(&issuer.url("/keys"));
    let running = Running::start(&[]);
    running.need(std::slice::from_ref(&source));
    running.ask(&source).await;
    assert!(running.has_key(&source, "one"));
}

#[tokio::test]
async fn issuers_that_never_answer_delay_nobody_else() {
    let issuer = Issuer::start().await;
    let mut sources: Vec<_> = (0..8).map(|at| jwks(&issuer.url(&format!("/a-dead-{at}")))).collect();
    for at in 0..8 {
        issuer.says(&format!("/a-dead-{at}"), Says::Nothing);
    }
    let running = Running::start(&sources);
    eventually("all are being asked", || (0..8).all(|at| issuer.asked(&format!("/a-dead-{at}")) == 1)).await;
    issuer.has_keys("/keys", &["one"]);
    let source = jwks(&issuer.url("/keys"));
    sources.push(source.clone());
    running.need(&sources);
    running.ask(&source).await;
    assert!(running.has_key(&source, "one"));
}
