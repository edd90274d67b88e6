//! What many profiles cost: processor time, memory, time to start, one change.

use super::ratio::Spread;
use super::scene::{FAST, Scene};
use super::seed::{Kind, SeededProfile};
use super::series::{By, Checks, Comparison, Found, each_round};
use super::target::Target;
use crate::clock;
use anyhow::{Context as _, Result};

/// Sizes that are compared; the largest is an option.
const SIZES: [usize; 3] = [1, 1000, 100_000];
/// Changes that are timed.
const CHANGES: usize = 20;

/// Runs servers of all sizes side by side.
pub(crate) fn scale(scene: &mut Scene<'_>) -> Result<Found> {
    let largest = scene.options.largest;
    let sizes: Vec<usize> = SIZES.into_iter().filter(|size| *size < largest).chain([largest]).collect();
    let mut targets = Vec::new();
    let mut facts = Vec::new();
    let mut idle = Vec::new();
    for size in &sizes {
        let seed = scene.seed(Kind::Token, *size)?;
        let start = clock::now();
        let target = scene.ours(&name(*size), &seed, &FAST)?;
        facts.push(fact(format!("start with {size} profiles, to ready"), start.elapsed().as_secs_f64(), "s", None));
        idle.push(resident(&target));
        targets.push(target);
    }
    each_round(scene, &mut targets, Checks::AtTheEnd, |target, draw| target.round(scene.options.requests, draw))?;
    let base = idle.first().copied().unwrap_or_default();
    for ((size, idle), target) in sizes.iter().zip(&idle).zip(&targets).filter(|((size, _), _)| **size >= 1000) {
        #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
        let profiles = *size as f64;
        let goal = (*size == 1_000_000).then_some(600.0);
        facts.push(fact(format!("memory of an idle profile of {size}"), (idle - base) / profiles, "bytes", goal));
        let more = (resident(target) - idle) / profiles;
        facts.push(fact(format!("more memory once called, of {size}"), more, "bytes", goal));
    }
    for (size, target) in sizes.iter().zip(&targets) {
        facts.push(change(*size, target)?);
    }
    let about = "Ours alone: the same requests with ever more profiles. Memory is that of the whole process over that with one \
                 profile; it includes what loading left behind. A change is a profile switched off and on: the whole management \
                 call, from the request to the answer, which comes after the last worker has the change"
        .to_owned();
    let mut found = Found::new("Scale", about, &targets);
    if sizes.contains(&1000) && largest > 1000 {
        found.compare(&name(largest), &name(1000), By::CpuRatio, Some(1.15));
    }
    found.comparisons.extend(facts);
    Ok(found)
}

fn name(size: usize) -> String {
    format!("{size} profiles")
}

/// A single value in the form of a comparison.
fn fact(what: String, value: f64, unit: &'static str, goal: Option<f64>) -> Comparison {
    Comparison { what, found: Spread::of([value]), unit, goal }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn resident(target: &Target) -> f64 {
    target.process.as_ref().map_or(0.0, |process| process.resident_bytes() as f64)
}

/// Times changes of one profile through the management API.
fn change(size: usize, target: &Target) -> Result<Comparison> {
    let (seed, expected) = target.counts.as_ref().context("not ours")?;
    let SeededProfile { client, id, .. } = seed.profiles.last().context("no profile")?;
    let mut times = Vec::new();
    for number in 0..CHANGES {
        let verb = if number % 2 == 0 { "disable" } else { "enable" };
        let start = clock::now();
        expected.management().put(&format!("/api/v2/api_clients/{client}/api_keys/{id}/{verb}"))?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(Comparison {
        what: format!("one change among {size} profiles"),
        found: Spread::of(times),
        unit: "ms",
        goal: None,
    })
}
