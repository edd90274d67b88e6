//! What holds for every operation, asked of every operation that the OpenAPI document has: it is refused to who is not
//! allowed, refuses bad input, and is a proper list if it is one. (`document.rs`: to who is not signed in.) An operation
//! that is new is asked without anything being added here.

use crate::support::TestApi;
use serde_json::{Value, json};
use store::Role;

const ROLES: [Role; 4] = [Role::Viewer, Role::Operator, Role::Admin, Role::Owner];

/// Lists that go by cursor, or that have too few rows for pages.
const WITHOUT_PAGES: [&str; 4] = ["list_activity_logs", "search", "list_webhook_deliveries", "list_node_leases"];

struct Operation {
    id: String,
    method: String,
    path: String,
    item: Value,
}

impl Operation {
    /// The least role that may call it; `None`: it is open.
    fn role(&self) -> Option<Role> {
        let name = self.item["x-required-role"].as_str()?;
        Some(ROLES.into_iter().find(|role| role.as_str() == name).unwrap())
    }

    /// The schema of its JSON body.
    fn body_schema<'a>(&'a self, document: &'a Value) -> Option<&'a Value> {
        let schema = &self.item["requestBody"]["content"].get("application/json")?["schema"];
        Some(resolve(document, schema))
    }

    fn name(&self) -> String {
        format!("{} ({} {})", self.id, self.method, self.path)
    }
}

fn document() -> Value {
    serde_json::from_str(&management::openapi_json()).unwrap()
}

/// All operations, with the paths of things that are not there.
fn operations(document: &Value) -> Vec<Operation> {
    operations_on(document, "999999")
}

/// All operations, with this id in their paths.
fn operations_on(document: &Value, id_in_path: &str) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, item) in methods.as_object().unwrap() {
            let id = item["operationId"].as_str().unwrap().to_owned();
            let path = path.split('/').map(|part| if part.starts_with('{') { id_in_path } else { part });
            let path = path.collect::<Vec<_>>().join("/");
            all.push(Operation { id, method: method.to_uppercase(), path, item: item.clone() });
        }
    }
    assert!(all.len() > 50);
    all
}

/// Follows references, and takes what is not null of a choice.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(pointer) = schema["$ref"].as_str() {
        return resolve(document, document.pointer(pointer.trim_start_matches('#')).unwrap());
    }
    match schema["oneOf"].as_array() {
        Some(choices) => resolve(document, choices.iter().find(|choice| choice["type"] != "null").unwrap()),
        None => schema,
    }
}

#[tokio::test]
async fn every_operation_is_refused_to_lesser_roles_and_open_to_its_own() {
    let api = TestApi::start().await;
    let mut tokens = Vec::new();
    for role in ROLES {
        tokens.push((role, api.token_of(role).await));
    }
    for operation in operations(&document()) {
        let Some(least) = operation.role() else {
            assert_eq!(operation.item["security"], json!([{}]), "{} names no role", operation.name());
            continue;
        };
        for (role, token) in &tokens {
            let answer = api.with_token(token.expose(), &operation.method, &operation.path, Value::Null).await;
            let status = answer.status.as_u16();
            if *role < least {
                assert_eq!(status, 403, "{} as {}: {}", operation.name(), role.as_str(), answer.body);
            } else {
                assert!(
                    ![401, 403].contains(&status) && status < 500,
                    "{} as {}: {status}",
                    operation.name(),
                    role.as_str()
                );
            }
        }
    }
}

#[tokio::test]
async fn every_operation_with_a_body_refuses_a_bad_one() {
    let api = TestApi::start().await;
    let owner = api.token_of(Role::Owner).await;
    // Things with the id 1, where an operation looks at them first.
    let collection = api.collection("One").await;
    let endpoint = json!({"name": "One", "method": "GET", "path": "one"});
    api.post(&format!("/api/api_collections/{collection}/api_endpoints"), endpoint).await.ok();
    let client = api.client("One").await;
    api.key(client, "One", collection).await;
    let document = document();
    for operation in operations_on(&document, "1") {
        let Some(schema) = operation.body_schema(&document) else { continue };
        let (method, path, name) = (&operation.method, &operation.path, operation.name());
        let bearer = format!("Bearer {}", owner.expose());
        let send = async |kind: &str, body: &str| {
            let request = axum::http::Request::builder().method(method.as_str()).uri(path);
            let request = request.header("authorization", &bearer).header("content-type", kind);
            api.send(request.body(body.to_owned().into()).unwrap()).await
        };
        let strict = schema["additionalProperties"] == false;
        assert!(strict, "{name} takes unknown fields");
        let answer = send("application/json", r#"{"surprise": 1}"#).await.problem(400);
        assert!(answer.fault("surprise").contains("not a known field"), "{name}: {}", answer.body);
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            assert!(!answer.fault(required).is_empty(), "{name}: {required} may be missing: {}", answer.body);
        }
        for malformed in ["{", "[]", "\"x\"", "{\"a\": 1,}", "\u{1}"] {
            send("application/json", malformed).await.problem(400);
        }
        send("text/plain", "{\"surprise\": 1}").await.problem(415);
    }
}

#[test]
fn every_list_has_pages_search_and_order() {
    let document = document();
    let mut lists = 0;
    for operation in operations(&document) {
        let schema = &operation.item["responses"]["200"]["content"]["application/json"]["schema"];
        let schema = resolve(&document, schema);
        let pages = schema["properties"]["per_page"].is_object() || schema["type"] == "array";
        if operation.method != "GET" || !pages || WITHOUT_PAGES.contains(&operation.id.as_str()) {
            continue;
        }
        lists += 1;
        let takes = |name: &str| {
            let parameters = operation.item["parameters"].as_array();
            parameters.into_iter().flatten().any(|parameter| parameter["name"] == name)
        };
        for name in ["page", "per_page", "q", "sort"] {
            assert!(takes(name), "{} takes no {name}", operation.name());
        }
        let total = &operation.item["responses"]["200"]["headers"]["X-Total-Count"];
        assert!(schema["type"] != "array" || total.is_object(), "{} has no total", operation.name());
    }
    assert!(lists >= 10, "{lists}");
}

#[tokio::test]
async fn every_list_keeps_to_its_page_and_says_its_total() {
    let api = TestApi::start().await;
    for name in ["One", "Two", "Three"] {
        api.post("/api/projects", json!({"name": name})).await.ok();
        api.policy(name).await;
        api.client(name).await;
        api.collection(name).await;
    }
    for path in
        ["/api/projects", "/api/api_policies", "/api/v2/api_clients", "/api/api_collections", "/api/api_clients"]
    {
        let all = api.get(path).await.ok();
        let rows = |body: &Value| body.as_array().or(body["data"].as_array()).unwrap().clone();
        let total = rows(&all.body).len();
        assert!(total >= 3);
        let page = api.get(&format!("{path}?page=2&per_page=1&sort=-name")).await.ok();
        assert_eq!(rows(&page.body).len(), 1, "{path}");
        let told = page.header("x-total-count").parse().ok().or(page.body["count"].as_u64());
        assert_eq!(told, Some(total as u64), "{path}");
        assert_eq!(rows(&page.body)[0]["name"], "Three", "{path}");
        assert_eq!(rows(&api.get(&format!("{path}?q=TWO")).await.ok().body).len(), 1, "{path}");
        for bad in ["page=0", "per_page=0", "per_page=101", "page=x", "sort=password", "page=1&page=2"] {
            let answer = api.get(&format!("{path}?{bad}")).await.problem(400);
            let field = bad.split('=').next().unwrap();
            assert!(!answer.fault(field).is_empty(), "{path}?{bad}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn the_reference_page_is_plain_html_for_who_is_signed_in() {
    let api = TestApi::start().await;
    let viewer = api.token_of(Role::Viewer).await;
    let answer = api.with_token(viewer.expose(), "GET", "/docs", Value::Null).await.ok();
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert!(answer.header("content-security-policy").contains("default-src 'self'"));
    let page = String::from_utf8(answer.bytes).unwrap();
    assert!(page.contains("id=\"create_policy\"") && page.contains("Needs the role admin"), "{}", &page[..500]);
    api.anonymous("GET", "/docs", Value::Null).await.problem(401);
}

#[test]
fn every_answer_and_body_has_an_example() {
    for operation in operations(&document()) {
        let answers = operation.item["responses"].as_object().unwrap().values();
        for place in answers.chain([&operation.item["requestBody"]]) {
            for (kind, content) in place["content"].as_object().into_iter().flatten() {
                let given = content.get("example").is_some() || content.get("examples").is_some();
                assert!(given || !kind.ends_with("json"), "{}: no example of {kind}", operation.name());
            }
        }
    }
}
