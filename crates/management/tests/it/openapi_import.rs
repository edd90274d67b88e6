//! Collections from OpenAPI documents.

use crate::support::{TestApi, id, openapi};
use serde_json::{Value, json};

const PATH: &str = "/api/api_collections";

fn spec(document: &Value) -> Value {
    json!({"format": "json", "content": document.to_string()})
}

async fn endpoints(api: &TestApi, collection: &Value) -> Vec<(String, bool)> {
    let answer = api.get(&format!("/api/api_endpoints?api_collection_id={collection}")).await.ok();
    let label = |row: &Value| format!("{} {}", row["method"].as_str().unwrap(), row["path"].as_str().unwrap());
    answer.body.as_array().unwrap().iter().map(|row| (label(row), row["active"] == true)).collect()
}

#[tokio::test]
async fn each_operation_becomes_an_inactive_endpoint() {
    let api = TestApi::start().await;
    let mut document =
        openapi(&[("get", "/orders"), ("post", "/orders"), ("get", "/orders/{id}"), ("trace", "/orders")]);
    document["info"]["description"] = json!("What customers ordered");
    let made = api.post(PATH, json!({"name": "Shop", "openapi_spec": spec(&document)})).await.ok().body;
    assert_eq!(made["message"], "3 endpoints imported, 1 operation can't be an endpoint");
    let results = json!({
        "success": false, "total_endpoints": 4, "failed_endpoints": 1,
        "failed_actions": ["TRACE /orders: this method cannot be an endpoint"],
    });
    assert_eq!(made["import_results"], results);
    assert_eq!((&made["name"], &made["version"], &made["path"]), (&json!("Shop"), &json!("2.1"), &json!("shop-v2-1")));
    assert_eq!(made["upstream"]["urls"], json!(["http://10.0.0.5/base"]));
    assert_eq!(made["description"], "What customers ordered");
    assert_eq!((&made["endpoints_count"], &made["active_endpoints_count"]), (&json!(3), &json!(0)));
    let expected = [("GET orders", false), ("POST orders", false), ("GET orders/{id}", false)];
    assert_eq!(endpoints(&api, &made["id"]).await, expected.map(|(label, active)| (label.to_owned(), active)));
    let shown = api.get(&format!("{PATH}/{}", made["id"])).await.ok().body;
    assert!(shown.get("import_results").is_none() && shown.get("message").is_none());
}

#[tokio::test]
async fn documents_come_as_yaml_as_json_text_and_as_object() {
    let api = TestApi::start().await;
    let yaml = "openapi: 3.0.3\ninfo: {title: From YAML, version: 1}\nservers: [{url: 'https://{r}.example.com', \
                variables: {r: {default: eu}}}]\npaths:\n  /a:\n    get:\n      operationId: getA\n      responses: {200: {}}\n";
    let made = api.post(PATH, json!({"openapi_spec": {"format": "yaml", "content": yaml}})).await.ok().body;
    assert_eq!(made["name"], "From YAML", "the title is the name where none is given");
    assert_eq!(made["upstream"]["urls"], json!(["https://eu.example.com"]));
    assert_eq!((&made["version"], &made["message"]), (&json!("1"), &json!("1 endpoint imported")));
    let document = openapi(&[("get", "/a")]);
    for (at, spec) in [
        json!({"content": document, "format": "json"}),
        json!({"content": document}),
        json!({"content": document.to_string()}),
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({"name": format!("Number {at}"), "version": "1", "openapi_spec": spec});
        let made = api.post(PATH, body).await.ok().body;
        assert_eq!(made["import_results"]["total_endpoints"], 1);
        assert_eq!(made["version"], "1", "what is given is before the document's");
    }
}

#[tokio::test]
async fn an_upstream_is_given_or_named_by_the_document() {
    let api = TestApi::start().await;
    let mut document = openapi(&[("get", "/a")]);
    let given = json!({"name": "A", "upstream": "http://other", "openapi_spec": spec(&document)});
    assert_eq!(api.post(PATH, given).await.ok().body["upstream"]["urls"], json!(["http://other"]));
    document["servers"] = json!([{"url": "/v1"}]);
    let relative = json!({"name": "B", "openapi_spec": spec(&document)});
    let answer = api.post(PATH, relative).await.problem(422);
    let expected = "can't be blank: the document's server URL \"/v1\" must be an absolute http or https URL";
    assert_eq!(answer.fault("upstream"), expected);
    document["servers"] = json!([]);
    let none = json!({"name": "B", "openapi_spec": spec(&document)});
    assert_eq!(
        api.post(PATH, none).await.problem(422).fault("upstream"),
        "can't be blank: the document names no server"
    );
    assert_eq!(api.get(PATH).await.ok().header("x-total-count"), "1");
}

#[tokio::test]
async fn what_is_no_document_is_refused_and_makes_nothing() {
    let api = TestApi::start().await;
    let content = "openapi_spec.content";
    for (spec, field, status, expected) in [
        (json!({}), content, 400, "can't be blank"),
        (json!({"content": " "}), content, 400, "can't be blank"),
        (json!({"content": 1}), content, 400, "must be a string or an object"),
        (json!({"content": "{}", "format": "xml"}), "openapi_spec.format", 400, "must be one of json, yaml"),
        (
            json!({"content": {}, "format": "yaml"}),
            "openapi_spec.format",
            400,
            "must be json where the content is an object",
        ),
        (json!({"content": "{", "format": "json"}), content, 400, "is not valid JSON (line 1, column 1)"),
        (json!({"content": "a: [", "format": "yaml"}), content, 400, "is not valid YAML (line 2, column 1)"),
        (json!({"content": "{\"a\": 1, \"a\": 2}"}), content, 400, "gives the name \"a\" twice in one object"),
        (
            json!({"content": "hello", "format": "yaml"}),
            content,
            400,
            "is not an OpenAPI document: it has no \"openapi\" version",
        ),
        (
            json!({"content": {"swagger": "2.0"}}),
            content,
            400,
            "is a Swagger 2.0 document: convert it to OpenAPI 3.0 or 3.1 first",
        ),
        (
            json!({"content": {"openapi": "4.0.0"}}),
            content,
            400,
            "is OpenAPI \"4.0.0\": only 3.0 and 3.1 can be imported",
        ),
        (json!({"content": {"openapi": "3.1.0"}}), content, 422, "has no operation that can be an endpoint"),
        (json!({"content": "{}", "url": "http://x"}), "openapi_spec.url", 400, "is not a known field"),
    ] {
        let answer = api.post(PATH, json!({"name": "A", "openapi_spec": spec})).await.problem(status);
        assert_eq!(answer.fault(field), expected, "{}", answer.body);
    }
    let repeated = r#"{"name": "A", "openapi_spec": {"content": {"openapi": "3.1.0", "paths": {}, "paths": {}}}}"#;
    let answer = api.send_raw("POST", PATH, "application/json", repeated).await.problem(400);
    assert_eq!(answer.fault(content), "gives the name \"paths\" twice in one object");
    let answer = api.post(PATH, json!({"openapi_spec": {"content": "{"}, "enabled": 1})).await.problem(400);
    assert_eq!(answer.body["errors"].as_object().unwrap().len(), 2, "no fault for what the document would have given");
    assert_eq!(api.get(PATH).await.ok().body, json!([]));
}

#[tokio::test]
async fn a_body_of_ten_mebibytes_is_413_and_one_of_seven_is_read() {
    let api = TestApi::start().await;
    let mut document = openapi(&[("get", "/a")]);
    document["info"]["x-filling"] = json!("x".repeat(7 * 1024 * 1024));
    api.post(PATH, json!({"name": "A", "openapi_spec": spec(&document)})).await.ok();
    document["info"]["x-filling"] = json!("x".repeat(10 * 1024 * 1024));
    api.post(PATH, json!({"name": "B", "openapi_spec": spec(&document)})).await.problem(413);
    assert_eq!(api.get(PATH).await.ok().header("x-total-count"), "1");
}

#[tokio::test]
async fn a_second_import_answers_the_difference() {
    let api = TestApi::start().await;
    let first = openapi(&[("get", "/orders"), ("post", "/orders"), ("get", "/orders/{id}")]);
    let made = api.post(PATH, json!({"name": "Shop", "openapi_spec": spec(&first)})).await.ok().body;
    let import = format!("{PATH}/{}/import", made["id"]);
    let all = api.get("/api/api_endpoints").await.ok().body;
    for row in all.as_array().unwrap() {
        api.put(&format!("/api/api_endpoints/{}/enable", row["id"]), Value::Null).await.ok();
    }

    let same = api.post(&import, json!({"openapi_spec": spec(&first)})).await.ok().body;
    assert_eq!(same["difference"], json!({"added": [], "updated": [], "deleted": [], "unchanged": 3}));
    assert_eq!(same["active_endpoints_count"], 3);

    let mut second = openapi(&[("get", "/orders"), ("get", "/orders/{number}"), ("get", "/customers")]);
    second["paths"]["/orders"]["get"]["summary"] = json!("All orders");
    second["info"]["version"] = json!("9");
    let kept = api.post(&import, json!({"openapi_spec": spec(&second)})).await.ok().body;
    let expected = json!({
        "added": ["GET /customers"], "updated": ["GET /orders", "GET /orders/{number}"], "deleted": [], "unchanged": 1,
    });
    let mut difference = kept["difference"].clone();
    difference["updated"].as_array_mut().unwrap().sort_by_key(ToString::to_string);
    assert_eq!(difference, expected);
    assert_eq!(kept["message"], "3 endpoints imported");
    assert_eq!((&kept["version"], &kept["endpoints_count"]), (&json!("2.1"), &json!(4)), "the version stays");
    assert_eq!(kept["active_endpoints_count"], 3, "new ones are inactive, the others stay as they were");

    let pruned = api.post(&import, json!({"openapi_spec": spec(&second), "prune": true})).await.ok().body;
    assert_eq!(pruned["difference"], json!({"added": [], "updated": [], "deleted": ["POST /orders"], "unchanged": 3}));
    assert_eq!(endpoints(&api, &made["id"]).await.len(), 3);
}

#[tokio::test]
async fn a_bad_second_import_changes_nothing() {
    let api = TestApi::start().await;
    let first = openapi(&[("get", "/orders")]);
    let made = api.post(PATH, json!({"name": "Shop", "openapi_spec": spec(&first)})).await.ok().body;
    let import = format!("{PATH}/{}/import", id(&made));
    let before = api.everything().await;
    let answer = api.post(&import, json!({"prune": "yes"})).await.problem(400);
    assert_eq!(answer.fault("openapi_spec"), "can't be blank");
    assert_eq!(answer.fault("prune"), "must be true or false");
    let unusable = json!({"openapi_spec": {"content": {"openapi": "3.1.0"}}, "prune": true});
    api.post(&import, unusable).await.problem(422);
    api.post(&format!("{PATH}/99/import"), json!({"openapi_spec": spec(&first)})).await.problem(404);
    assert_eq!(api.everything().await, before);
}

#[tokio::test]
async fn a_preview_shows_what_a_document_gives_and_stores_nothing() {
    let api = TestApi::start().await;
    let path = format!("{PATH}/preview");
    let document = openapi(&[("get", "/orders/{id}"), ("trace", "/orders")]);
    let shown = api.post(&path, json!({"openapi_spec": spec(&document)})).await.ok().body["data"].clone();
    let title = document["info"]["title"].clone();
    assert_eq!((&shown["name"], &shown["version"]), (&title, &json!("2.1")));
    assert_eq!(shown["upstream_url"], "http://10.0.0.5/base");
    assert_eq!(shown["endpoints"][0]["operation"], "GET /orders/{id}");
    assert_eq!(shown["endpoints"][0]["path"], "orders/{id}");
    assert_eq!(shown["endpoints"].as_array().unwrap().len(), 1);
    assert_eq!(shown["failed_actions"], json!(["TRACE /orders: this method cannot be an endpoint"]));
    let mut without_server = document.clone();
    without_server["servers"] = json!([]);
    let shown = api.post(&path, json!({"openapi_spec": spec(&without_server)})).await.ok().body["data"].clone();
    assert_eq!(
        (&shown["upstream_url"], &shown["upstream_problem"]),
        (&Value::Null, &json!("the document names no server"))
    );
    assert_eq!(api.get(PATH).await.ok().header("x-total-count"), "0");

    let answer = api.post(&path, json!({"openapi_spec": {"content": {"swagger": "2.0"}}})).await.problem(400);
    assert!(answer.fault("openapi_spec.content").starts_with("is a Swagger 2.0 document"));
    assert_eq!(api.post(&path, json!({})).await.problem(400).fault("openapi_spec"), "can't be blank");
}

#[tokio::test]
async fn only_the_chosen_operations_become_endpoints() {
    let api = TestApi::start().await;
    let document = openapi(&[("get", "/orders"), ("post", "/orders"), ("get", "/orders/{id}"), ("trace", "/orders")]);
    let chosen = |only: Value| json!({"content": document, "only": only});
    let body = json!({"name": "Shop", "openapi_spec": chosen(json!(["GET /orders/{id}", "GET /orders"]))});
    let made = api.post(PATH, body).await.ok().body;
    assert_eq!((&made["message"], &made["import_results"]["success"]), (&json!("2 endpoints imported"), &json!(true)));
    let expected =
        [("GET orders", false), ("GET orders/{id}", false)].map(|(label, active)| (label.to_owned(), active));
    assert_eq!(endpoints(&api, &made["id"]).await, expected);

    for (only, field, status, expected) in [
        (json!([]), "openapi_spec.only", 400, "names no operation"),
        (json!("GET /orders"), "openapi_spec.only", 400, "must be a list"),
        (
            json!(["GET /orders", "TRACE /orders"]),
            "openapi_spec.only[1]",
            422,
            "is no operation of the document that can be an endpoint",
        ),
    ] {
        let answer = api.post(PATH, json!({"name": "Other", "openapi_spec": chosen(only)})).await.problem(status);
        assert_eq!(answer.fault(field), expected);
    }

    let again = json!({"openapi_spec": chosen(json!(["POST /orders"])), "prune": true});
    let answer = api.post(&format!("{PATH}/{}/import", made["id"]), again).await.ok().body;
    assert_eq!(answer["difference"]["added"], json!(["POST /orders"]));
    assert_eq!(answer["difference"]["deleted"], json!(["GET /orders", "GET /orders/{id}"]), "as if it had no others");
}
