//! Bodies of access policies, as the management API reads them.
//!
//! Input: the body.

use crate::unique_names::has_unique_names;
use domain::access_policy::OnStoreFailure;
use management::fuzzing::{PolicyBody, new_policy, policy_change};
use serde_json::{Map, Value};

const KNOWN: [&str; 5] = ["name", "description", "rate_limit", "usage_quota", "on_store_failure"];

/// A body that is accepted says each thing once, nothing unknown, and means what it says.
///
/// # Panics
/// If a property does not hold.
pub fn policy(data: &[u8]) {
    if let Some(new) = new_policy(data) {
        assert!(new.name.is_some(), "a new policy has a name");
        check(data, &new);
        assert_eq!(policy_change(data).as_ref(), Some(&new), "what makes a policy can change one");
    }
    if let Some(change) = policy_change(data) {
        check(data, &change);
    }
}

fn check(data: &[u8], read: &PolicyBody) {
    assert!(has_unique_names(data), "a name is given twice");
    let Ok(Value::Object(sent)) = serde_json::from_slice(data) else { panic!("accepted and no object") };
    assert!(sent.keys().all(|name| KNOWN.contains(&name.as_str())), "an unknown name");
    assert_eq!(read.name.as_deref(), sent.get("name").and_then(Value::as_str).map(str::trim), "name");
    let rate = read.rate_limit.map(|rate| (i64::from(rate.limit()), rate.interval().as_str()));
    assert_eq!(rate, limit(&sent, "rate_limit"), "rate_limit");
    let quota = read.usage_quota.map(|quota| (i64::from(quota.limit()), quota.interval().as_str()));
    assert_eq!(quota, limit(&sent, "usage_quota"), "usage_quota");
    let modes = sent.get("on_store_failure").filter(|modes| !modes.is_null());
    let default = OnStoreFailure::default();
    let mode = |name: &str, default| {
        modes.and_then(|modes| modes.get(name)).and_then(Value::as_str).unwrap_or(default).to_owned()
    };
    let expected = modes.map(|_| (mode("rate", default.rate.as_str()), mode("quota", default.quota.as_str())));
    let found = read.on_store_failure.map(|modes| (modes.rate.as_str().to_owned(), modes.quota.as_str().to_owned()));
    assert_eq!(found, expected, "on_store_failure");
}

/// A limit as it was sent.
fn limit<'s>(sent: &'s Map<String, Value>, name: &str) -> Option<(i64, &'s str)> {
    let limit = sent.get(name).filter(|limit| !limit.is_null())?;
    assert_eq!(limit.as_object().map(Map::len), Some(2), "{name} has a limit and an interval");
    // `6.0` is 6.
    let sent = limit.get("limit").expect("a number of calls");
    let fraction = sent.as_f64().filter(|calls| calls.fract() == 0.0 && calls.abs() < 9e15);
    #[expect(clippy::cast_possible_truncation, reason = "whole and small enough to be exact")]
    let calls = sent.as_i64().or(fraction.map(|calls| calls as i64)).expect("a whole number of calls");
    assert!((1..=1_000_000_000).contains(&calls), "{name}: {calls} calls");
    Some((calls, limit.get("interval").and_then(Value::as_str).expect("an interval")))
}
