//! Whether a worker keeps up, and how many requests it may hold if it does not.
//!
//! A worker runs one thing after another, so whatever wants to run waits for all that wanted to before it. A look every
//! 5 ms measures that wait, the *lag*, by how late it comes itself. The least lag of 200 ms is compared with a target:
//! a single stall (a processor that was taken away for a while) says nothing, a lag that never was lower is a queue. Then
//! the number of requests that may be in flight is cut by a quarter; while the lag is below half of the target it grows
//! again by a quarter, up to the configured bound. So the worker stays busy, and what it has taken on it finishes in time.
//!
//! A request for which there is no room is answered 503 before any check, and the answer is [held back](HOLD_BACK):
//! callers who come again at once could otherwise take the processor away from those who are served. Where more
//! connections are open than four times that number, the answer also closes its connection, and new ones wait in the
//! system's queue, where they cost nothing. Together that bounds what shedding costs: one short answer a second for each
//! of these connections, about a tenth of the worker's time.

use crate::worker_state::Worker;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Between two looks. Shorter than a process with a CPU quota runs at a time, so that being stopped is not taken for being
/// behind.
const LOOK: Duration = Duration::from_millis(5);
/// The same while there is nothing to do.
const IDLE_LOOK: Duration = Duration::from_millis(50);
/// Between two judgements.
const WINDOW: Duration = Duration::from_millis(200);
/// However far behind, so many requests may be in flight.
const LEAST_ROOM: usize = 64;
/// Connections for each request that may be in flight, when behind.
const CROWD: usize = 4;
/// How long the answer to a request that is shed is held back.
const HOLD_BACK: Duration = Duration::from_secs(1);

/// The room of one worker.
#[derive(Debug)]
pub(crate) struct Overload {
    target: Duration,
    /// The configured bound.
    most: usize,
    room: Cell<usize>,
    /// The least lag since the last judgement.
    least: Cell<Option<Duration>>,
    /// The most requests in flight since then.
    held: Cell<usize>,
}

impl Overload {
    /// `most` requests may be in flight while the lag is below `target`.
    pub(crate) fn new(most: usize, target: Duration) -> Self {
        Self { target, most, room: Cell::new(most), least: Cell::new(None), held: Cell::new(0) }
    }

    /// How many requests may be in flight now.
    pub(crate) fn room(&self) -> usize {
        self.room.get()
    }

    /// Whether fewer than configured may be: requests are shed because the worker is behind.
    pub(crate) fn is_behind(&self) -> bool {
        self.room.get() < self.most
    }

    /// Whether so many open connections are more than the worker can attend to.
    pub(crate) fn is_crowded(&self, connections: usize) -> bool {
        self.is_behind() && connections > self.room.get().saturating_mul(CROWD)
    }

    fn note(&self, lag: Duration, in_flight: usize) {
        self.held.set(self.held.get().max(in_flight));
        self.least.set(Some(self.least.get().map_or(lag, |least| least.min(lag))));
    }

    /// Says whether the worker has fallen behind with this judgement, or caught up.
    fn judge(&self) -> Option<Turn> {
        let lag = self.least.take()?;
        let held = self.held.take();
        let (room, was_behind) = (self.room.get(), self.is_behind());
        if lag >= self.target {
            let held = room.min(held);
            self.room.set((held - held / 4).max(LEAST_ROOM).min(room));
        } else if lag < self.target / 2 {
            self.room.set((room + room / 4 + 1).min(self.most));
        }
        match (was_behind, self.is_behind()) {
            (false, true) => Some(Turn::Behind(lag)),
            (true, false) => Some(Turn::CaughtUp),
            (true, true) | (false, false) => None,
        }
    }
}

/// A change for the log.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    Behind(Duration),
    CaughtUp,
}

/// Looks and judges as long as the worker runs.
pub(crate) async fn watch(worker: Rc<Worker>) {
    let mut judged = Instant::now();
    loop {
        let in_flight = worker.requests_in_flight();
        let is_idle = in_flight == 0 && !worker.overload().is_behind();
        let due = Instant::now() + if is_idle { IDLE_LOOK } else { LOOK };
        sleep_until(due).await;
        let now = Instant::now();
        let lag = now - due;
        worker.overload().note(lag, in_flight.max(worker.requests_in_flight()));
        worker.counts().note_lag(lag);
        if now - judged < WINDOW {
            continue;
        }
        judged = now;
        match worker.overload().judge() {
            Some(Turn::Behind(lag)) => {
                tracing::warn!(
                    lag_ms = u64::try_from(lag.as_millis()).unwrap_or(u64::MAX),
                    room = worker.overload().room(),
                    "a worker is behind: it sheds requests"
                );
            }
            Some(Turn::CaughtUp) => tracing::info!("a worker has caught up"),
            None => {}
        }
    }
}

/// Waits while the worker has more connections than it can attend to.
pub(crate) async fn crowd_is_gone(worker: &Worker) {
    while worker.is_crowded() {
        sleep_until(Instant::now() + LOOK).await;
    }
}

/// Waits before a request that is shed is answered; not while the worker is stopping.
pub(crate) async fn hold_back(worker: &Worker) {
    tokio::select! {
        () = sleep_until(Instant::now() + HOLD_BACK) => {}
        () = worker.stopping() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: Duration = Duration::from_millis(100);

    fn window(overload: &Overload, lags: &[u64], in_flight: usize) -> Option<Turn> {
        for lag in lags {
            overload.note(Duration::from_millis(*lag), in_flight);
        }
        overload.judge()
    }

    #[test]
    fn one_stall_says_nothing_and_a_standing_queue_does() {
        let overload = Overload::new(4096, TARGET);
        assert_eq!(window(&overload, &[5, 900, 900], 4000), None);
        assert_eq!(overload.room(), 4096);
        assert_eq!(window(&overload, &[110, 900, 100], 400), Some(Turn::Behind(TARGET)));
        assert_eq!(overload.room(), 300);
        assert_eq!(window(&overload, &[100], 300), None);
        assert_eq!(overload.room(), 225);
    }

    #[test]
    fn there_is_always_some_room_and_it_grows_back() {
        let overload = Overload::new(4096, TARGET);
        for _ in 0..100 {
            window(&overload, &[500], overload.room());
        }
        assert_eq!(overload.room(), LEAST_ROOM);
        window(&overload, &[60], 64);
        assert_eq!(overload.room(), LEAST_ROOM, "between half of the target and the target it stays");
        let mut turns = Vec::new();
        for _ in 0..100 {
            turns.extend(window(&overload, &[1], 64));
        }
        assert_eq!((overload.room(), overload.is_behind()), (4096, false));
        assert_eq!(turns, [Turn::CaughtUp]);
    }

    #[test]
    fn four_connections_for_each_request_are_a_crowd_only_when_behind() {
        let overload = Overload::new(4096, TARGET);
        assert!(!overload.is_crowded(1_000_000));
        window(&overload, &[500], 134);
        assert_eq!(overload.room(), 101);
        assert!(!overload.is_crowded(404) && overload.is_crowded(405));
    }

    #[test]
    fn a_small_bound_is_kept() {
        let overload = Overload::new(2, TARGET);
        assert_eq!(window(&overload, &[500], 2), None);
        assert_eq!(overload.room(), 2);
    }
}
