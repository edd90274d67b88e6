//! What a worker counts about itself, for metrics.
//!
//! Each number has one writer, its worker, so that counting costs a plain addition; anybody may read at any time. The
//! numbers of one reading need not belong together to the last request.

use crate::upstream::Upstreams;
use domain::denial::Denial;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A number with one writer.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    /// Adds to it. Only its worker may.
    pub(crate) fn add(&self, more: u64) {
        self.0.store(self.get().wrapping_add(more), Ordering::Relaxed);
    }

    /// Takes away from it. Only its worker may.
    pub(crate) fn take(&self, less: u64) {
        self.0.store(self.get().saturating_sub(less), Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What one worker counts.
#[derive(Debug)]
pub(crate) struct Counts {
    /// Open connections of callers.
    pub(crate) connections: Count,
    /// Requests that are not answered to their end.
    pub(crate) in_flight: Count,
    /// Connections that were accepted.
    pub(crate) accepted: Count,
    /// Connections that could not be accepted.
    pub(crate) accept_failures: Count,
    /// Connections that were turned away because there were too many.
    pub(crate) turned_away: Count,
    /// Connections that ended before HTTP began on them: TLS handshake or PROXY header.
    pub(crate) handshake_failures: Count,
    /// Requests that were shed because the worker was behind.
    pub(crate) shed: Count,
    /// Requests that panicked.
    pub(crate) panics: Count,
    /// Lines of the access log that were dropped because its writer was behind.
    pub(crate) access_log_dropped: Count,
    /// The last delay between a wish to run and running, in microseconds.
    pub(crate) lag_micros: Count,
    /// Answers by the hundreds of their status, 1xx to 5xx.
    classes: [Count; 5],
    /// Refused requests by reason, in the order of [`Denial::ALL`].
    refused: Box<[Count]>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            connections: Count::default(),
            in_flight: Count::default(),
            accepted: Count::default(),
            accept_failures: Count::default(),
            turned_away: Count::default(),
            handshake_failures: Count::default(),
            shed: Count::default(),
            panics: Count::default(),
            access_log_dropped: Count::default(),
            lag_micros: Count::default(),
            classes: Default::default(),
            refused: Denial::ALL.iter().map(|_| Count::default()).collect(),
        }
    }
}

impl Counts {
    /// Counts an answer.
    pub(crate) fn count_answer(&self, status: u16, denial: Option<Denial>) {
        if let Some(class) = self.classes.get(usize::from(status / 100).wrapping_sub(1)) {
            class.add(1);
        }
        if let Some(denial) = denial
            && let Some(refused) = self.refused.get(denial as usize)
        {
            refused.add(1);
        }
    }

    /// Keeps the last lag.
    pub(crate) fn note_lag(&self, lag: Duration) {
        self.lag_micros.0.store(u64::try_from(lag.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn read(&self) -> WorkerCounts {
        let mut answers = [0; 5];
        for (to, class) in answers.iter_mut().zip(&self.classes) {
            *to = class.get();
        }
        WorkerCounts {
            connections: self.connections.get(),
            in_flight: self.in_flight.get(),
            accepted: self.accepted.get(),
            accept_failures: self.accept_failures.get(),
            turned_away: self.turned_away.get(),
            handshake_failures: self.handshake_failures.get(),
            shed: self.shed.get(),
            panics: self.panics.get(),
            access_log_dropped: self.access_log_dropped.get(),
            lag_micros: self.lag_micros.get(),
            answers,
            refused: Denial::ALL.iter().copied().zip(self.refused.iter().map(Count::get)).collect(),
        }
    }
}

/// What one worker has counted since it started.
#[derive(Debug, Clone)]
pub struct WorkerCounts {
    /// Open connections of callers.
    pub connections: u64,
    /// Requests that are not answered to their end.
    pub in_flight: u64,
    /// Connections that were accepted.
    pub accepted: u64,
    /// Connections that could not be accepted.
    pub accept_failures: u64,
    /// Connections that were turned away because there were too many.
    pub turned_away: u64,
    /// Connections that ended before HTTP began on them: TLS handshake or PROXY header.
    pub handshake_failures: u64,
    /// Requests that were shed because the worker was behind.
    pub shed: u64,
    /// Requests that panicked.
    pub panics: u64,
    /// Lines of the access log that were dropped because its writer was behind.
    pub access_log_dropped: u64,
    /// The last delay between a wish to run and running, in microseconds.
    pub lag_micros: u64,
    /// Answers by the hundreds of their status, 1xx to 5xx.
    pub answers: [u64; 5],
    /// Refused requests by reason.
    pub refused: Vec<(Denial, u64)>,
}

/// Reads what the workers counted. Cheap to clone; goes on reading the last numbers after the workers ended.
#[derive(Debug, Clone)]
pub struct GatewayCounts {
    workers: Arc<[Arc<Counts>]>,
    upstreams: Arc<Upstreams>,
}

impl GatewayCounts {
    pub(crate) fn new(workers: Vec<Arc<Counts>>, upstreams: Arc<Upstreams>) -> Self {
        Self { workers: workers.into(), upstreams }
    }

    /// What each worker has counted.
    pub fn read(&self) -> Vec<WorkerCounts> {
        self.workers.iter().map(|counts| counts.read()).collect()
    }

    /// What befell requests to upstreams, on all workers, by kind.
    pub fn upstreams(&self) -> [(&'static str, u64); 7] {
        let counts = self.upstreams.counts();
        [
            ("connect_failure", counts.connect_failures.get()),
            ("timeout", counts.timeouts.get()),
            ("reset", counts.resets.get()),
            ("resent", counts.resent.get()),
            ("set_aside", counts.set_aside.get()),
            ("unfit", counts.unfit.get()),
            ("full", counts.full.get()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_class_and_reason() {
        let counts = Arc::new(Counts::default());
        counts.count_answer(204, None);
        counts.count_answer(503, Some(Denial::Overloaded));
        counts.count_answer(503, Some(Denial::Overloaded));
        counts.count_answer(0, None);
        counts.count_answer(600, None);
        let worker = counts.read();
        assert_eq!(worker.answers, [0, 1, 0, 0, 2]);
        let refused: Vec<_> = worker.refused.iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(refused, [&(Denial::Overloaded, 2)]);
        for (at, denial) in Denial::ALL.iter().enumerate() {
            assert_eq!(*denial as usize, at, "the order of the variants is that of the list");
        }
    }
}
