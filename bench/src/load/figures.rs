//! What a run of the driver found.

use std::time::Duration;

/// Counts and times of one run in which every answer was 200.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figures {
    /// Answers.
    pub(crate) answers: u64,
    /// Answers by the number of the key.
    pub(crate) by_key: Vec<u32>,
    /// From the first request to the last answer.
    pub(crate) elapsed: Duration,
    /// Median time of an answer.
    pub(crate) p50: Duration,
    /// 99 of 100 answers took no longer.
    pub(crate) p99: Duration,
}

impl Figures {
    /// Puts together what was noted of each answer.
    pub(super) fn of(mut times: Vec<u32>, by_key: Vec<u32>, elapsed: Duration) -> Self {
        times.sort_unstable();
        Self { answers: times.len() as u64, by_key, elapsed, p50: share(&times, 50), p99: share(&times, 99) }
    }

    /// Answers a second.
    pub(crate) fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "counts of answers are small")]
        let answers = self.answers as f64;
        answers / self.elapsed.as_secs_f64()
    }
}

/// The time within which so many of 100 answers came (nearest rank).
fn share(sorted: &[u32], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    Duration::from_nanos(sorted.get(rank - 1).copied().unwrap_or_default().into())
}

/// A time in nanoseconds, at most 4.29 s.
pub(super) fn nanos(time: Duration) -> u32 {
    u32::try_from(time.as_nanos()).unwrap_or(u32::MAX)
}
