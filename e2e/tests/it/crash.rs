//! `kill -9` in the middle of many writes, again and again: nothing that was acknowledged is lost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{Api, TestSystem, until};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

const KILLS: usize = 50;
const WRITERS: usize = 4;
const BOUND: Duration = Duration::from_mins(1);

/// What the server has acknowledged: for each client its last name.
type Acknowledged = Arc<Mutex<BTreeMap<u64, String>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_change_survives_50_kills() -> Result<()> {
    let mut system = TestSystem::start().await?;
    let api = system.api().await?;
    let acknowledged = Acknowledged::default();
    for kill in 0..KILLS {
        let start = count(&acknowledged);
        let writers: Vec<JoinHandle<Result<()>>> = (0..WRITERS)
            .map(|writer| tokio::spawn(write(api.clone(), Arc::clone(&acknowledged), format!("{kill}-{writer}"))))
            .collect();
        // Killed after a different number of acknowledgements each time, always with writes under way.
        let enough = start + 3 + (kill * 7) % 11;
        until("enough writes are acknowledged", BOUND, async || Ok((count(&acknowledged) >= enough).then_some(())))
            .await?;
        system.kill().await?;
        for writer in writers {
            writer.await.context("writer")??;
        }
        system.launch().await?;
    }
    let found: BTreeMap<u64, String> = api
        .all("/api/v2/api_clients")
        .await?
        .iter()
        .filter_map(|row| Some((row.get("id")?.as_u64()?, row.get("name")?.as_str()?.to_owned())))
        .collect();
    let acknowledged = acknowledged.lock().expect("no writer panicked").clone();
    assert!(acknowledged.len() >= KILLS * 2, "only {} clients were made", acknowledged.len());
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|(id, name)| {
            // A rename that was under way when the server was killed may have happened or not.
            let now = found.get(id);
            now != Some(*name) && now != Some(&renamed(name))
        })
        .collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    Ok(())
}

/// Makes clients and renames each until the server is gone; notes what was acknowledged.
async fn write(api: Api, acknowledged: Acknowledged, writer: String) -> Result<()> {
    for number in 0.. {
        let name = format!("client {writer}-{number}");
        let Ok(made) = api.post("/api/v2/api_clients", &json!({"name": name})).await else { break };
        let made = made.good()?;
        let id = made.pointer("/data/id").and_then(Value::as_u64).context("id")?;
        note(&acknowledged, id, &name);
        let rename = json!({"name": renamed(&name)});
        let Ok(changed) = api.put(&format!("/api/v2/api_clients/{id}"), &rename).await else { break };
        changed.good()?;
        note(&acknowledged, id, &renamed(&name));
    }
    Ok(())
}

fn renamed(name: &str) -> String {
    format!("{name} renamed")
}

fn note(acknowledged: &Acknowledged, id: u64, name: &str) {
    acknowledged.lock().expect("no writer panicked").insert(id, name.to_owned());
}

/// Acknowledgements so far: one for each client, one more when it has its second name.
fn count(acknowledged: &Acknowledged) -> usize {
    let clients = acknowledged.lock().expect("no writer panicked");
    clients.len() + clients.values().filter(|name| name.ends_with(" renamed")).count()
}
