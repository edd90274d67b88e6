//! Access policies.

use crate::support::TestApi;
use serde_json::{Value, json};

const PATH: &str = "/api/api_policies";
const NO_LIMIT: &str = "can't be blank without usage_quota";

#[tokio::test]
async fn a_policy_is_made_shown_changed_and_deleted() {
    let api = TestApi::start().await;
    let body = json!({"name": " Partners ", "description": "Six", "rate_limit": {"limit": 6, "interval": "minute"}});
    let made = api.post(PATH, body).await.ok().body["data"].clone();
    assert_eq!(made["name"], "Partners");
    assert_eq!(made["rate_limit"], json!({"limit": 6, "interval": "minute"}));
    assert_eq!(made["usage_quota"], Value::Null);
    assert_eq!(made["on_store_failure"], json!({"rate": "allow_local", "quota": "deny"}));
    assert_eq!(made["profiles_count"], 0);
    assert_eq!(made["created_at"], "2026-11-24T06:00:00.000Z");
    let path = format!("{PATH}/{}", made["id"]);
    assert_eq!(api.get(&path).await.ok().body["data"], made);

    TestApi::pass(60);
    let changed = api.put(&path, json!({"description": null})).await.ok().body["data"].clone();
    assert_eq!(changed["description"], Value::Null);
    assert_eq!(changed["rate_limit"], made["rate_limit"], "what is absent stays");
    assert_eq!(changed["updated_at"], "2026-11-24T06:01:00.000Z");
    let limit = json!({"limit": 1_000_000_000, "interval": "hour"});
    let changed = api.put(&path, json!({"name": "Friends", "rate_limit": limit})).await.ok().body["data"].clone();
    assert_eq!((&changed["name"], &changed["rate_limit"]), (&json!("Friends"), &limit));

    assert_eq!(api.delete(&path).await.ok().body, json!({"success": true}));
    api.get(&path).await.problem(404);
    api.put(&path, json!({})).await.problem(404);
    api.delete(&path).await.problem(404);
}

#[tokio::test]
async fn bad_policies_are_refused() {
    let api = TestApi::start().await;
    let rate = json!({"limit": 6, "interval": "minute"});
    for (body, field, expected) in [
        (json!({"rate_limit": rate}), "name", "can't be blank"),
        (json!({"name": null, "rate_limit": rate}), "name", "can't be blank"),
        (json!({"name": "  ", "rate_limit": rate}), "name", "can't be blank"),
        (json!({"name": "A"}), "rate_limit", NO_LIMIT),
        (json!({"name": "A", "rate_limit": null, "usage_quota": null}), "rate_limit", NO_LIMIT),
        (json!({"name": "A", "rate_limit": 6}), "rate_limit", "must be an object"),
        (json!({"name": "A", "rate_limit": {"limit": 6}}), "rate_limit.interval", "can't be blank"),
        (
            json!({"name": "A", "rate_limit": {"limit": 0, "interval": "hour"}}),
            "rate_limit.limit",
            "must be 1 to 1000000000",
        ),
        (
            json!({"name": "A", "rate_limit": {"limit": 1.5, "interval": "hour"}}),
            "rate_limit.limit",
            "must be a whole number",
        ),
        (
            json!({"name": "A", "rate_limit": {"limit": "6", "interval": "hour"}}),
            "rate_limit.limit",
            "must be a whole number",
        ),
        (
            json!({"name": "A", "rate_limit": rate, "on_store_failure": {"rate": "x"}}),
            "on_store_failure.rate",
            "must be one of deny, allow_local",
        ),
    ] {
        let answer = api.post(PATH, body).await.problem(400);
        assert_eq!(answer.fault(field), expected, "{}", answer.body);
    }
    assert_eq!(api.get(PATH).await.ok().body["count"], 0);
}

#[tokio::test]
async fn a_policy_has_a_rate_limit_a_usage_quota_or_both() {
    let api = TestApi::start().await;
    let quota = json!({"limit": 1000, "interval": "30 days"});
    let body = json!({"name": "A", "usage_quota": quota, "on_store_failure": {"quota": "allow_local"}});
    let made = api.post(PATH, body).await.ok().body["data"].clone();
    assert_eq!((&made["rate_limit"], &made["usage_quota"]), (&Value::Null, &quota));
    assert_eq!(made["on_store_failure"], json!({"rate": "allow_local", "quota": "allow_local"}));
    let path = format!("{PATH}/{}", made["id"]);
    assert_eq!(api.put(&path, json!({"usage_quota": null})).await.problem(400).fault("rate_limit"), NO_LIMIT);
    let rate = json!({"limit": 6, "interval": "second"});
    let both = api.put(&path, json!({"rate_limit": rate, "on_store_failure": {"rate": "deny"}})).await.ok();
    let both = both.body["data"].clone();
    assert_eq!((&both["rate_limit"], &both["usage_quota"]), (&rate, &quota));
    assert_eq!(both["on_store_failure"], json!({"rate": "deny", "quota": "deny"}), "replaced whole");
    let one = api.put(&path, json!({"usage_quota": null})).await.ok().body["data"].clone();
    assert_eq!((&one["rate_limit"], &one["usage_quota"]), (&rate, &Value::Null));
    assert_eq!(api.put(&path, json!({"rate_limit": null})).await.problem(400).fault("rate_limit"), NO_LIMIT);
    for interval in ["day", "week", "month", "30 days", "60 days", "90 days", "year"] {
        let quota = json!({"limit": 1, "interval": interval});
        assert_eq!(api.put(&path, json!({"usage_quota": quota})).await.ok().body["data"]["usage_quota"], quota);
    }
}

#[tokio::test]
async fn bad_quotas_are_refused_with_all_faults_at_once() {
    let api = TestApi::start().await;
    let body = json!({
        "name": "", "rate_limit": {"limit": 0, "interval": "day"}, "usage_quota": {"limit": 1_000_000_001, "interval": "30days"},
        "on_store_failure": {"rate": "maybe", "quota": null, "nodes": 2},
    });
    let answer = api.post(PATH, body).await.problem(400);
    for (field, expected) in [
        ("name", "can't be blank"),
        ("rate_limit.limit", "must be 1 to 1000000000"),
        ("rate_limit.interval", "must be one of second, minute, hour"),
        ("usage_quota.limit", "must be 1 to 1000000000"),
        ("usage_quota.interval", "must be one of day, week, month, 30 days, 60 days, 90 days, year"),
        ("on_store_failure.rate", "must be one of deny, allow_local"),
        ("on_store_failure.nodes", "is not a known field"),
    ] {
        assert_eq!(answer.fault(field), expected, "{}", answer.body);
    }
    assert_eq!(api.get(PATH).await.ok().body["count"], 0);
}

#[tokio::test]
async fn shared_use_by_a_client_counts_as_use() {
    let api = TestApi::start().await;
    let policy = api.policy("Shared").await;
    let path = format!("{PATH}/{policy}");
    let body = json!({"name": "Partner", "shared_api_policy_id": policy});
    let made = api.post("/api/v2/api_clients", body).await.ok().body["data"].clone();
    assert_eq!(made["shared_api_policy_id"], policy);
    assert_eq!(api.get(&path).await.ok().body["data"]["clients_count"], 1);
    api.delete(&path).await.problem(409);
    let client = format!("/api/v2/api_clients/{}", made["id"]);
    let changed = api.put(&client, json!({"shared_api_policy_id": null})).await.ok().body["data"].clone();
    assert_eq!(changed["shared_api_policy_id"], Value::Null);
    assert_eq!(api.get(&path).await.ok().body["data"]["clients_count"], 0);
    let answer = api.put(&client, json!({"shared_api_policy_id": 99})).await.problem(422);
    assert_eq!(answer.fault("shared_api_policy_id"), "unknown policy 99");
    api.delete(&path).await.ok();
}

#[tokio::test]
async fn a_taken_name_is_409_case_aside() {
    let api = TestApi::start().await;
    let rate = json!({"limit": 6, "interval": "minute"});
    api.post(PATH, json!({"name": "Partners", "rate_limit": rate})).await.ok();
    let answer = api.post(PATH, json!({"name": " partners", "rate_limit": rate})).await.problem(409);
    assert!(!answer.fault("name").is_empty());
    let other = api.post(PATH, json!({"name": "Other", "rate_limit": rate})).await.ok().body["data"]["id"].clone();
    api.put(&format!("{PATH}/{other}"), json!({"name": "PARTNERS"})).await.problem(409);
}

#[tokio::test]
async fn policies_are_listed_by_page_search_and_order() {
    let api = TestApi::start().await;
    for name in ["Beta", "alpha", "Gamma", "Alphabet"] {
        api.post(PATH, json!({"name": name, "rate_limit": {"limit": 6, "interval": "minute"}})).await.ok();
    }
    let names = |body: &Value| -> Vec<String> {
        body["data"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = api.get(PATH).await.ok().body;
    assert_eq!(names(&all), ["Beta", "alpha", "Gamma", "Alphabet"]);
    assert_eq!((&all["count"], &all["page"], &all["per_page"]), (&json!(4), &json!(1), &json!(100)));
    let page = api.get(&format!("{PATH}?page=2&per_page=3&sort=name")).await.ok().body;
    assert_eq!(names(&page), ["Gamma"]);
    assert_eq!((&page["count"], &page["page"], &page["per_page"]), (&json!(4), &json!(2), &json!(3)));
    assert_eq!(names(&api.get(&format!("{PATH}?q=ALPHA&sort=-name")).await.ok().body), ["Alphabet", "alpha"]);
    assert!(names(&api.get(&format!("{PATH}?q=%25")).await.ok().body).is_empty());
}

#[tokio::test]
async fn every_change_is_in_the_audit_log_with_its_actor() {
    let api = TestApi::start().await;
    let body = json!({"name": "A", "rate_limit": {"limit": 6, "interval": "minute"}});
    let path = format!("{PATH}/{}", api.post(PATH, body).await.ok().body["data"]["id"]);
    api.put(&path, json!({"name": "B"})).await.ok();
    api.delete(&path).await.ok();
    let query = store::PageQuery::default();
    let log = api.store.list_audit(&query, &store::AuditFilter::default()).await.unwrap().items;
    let of_policies: Vec<_> = log.iter().filter(|entry| entry.event_type.starts_with("access_policy.")).collect();
    let events: Vec<_> = of_policies.iter().map(|entry| entry.event_type.as_str()).collect();
    assert_eq!(events, ["access_policy.created", "access_policy.updated", "access_policy.deleted"]);
    for entry in of_policies {
        assert_eq!(entry.actor.name, "test");
        assert_eq!(entry.actor.address.unwrap().to_string(), "127.0.0.1");
    }
}
