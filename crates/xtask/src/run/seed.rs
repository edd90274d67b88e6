//! Fills a new workspace through `portcullis token create` and the management API, as a user would.
//!
//! Two collections by OpenAPI import with their endpoints enabled, two policies, two clients, three access
//! profiles. Two profiles stay as they are made here; the third one's key is printed with a `curl` line.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::api::{Api, call};
use super::data_dir::DataDir;
use super::demo_service::DemoService;
use super::server::{Binary, Server};
use crate::progress::Step;

/// A URL that answers 200, and the key for it.
pub(crate) struct Sample {
    /// An endpoint's URL at the gateway.
    pub(crate) url: String,
    /// The auth token of a profile that may call it.
    pub(crate) key: String,
}

/// Makes the demo workspace and proves it with one call.
pub(crate) fn seed(binary: &Binary, data_dir: &DataDir, server: &Server, service: &DemoService) -> Result<Sample> {
    let mut step = Step::begin("fill the demo workspace");
    let token = binary.ask(data_dir, &["token", "create", "--name", "cargo xtask run", "--role", "admin"])?;
    let api = Api::new(server.management, token);

    step.now("collections");
    let quotes = import(&api, service, "Quotes", "yaml", include_str!("../../demo/quotes.yaml"))?;
    let orders = import(&api, service, "Orders", "json", include_str!("../../demo/orders.json"))?;
    step.now("policies");
    let standard = policy(&api, "Standard", "What a partner gets", 60)?;
    let trial = policy(&api, "Trial", "For trying things out", 6)?;
    step.now("clients");
    let partner = client(&api, "Northwind Traders", "Partner since 2024: sells our quotes in its shop")?;
    let team = client(&api, "Mobile team", "Our own iOS and Android apps")?;
    let key = profile(&api, partner, "Web shop", &[quotes, orders], standard)?;
    profile(&api, partner, "Nightly report", &[orders], trial)?;
    profile(&api, team, "iOS app", &[quotes], standard)?;

    step.now("first call");
    let url = sample_url(&api, quotes)?;
    let status = call(&url, &key)?;
    ensure!(status == 200, "the first call through the gateway answered {status}: {url}");
    data_dir.remember_seeded(service.port())?;
    step.done("2 collections, 2 policies, 2 clients, 3 profiles; first call answered 200");
    Ok(Sample { url, key })
}

/// The URL of the collection's first GET endpoint without parameters.
pub(crate) fn sample_url(api: &Api, collection: u64) -> Result<String> {
    let endpoints = api.get(&format!("/api/api_endpoints?api_collection_id={collection}"))?;
    let all = endpoints.as_array().context("endpoints are not a list")?;
    let plain = all.iter().find(|endpoint| {
        endpoint["method"] == "GET" && endpoint["path"].as_str().is_some_and(|path| !path.contains('{'))
    });
    let url = plain.and_then(|endpoint| endpoint["url"].as_str()).context("no GET endpoint without parameters")?;
    Ok(url.to_owned())
}

fn import(api: &Api, service: &DemoService, name: &str, format: &str, content: &str) -> Result<u64> {
    let body = json!({
        "name": name,
        "upstream": {"urls": [service.url()]},
        "openapi_spec": {"format": format, "content": content},
    });
    let id = id_of(&api.post("/api/api_collections", &body)?)?;
    let endpoints = api.get(&format!("/api/api_endpoints?api_collection_id={id}"))?;
    for endpoint in endpoints.as_array().context("endpoints are not a list")? {
        api.put(&format!("/api/api_endpoints/{}/enable", id_of(endpoint)?))?;
    }
    Ok(id)
}

fn policy(api: &Api, name: &str, description: &str, per_minute: u32) -> Result<u64> {
    let body = json!({
        "name": format!("{name} ({per_minute} per minute)"),
        "description": description,
        "rate_limit": {"limit": per_minute, "interval": "minute"},
    });
    data_id(&api.post("/api/api_policies", &body)?)
}

fn client(api: &Api, name: &str, description: &str) -> Result<u64> {
    data_id(&api.post("/api/v2/api_clients", &json!({"name": name, "description": description}))?)
}

/// Makes an enabled profile with its own terms and gives its auth token.
fn profile(api: &Api, client: u64, name: &str, collections: &[u64], policy: u64) -> Result<String> {
    let body = json!({
        "name": name,
        "active": true,
        "auth_type": "token",
        "api_collection_ids": collections,
        "api_policy_id": policy,
    });
    let answer = api.post(&format!("/api/v2/api_clients/{client}/api_keys"), &body)?;
    let key = answer.pointer("/data/auth_token").and_then(Value::as_str).context("no auth_token in the answer")?;
    Ok(key.to_owned())
}

fn data_id(answer: &Value) -> Result<u64> {
    id_of(answer.get("data").context("no data in the answer")?)
}

fn id_of(thing: &Value) -> Result<u64> {
    thing.get("id").and_then(Value::as_u64).with_context(|| format!("no id in {thing}"))
}
