//! Requests never touch the control database: a hundred thousand of them while nobody else can use it.
//!
//! A reader of a SQLite database in WAL mode takes a lock in its `-shm` file, a writer and a checkpoint other ones.
//! Another process holds all of them while the requests run: whatever needs the database waits. What is counted in
//! `quota.db`, another file, goes on: first leases too.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{Connection, PlainUpstream, TestSystem, until};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::scene::Scene;
use crate::signed_tokens::sign;

const REQUESTS: usize = 100_000;
const CONNECTIONS: usize = 16;
const RATE: usize = 1000;
const QUOTA: usize = 5000;
/// Less than the server waits for a locked database.
const BOUND: Duration = Duration::from_secs(4);

/// Locks bytes 120 to 127 of the file until its input ends: writer, checkpoint, recovery, five readers.
const HOLD: &str = "
import fcntl, sys
file = open(sys.argv[1], 'r+b')
fcntl.lockf(file, fcntl.LOCK_EX, 8, 120)
print('held', flush=True)
sys.stdin.read()
";

/// Holds the control database's locks until it is killed.
pub(crate) async fn lock(system: &TestSystem) -> Result<Child> {
    let mut command = Command::new("python3");
    command.args(["-c", HOLD]).arg(system.data_dir().join("control.db-shm"));
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().context("python3")?;
    let mut said = BufReader::new(child.stdout.take().context("output")?).lines();
    let held =
        tokio::time::timeout(Duration::from_secs(20), said.next_line()).await.context("not locked in 20 s")??;
    assert_eq!(held.as_deref(), Some("held"));
    Ok(child)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_requests_never_touch_the_control_database() -> Result<()> {
    let scene = Scene::start().await?;
    let upstream = PlainUpstream::start().await?;
    let collection = scene.api.make_collection("Plain", &upstream.url()).await?;
    scene.api.make_endpoint(&collection, "GET", "things").await?;
    let path = format!("{}/things", collection.path);
    let make = async |name: &str, more| scene.api.make_profile(scene.client, name, &[collection.id], more).await;
    let policy = async |name: &str, limits: Value| -> Result<Value> {
        let mut body = json!({"name": name});
        if let (Some(body), Value::Object(limits)) = (body.as_object_mut(), limits) {
            body.extend(limits);
        }
        let answer = scene.api.post("/api/api_policies", &body).await?.good()?;
        answer.pointer("/data/id").cloned().context("policy")
    };
    let rate = policy("rate", json!({"rate_limit": {"limit": RATE, "interval": "hour"}})).await?;
    let quota = policy("quota", json!({"usage_quota": {"limit": QUOTA, "interval": "year"}})).await?;
    let token = make("token", json!({})).await?.key;
    let limited = make("rate", json!({"api_policy_id": rate})).await?.key;
    let metered = make("quota", json!({"api_policy_id": quota})).await?.key;
    let jwt = jwt(&scene, &collection).await?;
    let machine = make("machine", json!({"auth_type": "oauth2"})).await?;
    let shown = scene.api.get(&machine.path()).await?.good()?;
    let client_id = shown.pointer("/data/api_key").and_then(Value::as_str).context("api_key")?.to_owned();

    let mut locked = lock(&scene.system).await?;
    // The lock bites: a change cannot be made.
    let body = json!({"name": "in vain"});
    let change = scene.api.post("/api/v2/api_clients", &body);
    let change = tokio::time::timeout(Duration::from_secs(2), change).await;
    assert!(change.is_err() || change.is_ok_and(|answer| answer.is_ok_and(|answer| answer.status >= 500)));

    let form = [("grant_type", "client_credentials"), ("client_id", &client_id), ("client_secret", &machine.key)];
    let form: Vec<String> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = scene.caller.request(reqwest::Method::POST, "/oauth2/token");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form.join("&"));
    let granted = scene.caller.send(request).await?.good()?;
    let access = granted["access_token"].as_str().context("access_token")?.to_owned();

    let headers = [
        format!("api-token: {token}"),
        format!("authorization: Bearer {jwt}"),
        format!("authorization: Bearer {access}"),
        format!("api-token: {limited}"),
        format!("api-token: {metered}"),
    ];
    let began = tokio::time::Instant::now();
    let each = REQUESTS / CONNECTIONS;
    let callers = (0..CONNECTIONS).map(|number| call(&scene.system, &path, &headers, number, each));
    let counts = try_join_all(callers).await?;
    println!("{REQUESTS} requests in {:?}", began.elapsed());
    assert!(locked.try_wait()?.is_none(), "the lock was not held to the end");
    let sum = |kind: usize, status: u16| counts.iter().map(|count| count[kind].of(status)).sum::<usize>();
    let total = REQUESTS / headers.len();
    for (kind, header) in headers.iter().enumerate().take(3) {
        assert_eq!(sum(kind, 200), total, "{}", header.split(' ').next().unwrap_or_default());
    }
    assert_eq!((sum(3, 200), sum(3, 429)), (RATE, total - RATE), "rate limit");
    assert_eq!((sum(4, 200), sum(4, 429)), (QUOTA, total - QUOTA), "quota");
    locked.kill().await?;
    // The database was locked, not broken: once the server has looked again, changes are made.
    until("a change is made", Duration::from_secs(40), async || {
        Ok((scene.api.post("/api/v2/api_clients", &json!({"name": "after"})).await?.status == 200).then_some(()))
    })
    .await
}

/// A token of a new profile that verifies by a shared secret.
async fn jwt(scene: &Scene, collection: &e2e::Collection) -> Result<String> {
    let secret = "a shared secret of sixty-four bytes and more, for all three lengths";
    let file = scene.system.folder().join("secret");
    std::fs::write(&file, secret)?;
    let more = json!({"auth_type": "jwt", "jwt_method": "hmac", "jwt_secret": secret});
    let profile = scene.api.make_profile(scene.client, "jwt", &[collection.id], more).await?;
    sign("HS256", &file, &json!({"sub": profile.key})).await
}

/// How often each status came.
#[derive(Clone, Copy, Default)]
struct Count {
    admitted: usize,
    refused: usize,
}

impl Count {
    fn of(&self, status: u16) -> usize {
        if status == 200 { self.admitted } else { self.refused }
    }
}

/// Calls so often on one connection, with each credential in turn.
async fn call(
    system: &TestSystem,
    path: &str,
    headers: &[String; 5],
    number: usize,
    times: usize,
) -> Result<[Count; 5]> {
    let mut connection = Connection::open(system.gateway).await?;
    let mut counts = [Count::default(); 5];
    for call in 0..times {
        let kind = (number * times + call) % headers.len();
        match connection.status(path, &headers[kind], BOUND).await? {
            200 => counts[kind].admitted += 1,
            429 => counts[kind].refused += 1,
            other => anyhow::bail!("{other} for {}", headers[kind].split(' ').next().unwrap_or_default()),
        }
    }
    Ok(counts)
}
