//! Serving, until it is told to stop or another process has taken over.

use super::node::{Node, do_chores};
use super::stop_signal::StopSignal;
use crate::control::{Reply, send_reply};
use crate::rate_windows;
use crate::takeover::{self, Asked, Departure, Files, Ready};
use anyhow::Context as _;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// For the process that this one took over from to end, before the next one may take over. Longer than it drains.
const FORMER_ENDS_WITHIN: Duration = Duration::from_secs(45);

impl Node {
    /// Serves to the end of this process's part.
    pub(super) async fn run(mut self, mut stop: StopSignal) {
        // The one place is taken while a new process prepares itself.
        let (place, mut prepared) = mpsc::channel(1);
        loop {
            tokio::select! {
                () = stop.wait() => return self.stop().await,
                Some(asked) = self.takeovers.recv() => self.offer(asked, &place),
                Some(ready) = prepared.recv() => {
                    if let Some(departure) = self.hand_over(ready).await {
                        return self.drain(departure, stop).await;
                    }
                }
            }
        }
    }

    /// Lets a new process prepare itself, while this one serves.
    fn offer(&self, asked: Asked, place: &mpsc::Sender<Ready>) {
        let Ok(place) = place.clone().try_reserve_owned() else {
            tokio::spawn(refuse(asked, "another process is about to take over"));
            return;
        };
        let (neighbour, sockets, management) =
            (self.neighbour.clone(), self.gateway.sockets(), self.management.listener());
        let copies = self.data_dir.copy_of_lock().and_then(|lock| Ok((lock, self.control.copy()?)));
        let files = move || {
            let (lock, control) = copies.context("cannot copy the lock or the control socket")?;
            let management = management.upgrade().context("the server is stopping")?;
            let gateway =
                sockets.open().iter().map(|socket| socket.as_fd().try_clone_to_owned()).collect::<Result<_, _>>();
            let gateway: Vec<OwnedFd> = gateway.context("cannot copy the gateway's sockets")?;
            let management = management.as_fd().try_clone_to_owned().context("cannot copy the management listener")?;
            anyhow::Ok(Files { lock, control, management, gateway })
        };
        tokio::spawn(async move {
            if let Some(link) = neighbour.link()
                && timeout(FORMER_ENDS_WITHIN, link.gone()).await.is_err()
            {
                return refuse(asked, "the process before the running one has not ended yet").await;
            }
            match takeover::offer(asked, files).await {
                Ok(ready) => drop(place.send(ready)),
                Err(error) => tracing::warn!(error = format!("{error:#}"), "a process did not take over"),
            }
        });
    }

    /// Pauses, gives the rate windows away, and waits until the new process serves. `None`: it did not, and this one
    /// goes on as before.
    async fn hand_over(&mut self, ready: Ready) -> Option<Departure> {
        tracing::info!("a new process is prepared: handing over");
        self.management.pause();
        self.control.pause();
        self.housekeeping.abort();
        self.duties.feed.let_go_of_copy();
        self.gateway.pause().await;
        let mut departure = ready.link(self.duties.clone());
        self.neighbour.set(&departure.link);
        let directory = self.duties.directory.load_full();
        let given = match tokio::task::spawn_blocking(move || rate_windows::collect(&directory)).await {
            Ok(windows) => departure.give(windows).await,
            Err(error) => Err(error.into()),
        };
        match given {
            Ok(addresses) => {
                departure.commit().await;
                self.gateway.hand_over(&addresses);
                if !self.management.listens_at(&addresses) {
                    self.management.resume();
                }
                Some(departure)
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the new process did not take over: going on");
                self.go_on().await;
                None
            }
        }
    }

    /// Serves again as if there had been no pause.
    async fn go_on(&mut self) {
        self.neighbour.clear();
        self.duties.feed.take_copy().await;
        self.gateway.resume();
        self.management.resume();
        if let Err(error) = self.control.start(self.executive.clone()) {
            tracing::error!(%error, "commands are not answered any more");
        }
        self.housekeeping = do_chores(&self.duties, &self.store, &self.fetcher, &self.gateway);
    }
}

async fn refuse(asked: Asked, why: &str) {
    let Asked { mut stream, .. } = asked;
    // It may have given up.
    let _gone = send_reply(&mut stream, &Reply::Failed(why.to_owned())).await;
}
