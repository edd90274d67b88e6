//! API collections, by hand.

use crate::support::{TestApi, id};
use serde_json::{Value, json};

const PATH: &str = "/api/api_collections";

#[tokio::test]
async fn a_collection_is_made_shown_changed_and_deleted() {
    let api = TestApi::start().await;
    let body = json!({
        "name": " Quote to cash ", "version": "1.0", "description": "Quotes",
        "upstream": {"urls": ["HTTPS://10.0.0.5:8443/base/"], "auth": {"type": "none"},
            "timeouts_ms": {"connect": 1, "response": 240_000, "idle": 3_600_000}, "tls": null},
        "limits": {"body_bytes": null, "response_ms": 5000},
        "cors": null, "allow_query_token": false, "allow_encoded_slash": false, "proxy_connection_id": null,
    });
    let made = api.post(PATH, body).await.ok().body;
    let expected = json!({
        "id": made["id"], "name": "Quote to cash", "project_id": 1, "version": "1.0", "path": "quote-to-cash-v1",
        "url": "http://127.0.0.1:8080/quote-to-cash-v1",
        "api_spec_url": "http://127.0.0.1:8080/quote-to-cash-v1/openapi.json",
        "description": "Quotes", "enabled": true,
        "upstream": {"urls": ["https://10.0.0.5:8443/base"], "auth": {"type": "none"},
            "timeouts_ms": {"connect": 1, "response": 240_000, "idle": 3_600_000},
            "tls": {"ca": null, "server_name": null}, "http": "http1", "health_check": null, "max_in_flight": null},
        "limits": {"body_bytes": null, "response_ms": 5000},
        "cors": null, "allow_query_token": false, "allow_encoded_slash": false,
        "keep_host": false, "pass_authorization": false, "send_claims": false,
        "endpoints_count": 0, "active_endpoints_count": 0,
        "created_at": "2026-11-24T06:00:00.000Z", "updated_at": "2026-11-24T06:00:00.000Z",
    });
    assert_eq!(made, expected, "no message and no import results without a document");
    let path = format!("{PATH}/{}", made["id"]);
    assert_eq!(api.get(&path).await.ok().body, made);

    TestApi::pass(60);
    let answer = api.put(&path, json!({"description": null, "upstream": "http://[::1]:9000", "limits": {}})).await.ok();
    assert!(!answer.header("portcullis-revision").is_empty());
    let changed = answer.body;
    assert_eq!(changed["description"], Value::Null);
    let default = json!({"connect": 3000, "response": 30_000, "idle": 60_000});
    assert_eq!(changed["upstream"]["timeouts_ms"], default, "an upstream is replaced whole");
    assert_eq!(changed["upstream"]["urls"], json!(["http://[::1]:9000"]));
    assert_eq!(changed["limits"], json!({"body_bytes": 5_242_880, "response_ms": null}));
    assert_eq!((&changed["name"], &changed["path"]), (&made["name"], &made["path"]), "what is absent stays");
    assert_eq!(changed["updated_at"], "2026-11-24T06:01:00.000Z");
    let body = json!({"name": "Q2C", "version": "2", "path": "q", "enabled": false, "project_id": "1"});
    let changed = api.put(&path, body).await.ok().body;
    assert_eq!(changed["url"], "http://127.0.0.1:8080/q");
    assert_eq!(changed["enabled"], false);

    assert_eq!(api.put(&format!("{path}/enable"), Value::Null).await.ok().body, json!({"success": true}));
    assert_eq!(api.get(&path).await.ok().body["enabled"], true);
    assert_eq!(api.put(&format!("{path}/disable"), Value::Null).await.ok().body, json!({"success": true}));
    assert_eq!(api.get(&path).await.ok().body["enabled"], false);

    let gone = api.delete(&path).await.ok().body;
    assert_eq!(gone, json!({"success": true, "removed_from": {"api_clients": [], "api_keys": []}}));
    api.get(&path).await.problem(404);
}

#[tokio::test]
async fn bad_collections_are_refused_with_all_faults_at_once() {
    let api = TestApi::start().await;
    let body = json!({
        "name": "n".repeat(256), "version": "", "path": "Not a slug", "project_id": "x", "description": 1,
        "enabled": "yes", "upstream": {"urls": ["ftp://x", "example.com"], "auth": {"type": "magic"},
            "timeouts_ms": {"connect": 0, "response": 240_001, "idle": "1"}, "weight": 1},
        "limits": {"body_bytes": -1, "response_ms": 0}, "surprise": 1,
    });
    let answer = api.post(PATH, body).await.problem(400);
    for (field, expected) in [
        ("name", "is too long (maximum is 255 characters)"),
        ("version", "can't be blank"),
        ("path", "may hold only a-z, 0-9 and -"),
        ("project_id", "must be an id: a whole number"),
        ("description", "must be a string"),
        ("enabled", "must be true or false"),
        ("upstream.urls[0]", "must be an absolute http or https URL"),
        ("upstream.urls[1]", "must be an absolute http or https URL"),
        ("upstream.auth.type", "must be one of none, header, basic, query, oauth2"),
        ("upstream.timeouts_ms.connect", "must be 1 to 60000"),
        ("upstream.timeouts_ms.response", "must be 1 to 240000"),
        ("upstream.timeouts_ms.idle", "must be a whole number"),
        ("upstream.weight", "is not a known field"),
        ("limits.body_bytes", "must be 0 to 9007199254740991"),
        ("limits.response_ms", "must be 1 to 240000"),
        ("surprise", "is not a known field"),
    ] {
        assert_eq!(answer.fault(field), expected, "{field}: {}", answer.body);
    }
    assert!(answer.body["message"].as_str().unwrap().ends_with(" and 13 more"), "{}", answer.body["message"]);
    for (body, field, expected) in [
        (json!({}), "name", "can't be blank"),
        (json!({}), "upstream", "can't be blank"),
        (json!({"name": null}), "name", "can't be blank"),
        (json!({"name": "A", "upstream": null}), "upstream", "can't be blank"),
        (json!({"name": "A", "upstream": ""}), "upstream", "can't be blank"),
        (json!({"name": "A", "upstream": "http://u:p@x"}), "upstream", "must not hold a user or password"),
        (json!({"name": "A", "upstream": 1}), "upstream", "must be an object"),
        (json!({"name": "A", "upstream": {}}), "upstream.urls", "can't be blank"),
        (json!({"name": "A", "upstream": {"urls": []}}), "upstream.urls", "can't be blank"),
        (
            json!({"name": "日本", "upstream": "http://x"}),
            "path",
            "can't be made from the name: give a path of a-z, 0-9 and -",
        ),
        (json!({"name": "A", "path": "oauth2", "upstream": "http://x"}), "path", "is reserved for the gateway"),
    ] {
        let answer = api.post(PATH, body).await.problem(400);
        assert_eq!(answer.fault(field), expected, "{}", answer.body);
    }
    assert_eq!(api.get(PATH).await.ok().body, json!([]));
}

#[tokio::test]
async fn bad_changes_change_nothing() {
    let api = TestApi::start().await;
    let path = format!("{PATH}/{}", api.collection("A").await);
    let before = api.get(&path).await.ok().body;
    for (body, field) in [
        (json!({"name": null}), "name"),
        (json!({"version": null}), "version"),
        (json!({"path": null}), "path"),
        (json!({"upstream": null}), "upstream"),
        (json!({"enabled": null}), "enabled"),
        (json!({"project_id": null}), "project_id"),
        (json!({"name": "B", "upstream": "nowhere"}), "upstream"),
        (json!({"name": "B", "openapi_spec": {}}), "openapi_spec"),
    ] {
        let answer = api.put(&path, body).await.problem(400);
        assert!(!answer.fault(field).is_empty(), "{field}: {}", answer.body);
    }
    assert_eq!(
        api.put(&path, json!({"name": "B", "project_id": 99})).await.problem(422).fault("project_id"),
        "unknown project 99"
    );
    assert_eq!(api.get(&path).await.ok().body, before);
}

#[tokio::test]
async fn names_with_their_version_and_paths_are_unique() {
    let api = TestApi::start().await;
    let first = api.collection("Orders").await;
    let again = json!({"name": "ORDERS", "version": "1.0", "path": "other", "upstream": "http://x"});
    assert_eq!(api.post(PATH, again).await.problem(409).fault("name"), "has already been taken");
    let same_path = json!({"name": "Other", "path": "orders-v1", "upstream": "http://x"});
    assert_eq!(api.post(PATH, same_path).await.problem(409).fault("path"), "has already been taken");
    let next = json!({"name": "Orders", "version": "2.1", "upstream": "http://x"});
    let next = api.post(PATH, next).await.ok().body;
    assert_eq!(next["path"], "orders-v2-1");
    let clash = json!({"name": "orders", "version": "1.0"});
    assert_eq!(
        api.put(&format!("{PATH}/{}", next["id"]), clash).await.problem(409).fault("name"),
        "has already been taken"
    );
    let unknown = json!({"name": "New", "project_id": 99, "upstream": "http://x"});
    assert_eq!(api.post(PATH, unknown).await.problem(422).fault("project_id"), "unknown project 99");
    assert_eq!(api.get(PATH).await.ok().body.as_array().unwrap().len(), 2);
    assert_eq!(api.get(&format!("{PATH}/{first}")).await.ok().body["version"], "1.0");
}

#[tokio::test]
async fn lists_are_bare_arrays_with_their_total() {
    let api = TestApi::start().await;
    assert_eq!(api.get(PATH).await.ok().header("x-total-count"), "0");
    for name in ["Alpha", "Beta", "Gamma"] {
        api.collection(name).await;
    }
    api.put(&format!("{PATH}/2/disable"), Value::Null).await.ok();
    let names = async |query: &str| {
        let answer = api.get(&format!("{PATH}?{query}")).await.ok();
        let names: Vec<_> =
            answer.body.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
        (names.join(" "), answer.header("x-total-count").to_owned())
    };
    assert_eq!(names("").await, ("Alpha Beta Gamma".to_owned(), "3".to_owned()));
    assert_eq!(names("page=2&per_page=2").await, ("Gamma".to_owned(), "3".to_owned()));
    assert_eq!(names("sort=-name&per_page=1").await, ("Gamma".to_owned(), "3".to_owned()));
    assert_eq!(names("q=ET").await, ("Beta".to_owned(), "1".to_owned()));
    assert_eq!(names("active=false").await, ("Beta".to_owned(), "1".to_owned()));
    assert_eq!(names("project_id=1&active=true").await, ("Alpha Gamma".to_owned(), "2".to_owned()));
    assert_eq!(names("project_id=2").await, (String::new(), "0".to_owned()));
    for query in ["per_page=101", "page=0", "sort=upstream", "active=maybe", "project_id=x", "colour=red"] {
        api.get(&format!("{PATH}?{query}")).await.problem(400);
    }
}

#[tokio::test]
async fn deleting_a_collection_says_whose_terms_it_was_in() {
    let api = TestApi::start().await;
    let collection = api.collection("Orders").await;
    let other = api.collection("Quotes").await;
    let terms = json!({"name": "With terms", "auth_type": "token", "api_collection_ids": [collection, other]});
    let client = id(&api.post("/api/v2/api_clients", terms).await.ok().body["data"]);
    let legacy = api.client("Legacy").await;
    let key = id(&api.key(legacy, "Shop", collection).await);
    let gone = api.delete(&format!("{PATH}/{collection}")).await.ok().body;
    let expected = json!({
        "api_clients": [{"id": client, "name": "With terms"}],
        "api_keys": [{"id": key, "name": "Shop"}],
    });
    assert_eq!(gone["removed_from"], expected);
    let client = api.get(&format!("/api/v2/api_clients/{client}")).await.ok().body["data"].clone();
    assert_eq!(client["api_collection_ids"], json!([other]));
    let key = api.get(&format!("/api/v2/api_clients/{legacy}/api_keys/{key}")).await.ok().body["data"].clone();
    assert_eq!((&key["api_collection_ids"], &key["own_terms"]), (&json!([]), &json!(true)));
}

#[tokio::test]
async fn a_collection_is_exported_as_openapi_3_1() {
    let api = TestApi::start().await;
    let collection = api.collection("Orders").await;
    let body = json!({"name": "Get an order", "method": "GET", "path": "/orders/{id}", "active": true});
    api.post(&format!("{PATH}/{collection}/api_endpoints"), body).await.ok();
    let document = api.get(&format!("{PATH}/{collection}/openapi.json")).await.ok().body;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"], json!({"title": "Orders", "version": "1.0"}));
    assert_eq!(document["servers"], json!([{"url": "http://127.0.0.1:8080/orders-v1"}]));
    assert_eq!(document["paths"]["/orders/{id}"]["get"]["summary"], "Get an order");
    api.get(&format!("{PATH}/99/openapi.json")).await.problem(404);
}

#[tokio::test]
async fn an_upstream_that_the_gateway_would_not_call_is_not_stored() {
    let api = TestApi::start().await;
    let id = api.collection("Orders").await;
    for url in ["http://169.254.169.254/latest", "http://127.0.0.1:8080", "http://localhost:8081/api"] {
        let answer = api.post(PATH, json!({"name": "New", "upstream": {"urls": [url]}})).await.problem(422);
        assert!(answer.fault("upstream.urls[0]").starts_with("must not be a"), "{url}: {}", answer.body);
        let answer = api.put(&format!("{PATH}/{id}"), json!({"upstream": url})).await.problem(422);
        assert!(answer.fault("upstream.urls[0]").starts_with("must not be a"), "{url}: {}", answer.body);
    }
    assert_eq!(api.get(PATH).await.ok().body.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn cross_origin_rules_and_tokens_in_the_query_are_set_and_cleared() {
    let api = TestApi::start().await;
    let cors = json!({"origins": ["https://app.example.com"], "headers": ["X-Trace"], "max_age_seconds": 60});
    let body = json!({"name": "One", "upstream": "http://10.0.0.5", "cors": cors, "allow_query_token": true});
    let made = api.post(PATH, body).await.ok().body;
    let shown =
        json!({"origins": ["https://app.example.com"], "headers": ["x-trace"], "expose": [], "max_age_seconds": 60});
    assert_eq!((&made["cors"], &made["allow_query_token"]), (&shown, &json!(true)));
    let path = format!("{PATH}/{}", made["id"]);
    let changed = api.put(&path, json!({"cors": {"origins": ["*"]}})).await.ok().body;
    let any = json!({"origins": ["*"], "headers": [], "expose": [], "max_age_seconds": 600});
    assert_eq!((&changed["cors"], &changed["allow_query_token"]), (&any, &json!(true)), "rules are replaced whole");
    let changed = api.put(&path, json!({"cors": null, "allow_query_token": false})).await.ok().body;
    assert_eq!((&changed["cors"], &changed["allow_query_token"]), (&Value::Null, &json!(false)));
}

#[tokio::test]
async fn bad_cross_origin_rules_are_refused_with_all_faults_at_once() {
    let api = TestApi::start().await;
    let path = format!("{PATH}/{}", api.collection("One").await);
    let cors = json!({
        "origins": ["https://a.example/path", "null", "https://a.example"], "headers": ["a b"], "expose": "x",
        "max_age_seconds": 86_401, "credentials": true,
    });
    let answer = api.put(&path, json!({"cors": cors, "allow_query_token": "yes"})).await.problem(400);
    for field in [
        "cors.origins[0]",
        "cors.origins[1]",
        "cors.headers[0]",
        "cors.expose",
        "cors.max_age_seconds",
        "cors.credentials",
        "allow_query_token",
    ] {
        assert!(!answer.fault(field).is_empty(), "{field}: {}", answer.body);
    }
    for (cors, field, expected) in [
        (json!({"origins": []}), "cors.origins", "can't be blank"),
        (json!({}), "cors.origins", "can't be blank"),
        (json!({"origins": ["*", "https://a.example"]}), "cors.origins", "* must stand alone"),
        (json!({"origins": vec!["https://a.example"; 51]}), "cors.origins", "has too many entries (maximum is 50)"),
        (json!({"origins": ["*"], "expose": vec!["x-a"; 51]}), "cors.expose", "has too many entries (maximum is 50)"),
    ] {
        let answer = api.put(&path, json!({"cors": cors})).await.problem(400);
        assert_eq!(answer.fault(field), expected, "{}", answer.body);
    }
    assert_eq!(api.get(&path).await.ok().body["cors"], Value::Null);
}
