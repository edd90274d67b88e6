//! A thousand refreshes and disables under load: every request is judged by a state that was in force while it was
//! under way.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{Connection, PlainUpstream, Profile};
use futures_util::future::try_join_all;

use crate::scene::Scene;

const CHANGES: usize = 1000;
const CHANGERS: usize = 4;
const CALLERS: usize = 16;
const BOUND: Duration = Duration::from_secs(20);

/// What a profile was like after a management call.
#[derive(Clone, Debug)]
struct Version {
    /// Its key; none while the call that makes it is under way.
    key: Option<String>,
    is_enabled: bool,
}

impl Version {
    fn expects(&self, key: &str) -> u16 {
        match (self.key.as_deref() == Some(key), self.is_enabled) {
            (true, true) => 200,
            (true, false) => 403,
            (false, _) => 401,
        }
    }
}

/// All that was asked of one profile. The last version may still be under way.
struct History {
    versions: Vec<Version>,
    /// Versions whose call was answered.
    answered: usize,
}

impl History {
    fn begin(&mut self, version: Version) {
        self.versions.push(version);
    }

    fn end(&mut self, key: &str) {
        if let Some(last) = self.versions.last_mut() {
            last.key = Some(key.to_owned());
        }
        self.answered = self.versions.len();
    }
}

/// A profile and its history, shared by who changes it and who calls.
struct Subject {
    path: String,
    history: Mutex<History>,
}

struct Storm {
    gateway: std::net::SocketAddr,
    path: String,
    subjects: Vec<Subject>,
    wrong: Mutex<Vec<String>>,
    judged: AtomicUsize,
    is_over: AtomicBool,
}

impl Storm {
    /// Calls once with a key, and judges the answer by every state that may have been in force meanwhile.
    async fn call(&self, connection: &mut Connection, subject: &Subject, key: &str) -> Result<()> {
        let first = subject.history.lock().expect("nobody panicked").answered - 1;
        let status = connection.status(&self.path, &format!("api-token: {key}"), BOUND).await?;
        let possible: Vec<u16> = {
            let history = subject.history.lock().expect("nobody panicked");
            history.versions[first..].iter().map(|version| version.expects(key)).collect()
        };
        if !possible.contains(&status) {
            self.wrong.lock().expect("nobody panicked").push(format!("{status} instead of {possible:?}"));
        }
        self.judged.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_revocations_under_load_are_in_force_when_they_are_answered() -> Result<()> {
    let scene = Scene::start_with(e2e::Settings {
        arguments: vec!["--workers".to_owned(), "2".to_owned()],
        ..Default::default()
    })
    .await?;
    let upstream = PlainUpstream::start().await?;
    let collection = scene.api.make_collection("Plain", &upstream.url()).await?;
    scene.api.make_endpoint(&collection, "GET", "things").await?;
    let mut subjects = Vec::new();
    for number in 0..CHANGERS * 2 {
        let profile =
            scene.api.make_profile(scene.client, &format!("{number}"), &[collection.id], serde_json::json!({})).await?;
        let version = Version { key: Some(profile.key.clone()), is_enabled: true };
        let history = Mutex::new(History { versions: vec![version], answered: 1 });
        subjects.push(Subject { path: profile.path(), history });
    }
    let storm = Arc::new(Storm {
        gateway: scene.system.gateway,
        path: format!("{}/things", collection.path),
        subjects,
        wrong: Mutex::default(),
        judged: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
    });
    let callers: Vec<_> = (0..CALLERS).map(|number| tokio::spawn(load(Arc::clone(&storm), number))).collect();
    let changers = (0..CHANGERS).map(|number| change(&scene, &storm, number));
    let changed = try_join_all(changers).await;
    storm.is_over.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.context("caller")??;
    }
    changed?;
    let wrong = storm.wrong.lock().expect("nobody panicked").clone();
    let judged = storm.judged.load(Ordering::Relaxed);
    println!("{judged} requests judged around {CHANGES} changes, {} wrongly answered", wrong.len());
    assert!(wrong.is_empty(), "{} of {judged}: {:?}", wrong.len(), wrong.first());
    assert!(judged > CHANGES * 4, "only {judged} requests");
    Ok(())
}

/// Calls with the newest key and the one before it, of one profile after the other, until the storm is over.
async fn load(storm: Arc<Storm>, number: usize) -> Result<()> {
    let mut connection = Connection::open(storm.gateway).await?;
    for call in number.. {
        if storm.is_over.load(Ordering::Relaxed) {
            break;
        }
        let subject = &storm.subjects[call % storm.subjects.len()];
        let keys: Vec<String> = {
            let history = subject.history.lock().expect("nobody panicked");
            let mut keys: Vec<_> = history.versions.iter().filter_map(|version| version.key.clone()).collect();
            keys.dedup();
            keys.split_off(keys.len().saturating_sub(2))
        };
        for key in keys {
            storm.call(&mut connection, subject, &key).await?;
        }
    }
    Ok(())
}

/// Refreshes, disables and enables two profiles in turn; calls with both keys right after each answer.
async fn change(scene: &Scene, storm: &Storm, number: usize) -> Result<()> {
    let mut connection = Connection::open(storm.gateway).await?;
    for change in 0..CHANGES / CHANGERS {
        let subject = &storm.subjects[number * 2 + change % 2];
        let before = {
            let history = subject.history.lock().expect("nobody panicked");
            history.versions.last().cloned().context("a version")?
        };
        let old = before.key.clone().context("a key")?;
        // Of three changes of a profile one is a refresh, one disables, one enables.
        let (action, after) = match change / 2 % 3 {
            0 => ("refresh_secret", Version { key: None, ..before.clone() }),
            1 => ("disable", Version { is_enabled: false, ..before.clone() }),
            _ => ("enable", Version { is_enabled: true, ..before.clone() }),
        };
        subject.history.lock().expect("nobody panicked").begin(after);
        let answer = scene.api.act(&format!("{}/{action}", subject.path)).await?.good()?;
        let issued = answer.pointer("/data/auth_token").and_then(serde_json::Value::as_str);
        let key = if action == "refresh_secret" { issued.context("auth_token")? } else { &old }.to_owned();
        subject.history.lock().expect("nobody panicked").end(&key);
        for key in [&old, &key] {
            storm.call(&mut connection, subject, key).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn open_streams_end_when_their_client_is_disabled_or_their_credential_is_revoked() -> Result<()> {
    let scene = Scene::start().await?;
    let upstream = PlainUpstream::start().await?;
    let collection = scene.api.make_collection("Streams", &upstream.url()).await?;
    scene.api.make_endpoint(&collection, "GET", "stream").await?;
    let path = format!("{}/stream", collection.path);
    let client = scene.api.make_client("Other").await?;
    let make = async |client, name| scene.api.make_profile(client, name, &[collection.id], serde_json::json!({})).await;
    let (disabled, refreshed) = (make(client, "disabled").await?, make(scene.client, "refreshed").await?);
    let stays = make(scene.client, "stays").await?;
    let [mut first, mut second, mut third] = [
        open(&scene, &path, &disabled).await?,
        open(&scene, &path, &refreshed).await?,
        open(&scene, &path, &stays).await?,
    ];
    for stream in [&mut first, &mut second, &mut third] {
        stream.chunk().await?.context("the stream ended before anything was changed")?;
    }
    let began = tokio::time::Instant::now();
    scene.api.act(&format!("/api/v2/api_clients/{client}/disable")).await?.good()?;
    scene.api.refresh(&refreshed).await?;
    for stream in [&mut first, &mut second] {
        // The promise is 5 s; what is read meanwhile was sent before.
        tokio::time::timeout(Duration::from_secs(5), ended(stream)).await.context("a stream was not cut in 5 s")?;
    }
    println!("both streams were cut within {:?}", began.elapsed());
    for _ in 0..5 {
        third.chunk().await?.context("the stream of an enabled profile ended")?;
    }
    Ok(())
}

async fn open(scene: &Scene, path: &str, profile: &Profile) -> Result<reqwest::Response> {
    let request = scene.caller.request(reqwest::Method::GET, path).header("api-token", &profile.key);
    let answer = request.send().await.context("stream")?;
    anyhow::ensure!(answer.status() == 200, "{}", answer.status());
    Ok(answer)
}

/// Reads until the stream ends, well or not.
async fn ended(stream: &mut reqwest::Response) {
    while let Ok(Some(_)) = stream.chunk().await {}
}
