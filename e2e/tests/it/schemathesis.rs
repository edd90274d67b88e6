//! schemathesis against the real binary: it makes requests from the OpenAPI document, good ones and bad ones, and holds
//! every answer against it. All phases, 50 examples an operation, always the same seed.

use anyhow::{Context as _, Result};
use e2e::{Api, TestSystem, run_bounded, tools};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use tokio::process::Command;

const LIMIT: Duration = Duration::from_mins(15);
const EXAMPLES: &str = "50";
const SEED: &str = "1";
/// What answers without credentials.
const OPEN: [&str; 6] =
    ["/healthz", "/readyz", "/api/setup", "/api/sessions", "/api/sessions/oidc", "/api/sessions/oidc/callback"];
/// The examples of the document are accepted, but for rules between objects (409, 422). Made-up values are not, though
/// each is good by its schema: no schema says what is a name of a header, a certificate or an address of a network.
const SIGNED_IN: &str = r#"
[checks.positive_data_acceptance]
enabled = false

[phases.examples.checks.positive_data_acceptance]
enabled = true
expected-statuses = ["2xx", "401", "403", "404", "409", "422"]

# Its example is a text that stands for the bytes of an image.
[[operations]]
include-path = "/api/v2/api_clients/{id}/logo"

[operations.phases.examples.checks.positive_data_acceptance]
enabled = false
"#;
/// Strangers are not told which methods a path has, nor what would be good: 401 to all.
const STRANGERS: &str = r"
[checks.positive_data_acceptance]
enabled = false

[checks.unsupported_method]
enabled = false
";

#[tokio::test]
async fn the_document_is_valid_openapi() -> Result<()> {
    let mut command = Command::new(tools::openapi_tools().await?.join("openapi-spec-validator"));
    command.arg("--validation-errors=all").arg(e2e::repository().join("openapi/management.json"));
    run_bounded(command, LIMIT).await?.good()?;
    Ok(())
}

#[tokio::test]
async fn whoever_is_signed_in_gets_documented_answers_only() -> Result<()> {
    let system = TestSystem::start().await?;
    let api = seeded(&system).await?;
    let document = saved_document(&system, &api).await?;
    let bearer = format!("Authorization: Bearer {}", api.token());
    run(&system, &document, SIGNED_IN, &["--header", &bearer], "signed-in").await?;
    // Otherwise the token was among what was deleted, and the rest of the run saw nothing but 401.
    assert_eq!(api.get("/api/users/me").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn strangers_get_401_from_all_but_the_open_operations() -> Result<()> {
    let system = TestSystem::start().await?;
    let api = seeded(&system).await?;
    let document = saved_document(&system, &api).await?;
    let report = system.folder().join("strangers.json");
    let har = report.to_str().context("path")?;
    run(&system, &document, STRANGERS, &["--report", "har", "--report-har-path", har], "strangers").await?;
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&report)?)?;
    let mut wrong = BTreeSet::new();
    let mut seen = 0;
    for entry in report["log"]["entries"].as_array().context("entries")? {
        let method = entry["request"]["method"].as_str().context("method")?;
        let url = entry["request"]["url"].as_str().context("url")?;
        let status = entry["response"]["status"].as_i64().context("status")?;
        let path = url.split_once("//").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
        let path = format!("/{}", path.split('?').next().unwrap_or_default());
        if OPEN.contains(&path.as_str()) {
            continue;
        }
        seen += 1;
        if status != 401 {
            wrong.insert(format!("{method} {path}: {status}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen > 3000, "only {seen} requests");
    Ok(())
}

/// A workspace with a few objects of each noun, and a token whose id nobody comes upon by counting.
async fn seeded(system: &TestSystem) -> Result<Api> {
    for number in 0..40 {
        let name = format!("spare {number}");
        system.command(&["token", "create", "--name", &name, "--role", "viewer"]).await?.good()?;
    }
    let api = system.api().await?;
    for number in 1..=9 {
        let post = async |path: &str, body: Value| api.post(path, &body).await?.good();
        post("/api/projects", json!({"name": format!("project {number}")})).await?;
        let limit = json!({"limit": 6, "interval": "minute"});
        post("/api/api_policies", json!({"name": format!("policy {number}"), "rate_limit": limit})).await?;
        let upstream = "http://192.0.2.1";
        let collection = json!({"name": format!("collection {number}"), "upstream": upstream});
        let collection = post("/api/api_collections", collection).await?["id"].clone();
        let endpoint = json!({"name": "an endpoint", "method": "GET", "path": "things/{id}"});
        post(&format!("/api/api_collections/{collection}/api_endpoints"), endpoint).await?;
        let key = json!({"name": "a key", "active": true});
        let client = json!({
            "name": format!("client {number}"), "api_collection_ids": [collection], "auth_type": "token", "api_keys": [key],
        });
        post("/api/v2/api_clients", client).await?;
    }
    Ok(api)
}

async fn saved_document(system: &TestSystem, api: &Api) -> Result<std::path::PathBuf> {
    let path = system.folder().join("openapi.json");
    std::fs::write(&path, api.get("/api/openapi.json").await?.good()?.to_string())?;
    Ok(path)
}

/// One worker: threads in one Python are no faster, and `ast` of `CPython` 3.11 fails in several at once. The two runs are
/// two processes.
async fn run(system: &TestSystem, document: &Path, settings: &str, more: &[&str], name: &str) -> Result<()> {
    let config = system.folder().join("schemathesis.toml");
    std::fs::write(&config, settings)?;
    let mut command = Command::new(tools::openapi_tools().await?.join("schemathesis"));
    command
        .arg("--no-color")
        .arg("--config-file")
        .arg(&config)
        .arg("run")
        .arg(document)
        .args(["--url", &format!("http://{}", system.management)])
        .args(["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", EXAMPLES, "--seed", SEED])
        .args(["--generation-database", "none", "--no-shrink", "--continue-on-failure", "--workers", "1"])
        .args(["--warnings", "off"])
        .args(more)
        .current_dir(system.folder())
        .env_remove("SCHEMATHESIS_HOOKS");
    let ended = run_bounded(command, LIMIT).await?;
    let log = tools::artifacts()?.join(format!("schemathesis-{name}.txt"));
    std::fs::write(&log, ended.text())?;
    anyhow::ensure!(ended.code == Some(0), "see {}:\n{}", log.display(), tail(&ended.text()));
    Ok(())
}

fn tail(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines.get(lines.len().saturating_sub(60)..).unwrap_or_default().join("\n")
}
