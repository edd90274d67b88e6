//! The official Workato command line, unmodified, against Portcullis.
//!
//! It ends with status 0 on errors of its own, so each command is judged by its text and by the state read
//! back over the API. It runs with a temporary home and a path without itself, so that its automatic
//! synchronisation after `create` finds nothing to start.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{Api, Ended, run_bounded, tools};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::scene::Scene;

const LIMIT: Duration = Duration::from_mins(1);
const SPEC: &str = r#"{
  "openapi": "3.0.3",
  "info": {"title": "Orders", "version": "2.0"},
  "servers": [{"url": "UPSTREAM"}],
  "paths": {
    "/orders": {"get": {"summary": "List orders", "responses": {"200": {"description": "ok"}}}},
    "/orders/{id}": {"get": {"summary": "Get an order", "parameters": [{"name": "id", "in": "path", "required": true}],
                             "responses": {"200": {"description": "ok"}}}}
  }
}"#;

/// The command line with its project folder.
struct Cli {
    program: PathBuf,
    folder: TempDir,
    api: Api,
}

impl Cli {
    async fn start(api: &Api) -> Result<Self> {
        let program = tools::official_cli().await?;
        let folder = TempDir::new()?;
        let projects = api.get("/api/projects").await?.good()?;
        let project = projects.get(0).context("no default project")?;
        let environment = json!({
            "project_id": project["id"], "project_name": project["name"], "folder_id": project["folder_id"],
        });
        std::fs::write(folder.path().join(".workatoenv"), environment.to_string())?;
        Ok(Self { program, folder, api: api.clone() })
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    async fn run(&self, arguments: &[&str]) -> Result<Ended> {
        self.run_with(arguments, self.api.token()).await
    }

    async fn run_with(&self, arguments: &[&str], token: &str) -> Result<Ended> {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.folder())
            .env_clear()
            .env("HOME", self.folder())
            .env("PATH", "/usr/bin:/bin")
            .env("LANG", "C.UTF-8")
            .env("NO_PROXY", "127.0.0.1")
            .env("WORKATO_HOST", self.api.base())
            .env("WORKATO_API_TOKEN", token)
            .env("WORKATO_DISABLE_UPDATE_CHECK", "1");
        run_bounded(command, LIMIT).await
    }

    /// Runs a command that must succeed and say these words.
    async fn good(&self, arguments: &[&str], words: &[&str]) -> Result<String> {
        let ended = self.run(arguments).await?;
        let text = ended.text();
        assert_eq!(ended.code, Some(0), "{arguments:?}: {text}");
        assert!(!text.contains('\u{274c}') || words.contains(&"Disabled"), "{arguments:?} reports an error: {text}");
        for word in words {
            assert!(text.contains(word), "{arguments:?} does not say {word:?}: {text}");
        }
        Ok(text)
    }
}

#[tokio::test]
async fn its_workspace_collection_and_client_commands_work_unchanged() -> Result<()> {
    let scene = Scene::start().await?;
    let (api, caller) = (&scene.api, &scene.caller);
    let cli = Cli::start(api).await?;

    let me = api.get("/api/users/me").await?.good()?;
    let name = me["name"].as_str().or_else(|| me["data"]["name"].as_str()).context("users/me has no name")?.to_owned();
    cli.good(&["workspace"], &["Current User", &name, "Plan: self-hosted", "Current Project"]).await?;

    // A collection from an OpenAPI file; its endpoints start inactive.
    std::fs::write(cli.folder().join("orders.json"), SPEC.replace("UPSTREAM", &scene.upstream.url()))?;
    let create = ["api-collections", "create", "--name", "Orders", "--format", "json", "--content", "orders.json"];
    cli.good(&create, &["API collection 'Orders'", "created successfully", "API URL"]).await?;
    let collections = api.all("/api/api_collections").await?;
    let orders = collections.iter().find(|row| row["name"] == "Orders").context("no collection Orders")?;
    let (collection, url) = (id(orders)?, orders["url"].as_str().context("url")?);
    cli.good(&["api-collections", "list"], &["Orders", "Things", &format!("ID: {collection}")]).await?;
    let list = ["api-collections", "list-endpoints", "--api-collection-id", &collection];
    cli.good(&list, &["2 API Endpoints", "List orders", "Get an order", "Disabled"]).await?;

    let endpoints = api.all(&format!("/api/api_endpoints?api_collection_id={collection}")).await?;
    let endpoint = endpoints.iter().find(|row| row["path"] == "orders").context("no endpoint orders")?;
    assert_eq!(endpoint["active"], false);
    let enable = ["api-collections", "enable-endpoint", "--api-endpoint-id", &id(endpoint)?];
    cli.good(&enable, &["API endpoint enabled successfully"]).await?;
    let all = ["api-collections", "enable-endpoint", "--api-collection-id", &collection, "--all"];
    cli.good(&all, &["Successfully enabled: 1"]).await?;
    for row in api.all(&format!("/api/api_endpoints?api_collection_id={collection}")).await? {
        assert_eq!(row["active"], true, "{row}");
    }

    // A client with default terms, and a key under them.
    let create =
        ["api-clients", "create", "--name", "Warehouse", "--auth-type", "token", "--api-collection-ids", &collection];
    cli.good(&create, &["API client created successfully", "Name: Warehouse", "Auth Type: token", "Orders"]).await?;
    let clients = api.all("/api/v2/api_clients").await?;
    let client = id(clients.iter().find(|row| row["name"] == "Warehouse").context("no client Warehouse")?)?;
    cli.good(&["api-clients", "list"], &["Warehouse", "Acme", "Auth Type: token"]).await?;
    let create = [
        "api-clients",
        "create-key",
        "--api-client-id",
        &client,
        "--name",
        "Scanner",
        "--ip-allow-list",
        "127.0.0.0/8,10.1.2.3",
    ];
    let said = cli.good(&create, &["API key created successfully", "Status: Active", "127.0.0.0/8, 10.1.2.3"]).await?;
    let key = word_after(&said, "API Key: ")?;
    let list = ["api-clients", "list-keys", "--api-client-id", &client];
    let listed = cli.good(&list, &["1 found", "Scanner", "Status: Active"]).await?;
    assert!(!listed.contains(&key), "the list shows the key");
    let keys = api.all(&format!("/api/v2/api_clients/{client}/api_keys")).await?;
    let row = keys.first().context("no key")?;
    assert_eq!(row["ip_allow_list"], json!(["127.0.0.0/8", "10.1.2.3"]));

    // The key that it printed is admitted; after a refresh only the new one is.
    let path = format!("{}/orders", path_of(url));
    assert_eq!(caller.status(&path, &key).await?, 200);
    let refresh = ["api-clients", "refresh-secret", "--api-client-id", &client, "--api-key-id", &id(row)?, "--force"];
    let said = cli.good(&refresh, &["refreshed successfully", "Name: Scanner", "Active Since"]).await?;
    let fresh = word_after(&said, "New API Key: ")?;
    assert_eq!(caller.status(&path, &key).await?, 401);
    assert_eq!(caller.status(&path, &fresh).await?, 200);
    Ok(())
}

#[tokio::test]
async fn its_failing_commands_say_what_is_wrong() -> Result<()> {
    let scene = Scene::start().await?;
    let cli = Cli::start(&scene.api).await?;
    let create = ["api-clients", "create", "--name", "Nobody", "--auth-type", "token", "--api-collection-ids", "4711"];
    let ended = cli.run(&create).await?;
    assert_eq!(ended.code, Some(1), "{}", ended.text());
    assert!(ended.text().contains("api_collection_ids") && ended.text().contains("4711"), "{}", ended.text());
    let clients = scene.api.all("/api/v2/api_clients").await?;
    assert!(clients.iter().all(|row| row["name"] != "Nobody"));

    let ended = cli.run_with(&["workspace"], "not-a-token").await?;
    assert_eq!(ended.code, Some(1), "{}", ended.text());
    assert!(ended.text().contains("Authentication failed"), "{}", ended.text());
    Ok(())
}

fn id(row: &Value) -> Result<String> {
    Ok(row.get("id").and_then(Value::as_u64).context("no id")?.to_string())
}

fn word_after(text: &str, mark: &str) -> Result<String> {
    let rest = text.split_once(mark).with_context(|| format!("no {mark:?} in {text}"))?.1;
    Ok(rest.split_whitespace().next().unwrap_or_default().to_owned())
}

/// The path of a URL.
fn path_of(url: &str) -> String {
    let after = url.split_once("://").map_or(url, |(_, rest)| rest);
    after.find('/').and_then(|at| after.get(at..)).unwrap_or_default().to_owned()
}
