//! How a node ends: stopped, or after another process has taken over.

use super::node::Node;
use super::stop_signal::StopSignal;
use crate::takeover::Departure;
use crate::{access_log, housekeeping, rate_windows};
use gateway::GatewayHandle;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use usage::Totals;

/// For what the workers counted last to be merged.
const MERGED_WITHIN: Duration = Duration::from_secs(2);
/// Between two reports of calls to the process that took over.
const REPORT_EVERY: Duration = Duration::from_secs(1);
/// For open answers, after the process that took over is gone: the next one waits for the lock of the data directory.
const ALONE_FOR: Duration = Duration::from_secs(5);

impl Node {
    /// Stops: the gateway drains, then the management side ends; rate windows are saved and leases given back.
    pub(super) async fn stop(self) {
        tracing::info!("stopping");
        let Self {
            data_dir,
            duties,
            store,
            counts,
            gateway,
            management,
            control,
            counting,
            housekeeping,
            access_log,
            ..
        } = self;
        gateway.shutdown();
        ended(gateway).await;
        access_log::flush(access_log).await;
        management.finish().await;
        drop(control);
        housekeeping.abort();
        merged(counting).await;
        let (path, directory) = (data_dir.path().to_owned(), duties.directory.load_full());
        let saved = tokio::task::spawn_blocking(move || rate_windows::save(&path, &directory)).await;
        if let Err(error) = saved.map_err(anyhow::Error::from).and_then(|saved| saved.map_err(Into::into)) {
            tracing::error!(%error, "rate windows cannot be saved: they start empty");
        }
        duties.quotas.shutdown().await;
        counts.close().await;
        housekeeping::note_last_use(&store, &duties.totals).await;
        store.close().await;
        tracing::info!("stopped");
    }

    /// Ends what another process has taken over: open connections are served to their end, at most for as long as at a
    /// stop, and what they count is reported.
    pub(super) async fn drain(self, departure: Departure, mut stop: StopSignal) {
        tracing::info!("another process has taken over: draining");
        let Self {
            data_dir,
            duties,
            neighbour,
            store,
            counts,
            gateway,
            management,
            mut control,
            counting,
            access_log,
            ..
        } = self;
        control.leave_file();
        drop(control);
        if let Err(error) = duties.quotas.recall_all().await {
            tracing::error!(%error, "unused leases stay open until the end");
        }
        drained(gateway, &departure, &duties.totals, &mut stop).await;
        access_log::flush(access_log).await;
        management.finish().await;
        merged(counting).await;
        if departure.link.is_gone() {
            housekeeping::note_last_use(&store, &duties.totals).await;
        } else {
            departure.link.report(&duties.totals.take_all()).await;
        }
        duties.quotas.shutdown().await;
        neighbour.clear();
        departure.close().await;
        counts.close().await;
        store.close().await;
        drop(data_dir);
        tracing::info!("stopped");
    }

    /// Ends what never took over: the other process goes on.
    pub(super) async fn abandon(self) {
        let Self { duties, neighbour, counts, gateway, management, .. } = self;
        duties.feed.let_go_of_copy();
        gateway.shutdown();
        ended(gateway).await;
        management.finish().await;
        neighbour.clear();
        duties.quotas.shutdown().await;
        counts.close().await;
    }
}

/// Waits until the gateway's workers have ended, and reports what they count meanwhile.
async fn drained(gateway: GatewayHandle, departure: &Departure, totals: &Totals, stop: &mut StopSignal) {
    let cutter = gateway.cutter();
    let mut ticks = interval(REPORT_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut ending = std::pin::pin!(ended(gateway));
    let mut left_alone = std::pin::pin!(async {
        departure.link.gone().await;
        sleep(ALONE_FOR).await;
    });
    let mut is_cut = false;
    loop {
        tokio::select! {
            () = &mut ending => return,
            _ = ticks.tick(), if !departure.link.is_gone() => departure.link.report(&totals.take_all()).await,
            () = &mut left_alone, if !is_cut => {
                tracing::warn!("the process that took over is gone: cutting what is left");
                is_cut = true;
                cutter.cut();
            }
            () = stop.wait() => cutter.cut(),
        }
    }
}

/// Waits until the gateway's workers have ended.
async fn ended(gateway: GatewayHandle) {
    if tokio::task::spawn_blocking(move || gateway.join()).await.is_err() {
        tracing::error!("waiting for the gateway workers failed");
    }
}

/// Waits until what the workers counted is merged.
async fn merged(counting: JoinHandle<()>) {
    if timeout(MERGED_WITHIN, counting).await.is_err() {
        tracing::warn!("what was counted last is not merged");
    }
}
