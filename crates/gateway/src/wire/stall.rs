//! How long a peer may be behind with taking what is written: the limit once, and as long again as it takes for what it
//! took. One that reads a byte now and then would hold its connection for ever otherwise.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// How long each byte may take, on average: 128 bytes a second.
const NANOS_PER_BYTE: u64 = 1_000_000_000 / 128;

/// A peer that is behind, or was.
pub(super) struct Stall {
    limit: Duration,
    /// How long it may still be waited for in all.
    left: Duration,
    /// Since when it is waited for.
    since: Option<Instant>,
    timer: Pin<Box<Sleep>>,
}

impl Stall {
    /// The peer is behind from now on.
    pub(super) fn new(limit: Duration) -> Self {
        let now = Instant::now();
        Self { limit, left: limit, since: Some(now), timer: Box::pin(sleep_until(now + limit)) }
    }

    /// It took so much. Says whether it is as if it had never been behind.
    pub(super) fn took(&mut self, bytes: usize) -> bool {
        self.took_at(Instant::now(), bytes)
    }

    fn took_at(&mut self, now: Instant, bytes: usize) -> bool {
        if let Some(since) = self.since.take() {
            self.left = self.left_at(now - since);
        }
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let earned = Duration::from_nanos(bytes.saturating_mul(NANOS_PER_BYTE));
        self.left = self.left.saturating_add(earned).min(self.limit);
        self.left == self.limit
    }

    /// What is left after it was waited for so long.
    fn left_at(&self, waited: Duration) -> Duration {
        self.left.saturating_sub(waited)
    }

    /// Ready once it was waited for too long.
    pub(super) fn poll_given_up(&mut self, ctx: &mut Context<'_>) -> Poll<()> {
        if self.since.is_none() {
            let now = Instant::now();
            self.since = Some(now);
            self.timer.as_mut().reset(now + self.left);
        }
        self.timer.as_mut().poll(ctx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(8);

    /// Whether a peer that takes so many bytes each second is still waited for after 100 seconds.
    fn lasts(bytes: usize) -> bool {
        let second = Duration::from_secs(1);
        let mut now = Instant::now();
        let mut stall = Stall::new(LIMIT);
        for _ in 0..100 {
            if stall.left_at(second) == Duration::ZERO {
                return false;
            }
            stall.since = Some(now);
            now += second;
            stall.took_at(now, bytes);
        }
        true
    }

    #[tokio::test]
    async fn a_peer_that_takes_a_byte_now_and_then_is_given_up_and_a_slow_one_is_not() {
        assert_eq!([0, 1, 100, 128, 1000].map(lasts), [false, false, false, true, true]);
    }

    #[tokio::test]
    async fn waiting_ends_also_for_one_that_took_something() {
        let mut stall = Stall::new(Duration::from_millis(20));
        assert!(!stall.took(0));
        std::future::poll_fn(|ctx| stall.poll_given_up(ctx)).await;
    }

    #[tokio::test]
    async fn who_has_caught_up_has_the_whole_limit_again() {
        let mut stall = Stall::new(LIMIT);
        let start = Instant::now();
        stall.since = Some(start);
        assert!(!stall.took_at(start + Duration::from_secs(7), 128));
        assert_eq!(stall.left, Duration::from_secs(2));
        assert!(stall.took_at(start + Duration::from_secs(7), 64 * 1024));
    }
}
