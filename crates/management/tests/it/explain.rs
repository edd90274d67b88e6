//! Explanations of described and of recent requests.

use crate::support::{TestApi, id};
use domain::denial::Denial;
use domain::ids::Revision;
use domain::limits::Readings;
use domain::time::Timestamp;
use domain::{ClientId, CollectionId, EndpointId, ProfileId};
use management::explain::{DescribedCredential, Recorded};
use serde_json::{Value, json};
use store::Role;

const PATH: &str = "/api/explain";

#[tokio::test]
async fn a_described_request_is_explained_check_by_check() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let client = api.client("Partner").await;
    let key = id(&api.key(client, "Shop", one).await);
    let viewer = api.token_of(Role::Viewer).await;
    let body = json!({
        "method": "GET", "url": "/one-v1/a?b=c", "api_key_id": key.to_string(), "from": "203.0.113.7", "body_bytes": 10,
    });
    let explained = api.with_token(viewer.expose(), "POST", PATH, body).await.ok().body["data"].clone();
    let check = |number: u8, check: &str, outcome: &str| {
        json!({"number": number, "check": check, "outcome": outcome, "reason": null, "explanation": null, "values": [],
            "what_to_change": null})
    };
    let mut stopped = check(6, "source_address", "stopped");
    stopped["reason"] = json!("ip_not_allowed");
    stopped["explanation"] = json!(Denial::IpNotAllowed.log_text());
    stopped["what_to_change"] = json!(Denial::IpNotAllowed.help());
    stopped["values"] = json!([{"name": "source", "value": "203.0.113.7"}]);
    let expected = json!({
        "outcome": "refused", "status": 403, "reason": "ip_not_allowed", "check": 6, "retry_after_seconds": null,
        "revision": 42, "client": null, "profile": {"id": key, "name": "Shop"}, "collection": null, "endpoint": null,
        "checks": [check(1, "framing", "passed"), stopped, check(7, "route", "not_reached")],
    });
    assert_eq!(explained, expected);
    let asked = api.explanations.asked();
    let [described] = asked.as_slice() else { panic!("asked {} times", asked.len()) };
    assert_eq!((described.method.as_str(), described.url.as_str()), ("GET", "/one-v1/a?b=c"));
    assert_eq!((described.from, described.body_bytes), (Some("203.0.113.7".parse().unwrap()), Some(10)));
    assert!(matches!(described.credential, DescribedCredential::Profile(ProfileId(asked)) if asked == key));
}

#[tokio::test]
async fn credentials_are_passed_on_and_stand_in_no_answer() {
    let api = TestApi::start().await;
    for (field, secret) in [("api_token", "pc_SecretSecretSecret"), ("authorization", "Bearer SecretSecretSecret")] {
        let body = json!({"method": "GET", "url": "/a", field: secret});
        let answer = api.post(PATH, body).await.ok();
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("SecretSecretSecret"));
        let asked = api.explanations.asked();
        let passed = match &asked.last().unwrap().credential {
            DescribedCredential::Token(token) if field == "api_token" => token.expose(),
            DescribedCredential::Authorization(value) if field == "authorization" => value.expose(),
            DescribedCredential::None
            | DescribedCredential::Token(_)
            | DescribedCredential::Authorization(_)
            | DescribedCredential::Profile(_) => panic!("{field} became another kind"),
        };
        assert_eq!(passed, secret);
        let bad = json!({"method": "GET", "url": "no path", field: secret});
        let answer = api.post(PATH, bad).await.problem(400);
        assert_eq!(answer.fault("url"), "must be a path or an http URL");
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("SecretSecretSecret"));
    }
}

#[tokio::test]
async fn bad_descriptions_are_refused_with_all_faults_at_once() {
    let api = TestApi::start().await;
    let body = json!({
        "method": "GET /", "url": "", "api_token": "", "authorization": 5, "api_key_id": "x", "from": "10.0.0.0/8",
        "body_bytes": -1, "headers": {},
    });
    let answer = api.post(PATH, body).await.problem(400);
    for (field, expected) in [
        ("method", "must be the name of a method, as in GET"),
        ("url", "must be a path that begins with / or an http or https URL, of at most 8192 characters"),
        ("api_token", "must be 1 to 16384 characters"),
        ("authorization", "must be a string"),
        ("api_key_id", "must be an id: a whole number"),
        ("from", "must be an IPv4 or IPv6 address"),
        ("body_bytes", "must be 0 or more"),
        ("headers", "is not a known field"),
    ] {
        assert_eq!(answer.fault(field), expected, "{field}: {}", answer.body);
    }
    let answer = api.post(PATH, json!({})).await.problem(400);
    assert_eq!((answer.fault("method"), answer.fault("url")), ("can't be blank", "can't be blank"));
    let two = json!({"method": "GET", "url": "/a", "api_token": "x", "api_key_id": 1});
    assert!(api.post(PATH, two).await.problem(400).fault("api_token").contains("one of the three"));
    assert!(api.explanations.asked().is_empty());
    api.anonymous("POST", PATH, json!({"method": "GET", "url": "/a"})).await.problem(401);
}

fn recorded(profile: Option<i64>, client: i64, collection: i64) -> Recorded {
    Recorded {
        request_id: "01936b6e-7a3f-7c1d-9d2b-5f0c7e1a2b3c".to_owned(),
        external_request_id: None,
        received_at: Timestamp(1_795_500_000_000_000),
        latency_micros: 1_500,
        method: Some("GET".to_owned()),
        path: "/one-v1/a".to_owned(),
        source: "203.0.113.7".parse().unwrap(),
        profile: profile.map(ProfileId),
        client: profile.map(|_| ClientId(client)),
        collection: Some(CollectionId(collection)),
        endpoint: Some(EndpointId(99)),
        status: 403,
        denial: Some(Denial::IpNotAllowed),
        revision: Revision(41),
        limits: Readings::default(),
    }
}

#[tokio::test]
async fn a_recent_request_is_shown_with_what_would_become_of_it_now() {
    let api = TestApi::start().await;
    let one = api.collection("One").await;
    let client = api.client("Partner").await;
    let key = id(&api.key(client, "Shop", one).await);
    api.explanations.record(recorded(Some(key), client, one));
    let path = "/api/request_logs/01936b6e-7a3f-7c1d-9d2b-5f0c7e1a2b3c/explain";
    let viewer = api.token_of(Role::Viewer).await;
    let shown = api.with_token(viewer.expose(), "GET", path, Value::Null).await.ok().body["data"].clone();
    let expected = json!({
        "request_id": "01936b6e-7a3f-7c1d-9d2b-5f0c7e1a2b3c", "external_request_id": null,
        "received_at": "2026-11-24T06:00:00.000Z", "latency_ms": 1.5, "method": "GET", "path": "/one-v1/a",
        "source": "203.0.113.7", "client": {"id": client, "name": "Partner"}, "profile": {"id": key, "name": "Shop"},
        "collection": {"id": one, "name": "One"}, "endpoint": {"id": 99, "name": null}, "status": 403, "check": 6,
        "reason": "ip_not_allowed", "explanation": Denial::IpNotAllowed.log_text(),
        "what_to_change": Denial::IpNotAllowed.help(), "revision": 41, "limits": [],
    });
    assert_eq!(shown["recorded"], expected, "what is gone meanwhile has no name");
    assert_eq!((&shown["now"]["revision"], &shown["now"]["check"]), (&json!(42), &json!(6)));

    api.explanations.record(recorded(None, client, one));
    let shown = api.get(path).await.ok().body["data"].clone();
    assert_eq!((&shown["now"], &shown["recorded"]["profile"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_request_that_is_not_kept_is_not_found() {
    let api = TestApi::start().await;
    for id in ["01936b6e-7a3f-7c1d-9d2b-000000000000", "x", "%20", &"a".repeat(3000)] {
        api.get(&format!("/api/request_logs/{id}/explain")).await.problem(404);
    }
    api.anonymous("GET", "/api/request_logs/x/explain", Value::Null).await.problem(401);
}
