//! The disk with the data directory is full: calls go on, writes fail whole and say why, and all is well again by itself
//! when there is room.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use e2e::{Api, Caller, Connection, Mount, NotHere, Profile, Settings, TestSystem, Upstream, until};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::integrity::check_databases;

const DISK_KIB: u32 = 6 * 1024;
const BOUND: Duration = Duration::from_secs(40);
const QUOTA: u64 = 100_000;

/// Takes all the room that there is but so many KiB.
fn fill(data_dir: &Path, left_kib: u64) -> Result<()> {
    use std::io::Write as _;
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(data_dir.join("filler"))?;
    // Smaller and smaller pieces, down to the last byte.
    for piece in [64 * 1024, 4096, 1] {
        while file.write_all(&vec![0; piece]).is_ok() {}
    }
    let length = file.metadata()?.len();
    Ok(file.set_len(length.saturating_sub(left_kib * 1024))?)
}

/// Calls without a pause until told to stop. Gives how many were answered 200. Another answer than 200 and `also` is an
/// error.
fn hammer(
    system: &TestSystem,
    path: &str,
    profile: &Profile,
    also: Option<u16>,
    stop: watch::Receiver<bool>,
) -> JoinHandle<Result<u64>> {
    let (gateway, path, header) = (system.gateway, path.to_owned(), format!("api-token: {}", profile.key));
    tokio::spawn(async move {
        let mut connection = Connection::open(gateway).await?;
        let mut admitted = 0;
        while !*stop.borrow() {
            let status = connection.status(&path, &header, BOUND).await?;
            ensure!(status == 200 || Some(status) == also, "{status} after {admitted} calls");
            admitted += u64::from(status == 200);
        }
        Ok(admitted)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_costs_no_request_and_no_half_of_a_write() -> Result<()> {
    let mut system = TestSystem::prepared(Settings::default())?;
    let _mount = match Mount::in_memory(&system.data_dir(), DISK_KIB)? {
        Ok(mount) => mount,
        Err(NotHere(why)) => {
            eprintln!("NOT TESTED: a full disk. This machine lets nobody mount: {why}");
            return Ok(());
        }
    };
    system.launch().await?;
    let upstream = Upstream::start().await?;
    let api = system.api().await?;
    let collection = api.make_collection("Things", &upstream.url()).await?;
    api.make_endpoint(&collection, "GET", "things").await?;
    let client = api.make_client("Acme").await?;
    let policy = json!({"name": "quota", "usage_quota": {"limit": QUOTA, "interval": "year"}});
    let policy = api.post("/api/api_policies", &policy).await?.good()?["data"]["id"].clone();
    let known = api.make_profile(client, "known", &[collection.id], json!({})).await?;
    let revoked = api.make_profile(client, "revoked", &[collection.id], json!({})).await?;
    api.refresh(&revoked).await?;
    let metered = api.make_profile(client, "metered", &[collection.id], json!({"api_policy_id": policy})).await?;
    let path = format!("{}/things", collection.path);

    let (stop, stopped) = watch::channel(false);
    let caller = hammer(&system, &path, &known, None, stopped.clone());
    // When its lease is used up and no other one can be written, its calls are refused: the policy says so.
    let metered_caller = hammer(&system, &path, &metered, Some(503), stopped);
    let mut names = Vec::new();
    for round in 0..3 {
        // The copy of the directory is removed when it cannot be extended, which gives some room back.
        for (attempt, left_kib) in [0, 40, 0, 100, 240].into_iter().enumerate() {
            fill(&system.data_dir(), left_kib)?;
            names.extend(write_until_it_fails(&api, &format!("{round}.{attempt}")).await?);
        }
        assert_eq!(system.caller().status(&path, &revoked.key).await?, 401);
        std::fs::remove_file(system.data_dir().join("filler"))?;
        // There is room again, and nobody restarted anything.
        let back = format!("back {round}");
        until("writes are possible again", BOUND, async || {
            let answer = api.post("/api/v2/api_clients", &json!({"name": back})).await?;
            Ok((answer.status == 200).then_some(()))
        })
        .await?;
        names.push(back);
        assert_eq!(names_of_all(&api).await?, expected(&names), "what was acknowledged, and nothing else");
    }
    stop.send(true)?;
    let (calls, metered_calls) = (caller.await.context("caller")??, metered_caller.await.context("caller")??);
    println!("{calls} calls and {metered_calls} metered ones, {} writes", names.len());
    assert!(names.len() > 6, "the disk was never filled by writes: {names:?}");
    let fresh = api.refresh(&known).await?;
    let caller = system.caller();
    assert_eq!((caller.status(&path, &known.key).await?, caller.status(&path, &fresh.key).await?), (401, 200));
    check_counts(&api, &caller, &path, &metered, metered_calls).await?;
    system.stop().await?;
    check_databases(&system.data_dir()).await
}

/// Makes clients until the disk is full, and some more in vain. Gives the names of those that were made.
async fn write_until_it_fails(api: &Api, round: &str) -> Result<Vec<String>> {
    let (mut made, mut refused) = (Vec::new(), 0);
    for number in 0..5000 {
        let name = format!("client {round} {number}");
        let answer = api.post("/api/v2/api_clients", &json!({"name": name, "description": "x".repeat(900)})).await?;
        match answer.status {
            200 => made.push(name),
            503 => {
                // In the middle of a write the system may say no more than that it cannot be done.
                let says_why = ["the disk is full", "the system cannot read or write"];
                ensure!(says_why.iter().any(|why| answer.text.contains(why)), "{}", answer.text);
                ensure!(answer.text.contains("nothing was changed"), "{}", answer.text);
                refused += 1;
                if refused == 10 {
                    return Ok(made);
                }
            }
            other => bail!("{other}: {}", answer.text),
        }
    }
    bail!("the disk was never full")
}

async fn names_of_all(api: &Api) -> Result<Vec<String>> {
    let rows = api.all("/api/v2/api_clients").await?;
    let mut names: Vec<String> = rows.iter().filter_map(|row| row["name"].as_str().map(str::to_owned)).collect();
    names.sort();
    Ok(names)
}

fn expected(made: &[String]) -> Vec<String> {
    let mut names = made.to_vec();
    names.push("Acme".to_owned());
    names.sort();
    names
}

/// A call is possible again, and with it all admitted calls are in the counts, no more and no less.
async fn check_counts(api: &Api, caller: &Caller, path: &str, metered: &Profile, admitted: u64) -> Result<()> {
    until("the quota can be counted again", BOUND, async || {
        Ok((caller.status(path, &metered.key).await? == 200).then_some(()))
    })
    .await?;
    until("all calls are counted", BOUND, async || {
        let shown: Value = api.get(&format!("{}/counters", metered.path())).await?.good()?;
        Ok((shown["data"]["quota"]["used"] == admitted + 1).then_some(()))
    })
    .await
}
