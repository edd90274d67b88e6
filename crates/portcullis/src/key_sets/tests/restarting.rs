//! The copy on the disk: a restart while the issuer is down still admits.

use super::issuer::{Issuer, Says};
use super::support::{Clock, Running, eventually, jwks};
use crate::key_sets::{self, copy};
use domain::terms::KeySource;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);

/// Runs until the set is in force, and stops.
async fn run_once(folder: &Path, clock: &Clock, source: &KeySource) {
    let running = Running::start_in(folder, clock.clone(), std::slice::from_ref(source));
    eventually("in force", || running.status(source).fetched_at == Some(clock.wall())).await;
    running.stop().await;
}

#[tokio::test]
async fn a_restart_without_the_issuer_uses_the_copy_until_it_is_a_day_old() {
    let (folder, clock, issuer) = (tempfile::tempdir().unwrap(), Clock::default(), Issuer::start().await);
    issuer.has_keys("/keys", &["one"]);
    let source = jwks(&issuer.url("/keys"));
    run_once(folder.path(), &clock, &source).await;
    let fetched_at = clock.wall();
    issuer.says("/keys", Says::Closes);
    clock.advance(20 * HOUR);
    let running = Running::start_in(folder.path(), clock.clone(), std::slice::from_ref(&source));
    // Before anything could be fetched.
    assert!(running.has_key(&source, "one"));
    assert_eq!(running.status(&source).fetched_at, Some(fetched_at));
    eventually("tried", || running.fault(&source).is_some()).await;
    assert!(running.has_key(&source, "one"));
    running.stop().await;
    clock.advance(3 * HOUR);
    let running = Running::start_in(folder.path(), clock.clone(), std::slice::from_ref(&source));
    assert!(running.has_key(&source, "one"));
    clock.advance(HOUR);
    eventually("withdrawn", || !running.has_set(&source)).await;
    running.stop().await;
    assert!(key_sets::restore(folder.path(), clock.wall()).is_empty());
}

#[tokio::test]
async fn a_copy_that_is_a_day_old_is_not_used() {
    let (folder, clock, issuer) = (tempfile::tempdir().unwrap(), Clock::default(), Issuer::start().await);
    issuer.has_keys("/keys", &["one"]);
    run_once(folder.path(), &clock, &jwks(&issuer.url("/keys"))).await;
    clock.advance(23 * HOUR + Duration::from_secs(3599));
    assert_eq!(key_sets::restore(folder.path(), clock.wall()).len(), 1);
    clock.advance(Duration::from_secs(1));
    assert!(key_sets::restore(folder.path(), clock.wall()).is_empty());
}

#[tokio::test]
async fn the_copy_is_written_while_running_and_readable_by_its_owner_only() {
    let (folder, clock, issuer) = (tempfile::tempdir().unwrap(), Clock::default(), Issuer::start().await);
    issuer.has_keys("/keys", &["one"]);
    let source = jwks(&issuer.url("/keys"));
    let running = Running::start_in(folder.path(), clock.clone(), std::slice::from_ref(&source));
    let path = copy::path(folder.path());
    eventually("copied", || path.exists()).await;
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    // A source that is needed no longer leaves the copy too.
    running.need(&[]);
    eventually("left the copy", || key_sets::restore(folder.path(), clock.wall()).is_empty()).await;
}

#[tokio::test]
async fn a_copy_that_cannot_be_written_is_tried_again() {
    let (folder, clock, issuer) = (tempfile::tempdir().unwrap(), Clock::default(), Issuer::start().await);
    issuer.has_keys("/keys", &["one"]);
    let source = jwks(&issuer.url("/keys"));
    let data_dir = folder.path().join("data");
    let running = Running::start_in(&data_dir, clock.clone(), std::slice::from_ref(&source));
    eventually("in force without a copy", || running.has_set(&source)).await;
    std::fs::create_dir(&data_dir).unwrap();
    for _ in 0..3 {
        clock.advance(Duration::from_secs(30));
        running.ask(&source).await;
    }
    eventually("copied", || copy::path(&data_dir).exists()).await;
}

#[tokio::test]
async fn a_damaged_copy_is_no_copy() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Clock::default());
    let item = r#"{"kind":"jwks_uri","url":"https://a.example/","fetched_at":1800000000000000,"text":"#;
    for damaged in [
        String::new(),
        "{".into(),
        "[]".into(),
        r#"{"version":1,"key_sets":[{"kind":"other"}]}"#.into(),
        r#"{"version":2,"key_sets":[]}"#.into(),
        format!(r#"{{"version":1,"key_sets":[{item}"damaged"}}]}}"#),
    ] {
        std::fs::write(copy::path(folder.path()), &damaged).unwrap();
        assert!(key_sets::restore(folder.path(), clock.wall()).is_empty(), "{damaged}");
    }
    let whole = format!(r#"{{"version":1,"key_sets":[{item}"{{\"keys\":[]}}"}}]}}"#);
    std::fs::write(copy::path(folder.path()), whole).unwrap();
    assert_eq!(key_sets::restore(folder.path(), clock.wall()).len(), 1);
}

#[tokio::test]
async fn restored_sets_that_nobody_needs_are_left_out() {
    let (folder, clock, issuer) = (tempfile::tempdir().unwrap(), Clock::default(), Issuer::start().await);
    issuer.has_keys("/keys", &["one"]);
    let source = jwks(&issuer.url("/keys"));
    run_once(folder.path(), &clock, &source).await;
    let running = Running::start_in(folder.path(), clock.clone(), &[]);
    assert!(!running.has_set(&source));
    assert!(running.statuses.list().is_empty());
    running.stop().await;
    assert!(key_sets::restore(folder.path(), clock.wall()).is_empty());
}
