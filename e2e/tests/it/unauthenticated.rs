//! Every operation of the OpenAPI document but the open ones answers 401 to strangers.

use anyhow::{Context as _, Result};
use e2e::{Answer, Api, TestSystem};
use reqwest::Method;
use serde_json::Value;

/// Operations that the API page lists as open.
const OPEN: [(&str, &str); 7] = [
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/api/setup"),
    ("post", "/api/setup"),
    ("post", "/api/sessions"),
    ("get", "/api/sessions/oidc"),
    ("get", "/api/sessions/oidc/callback"),
];
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];

#[tokio::test]
async fn every_operation_but_the_open_ones_is_401_without_and_with_a_wrong_credential() -> Result<()> {
    let system = TestSystem::start().await?;
    let api = system.api().await?;
    let document = api.get("/api/openapi.json").await?.good()?;
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let wrong = Api::new(system.management, &format!("pcm_{}", "A".repeat(49)));
    let mut operations = 0;
    let mut let_in = Vec::new();
    for (path, item) in document["paths"].as_object().context("paths")? {
        for method in METHODS.iter().filter(|method| item.get(**method).is_some()) {
            if OPEN.contains(&(*method, path.as_str())) {
                continue;
            }
            operations += 1;
            let verb = Method::from_bytes(method.to_uppercase().as_bytes())?;
            for (how, caller) in [("no credential", &system.stranger()), ("a wrong token", &wrong)] {
                let answer = caller.send(caller.request(verb.clone(), &concrete(path))).await?;
                check(&mut let_in, &format!("{method} {path} with {how}"), &answer);
            }
            let request = system.stranger().request(verb, &concrete(path)).header("cookie", "portcullis_session=wrong");
            let answer = api.send(request).await?;
            check(&mut let_in, &format!("{method} {path} with a wrong session"), &answer);
        }
    }
    assert!(let_in.is_empty(), "{}", let_in.join("\n"));
    assert!(operations >= 40, "the document has only {operations} operations");
    // The document and its page are not for strangers either.
    for path in ["/api/openapi.json", "/docs", "/metrics"] {
        let status = system.stranger().get(path).await?.status;
        assert!(status == 401 || status == 404, "{path} answers {status}");
    }
    Ok(())
}

#[tokio::test]
async fn a_gateway_key_is_no_management_credential_and_the_reverse() -> Result<()> {
    let scene = crate::scene::Scene::start().await?;
    let profile = scene.profile("shop").await?;
    let with_key = Api::new(scene.system.management, &profile.key);
    assert_eq!(with_key.get("/api/users/me").await?.status, 401);
    assert_eq!(scene.caller.status(&scene.path, scene.api.token()).await?, 401);
    assert_eq!(scene.api.get("/api/users/me").await?.status, 200);
    Ok(())
}

fn check(let_in: &mut Vec<String>, what: &str, answer: &Answer) {
    let problem = answer.header("content-type").is_some_and(|kind| kind.starts_with("application/problem+json"));
    // An answer to HEAD has no body, and its type may be left out.
    if answer.status != 401 || !(problem || what.starts_with("head")) {
        let_in.push(format!("{what}: {} {}", answer.status, answer.text.chars().take(120).collect::<String>()));
    }
}

/// The path with 1 for each parameter.
fn concrete(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_operation_has_an_id_a_tag_a_summary_and_error_answers() -> Result<()> {
    let system = TestSystem::start().await?;
    let document = system.api().await?.get("/api/openapi.json").await?.good()?;
    let mut lacking = Vec::new();
    let mut ids = Vec::new();
    for (path, item) in document["paths"].as_object().context("paths")? {
        for (method, operation) in METHODS.iter().filter_map(|method| Some((method, item.get(*method)?))) {
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            let complete = !id.is_empty()
                && operation["tags"].as_array().is_some_and(|tags| !tags.is_empty())
                && operation["summary"].as_str().is_some_and(|summary| !summary.is_empty())
                && (path.starts_with("/healthz") || path.starts_with("/readyz") || has_error_answer(operation));
            if !complete || ids.contains(&id) {
                lacking.push(format!("{method} {path}"));
            }
            ids.push(id);
        }
    }
    assert!(lacking.is_empty(), "without id, tag, summary or error answers:\n{}", lacking.join("\n"));
    Ok(())
}

fn has_error_answer(operation: &Value) -> bool {
    let answers = operation["responses"].as_object();
    answers.is_some_and(|answers| answers.keys().any(|status| status.starts_with('4') || status == "default"))
}
