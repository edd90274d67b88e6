//! Webhooks through the real binary: signed as the specification says, and sent also by a program that was killed before.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::until;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::mpsc;

use crate::scene::Scene;

const LIMIT: Duration = Duration::from_mins(1);
/// Verifies with nothing but Python's standard library.
const VERIFY: &str = "import base64, hashlib, hmac, sys
secret, message_id, timestamp, body = sys.argv[1:]
key = base64.b64decode(secret.removeprefix('whsec_'))
signed = f'{message_id}.{timestamp}.{body}'.encode()
print('v1,' + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode())";

/// Answers everything with 204 and hands over what came.
async fn receiver(address: SocketAddr) -> Result<mpsc::UnboundedReceiver<String>> {
    let listener = TcpListener::bind(address).await?;
    let (seen, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut text = Vec::new();
            while !is_whole(&text) && matches!(stream.read_buf(&mut text).await, Ok(1..)) {}
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await;
            if seen.send(String::from_utf8_lossy(&text).into_owned()).is_err() {
                return;
            }
        }
    });
    Ok(requests)
}

fn is_whole(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

fn header<'r>(request: &'r str, name: &str) -> Result<&'r str> {
    request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).context("a header")
}

/// What the message tells, if it is signed with the secret.
async fn verified(request: &str, secret: &str) -> Result<Value> {
    let (_, body) = request.split_once("\r\n\r\n").context("a body")?;
    let arguments = [secret, header(request, "webhook-id")?, header(request, "webhook-timestamp")?, body];
    let run = Command::new("python3").args(["-c", VERIFY]).args(arguments).output().await?;
    ensure!(String::from_utf8_lossy(&run.stdout).trim() == header(request, "webhook-signature")?, "the signature");
    Ok(serde_json::from_str(body)?)
}

#[tokio::test]
async fn changes_are_told_signed_also_after_the_program_was_killed() -> Result<()> {
    let mut scene = Scene::start().await?;
    let profile = scene.profile_with("shop", json!({"auth_type": "token"})).await?;
    let address = e2e::free_address();
    let url = format!("http://{address}/hook");
    let new = json!({"name": "Operations", "url": url, "events": ["credential.refreshed", "profile.disabled"]});
    let made = scene.api.post("/api/webhooks", &new).await?.good()?["data"].clone();
    let secret = made["secret"].as_str().context("a secret")?.to_owned();
    let path = format!("/api/webhooks/{}", made["id"]);
    let newest = format!("{path}/deliveries?sort=-created_at&per_page=1");

    // Loopback is private: nothing is sent until an owner allows it.
    let mut requests = receiver(address).await?;
    scene.api.post(&format!("{path}/test"), &json!({})).await?.good()?;
    let refused = until("the first attempt", LIMIT, async || {
        let last = scene.api.get(&newest).await?.good()?["data"][0].clone();
        Ok((last["attempts_count"] == 1).then_some(last))
    })
    .await?;
    ensure!(refused["attempts"][0]["error"] == "forbidden_address", "{refused}");
    ensure!(requests.try_recv().is_err(), "it was sent");
    scene.api.put("/api/settings", &json!({"outbound_allowed": ["127.0.0.1"]})).await?.good()?;
    scene.api.post(&format!("{path}/deliveries/{}/retry", refused["id"]), &json!({})).await?.good()?;
    let request = tokio::time::timeout(LIMIT, requests.recv()).await?.context("the receiver ended")?;
    ensure!(verified(&request, &secret).await?["type"] == "webhook.test");

    // Nobody listens while two changes are made; the program is killed.
    drop(requests);
    let off = format!("http://{}", e2e::free_address());
    scene.api.put(&path, &json!({"url": off})).await?.good()?;
    scene.api.act(&format!("{}/refresh_secret", profile.path())).await?.good()?;
    scene.api.act(&format!("{}/disable", profile.path())).await?.good()?;
    scene.system.kill().await?;
    scene.system.launch().await?;
    let again = e2e::free_address();
    let mut requests = receiver(again).await?;
    scene.api.put(&path, &json!({"url": format!("http://{again}/")})).await?.good()?;
    let mut told = Vec::new();
    while told.len() < 2 {
        let request = tokio::time::timeout(LIMIT * 2, requests.recv()).await?.context("the receiver ended")?;
        let message = verified(&request, &secret).await?;
        ensure!(message["data"]["api_key"]["name"] == "shop", "{message}");
        told.push(message["type"].as_str().unwrap_or_default().to_owned());
        told.sort();
        told.dedup();
    }
    ensure!(told == ["credential.refreshed", "profile.disabled"], "{told:?}");
    until("both written down", LIMIT, async || {
        let pending = scene.api.get(&path).await?.good()?["data"]["pending_count"].clone();
        Ok((pending == 0).then_some(()))
    })
    .await
}

#[tokio::test]
async fn an_unhealthy_gateway_is_told_when_its_database_is_back() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    let address = e2e::free_address();
    let mut requests = receiver(address).await?;
    scene.api.put("/api/settings", &json!({"outbound_allowed": ["127.0.0.1"]})).await?.good()?;
    let new = json!({"name": "Operations", "url": format!("http://{address}/"), "events": ["gateway.unhealthy"]});
    let made = scene.api.post("/api/webhooks", &new).await?.good()?["data"].clone();
    let secret = made["secret"].as_str().context("a secret")?.to_owned();

    let (database, aside) = (scene.system.data_dir().join("control.db"), scene.system.folder().join("aside.db"));
    std::fs::rename(&database, &aside)?;
    until("the node finds itself unhealthy", LIMIT, async || {
        Ok(scene.system.log()?.contains("the gateway does not serve as it should").then_some(()))
    })
    .await?;
    // Calls go on, nothing can be queued, and the commands say what is wrong.
    assert_eq!(scene.status(&profile).await?, 200);
    let status: Value = serde_json::from_str(&scene.system.command(&["status", "--json"]).await?.good()?)?;
    ensure!(status["running"] == true && status["problem"].is_string(), "{status}");
    let sick = scene.system.command(&["doctor", "--json"]).await?;
    ensure!(sick.code == Some(1) && sick.stdout.contains("running, but: "), "{}", sick.text());
    ensure!(requests.try_recv().is_err(), "it was sent while nothing could be queued");

    std::fs::rename(&aside, &database)?;
    let request = tokio::time::timeout(LIMIT, requests.recv()).await?.context("the receiver ended")?;
    let message = verified(&request, &secret).await?;
    ensure!(message["type"] == "gateway.unhealthy", "{message}");
    assert_eq!(message["data"]["reasons"], json!(["store_unavailable"]), "{message}");
    let revisions = &message["data"]["revisions"];
    ensure!(revisions["current"].is_null() && revisions["applied"].as_i64() > Some(0), "{message}");
    Ok(())
}
