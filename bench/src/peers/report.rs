//! The report: a page to read and the same as JSON.

use super::ratio::Spread;
use super::scene::Scene;
use super::series::{Comparison, Found};
use super::target::Round;
use super::{machine, peer};
use crate::clock;
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Everything that is written down.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    /// Facts of the run, each a name and a text.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// What each peer does and cannot do.
    pub(crate) peers: Vec<PeerFacts>,
    /// What was not started.
    pub(crate) missing: Vec<String>,
    /// The series.
    pub(crate) found: Vec<Found>,
}

/// A peer in the report.
#[derive(Debug, Clone)]
pub(crate) struct PeerFacts {
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) same: String,
    pub(crate) cannot: String,
}

impl Report {
    /// Puts together what is known.
    pub(crate) fn new(scene: &Scene<'_>, found: Vec<Found>) -> Self {
        let options = scene.options;
        let ours = Command::new(&options.portcullis).arg("--version").stdin(Stdio::null()).output();
        let ours = ours.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
        let log = if scene.access_log {
            "on, one line per request"
        } else {
            "not in this build: ours writes no line, the peers do"
        };
        let facts = vec![
            ("date", clock::date()),
            ("command", options.command_line.clone()),
            ("portcullis", ours),
            ("access log of ours", log.to_owned()),
            ("processor", format!("{}, {} cores", machine::processor(), machine::cores())),
            ("kernel", machine::kernel()),
            ("load at the end", machine::load()),
            ("rounds", options.rounds.to_string()),
            ("requests of a round", options.requests.to_string()),
            ("profiles", options.profiles.to_string()),
        ];
        let peers = scene.peers.iter().map(|peer| PeerFacts {
            title: peer.title().to_owned(),
            version: peer::program_of(*peer, &options.program)
                .map_or_else(String::new, |program| peer.version(program)),
            same: peer.said("SAME"),
            cannot: peer.said("CANNOT"),
        });
        Self { facts, peers: peers.collect(), missing: scene.missing.clone(), found }
    }

    /// Writes `peers.md` and `peers.json`.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let json = serde_json::to_string_pretty(&self.json()).context("write JSON")?;
        std::fs::write(folder.join("peers.json"), json + "\n").context("write peers.json")?;
        std::fs::write(folder.join("peers.md"), self.page()).context("write peers.md")
    }

    /// The page.
    pub(crate) fn page(&self) -> String {
        let mut page = String::from(INTRODUCTION);
        for (name, text) in &self.facts {
            let _ = writeln!(page, "- {name}: {text}");
        }
        page.push_str("\n## Goals\n\n");
        page.push_str(&self.goals());
        for found in &self.found {
            let _ = write!(page, "\n## {}\n\n{}.\n\n", found.title, found.about);
            page.push_str(&figures(found));
            if !found.comparisons.is_empty() {
                page.push_str(
                    "\n| compared, round by round | median | least - most | rounds |\n| --- | ---: | ---: | ---: |\n",
                );
                for comparison in &found.comparisons {
                    let _ = writeln!(page, "{}", row(comparison));
                }
            }
            for (name, rounds) in &found.targets {
                for why in rounds.iter().filter_map(|round| round.as_ref().err()) {
                    let _ = writeln!(page, "\nVoid round of {name}: {why}.");
                }
            }
        }
        page.push_str("\n## What the peers do\n");
        for peer in &self.peers {
            let _ = write!(
                page,
                "\n**{}**, {}. The same: {}. It cannot: {}.\n",
                peer.title, peer.version, peer.same, peer.cannot
            );
        }
        for missing in &self.missing {
            let _ = write!(page, "\n**Missing**: {missing}.\n");
        }
        page
    }

    /// The comparisons with a goal, as a table.
    pub(crate) fn goals(&self) -> String {
        let mut table =
            String::from("| goal | wanted | found | least - most | |\n| --- | ---: | ---: | ---: | --- |\n");
        for found in &self.found {
            for comparison in &found.comparisons {
                let Some(goal) = comparison.goal else { continue };
                let unit = spaced(comparison.unit);
                let (median, spread, met) = match comparison.found {
                    Some(spread) => (
                        format!("{:.2}{unit}", spread.median),
                        format!("{:.2} - {:.2}", spread.least, spread.most),
                        if spread.median <= goal { "met" } else { "**missed**" },
                    ),
                    None => ("-".to_owned(), "-".to_owned(), "not measured"),
                };
                let _ = writeln!(
                    table,
                    "| {}: {} | at most {goal:.2}{unit} | {median} | {spread} | {met} |",
                    found.title, comparison.what
                );
            }
        }
        table
    }

    /// The date, the machine, goals and figures, for the manual.
    pub(crate) fn tables(&self) -> String {
        let fact = |wanted: &str| self.facts.iter().find(|(name, _)| *name == wanted).map_or("", |(_, text)| text);
        let mut text = format!(
            "Run of {}: {}, kernel {}, `{}`.\n\n{}",
            fact("date"),
            fact("processor"),
            fact("kernel"),
            fact("command"),
            self.goals()
        );
        for found in &self.found {
            let _ = write!(text, "\n## {}\n\n{}.\n\n{}", found.title, found.about, figures(found));
        }
        text
    }

    /// What is printed at the end.
    pub(crate) fn summary(&self) -> String {
        let mut text = String::new();
        for found in &self.found {
            let _ = write!(text, "\n{}\n{}", found.title, figures(found));
            for comparison in &found.comparisons {
                let _ = writeln!(text, "{}", row(comparison));
            }
        }
        for missing in &self.missing {
            let _ = writeln!(text, "missing: {missing}");
        }
        text
    }

    /// All figures.
    pub(crate) fn json(&self) -> Value {
        let facts: serde_json::Map<String, Value> =
            self.facts.iter().map(|(name, text)| (name.replace(' ', "_"), json!(text))).collect();
        let peers = self
            .peers
            .iter()
            .map(|peer| json!({"name": peer.title, "version": peer.version, "same": peer.same, "cannot": peer.cannot}));
        let series = self.found.iter().map(|found| {
            let targets = found.targets.iter().map(
                |(name, rounds)| json!({"name": name, "rounds": rounds.iter().map(round_json).collect::<Vec<_>>()}),
            );
            let comparisons = found.comparisons.iter().map(|comparison| {
                json!({
                    "what": comparison.what, "unit": comparison.unit, "goal": comparison.goal,
                    "median": comparison.found.map(|spread| spread.median),
                    "least": comparison.found.map(|spread| spread.least),
                    "most": comparison.found.map(|spread| spread.most),
                })
            });
            json!({
                "title": found.title, "about": found.about,
                "targets": targets.collect::<Vec<_>>(), "comparisons": comparisons.collect::<Vec<_>>(),
            })
        });
        json!({
            "facts": facts, "peers": peers.collect::<Vec<_>>(), "missing": self.missing,
            "series": series.collect::<Vec<_>>(),
        })
    }
}

const INTRODUCTION: &str = "\
# Portcullis beside other proxies

Times depend on the machine; what counts are the ratios of one run, taken round by round. Each proxy has one worker on core 0,
driver and upstream are on core 1. CPU is that of all threads of a proxy's processes, by the scheduler's clock, divided by the
answers; background is the part of threads that serve no requests, and what they do until they are quiet, at most five
seconds after a round, is counted; the return of leases that idle for a minute comes later and is not. After every round of ours (scale: after the last) the usage counts of all profiles were compared with the
driver's answers: equal, or the run would have ended with an error.

";

/// The figures of a series as a table.
fn figures(found: &Found) -> String {
    let mut table = String::from(
        "| | CPU us per request | least - most | of it background | requests/s | p50 us | p99 us | memory MiB |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for (name, rounds) in &found.targets {
        let good = || rounds.iter().filter_map(|round| round.as_ref().ok());
        let spread = |value: &dyn Fn(&Round) -> f64| Spread::of(good().map(value));
        let median = |value: &dyn Fn(&Round) -> f64| spread(value).map_or(0.0, |spread| spread.median);
        let Some(cpu) = spread(&|round| round.cpu_us) else {
            let _ = writeln!(table, "| {name} | void | | | | | | |");
            continue;
        };
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let memory = median(&|round| round.resident as f64 / 1_048_576.0);
        let _ = writeln!(
            table,
            "| {name} | {:.2} | {:.2} - {:.2} | {:.2} | {:.0} | {:.0} | {:.0} | {memory:.0} |",
            cpu.median,
            cpu.least,
            cpu.most,
            median(&|round| round.background_us),
            median(&|round| round.rate),
            median(&|round| round.p50.as_secs_f64() * 1e6),
            median(&|round| round.p99.as_secs_f64() * 1e6),
        );
    }
    table
}

fn row(comparison: &Comparison) -> String {
    let unit = spaced(comparison.unit);
    match comparison.found {
        Some(Spread { median, least, most, count }) => {
            format!("| {} | {median:.3}{unit} | {least:.3} - {most:.3} | {count} |", comparison.what)
        }
        None => format!("| {} | not measured | | 0 |", comparison.what),
    }
}

fn spaced(unit: &str) -> String {
    if unit.is_empty() { String::new() } else { format!(" {unit}") }
}

fn round_json(round: &Result<Round, String>) -> Value {
    match round {
        Ok(round) => json!({
            "cpu_us": round.cpu_us, "background_us": round.background_us, "background_threads": threads_json(&round.background), "coarse_cpu_us": round.coarse_us,
            "requests_per_second": round.rate, "p50_us": round.p50.as_secs_f64() * 1e6,
            "p99_us": round.p99.as_secs_f64() * 1e6, "resident_bytes": round.resident, "answers": round.answers,
        }),
        Err(why) => json!({"void": why}),
    }
}

fn threads_json(threads: &[(String, f64)]) -> Value {
    threads.iter().map(|(name, micros)| (name.clone(), json!(micros))).collect::<serde_json::Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::series::By;
    use std::time::Duration;

    fn round(cpu_us: f64) -> Round {
        Round {
            cpu_us,
            background_us: 0.25,
            background: vec![("quota".to_owned(), 0.25)],
            coarse_us: cpu_us,
            rate: 50_000.0,
            p50: Duration::from_micros(900),
            p99: Duration::from_micros(2100),
            resident: 64 * 1_048_576,
            answers: 1000,
        }
    }

    fn report() -> Report {
        let mut found = Found {
            title: "All checks".to_owned(),
            about: "About it".to_owned(),
            targets: vec![
                ("portcullis".to_owned(), [15.0, 16.0, 14.0].map(round).map(Ok).into()),
                ("nginx".to_owned(), vec![Ok(round(20.0)), Err("an answer 502".to_owned()), Ok(round(20.0))]),
                ("haproxy".to_owned(), [20.0; 3].map(round).map(Ok).into()),
            ],
            comparisons: Vec::new(),
        };
        found.compare("portcullis", "nginx", By::CpuRatio, Some(0.8));
        found.compare("portcullis", "haproxy", By::CpuRatio, Some(0.7));
        found.compare("portcullis", "envoy", By::CpuRatio, Some(0.3));
        Report {
            facts: vec![("date", "today".to_owned()), ("command", "cargo xtask bench --peers".to_owned())],
            peers: Vec::new(),
            missing: vec!["Envoy: not started".to_owned()],
            found: vec![found],
        }
    }

    #[test]
    fn goals_are_judged_by_the_median_of_paired_ratios() {
        let goals = report().goals();
        // 15/20 and 14/20; the round in which the answer was 502 does not count.
        assert!(
            goals.contains("| All checks: portcullis / nginx | at most 0.80 | 0.72 | 0.70 - 0.75 | met |"),
            "{goals}"
        );
        assert!(
            goals.contains("| All checks: portcullis / haproxy | at most 0.70 | 0.75 | 0.70 - 0.80 | **missed** |"),
            "{goals}"
        );
        assert!(!goals.contains("envoy"), "what was not measured is not compared: {goals}");
    }

    #[test]
    fn the_page_says_what_is_missing_and_which_rounds_are_void() {
        let page = report().page();
        for wanted in [
            "- date: today\n",
            "| portcullis | 15.00 | 14.00 - 16.00 | 0.25 | 50000 | 900 | 2100 | 64 |",
            "Void round of nginx: an answer 502.",
            "**Missing**: Envoy: not started.",
        ] {
            assert!(page.contains(wanted), "{wanted}: {page}");
        }
        assert!(report().tables().contains("Run of today"));
    }

    #[test]
    fn the_json_holds_every_round() {
        let json = report().json();
        assert_eq!(json["series"][0]["targets"][1]["rounds"][1]["void"], "an answer 502");
        assert_eq!(json["series"][0]["targets"][0]["rounds"][2]["cpu_us"], 14.0);
        assert_eq!(json["series"][0]["comparisons"][0]["goal"], 0.8);
    }
}
