//! Keeps the certificates of the gateway's listeners fresh: their files are looked at every few seconds, and on SIGHUP.

use gateway::Certificates;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(5);

/// Runs until it is aborted. SIGHUP is taken even without certificates: it must not end the program.
pub(crate) async fn keep_fresh(certificates: Certificates) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut hang_up = match signal(SignalKind::hangup()) {
        Ok(hang_up) => hang_up,
        Err(error) => {
            tracing::error!(%error, "cannot listen for SIGHUP: certificates are not read again");
            return;
        }
    };
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = hang_up.recv() => {}
        }
        if certificates.are_any() {
            let certificates = certificates.clone();
            if tokio::task::spawn_blocking(move || certificates.look_again()).await.is_err() {
                tracing::error!("looking at the certificates failed");
            }
        }
    }
}
