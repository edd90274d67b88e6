//! What the program wants of the workers: serve, pause, hand over, stop. One value for all of them; each follows it.
//!
//! A pause is the first half of a hand-over: a paused worker takes no new connections and lets the open ones end with
//! their next answer. It goes on as before if the other process does not come up.

use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// What a worker is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Take connections.
    Serving,
    /// Take none for now, and keep the sockets.
    Paused,
    /// Take none any more: another process does at these addresses.
    HandedOver(Arc<[SocketAddr]>),
    /// Stop gracefully.
    Stopping,
    /// End now.
    Cut,
}

/// The program's end.
#[derive(Debug)]
pub(crate) struct PhaseSetter {
    phase: watch::Sender<Phase>,
    /// Whether each worker has paused.
    paused: Vec<watch::Receiver<bool>>,
}

/// Cuts what is left of a gateway that is stopping or handed over.
#[derive(Debug, Clone)]
pub struct Cutter(watch::Sender<Phase>);

impl Cutter {
    /// Ends the workers now.
    pub fn cut(&self) {
        self.0.send_replace(Phase::Cut);
    }
}

/// A worker's end.
#[derive(Debug)]
pub(crate) struct Phases {
    phase: watch::Receiver<Phase>,
    paused: watch::Sender<bool>,
}

impl PhaseSetter {
    pub(crate) fn new() -> Self {
        Self { phase: watch::Sender::new(Phase::Serving), paused: Vec::new() }
    }

    /// The end of one more worker.
    pub(crate) fn follow(&mut self) -> Phases {
        let (paused, is_paused) = watch::channel(false);
        self.paused.push(is_paused);
        Phases { phase: self.phase.subscribe(), paused }
    }

    pub(crate) fn set(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// What cuts, for whoever waits for the end.
    pub(crate) fn cutter(&self) -> Cutter {
        Cutter(self.phase.clone())
    }

    /// Pauses, and waits until every worker has.
    pub(crate) async fn pause(&self) {
        self.set(Phase::Paused);
        for paused in &self.paused {
            let mut paused = paused.clone();
            // One that has ended takes no connections either.
            let _ended = paused.wait_for(|paused| *paused).await;
        }
    }
}

impl Phases {
    /// Waits for another phase than this one. Without a program there is nothing to serve for.
    pub(crate) async fn other_than(&mut self, known: &Phase) -> Phase {
        self.phase.wait_for(|phase| phase != known).await.map_or(Phase::Stopping, |phase| phase.clone())
    }

    /// Waits until everything is to end at once.
    pub(crate) async fn cut(&mut self) {
        if self.phase.wait_for(|phase| *phase == Phase::Cut).await.is_err() {
            // The program is gone: the drain limit holds.
            std::future::pending::<()>().await;
        }
    }

    /// Tells the program whether this worker has paused.
    pub(crate) fn tell(&self, paused: bool) {
        self.paused.send_replace(paused);
    }
}
