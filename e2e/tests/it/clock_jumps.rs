//! The wall clock jumps by an hour and by a day, both ways, under the real binary (libfaketime): no rate window opens
//! again, no quota is over in its period, and the times of tokens follow the clock.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use e2e::{Settings, until};
use serde_json::{Value, json};

use crate::scene::Scene;
use crate::signed_tokens::sign;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const BOUND: Duration = Duration::from_secs(20);

/// The clock of a server under libfaketime, on the real clock's today at noon UTC at first.
struct Clock {
    folder: tempfile::TempDir,
    /// That noon, in seconds since 1970.
    noon: i64,
    /// Seconds from the real clock to noon.
    base: i64,
}

impl Clock {
    fn new() -> Result<Self> {
        let now = jiff::Timestamp::now().as_second();
        let noon = now.div_euclid(DAY) * DAY + DAY / 2;
        let clock = Self { folder: tempfile::tempdir()?, noon, base: noon - now };
        clock.write(0)?;
        Ok(clock)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("offset")
    }

    /// Puts the clock so many seconds from noon.
    fn write(&self, from_noon: i64) -> Result<()> {
        // Never a half-written file.
        let fresh = self.folder.path().join("fresh");
        std::fs::write(&fresh, format!("{:+}\n", self.base + from_noon))?;
        std::fs::rename(fresh, self.file()).context("the clock's file")
    }

    fn settings(&self) -> Result<Settings> {
        let usual = ["/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime"];
        let library = usual.iter().map(|folder| Path::new(folder).join("libfaketime.so.1")).find(|path| path.exists());
        let Some(library) = library else { bail!("no libfaketime: apt-get install faketime") };
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let environment = [
            ("LD_PRELOAD", text(library)),
            ("FAKETIME_TIMESTAMP_FILE", text(self.file())),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Ok(Settings { environment, ..Settings::default() })
    }

    /// Jumps, and waits until the server lives at that time: it stamps what it makes.
    async fn jump(&self, scene: &Scene, from_noon: i64) -> Result<()> {
        self.write(from_noon)?;
        let wanted = self.noon + from_noon;
        until("the server's clock has jumped", BOUND, async || {
            let name = format!("at {from_noon} {}", jiff::Timestamp::now());
            let made = scene.api.post("/api/v2/api_clients", &json!({"name": name})).await?.good()?;
            let at = made.pointer("/data/created_at").and_then(Value::as_str).context("created_at")?;
            let at: jiff::Timestamp = at.parse().context("a time")?;
            Ok(((at.as_second() - wanted).abs() < 120).then_some(()))
        })
        .await
    }
}

async fn policy(scene: &Scene, body: Value) -> Result<Value> {
    let made = scene.api.post("/api/api_policies", &body).await?.good()?;
    made.pointer("/data/id").cloned().context("policy")
}

#[tokio::test]
async fn a_jump_of_the_clock_opens_no_rate_window() -> Result<()> {
    let clock = Clock::new()?;
    let scene = Scene::start_with(clock.settings()?).await?;
    let id = policy(&scene, json!({"name": "3", "rate_limit": {"limit": 3, "interval": "hour"}})).await?;
    let profile = scene.profile_with("shop", json!({"api_policy_id": id})).await?;
    clock.jump(&scene, 0).await?;
    for call in 1..=3 {
        assert_eq!(scene.status(&profile).await?, 200, "call {call}");
    }
    for jump in [0, HOUR, 0, -HOUR, DAY, 0, -DAY, 2 * DAY, 0] {
        clock.jump(&scene, jump).await?;
        assert_eq!(scene.status(&profile).await?, 429, "{jump} s from noon");
    }
    assert_eq!(scene.upstream.seen().len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_quota_is_never_over_in_its_period_whichever_way_the_clock_went() -> Result<()> {
    let clock = Clock::new()?;
    let scene = Scene::start_with(clock.settings()?).await?;
    let id = policy(&scene, json!({"name": "5 a day", "usage_quota": {"limit": 5, "interval": "day"}})).await?;
    let profile = scene.profile_with("shop", json!({"api_policy_id": id})).await?;
    let mut used = std::collections::BTreeMap::new();
    // Each day has its own five calls, whenever and in whatever order they are used.
    for jump in [0, HOUR, 0, DAY, DAY - HOUR, 0, -HOUR, -DAY, 0, DAY, -DAY, 2 * DAY, 0, -DAY] {
        clock.jump(&scene, jump).await?;
        let day = (jump + DAY / 2).div_euclid(DAY);
        let used = used.entry(day).or_insert(0);
        for _ in 0..3 {
            let expected = if *used < 5 { 200 } else { 429 };
            assert_eq!(scene.status(&profile).await?, expected, "{jump} s from noon, {used} of day {day} used");
            *used += i32::from(expected == 200);
        }
    }
    assert_eq!(i64::try_from(scene.upstream.seen().len())?, used.values().map(|used| i64::from(*used)).sum::<i64>());
    Ok(())
}

#[tokio::test]
async fn the_times_of_tokens_follow_the_wall_clock() -> Result<()> {
    let clock = Clock::new()?;
    let scene = Scene::start_with(clock.settings()?).await?;
    let secret = "a shared secret of sixty-four bytes and more, for all three lengths";
    let file = scene.system.folder().join("secret");
    std::fs::write(&file, secret)?;
    let more = json!({"auth_type": "jwt", "jwt_method": "hmac", "jwt_secret": secret});
    let profile = scene.profile_with("shop", more).await?;
    let noon = clock.noon;
    let ending = sign("HS256", &file, &json!({"sub": profile.key, "exp": noon + HOUR / 2})).await?;
    let beginning = sign("HS256", &file, &json!({"sub": profile.key, "nbf": noon + HOUR / 2})).await?;
    let status = async |token: &str| -> Result<u16> {
        let request = scene.caller.request(reqwest::Method::GET, &scene.path).bearer_auth(token);
        Ok(scene.caller.send(request).await?.status)
    };
    for jump in [0, HOUR, 0, DAY, 0, -HOUR, HOUR, -DAY, DAY, 0] {
        clock.jump(&scene, jump).await?;
        // Twice: what is remembered of a token follows the clock too.
        for _ in 0..2 {
            let expected = if jump < HOUR / 2 { [200, 401] } else { [401, 200] };
            let found = [status(&ending).await?, status(&beginning).await?];
            assert_eq!(found, expected, "{jump} s from noon");
        }
    }
    Ok(())
}
