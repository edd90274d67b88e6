//! What bodies, queries and paths may look like; how faults are reported.

use crate::support::TestApi;
use serde_json::{Value, json};

const POLICIES: &str = "/api/api_policies";

#[tokio::test]
async fn all_faults_are_reported_at_once_each_at_its_field() {
    let api = TestApi::start().await;
    let body = json!({
        "name": "x".repeat(300), "description": 5, "rate_limit": {"limit": 0, "interval": "day", "burst": 1},
        "usage_quota": {"limit": 1, "interval": "hour"}, "colour": "red"
    });
    let answer = api.post(POLICIES, body).await.problem(400);
    assert_eq!(answer.fault("name"), "is too long (maximum is 255 characters)");
    assert_eq!(answer.fault("description"), "must be a string");
    assert_eq!(answer.fault("rate_limit.limit"), "must be 1 to 1000000000");
    assert_eq!(answer.fault("rate_limit.interval"), "must be one of second, minute, hour");
    assert_eq!(answer.fault("rate_limit.burst"), "is not a known field");
    assert_eq!(
        answer.fault("usage_quota.interval"),
        "must be one of day, week, month, 30 days, 60 days, 90 days, year"
    );
    assert_eq!(answer.fault("colour"), "is not a known field");
    assert_eq!(answer.body["errors"].as_object().unwrap().len(), 7);
    let message = answer.body["message"].as_str().unwrap();
    assert!(message.starts_with("Validation failed: name: is too long"), "{message}");
    assert!(message.ends_with(" and 4 more"), "{message}");
    assert_eq!(answer.body["type"], "urn:portcullis:problem:validation");
    assert_eq!(api.get(POLICIES).await.ok().body["count"], 0, "nothing was changed");
}

#[tokio::test]
async fn repeated_names_are_refused() {
    let api = TestApi::start().await;
    let body = r#"{"name": "A", "name": "B", "rate_limit": {"limit": 1, "limit": 2, "interval": "hour"}}"#;
    let answer = api.send_raw("POST", POLICIES, "application/json", body).await.problem(400);
    assert_eq!(answer.fault("name"), "is given more than once");
    assert_eq!(answer.fault("rate_limit.limit"), "is given more than once");
}

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    let api = TestApi::start().await;
    for (body, expected) in [
        ("", "is empty: send a JSON object"),
        ("{", "is not valid JSON: see line 1, column 1"),
        ("{\"name\": \"A\"} x", "is not valid JSON: see line 1, column 15"),
        ("[]", "must be an object"),
        ("null", "must be an object"),
        ("\"\u{0}\"", "is not valid JSON: see line 1, column 2"),
    ] {
        let answer = api.send_raw("POST", POLICIES, "application/json", body).await.problem(400);
        assert_eq!(answer.fault("body"), expected, "{body}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    api.send_raw("POST", POLICIES, "application/json", deep).await.problem(400);
}

#[tokio::test]
async fn other_content_types_are_refused_with_415() {
    let api = TestApi::start().await;
    let body = r#"{"name": "A", "rate_limit": {"limit": 1, "interval": "hour"}}"#;
    for content_type in ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        api.send_raw("POST", POLICIES, content_type, body).await.problem(415);
    }
    api.send_raw("POST", POLICIES, "Application/JSON; charset=utf-8", body).await.ok();
}

#[tokio::test]
async fn a_body_over_1_mib_is_refused_with_413() {
    let api = TestApi::start().await;
    let body = format!(r#"{{"name": "{}"}}"#, "x".repeat(10 * 1024 * 1024));
    api.send_raw("POST", POLICIES, "application/json", body).await.problem(413);
    let body = format!(r#"{{"name": "{}"}}"#, "x".repeat(1024 * 1024 - 20));
    api.send_raw("POST", POLICIES, "application/json", body).await.problem(400);
}

#[tokio::test]
async fn operations_without_input_accept_an_empty_body_of_any_type() {
    let api = TestApi::start().await;
    for content_type in ["", "application/json", "text/plain"] {
        let id = api.post("/api/projects", json!({"name": "P"})).await.ok().body["id"].clone();
        api.send_raw("DELETE", &format!("/api/projects/{id}"), content_type, "").await.ok();
    }
    let id = api.post("/api/projects", json!({"name": "P"})).await.ok().body["id"].clone();
    let path = format!("/api/projects/{id}");
    api.send_raw("DELETE", &path, "application/json", r#"{"force": true}"#).await.problem(400);
    api.send_raw("DELETE", &path, "application/json", "{}").await.ok();
}

#[tokio::test]
async fn bad_parameters_are_refused_by_name() {
    let api = TestApi::start().await;
    for (query, field) in [
        ("page=0", "page"),
        ("page=x", "page"),
        ("page=1&page=2", "page"),
        ("per_page=101", "per_page"),
        ("per_page=0", "per_page"),
        ("per_page=", "per_page"),
        ("sort=colour", "sort"),
        ("colour=red", "colour"),
    ] {
        let answer = api.get(&format!("{POLICIES}?{query}")).await.problem(400);
        assert!(!answer.fault(field).is_empty(), "{query}: {}", answer.body);
    }
    let answer = api.get(&format!("{POLICIES}?page=0&per_page=1000&x=1")).await.problem(400);
    assert_eq!(answer.body["errors"].as_object().unwrap().len(), 3);
    api.get(&format!("{POLICIES}?page=1&per_page=100&q=&sort=-name")).await.ok();
}

#[tokio::test]
async fn ids_that_are_none_are_not_found() {
    let api = TestApi::start().await;
    for id in ["x", "1.5", "99999999999999999999", "-1", "0", "%31x", "99"] {
        api.get(&format!("{POLICIES}/{id}")).await.problem(404);
        api.delete(&format!("{POLICIES}/{id}")).await.problem(404);
    }
}

#[tokio::test]
async fn a_wrong_method_is_405_and_names_the_right_ones() {
    let api = TestApi::start().await;
    for method in ["PATCH", "DELETE"] {
        let answer = api.send_raw(method, POLICIES, "", "").await.problem(405);
        let allow = answer.header("allow");
        assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
    }
    api.anonymous("PATCH", POLICIES, Value::Null).await.problem(401);
}
