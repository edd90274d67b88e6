//! One line per step: a spinner with the elapsed time on a terminal, plain lines elsewhere.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::clock::{Stopwatch, in_words};

/// How often a plain log says that a step is still running.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// A step under way.
pub(crate) struct Step {
    name: String,
    since: Stopwatch,
    bar: Option<ProgressBar>,
    said: Duration,
}

impl Step {
    /// Begins a step and shows it.
    pub(crate) fn begin(name: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} [{elapsed}] {wide_msg:.dim}") {
                bar.set_style(style);
            }
            bar.set_prefix(name.to_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if bar.is_none() {
            eprintln!("-> {name}");
        }
        Self { name: name.to_owned(), since: Stopwatch::start(), bar, said: Duration::ZERO }
    }

    /// What the step is doing now: live on a terminal, now and then in a log.
    pub(crate) fn now(&mut self, activity: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(activity.to_owned());
        } else if self.since.elapsed().saturating_sub(self.said) >= HEARTBEAT {
            self.said = self.since.elapsed();
            eprintln!("   {} still running after {}: {activity}", self.name, in_words(self.said));
        }
    }

    /// Ends the step well; `detail` may be empty.
    pub(crate) fn done(self, detail: &str) {
        self.end("ok    ", detail);
    }

    /// Ends the step badly.
    pub(crate) fn failed(self, detail: &str) {
        self.end("FAILED", detail);
    }

    /// The step was left out, and why.
    pub(crate) fn skipped(self, reason: &str) {
        self.end("skip  ", reason);
    }

    fn end(self, mark: &str, detail: &str) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let colon = if detail.is_empty() { "" } else { ": " };
        eprintln!("{mark} {} ({}){colon}{detail}", self.name, in_words(self.since.elapsed()));
    }
}
