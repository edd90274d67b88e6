//! Counters of a profile: read, granted, reset.

use crate::support::{TestApi, id, quota_counts};
use domain::ProfileId;
use management::{ProfileCounts, QuotaCount, RateCount, SubjectCounts};
use serde_json::{Value, json};
use store::{AuditFilter, PageQuery, Role};

async fn a_key(api: &TestApi) -> (i64, String) {
    let one = api.collection("One").await;
    let client = api.client("Partner").await;
    let key = id(&api.key(client, "Shop", one).await);
    (key, format!("/api/v2/api_clients/{client}/api_keys/{key}"))
}

async fn events(api: &TestApi) -> Vec<String> {
    let log = api.store.list_audit(&PageQuery::default(), &AuditFilter::default()).await.unwrap().items;
    let kept =
        log.into_iter().filter(|entry| entry.event_type.contains("quota_") || entry.event_type.contains("counters_"));
    kept.map(|entry| format!("{} {:?} by {}", entry.event_type, entry.resource_id, entry.actor.name)).collect()
}

#[tokio::test]
async fn they_are_shown_for_the_profile_and_for_its_client() {
    let api = TestApi::start().await;
    let (key, path) = a_key(&api).await;
    let none = json!({"rate": null, "quota": null, "client_rate": null, "client_quota": null});
    assert_eq!(api.get(&format!("{path}/counters")).await.ok().body["data"], none);

    let rate = RateCount { limit: 6, interval: "minute", remaining: 5, resets_in_nanos: 30_000_000_000 };
    let ProfileCounts { own, .. } = quota_counts(10, 3);
    let quota = QuotaCount { granted: 2, unaccounted: 1, remaining: 8, ..own.quota.unwrap() };
    let own = SubjectCounts { rate: Some(rate), quota: Some(quota) };
    let shared = SubjectCounts { rate: Some(RateCount { limit: 60, interval: "hour", ..rate }), quota: None };
    api.counters.set(key, ProfileCounts { own, shared });
    let rate = json!({"limit": 6, "interval": "minute", "remaining": 5, "resets_at": "2026-11-24T06:00:30.000Z"});
    let expected = json!({
        "rate": rate,
        "quota": {
            "limit": 10, "interval": "month", "used": 3, "granted": 2, "remaining": 8, "unaccounted": 1, "leased": 1,
            "period_start": "2026-11-01T00:00:00.000Z", "resets_at": "2026-12-01T00:00:00.000Z"
        },
        "client_rate": {"limit": 60, "interval": "hour", "remaining": 5, "resets_at": "2026-11-24T06:00:30.000Z"},
        "client_quota": null,
    });
    assert_eq!(api.get(&format!("{path}/counters")).await.ok().body["data"], expected);
    let state = json!({
        "rate": {"limit": 6, "remaining": 5, "resets_at": "2026-11-24T06:00:30.000Z"},
        "quota": {"limit": 10, "used": 3, "granted": 2, "resets_at": "2026-12-01T00:00:00.000Z"},
    });
    assert_eq!(api.get(&path).await.ok().body["data"]["policy_state"], state);
    let keys = path.rsplit_once('/').unwrap().0;
    assert_eq!(api.get(keys).await.ok().body["data"][0]["policy_state"], state, "in lists too");
}

#[tokio::test]
async fn a_grant_and_a_reset_are_in_force_in_their_answers_and_audited() {
    let api = TestApi::start().await;
    let (key, path) = a_key(&api).await;
    api.counters.set(key, quota_counts(10, 3));
    let operator = api.token_of(Role::Operator).await;
    let grant = format!("{path}/counters/grant");
    let answer = api.with_token(operator.expose(), "POST", &grant, json!({"amount": 5})).await.ok();
    assert!(!answer.header("portcullis-revision").is_empty());
    let quota = &answer.body["data"]["quota"];
    assert_eq!((&quota["granted"], &quota["used"], &quota["remaining"]), (&json!(5), &json!(3), &json!(12)));
    let quota = api.post(&format!("{path}/counters/reset"), Value::Null).await.ok().body["data"]["quota"].clone();
    assert_eq!((&quota["granted"], &quota["used"], &quota["remaining"]), (&json!(0), &json!(0), &json!(10)));
    let mut expected = vec![
        format!("access_profile.quota_granted {key} by operator"),
        format!("access_profile.counters_reset {key} by test"),
    ];
    let mut found = events(&api).await;
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn bad_grants_change_nothing() {
    let api = TestApi::start().await;
    let (key, path) = a_key(&api).await;
    api.counters.set(key, quota_counts(10, 3));
    let grant = format!("{path}/counters/grant");
    let before = api.get(&format!("{path}/counters")).await.ok().body;
    for (body, field, expected) in [
        (json!({}), "amount", "can't be blank"),
        (json!({"amount": null}), "amount", "can't be blank"),
        (json!({"amount": 0}), "amount", "must be 1 to 1000000000"),
        (json!({"amount": -1}), "amount", "must be 1 to 1000000000"),
        (json!({"amount": 1_000_000_001}), "amount", "must be 1 to 1000000000"),
        (json!({"amount": "5"}), "amount", "must be a whole number"),
        (json!({"amount": 5, "period": "next"}), "period", "is not a known field"),
    ] {
        assert_eq!(api.post(&grant, body).await.problem(400).fault(field), expected);
    }
    let answer = api.post(&format!("{path}/counters/reset"), json!({"amount": 5})).await.problem(400);
    assert_eq!(answer.fault("amount"), "is not a known field");
    assert_eq!(api.get(&format!("{path}/counters")).await.ok().body, before);
    assert!(events(&api).await.is_empty());
}

#[tokio::test]
async fn a_profile_without_a_quota_has_nothing_to_grant_or_reset() {
    let api = TestApi::start().await;
    let (key, path) = a_key(&api).await;
    for (action, body) in [("grant", json!({"amount": 5})), ("reset", Value::Null)] {
        let answer = api.post(&format!("{path}/counters/{action}"), body).await.problem(422);
        assert!(answer.fault("quota").starts_with("the profile has no usage quota"), "{}", answer.body);
    }
    api.counters.set(key, quota_counts(10, 3));
    api.counters.go_away();
    api.post(&format!("{path}/counters/grant"), json!({"amount": 5})).await.problem(503);
}

#[tokio::test]
async fn they_are_found_under_their_own_client_only() {
    let api = TestApi::start().await;
    let (key, _) = a_key(&api).await;
    api.counters.set(key, quota_counts(10, 3));
    let other = api.client("Other").await;
    let path = format!("/api/v2/api_clients/{other}/api_keys/{key}");
    api.get(&format!("{path}/counters")).await.problem(404);
    api.post(&format!("{path}/counters/grant"), json!({"amount": 5})).await.problem(404);
    api.post(&format!("{path}/counters/reset"), Value::Null).await.problem(404);
    api.put(&format!("{path}/finish_overlap"), Value::Null).await.problem(404);
    let profile = api.store.get_profile(ProfileId(key)).await.unwrap();
    assert_eq!(profile.profile.credentials.len(), 1);
    assert!(events(&api).await.is_empty());
}
