//! `kill -9` at random points while profiles use up their quotas, again and again: never a call over, and what a kill
//! lost is shown as unaccounted, with at most one second of calls more.
//!
//! A call waits at most 250 ms for its lease to be on the disk. On a busy machine a disk takes longer now and then: such a call is
//! answered 503, as its policy says, and takes nothing; the counts show whether that is so.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use e2e::{Api, Caller, Profile};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::scene::Scene;

const KILLS: u32 = 100;
const CALLERS: usize = 12;
/// Calls per year, so that no period ends while the test runs.
const LIMITS: [u64; 8] = [50, 500, 800, 1200, 1700, 2300, 3000, 100_000];

/// What the driver knows of one profile since its counts were last reset.
struct Tally {
    profile: Profile,
    limit: u64,
    granted: u64,
    /// Calls answered 200.
    admitted: u64,
    /// Calls without an answer: admitted or not.
    unanswered: u64,
    /// Of the admitted: those at least one second before the kill that followed.
    reported: u64,
    /// Calls for which no lease was written in time.
    not_counted: u64,
    /// When those of the present round were answered.
    recent: Vec<Instant>,
    is_refused: bool,
}

type Tallies = Arc<Vec<Mutex<Tally>>>;

/// What the server shows.
#[derive(Debug)]
struct Shown {
    used: u64,
    granted: u64,
    remaining: u64,
    unaccounted: u64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quotas_are_never_over_and_what_is_lost_is_shown_through_100_kills() -> Result<()> {
    let mut scene = Scene::start().await?;
    let tallies = tallies(&scene).await?;
    let mut random = Random(0x5eed);
    let (mut lost, mut resets, mut admitted) = (0, 0, 0);
    for _ in 0..KILLS {
        let callers = call_all(&scene.caller, &scene.path, &tallies, &mut random);
        sleep(Duration::from_millis(random.below(1800))).await;
        let killed = Instant::now();
        scene.system.kill().await?;
        for caller in callers {
            caller.await.context("caller")?;
        }
        scene.system.launch().await?;
        for tally in tallies.iter() {
            let (path, limit) = {
                let tally = tally.lock().expect("no caller panicked");
                (tally.profile.path(), tally.limit)
            };
            let shown = shown(&scene.api, &path).await?;
            let is_empty = {
                let mut tally = tally.lock().expect("no caller panicked");
                admitted += tally.end_round(killed);
                lost += tally.check(&shown);
                shown.remaining == 0
            };
            if is_empty {
                resets += 1;
                give(&scene.api, &path, limit, resets, tally).await?;
            }
        }
    }
    assert!(lost > 0, "no kill ever lost a leased call");
    assert!(resets > 10, "only {resets} quotas were used up");
    let not_counted: u64 = tallies.iter().map(|tally| tally.lock().map_or(0, |tally| tally.not_counted)).sum();
    println!("{KILLS} kills: {admitted} calls admitted, {not_counted} found no lease in time, {resets} quotas used up");
    assert!(not_counted < admitted / 10, "{not_counted} of {admitted} calls found no lease in time");
    rest_is_exact(&scene, &tallies).await
}

async fn tallies(scene: &Scene) -> Result<Tallies> {
    let mut tallies = Vec::new();
    for limit in LIMITS {
        let policy = json!({"name": format!("{limit} a year"), "usage_quota": {"limit": limit, "interval": "year"}});
        let policy = scene.api.post("/api/api_policies", &policy).await?.good()?;
        let policy = policy.pointer("/data/id").and_then(Value::as_u64).context("policy")?;
        let profile = scene.profile_with(&format!("of {limit}"), json!({"api_policy_id": policy})).await?;
        tallies.push(Mutex::new(Tally {
            profile,
            limit,
            granted: 0,
            admitted: 0,
            unanswered: 0,
            reported: 0,
            not_counted: 0,
            recent: Vec::new(),
            is_refused: false,
        }));
    }
    Ok(Arc::new(tallies))
}

/// Callers that call one profile after the other until the server is gone.
fn call_all(caller: &Caller, path: &str, tallies: &Tallies, random: &mut Random) -> Vec<JoinHandle<()>> {
    (0..CALLERS)
        .map(|_| {
            let (caller, path, tallies) = (caller.clone(), path.to_owned(), Arc::clone(tallies));
            let mut random = Random(random.next());
            tokio::spawn(async move {
                loop {
                    let tally = &tallies[usize::try_from(random.below(LIMITS.len() as u64)).unwrap_or(0)];
                    let key = tally.lock().expect("no caller panicked").profile.key.clone();
                    let answer = caller.status(&path, &key).await;
                    let mut tally = tally.lock().expect("no caller panicked");
                    match answer {
                        Ok(200) => {
                            tally.admitted += 1;
                            tally.recent.push(Instant::now());
                        }
                        Ok(429) => tally.is_refused = true,
                        Ok(503) => tally.not_counted += 1,
                        Ok(other) => panic!("a call was answered {other}"),
                        Err(_) => {
                            tally.unanswered += 1;
                            return;
                        }
                    }
                }
            })
        })
        .collect()
}

impl Tally {
    /// Says how many calls were admitted in the round.
    fn end_round(&mut self, killed: Instant) -> u64 {
        let second = Duration::from_secs(1);
        let reported = self.recent.iter().filter(|at| killed.saturating_duration_since(**at) >= second).count();
        self.reported += reported as u64;
        let admitted = self.recent.len() as u64;
        self.recent.clear();
        admitted
    }

    /// Compares what the server shows with what was seen. Says how many calls were certainly lost.
    fn check(&mut self, shown: &Shown) -> u64 {
        let total = self.limit + self.granted;
        assert_eq!(shown.granted, self.granted);
        assert!(self.admitted <= total, "{} of {total} calls were admitted", self.admitted);
        let gone = total - shown.remaining;
        assert!(gone >= self.admitted, "{} calls were admitted, {shown:?} of {total}", self.admitted);
        // Every call that is gone was admitted, unanswered, or lost.
        let lost = gone.saturating_sub(self.admitted + self.unanswered);
        assert!(shown.unaccounted >= lost, "{lost} calls were lost, {shown:?} of {total}");
        let most = gone - self.reported;
        assert!(shown.unaccounted <= most, "at most {most} calls were lost or not yet reported, {shown:?} of {total}");
        assert_eq!(shown.used + shown.unaccounted, gone, "{shown:?} of {total}");
        if std::mem::take(&mut self.is_refused) {
            // It was used up before the kill, and nothing comes back by a crash.
            assert_eq!(shown.remaining, 0, "refused with calls left");
        }
        lost
    }
}

/// A used-up quota goes on: by a grant or by a reset.
async fn give(api: &Api, path: &str, limit: u64, turn: u64, tally: &Mutex<Tally>) -> Result<()> {
    if turn.is_multiple_of(2) {
        api.post(&format!("{path}/counters/grant"), &json!({"amount": limit})).await?.good()?;
        tally.lock().expect("no caller panicked").granted += limit;
    } else {
        api.post(&format!("{path}/counters/reset"), &json!({})).await?.good()?;
        let mut tally = tally.lock().expect("no caller panicked");
        (tally.granted, tally.admitted, tally.unanswered, tally.reported) = (0, 0, 0, 0);
    }
    Ok(())
}

/// Without a kill each profile gets exactly the calls that are shown to remain.
async fn rest_is_exact(scene: &Scene, tallies: &Tallies) -> Result<()> {
    for tally in tallies.iter().filter(|tally| tally.lock().is_ok_and(|tally| tally.limit <= 3000)) {
        let (path, key) = {
            let tally = tally.lock().expect("no caller panicked");
            (tally.profile.path(), tally.profile.key.clone())
        };
        let remaining = shown(&scene.api, &path).await?.remaining;
        let mut admitted = 0;
        loop {
            match scene.caller.status(&scene.path, &key).await? {
                200 => admitted += 1,
                503 => {}
                429 => break,
                other => bail!("a call was answered {other}"),
            }
        }
        assert_eq!(admitted, remaining);
        assert_eq!(shown(&scene.api, &path).await?.remaining, 0);
    }
    Ok(())
}

async fn shown(api: &Api, profile: &str) -> Result<Shown> {
    let answer = api.get(&format!("{profile}/counters")).await?.good()?;
    let number = |name: &str| {
        let field = answer.pointer(&format!("/data/quota/{name}")).and_then(Value::as_u64);
        field.with_context(|| format!("no {name} in {answer}"))
    };
    Ok(Shown {
        used: number("used")?,
        granted: number("granted")?,
        remaining: number("remaining")?,
        unaccounted: number("unaccounted")?,
    })
}

/// A small generator (splitmix64): the same points every time, as far as the machine lets them be the same.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
