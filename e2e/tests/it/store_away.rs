//! The control database is missing, damaged, locked or read-only, at start and while the server runs: known credentials go
//! on, unknown and revoked ones stay out, management answers 503, and all is well again by itself when the database is.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use e2e::{Api, Connection, Mount, NotHere, Profile, until};
use serde_json::{Value, json};
use tokio::process::Child;
use tokio::task::JoinHandle;

use crate::no_store::lock;
use crate::scene::Scene;

const BOUND: Duration = Duration::from_secs(40);
const QUOTA: usize = 4000;

/// A workspace with everybody who may and may not call.
struct Crowd {
    scene: Scene,
    known: Profile,
    refreshed: Profile,
    metered: Profile,
    disabled: Profile,
}

impl Crowd {
    async fn start() -> Result<Self> {
        let scene = Scene::start().await?;
        let known = scene.profile("known").await?;
        let refreshed = scene.profile("refreshed").await?;
        scene.api.refresh(&refreshed).await?;
        let disabled = scene.profile("disabled").await?;
        scene.api.act(&format!("{}/disable", disabled.path())).await?.good()?;
        let policy = json!({"name": "quota", "usage_quota": {"limit": QUOTA, "interval": "year"}});
        let policy = scene.api.post("/api/api_policies", &policy).await?.good()?;
        let metered = scene.profile_with("metered", json!({"api_policy_id": policy["data"]["id"]})).await?;
        let crowd = Self { scene, known, refreshed, metered, disabled };
        // The copy is made beside everything else.
        until("a copy of the directory is kept", BOUND, async || {
            let text = crowd.scene.api.get("/metrics").await?.text;
            let revision = text.lines().find_map(|line| line.strip_prefix("portcullis_directory_copy_revision "));
            Ok((revision.context("no such metric")? != "0").then_some(()))
        })
        .await?;
        Ok(crowd)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.scene.system.data_dir().join(name)
    }

    /// Nobody is let in who must not be, and nobody is refused who must not be.
    async fn check_calls(&self) -> Result<()> {
        let (begin, last) = self.known.key.split_at(self.known.key.len() - 1);
        let other = if last == "x" { "y" } else { "x" };
        let stranger = Profile { key: format!("{begin}{other}"), ..self.known.clone() };
        let all = [
            ("known", &self.known, 200),
            ("refreshed", &self.refreshed, 401),
            ("disabled", &self.disabled, 403),
            ("unknown", &stranger, 401),
        ];
        for (who, profile, expected) in all {
            let status = self.scene.status(profile).await?;
            if status != expected {
                bail!("{status} instead of {expected} for the {who} one");
            }
        }
        // The first lease after a start may take longer than a call waits for it, on a busy disk.
        until("a call with a quota is let in", BOUND, async || {
            Ok((self.scene.status(&self.metered).await? == 200).then_some(()))
        })
        .await
    }

    /// The gateway is ready, and management says what is wrong.
    async fn check_away(&self, store: &str) -> Result<()> {
        self.readiness(store).await?;
        let refused = self.scene.api.post("/api/v2/api_clients", &json!({"name": "in vain"})).await?;
        assert_eq!(
            (refused.status, &refused.json()["type"]),
            (503, &json!("urn:portcullis:problem:store_unavailable"))
        );
        assert!(refused.text.contains("control database cannot be used now"), "{}", refused.text);
        assert_eq!(self.scene.system.caller().get("/.portcullis/ready", None).await?.status, 200);
        Ok(())
    }

    /// Nobody is judged, whoever it is, and load balancers are told.
    async fn check_stale(&self, stranger: &Api) -> Result<()> {
        let ready = stranger.get("/readyz").await?;
        assert_eq!((ready.status, &ready.json()["success"]), (503, &json!(false)), "{}", ready.text);
        assert!(ready.json()["directory_age_seconds"].as_u64().is_some_and(|age| age >= 10), "{}", ready.text);
        let caller = &self.scene.caller;
        assert_eq!(caller.get("/.portcullis/ready", None).await?.status, 503);
        assert_eq!(caller.get("/.portcullis/live", None).await?.status, 200);
        for profile in [&self.known, &self.refreshed, &self.metered, &self.disabled] {
            let refused = caller.get(&self.scene.path, Some(&profile.key)).await?;
            assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "{}", refused.text);
        }
        assert_eq!(caller.get(&self.scene.path, None).await?.status, 503);
        let form = "grant_type=client_credentials&client_id=a&client_secret=b";
        let request = caller.request(reqwest::Method::POST, "/oauth2/token").body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(caller.send(request).await?.status, 503);
        Ok(())
    }

    async fn readiness(&self, store: &str) -> Result<Value> {
        let stranger = self.scene.system.stranger();
        until(&format!("the store is {store}"), BOUND, async || {
            let ready = stranger.get("/readyz").await?.good()?;
            Ok((ready["store"] == store).then_some(ready))
        })
        .await
    }

    /// Whoever read the metrics before reads them still.
    async fn check_metrics(&self) -> Result<()> {
        let text = self.scene.api.get("/metrics").await?;
        assert!(text.status == 200 && text.text.contains("portcullis_store_available 0"), "{}", text.text);
        let age = text.text.lines().find_map(|line| line.strip_prefix("portcullis_directory_age_seconds "));
        assert!(age.and_then(|age| age.parse::<f64>().ok()).is_some_and(|age| age > 0.0), "{age:?}");
        Ok(())
    }

    /// Changes are made again and act at once.
    async fn check_back(&mut self) -> Result<()> {
        self.readiness("ok").await?;
        let fresh = self.scene.api.refresh(&self.known).await?;
        assert_eq!((self.scene.status(&self.known).await?, self.scene.status(&fresh).await?), (401, 200));
        self.known = fresh;
        self.check_calls().await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_starts_from_its_copy_whatever_ails_the_database() -> Result<()> {
    let mut crowd = Crowd::start().await?;
    let (database, aside) = (crowd.file("control.db"), crowd.file("aside.db"));
    let garbage = "this is no database, and it is long enough to be looked at: ".repeat(200);
    for (store, contents) in [("missing", None), ("damaged", Some("")), ("damaged", Some(garbage.as_str()))] {
        crowd.scene.system.stop().await?;
        std::fs::rename(&database, &aside)?;
        if let Some(contents) = contents {
            std::fs::write(&database, contents)?;
        }
        crowd.scene.system.launch().await?;
        crowd.check_away(store).await?;
        crowd.check_calls().await?;
        // Once more from the copy alone: nothing was lost by the first time.
        crowd.scene.system.kill().await?;
        crowd.scene.system.launch().await?;
        crowd.check_away(store).await?;
        crowd.check_calls().await?;
        std::fs::rename(&aside, &database)?;
        crowd.check_back().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_starts_from_its_copy_while_another_program_locks_the_database() -> Result<()> {
    let mut crowd = Crowd::start().await?;
    crowd.scene.system.kill().await?;
    let mut holder: Child = lock(&crowd.scene.system).await?;
    crowd.scene.system.launch().await?;
    crowd.check_away("locked").await?;
    crowd.check_calls().await?;
    holder.kill().await?;
    crowd.check_back().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_starts_from_its_copy_while_the_database_cannot_be_written() -> Result<()> {
    let mut crowd = Crowd::start().await?;
    crowd.scene.system.stop().await?;
    let mount = match Mount::read_only(&crowd.file("control.db"))? {
        Ok(mount) => mount,
        Err(NotHere(why)) => {
            eprintln!("NOT TESTED: a read-only database. This machine lets nobody mount: {why}");
            return Ok(());
        }
    };
    crowd.scene.system.launch().await?;
    crowd.check_away("read_only").await?;
    crowd.check_calls().await?;
    drop(mount);
    crowd.check_back().await
}

/// Calls without a pause, until it is stopped or an answer is not the expected one.
fn hammer(crowd: &Crowd, profile: &Profile, expected: u16) -> JoinHandle<Result<()>> {
    let (gateway, path) = (crowd.scene.system.gateway, crowd.scene.path.clone());
    let header = format!("api-token: {}", profile.key);
    tokio::spawn(async move {
        let mut connection = Connection::open(gateway).await?;
        loop {
            let status = connection.status(&path, &header, Duration::from_secs(20)).await?;
            if status != expected {
                bail!("{status} instead of {expected}");
            }
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_under_load_costs_no_request_and_is_found_again() -> Result<()> {
    let mut crowd = Crowd::start().await?;
    let steady = crowd.scene.profile("steady").await?;
    let (database, aside) = (crowd.file("control.db"), crowd.file("aside.db"));
    let callers = [hammer(&crowd, &steady, 200), hammer(&crowd, &crowd.refreshed, 401)];
    for contents in [None, Some("this is no database, but it is long enough to be looked at: ".repeat(200))] {
        assert_eq!(crowd.scene.api.get("/metrics").await?.status, 200);
        std::fs::rename(&database, &aside)?;
        if let Some(contents) = &contents {
            std::fs::write(&database, contents)?;
        }
        crowd.check_away(if contents.is_some() { "damaged" } else { "missing" }).await?;
        crowd.check_calls().await?;
        crowd.check_metrics().await?;
        std::fs::rename(&aside, &database)?;
        crowd.check_back().await?;
    }
    for caller in &callers {
        assert!(!caller.is_finished(), "a request was lost");
        caller.abort();
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_database_that_is_put_back_is_the_truth() -> Result<()> {
    let mut crowd = Crowd::start().await?;
    let (database, backup) = (crowd.file("control.db"), crowd.file("backup.db"));
    crowd.scene.system.stop().await?;
    std::fs::copy(&database, &backup)?;
    crowd.scene.system.launch().await?;
    let before = crowd.readiness("ok").await?["revision"].as_i64().context("revision")?;
    let later = crowd.scene.profile("made later").await?;
    let fresh = crowd.scene.api.refresh(&crowd.known).await?;
    assert_eq!((crowd.scene.status(&later).await?, crowd.scene.status(&fresh).await?), (200, 200));
    // In the place of the open one.
    std::fs::rename(&backup, &database)?;
    until("the older database is in force", BOUND, async || {
        let ready = crowd.scene.system.stranger().get("/readyz").await?.good()?;
        Ok((ready["store"] == "ok" && ready["revision"] == before).then_some(()))
    })
    .await?;
    assert_eq!((crowd.scene.status(&later).await?, crowd.scene.status(&fresh).await?), (401, 401));
    crowd.check_back().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_copy_is_replaced_by_the_former_one_and_without_any_the_node_does_not_start() -> Result<()> {
    let mut crowd = Crowd::start().await?;
    crowd.scene.system.stop().await?;
    crowd.scene.system.launch().await?;
    let data_dir = crowd.scene.system.data_dir();
    let snapshots = || -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&data_dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "snapshot") {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    };
    until("there are two generations", BOUND, async || Ok((snapshots()?.len() == 2).then_some(()))).await?;
    crowd.scene.system.kill().await?;
    std::fs::rename(data_dir.join("control.db"), data_dir.join("aside.db"))?;
    let (former, present) = match snapshots()?.as_slice() {
        [former, present] => (former.clone(), present.clone()),
        other => bail!("{other:?}"),
    };
    spoil(&present)?;
    crowd.scene.system.launch().await?;
    crowd.check_away("missing").await?;
    crowd.check_calls().await?;
    crowd.scene.system.kill().await?;
    spoil(&former)?;
    let refused = e2e::run_bounded(crowd.scene.system.serve_command()?, Duration::from_secs(30)).await?;
    assert_eq!(refused.code, Some(1), "{}", refused.text());
    assert!(refused.stderr.contains("checksum"), "{}", refused.text());
    assert!(!data_dir.join("control.db").exists(), "no new workspace is made in the place of a lost one");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_max_staleness_all_calls_are_refused_until_the_database_is_back() -> Result<()> {
    let mut crowd = Crowd::start().await?;
    crowd.scene.api.put("/api/settings", &json!({"max_staleness_seconds": 10})).await?.good()?;
    let (database, aside) = (crowd.file("control.db"), crowd.file("aside.db"));
    let stranger = crowd.scene.system.stranger();
    assert_eq!(crowd.scene.api.get("/metrics").await?.status, 200);
    std::fs::rename(&database, &aside)?;
    // As long as it is not too old, it is decided by.
    crowd.check_away("missing").await?;
    assert_eq!(crowd.scene.status(&crowd.known).await?, 200);
    until("calls are refused", BOUND, async || Ok((crowd.scene.status(&crowd.known).await? == 503).then_some(())))
        .await?;
    crowd.check_stale(&stranger).await?;
    let metrics = crowd.scene.api.get("/metrics").await?.text;
    assert!(metrics.contains("reason=\"configuration_stale\""), "{metrics}");
    // A start from the copy knows how old that is.
    crowd.scene.system.kill().await?;
    let (gateway, path) = (crowd.scene.system.gateway, crowd.scene.path.clone());
    let header = format!("api-token: {}", crowd.known.key);
    let first = tokio::spawn(async move {
        loop {
            if let Ok(mut connection) = Connection::open(gateway).await {
                return connection.status(&path, &header, Duration::from_secs(20)).await;
            }
            tokio::task::yield_now().await;
        }
    });
    crowd.scene.system.launch_unready()?;
    assert_eq!(first.await??, 503);
    until("it can be asked", BOUND, async || Ok(stranger.get("/readyz").await.is_ok().then_some(()))).await?;
    crowd.check_stale(&stranger).await?;
    std::fs::rename(&aside, &database)?;
    until("it is ready again", BOUND, async || Ok((stranger.get("/readyz").await?.status == 200).then_some(())))
        .await?;
    assert_eq!(crowd.scene.status(&crowd.known).await?, 200);
    crowd.check_back().await
}

/// Changes a byte in the middle.
fn spoil(file: &std::path::Path) -> Result<()> {
    let mut bytes = std::fs::read(file)?;
    let middle = bytes.len() / 2;
    *bytes.get_mut(middle).context("empty")? ^= 1;
    std::fs::write(file, bytes)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_let_in_before_the_directory_is_loaded() -> Result<()> {
    let mut crowd = Crowd::start().await?;
    let (database, aside) = (crowd.file("control.db"), crowd.file("aside.db"));
    let mut judged = 0;
    for start in 0..20 {
        crowd.scene.system.kill().await?;
        // Every other time from the copy.
        let from_copy = start % 2 == 1;
        if from_copy {
            std::fs::rename(&database, &aside)?;
        }
        let (gateway, path) = (crowd.scene.system.gateway, crowd.scene.path.clone());
        let headers = [(&crowd.known, 200), (&crowd.refreshed, 401)];
        let callers = headers.map(|(profile, expected)| {
            let (path, header) = (path.clone(), format!("api-token: {}", profile.key));
            tokio::spawn(async move {
                // The first answers that there are: calls that come while it starts wait, or find no listener.
                let mut statuses = Vec::new();
                while statuses.len() < 20 {
                    let Ok(mut connection) = Connection::open(gateway).await else {
                        tokio::task::yield_now().await;
                        continue;
                    };
                    statuses.push(connection.status(&path, &header, Duration::from_secs(20)).await?);
                }
                anyhow::Ok((statuses, expected))
            })
        });
        crowd.scene.system.launch().await?;
        for caller in callers {
            let (statuses, expected) = caller.await??;
            assert!(statuses.iter().all(|status| *status == expected), "{statuses:?} instead of {expected}");
            judged += statuses.len();
        }
        if from_copy {
            std::fs::rename(&aside, &database)?;
            crowd.readiness("ok").await?;
        }
    }
    assert_eq!(judged, 800);
    Ok(())
}
