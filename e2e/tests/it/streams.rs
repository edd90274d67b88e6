//! `WebSocket` and server-sent events with clients and servers that others wrote.

use std::time::Duration;

use anyhow::Result;
use e2e::{free_address, repository, run_bounded, tools};
use serde_json::json;
use tokio::process::Command;

use crate::scene::Scene;

const LIMIT: Duration = Duration::from_mins(2);

#[tokio::test]
async fn websockets_and_events_go_through() -> Result<()> {
    let scene = Scene::start().await?;
    let address = free_address().to_string();
    let collection = scene.api.make_collection("Live", &format!("http://{address}")).await?;
    scene.api.make_endpoint(&collection, "GET", "socket").await?;
    scene.api.make_endpoint(&collection, "GET", "events").await?;
    let profile = scene.api.make_profile(scene.client, "live", &[collection.id], json!({})).await?;
    let mut command = Command::new(tools::python().await?);
    command.arg(repository().join("e2e").join("clients").join("websockets_and_events.py"));
    command.args([&address, &scene.system.gateway.to_string(), &collection.path, &profile.key]);
    assert_eq!(run_bounded(command, LIMIT).await?.good()?.trim(), "ok");
    Ok(())
}
