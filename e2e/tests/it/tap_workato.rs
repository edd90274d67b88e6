//! `tap-workato` from `PyPI`, unmodified, reads clients and collections. Its base URL is a constant of its own, which a small
//! driver sets.

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::tools::tap_workato;
use e2e::{repository, run_bounded};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::scene::Scene;

const LIMIT: Duration = Duration::from_mins(1);
/// More than the tap asks for at a time, so that it reads a second page.
const COLLECTIONS: usize = 101;

#[tokio::test]
async fn the_singer_tap_reads_clients_and_all_pages_of_collections() -> Result<()> {
    let python = tap_workato().await?;
    let scene = Scene::start().await?;
    for number in 1..COLLECTIONS {
        scene.api.make_collection(&format!("Collection {number}"), &scene.upstream.url()).await?;
    }
    let mut tap = Command::new(python);
    tap.arg(repository().join("e2e/clients/tap_workato_driver.py"));
    tap.arg(scene.api.base()).args(["api_clients", "api_collections"]);
    tap.env("PORTCULLIS_TOKEN", scene.api.token()).env("NO_PROXY", "*");
    let ended = run_bounded(tap, LIMIT).await?;
    assert_eq!(ended.code, Some(0), "{}", ended.text());
    let records = |stream: &str| -> Vec<Value> {
        let messages = ended.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let own = messages.filter(|message| message["type"] == "RECORD" && message["stream"] == stream);
        own.map(|message| message["record"].clone()).collect()
    };
    let clients = records("api_clients");
    assert_eq!(clients.len(), 1, "{}", ended.stdout);
    assert_eq!((&clients[0]["id"], &clients[0]["name"]), (&json!(scene.client), &json!("Acme")));
    let collections = records("api_collections");
    assert_eq!(collections.len(), COLLECTIONS);
    let things = collections.iter().find(|row| row["name"] == "Things").context("no collection Things")?;
    let expected = format!("http://{}{}", scene.system.gateway, scene.collection.path);
    assert_eq!((&things["url"], &things["version"]), (&json!(expected), &json!("1.0")));
    assert_eq!(things["api_spec_url"], json!(format!("{expected}/openapi.json")));
    Ok(())
}
