//! The series: what is measured against what.

use super::peer::Duty;
use super::ratio::{Spread, paired};
use super::scale::scale;
use super::scene::{Asked, FAST, Log, Scene, Wire};
use super::seed::Kind;
use super::target::{CONNECTIONS, Checked, Round, Target};
use crate::load::{Draw, open_loop};
use anyhow::Result;

/// Keys that the JSON Web Token series draw from; a worker remembers 10,000 verified tokens.
const JWT_PROFILES: usize = 1000;
/// Uncounted requests before a round of a peer.
const PEER_WARM: u64 = 5000;
/// Requests a second of the open loop, and how many.
const OPEN_RATE: u32 = 2000;

/// One series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Series {
    /// All checks and a log line per request.
    Checks,
    /// No checks.
    Plain,
    /// JSON Web Tokens beside auth tokens.
    Jwt,
    /// Answers of 10 KiB and 1 MiB.
    Bodies,
    /// HTTP/2 on TLS.
    Http2,
    /// Added latency at a fixed rate.
    Latency,
    /// Ever more profiles.
    Scale,
}

impl Series {
    /// All, in the order of reports.
    pub(crate) const ALL: [Self; 7] =
        [Self::Checks, Self::Plain, Self::Jwt, Self::Bodies, Self::Http2, Self::Latency, Self::Scale];
}

/// What a series found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Its heading.
    pub(crate) title: String,
    /// What was done.
    pub(crate) about: String,
    /// Each target with its rounds.
    pub(crate) targets: Vec<(String, Vec<Result<Round, String>>)>,
    /// What was compared.
    pub(crate) comparisons: Vec<Comparison>,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comparison {
    /// What is compared.
    pub(crate) what: String,
    /// The outcome; `None`: no pair of good rounds.
    pub(crate) found: Option<Spread>,
    /// The unit: empty for ratios.
    pub(crate) unit: &'static str,
    /// At most so much is wanted.
    pub(crate) goal: Option<f64>,
}

/// What is asked of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Processor time, as a ratio.
    CpuRatio,
    /// Processor time, as a difference in microseconds.
    CpuDifference,
    /// 99 of 100 answers, as a difference in microseconds.
    P99Difference,
}

impl Found {
    pub(super) fn new(title: &str, about: String, targets: &[Target]) -> Self {
        let targets = targets.iter().map(|target| (target.name.clone(), target.rounds.clone())).collect();
        Self { title: title.to_owned(), about, targets, comparisons: Vec::new() }
    }

    fn rounds_of(&self, name: &str) -> Option<&[Result<Round, String>]> {
        self.targets.iter().find(|(known, _)| known == name).map(|(_, rounds)| rounds.as_slice())
    }

    /// Compares two targets, if both are there.
    pub(super) fn compare(&mut self, ours: &str, theirs: &str, by: By, goal: Option<f64>) {
        let (Some(first), Some(second)) = (self.rounds_of(ours), self.rounds_of(theirs)) else { return };
        let micros = |round: &Round| round.p99.as_secs_f64() * 1e6;
        let (found, unit, verb) = match by {
            By::CpuRatio => (paired(first, second, |one, other| one.cpu_us / other.cpu_us), "", "/"),
            By::CpuDifference => (paired(first, second, |one, other| one.cpu_us - other.cpu_us), "us", "-"),
            By::P99Difference => (paired(first, second, |one, other| micros(one) - micros(other)), "us", "-"),
        };
        self.comparisons.push(Comparison { what: format!("{ours} {verb} {theirs}"), found, unit, goal });
    }
}

/// Runs one series.
pub(crate) fn run(series: Series, scene: &mut Scene<'_>) -> Result<Vec<Found>> {
    scene.clear();
    match series {
        Series::Checks => checks(scene).map(|found| vec![found]),
        Series::Plain => plain(scene).map(|found| vec![found]),
        Series::Jwt => jwt(scene).map(|found| vec![found]),
        Series::Bodies => bodies(scene),
        Series::Http2 => http2(scene).map(|found| vec![found]),
        Series::Latency => latency(scene).map(|found| vec![found]),
        Series::Scale => scale(scene).map(|found| vec![found]),
    }
}

/// The name of ours in comparisons.
const OURS: &str = "portcullis";
/// The goals for processor time with all checks.
const CPU_GOALS: [(&str, f64); 3] = [("nginx", 0.80), ("haproxy", 0.70), ("envoy", 0.30)];

fn checks(scene: &mut Scene<'_>) -> Result<Found> {
    let profiles = scene.options.profiles;
    let seed = scene.seed(Kind::Token, profiles)?;
    let mut targets = vec![scene.ours(OURS, &seed, &FAST)?];
    targets.extend(scene.peers(Duty::Checks, &seed, FAST.last));
    rounds(scene, &mut targets, scene.options.requests)?;
    let about = format!(
        "{profiles} profiles, each with an own key, a list of two networks, a rate limit and a quota; keys drawn uniformly; \
         GET, answers of 100 bytes, {CONNECTIONS} connections"
    );
    let mut found = Found::new("All checks, one log line per request", about, &targets);
    compare_cpu(&mut found, OURS, &CPU_GOALS);
    Ok(found)
}

fn plain(scene: &mut Scene<'_>) -> Result<Found> {
    let seed = scene.seed(Kind::Plain, 1)?;
    let all = scene.seed(Kind::Token, scene.options.profiles)?;
    let asked = Asked { checked: Checked::No, log: Log::No, ..FAST };
    let mut targets = vec![scene.ours(OURS, &seed, &asked)?, scene.ours("portcullis with all checks", &all, &FAST)?];
    targets.extend(scene.peers(Duty::Plain, &seed, FAST.last));
    rounds(scene, &mut targets, scene.options.requests)?;
    let about =
        "Peers carry without checks and without a log. Ours has no such mode: here it is the release program with one \
                 profile that has neither policy nor address list, and no access log; finding the key, the route and \
                 counting remain"
            .to_owned();
    let mut found = Found::new("Plain proxying", about, &targets);
    found.compare("portcullis with all checks", OURS, By::CpuDifference, Some(2.5));
    compare_cpu(&mut found, OURS, &[]);
    Ok(found)
}

fn jwt(scene: &mut Scene<'_>) -> Result<Found> {
    let profiles = JWT_PROFILES.min(scene.options.profiles);
    let kinds = [("token", Kind::Token), ("jwt hs256", Kind::Hs256), ("jwt rs256", Kind::Rs256)];
    let asked = Asked { checked: Checked::No, ..FAST };
    let mut targets = Vec::new();
    for (name, kind) in kinds {
        let seed = scene.seed(kind, profiles)?;
        targets.push(scene.ours(name, &seed, &asked)?);
    }
    rounds(scene, &mut targets, scene.options.requests)?;
    let about =
        format!("Ours alone: {profiles} profiles, each with its own token, which the worker has verified before");
    let mut found = Found::new("JSON Web Tokens", about, &targets);
    found.compare("jwt hs256", "token", By::CpuRatio, None);
    found.compare("jwt rs256", "token", By::CpuRatio, Some(1.2));
    Ok(found)
}

fn bodies(scene: &mut Scene<'_>) -> Result<Vec<Found>> {
    let mut all = Vec::new();
    for (last, title, share) in [("10k", "Answers of 10 KiB", 2), ("1m", "Answers of 1 MiB", 50)] {
        scene.clear();
        let seed = scene.seed(Kind::Token, 1000.min(scene.options.profiles))?;
        let asked = Asked { last, ..FAST };
        let mut targets = vec![scene.ours(OURS, &seed, &asked)?];
        targets.extend(scene.peers(Duty::Checks, &seed, last));
        rounds(scene, &mut targets, (scene.options.requests / share).max(10))?;
        let about = format!("{} profiles, all checks, one log line per request", seed.profiles.len());
        let mut found = Found::new(title, about, &targets);
        compare_cpu(&mut found, OURS, &[]);
        all.push(found);
    }
    Ok(all)
}

fn http2(scene: &mut Scene<'_>) -> Result<Found> {
    let seed = scene.seed(Kind::Token, 1000.min(scene.options.profiles))?;
    let asked = Asked { wire: Wire::Secure, ..FAST };
    let mut targets = vec![scene.ours(OURS, &seed, &asked)?];
    targets.extend(scene.peers(Duty::Secure, &seed, FAST.last));
    rounds(scene, &mut targets, scene.options.requests / 2)?;
    let about = format!(
        "{} profiles, all checks, one log line per request; 8 connections with 8 streams each; HTTP/1.1 to the upstream",
        seed.profiles.len()
    );
    let mut found = Found::new("HTTP/2 on TLS", about, &targets);
    compare_cpu(&mut found, OURS, &[]);
    Ok(found)
}

fn latency(scene: &mut Scene<'_>) -> Result<Found> {
    let seed = scene.seed(Kind::Token, scene.options.profiles)?;
    let mut targets = vec![scene.direct(&seed, FAST.last), scene.ours(OURS, &seed, &FAST)?];
    targets.extend(scene.peers(Duty::Checks, &seed, FAST.last));
    let total = u32::try_from(scene.options.requests / 10).unwrap_or(u32::MAX).max(OPEN_RATE / 2);
    each_round(scene, &mut targets, Checks::EveryRound, |target, draw| {
        target.measured(|target| open_loop(target.address, &target.keys, draw, CONNECTIONS, (total, OPEN_RATE)))
    })?;
    let about = format!(
        "{OPEN_RATE} requests a second whatever the answers do, {total} in each round, {} profiles, all checks; the time of \
         an answer counts from when its request was due; direct: the same load straight at the upstream",
        seed.profiles.len()
    );
    let mut found = Found::new("Added latency", about, &targets);
    let names: Vec<String> = found.targets.iter().skip(1).map(|(name, _)| name.clone()).collect();
    for name in names {
        found.compare(&name, "direct", By::P99Difference, None);
    }
    // At most nginx's, or within what nginx itself differs by from round to round.
    let spread = found.rounds_of("nginx").and_then(|rounds| {
        Spread::of(rounds.iter().filter_map(|round| round.as_ref().ok()).map(|round| round.p99.as_secs_f64() * 1e6))
    });
    found.compare(OURS, "nginx", By::P99Difference, spread.map(|spread| spread.most - spread.median));
    Ok(found)
}

fn compare_cpu(found: &mut Found, ours: &str, goals: &[(&str, f64)]) {
    let names: Vec<String> = found.targets.iter().map(|(name, _)| name.clone()).collect();
    for name in names.iter().filter(|name| !name.starts_with(OURS)) {
        let goal = goals.iter().find(|(peer, _)| peer == name).map(|(_, goal)| *goal);
        found.compare(ours, name, By::CpuRatio, goal);
    }
}

fn rounds(scene: &Scene<'_>, targets: &mut [Target], requests: u64) -> Result<()> {
    each_round(scene, targets, Checks::EveryRound, |target, draw| target.round(requests, draw))
}

/// When the usage counts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checks {
    /// After every round.
    EveryRound,
    /// After the last one, for all rounds together.
    AtTheEnd,
}

/// Interleaved rounds: each target in turn, as often as there are rounds. Ours has each key called once before every
/// round, a peer before the first one. A void round is tried once more.
pub(super) fn each_round(
    scene: &Scene<'_>,
    targets: &mut [Target],
    checks: Checks,
    run: impl Fn(&mut Target, Draw) -> Result<Round>,
) -> Result<()> {
    for number in 0..scene.options.rounds {
        for target in &mut *targets {
            // All targets of a round get the same requests.
            let draw = Draw::new(u64::from(number) + 1);
            let mut attempt = || {
                let whole_pass = target.counts.is_some() || number == 0;
                let warmed = if whole_pass { target.pass() } else { target.warm(PEER_WARM, draw) };
                let round = warmed.and_then(|()| run(target, draw)).map_err(|error| format!("{error:#}"));
                show(number + 1, &target.name, &round);
                if round.is_err() {
                    target.recover()?;
                }
                Ok::<_, anyhow::Error>(round)
            };
            let mut round = attempt()?;
            if round.is_err() {
                round = attempt()?;
            }
            target.rounds.push(round);
            if checks == Checks::EveryRound || number + 1 == scene.options.rounds {
                target.check_counts()?;
            }
        }
    }
    Ok(())
}

/// Says what a round found.
fn show(number: u32, name: &str, round: &Result<Round, String>) {
    match round {
        Ok(round) => {
            let micros = |time: std::time::Duration| time.as_secs_f64() * 1e6;
            let (cpu, rate, p50, p99) = (round.cpu_us, round.rate, micros(round.p50), micros(round.p99));
            eprint!(
                "  round {number} {name:<28} {cpu:>7.2} us CPU  {rate:>7.0}/s  p50 {p50:>5.0} us  p99 {p99:>6.0} us"
            );
            for (thread, micros) in round.background.iter().filter(|(_, micros)| *micros >= 0.05) {
                eprint!("  {thread} {micros:.2}");
            }
            eprintln!();
        }
        Err(why) => eprintln!("  round {number} {name:<28} void: {why}"),
    }
}
